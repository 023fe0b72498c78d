"""The list of connected clients, without a server."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Final

import pytest

from retrovue_tui.server.clients import connected_clients
from retrovue_tui.server.clients.connected_clients import AT_ONCE, ConnectedClients
from retrovue_tui.server.http import HttpError
from retrovue_tui.server.limits import BLOCKED

KODI: Final = "Kodi/20.2 (X11; Linux)"


class Stream:
    """A stream whose figures the test sets."""

    mode: Final = "live"
    quality = ""
    is_auto = False

    def __init__(self) -> None:
        self.count = 0
        self.behind_s = 0.0
        self.skipped = (0, 0)
        self.closed = False
        self.asked = 0

    @property
    def sent(self) -> int:
        self.asked += 1
        return self.count

    def skips(self) -> tuple[int, int]:
        return self.skipped

    def close(self) -> None:
        self.closed = True


class PastStream(Stream):
    mode: Final = "catchup"  # type: ignore[misc]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def clients(clock: Clock) -> ConnectedClients:
    return ConnectedClients(clock, lambda: 1_795_000_000.0 + clock.now)


async def test_a_client_is_listed_with_its_figures_while_it_is_connected(
    clients: ConnectedClients, clock: Clock
) -> None:
    live, past = Stream(), PastStream()
    with clients.stream("10.0.0.7", KODI, "1", live), clients.stream("10.0.0.8", "", "2", past):
        clock.now += 2.0
        live.count, live.behind_s, live.skipped, past.behind_s = 1_000_000, 1.234, (2, 5_000), 3_600.0
        found = await clients.snapshot("720p")
        one, two = found.clients
        assert found.at == 1_795_000_102.0
        assert (one.channel, one.address, one.client, one.since) == ("1", "10.0.0.7", "Kodi", 1_795_000_100.0)
        assert (one.mode, one.behind_s, one.sent_bytes, one.bitrate_kbps) == ("live", 1.23, 1_000_000, 4_000.0)
        assert (one.jumps, one.skipped_bytes, one.quality) == (2, 5_000, "720p")
        assert (two.client, two.mode, two.behind_s, two.bitrate_kbps) == ("unknown", "catchup", 3_600.0, 0.0)
        assert len({one.id, two.id}) == 2
    assert (await clients.snapshot("720p")).clients == ()
    clients.close()


async def test_the_bit_rate_is_that_of_the_last_seconds(
    clients: ConnectedClients, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connected_clients, "SAMPLE_S", 0.0)
    stream = Stream()

    async def rate_after(seconds: float, count: int) -> float:
        """Let `count` bytes pass in this time (s), and take a sample. Return the rate that was shown in between."""
        clock.now += seconds
        stream.count += count
        rate = (await clients.snapshot("")).clients[0].bitrate_kbps
        asked = stream.asked
        while stream.asked == asked:  # the sample asks once
            await asyncio.sleep(0)
        return rate

    with clients.stream("10.0.0.7", KODI, "1", stream):
        await asyncio.sleep(0)
        first = await rate_after(5.0, 5_000_000)
        for _ in range(3):
            await rate_after(5.0, 0)
        assert first > 0
        assert await rate_after(5.0, 0) == 0.0  # a stalled client shows within ten seconds
    clients.close()


async def test_samples_are_taken_only_while_somebody_is_connected(clients: ConnectedClients) -> None:
    stream = Stream()
    with clients.stream("10.0.0.7", KODI, "1", stream):
        assert clients._timer is not None
    clients._sample()
    assert clients._timer is None
    with clients.stream("10.0.0.7", KODI, "1", stream):
        assert clients._timer is not None
    clients.close()
    assert clients._timer is None
    assert stream.asked == 0


async def test_a_client_is_disconnected_by_its_id(clients: ConnectedClients) -> None:
    one, two = Stream(), Stream()
    with clients.stream("10.0.0.7", KODI, "1", one), clients.stream("10.0.0.7", KODI, "2", two):
        id = (await clients.snapshot("")).clients[1].id
        receipt = clients.disconnect(id)
        assert (one.closed, two.closed) == (False, True)
        assert (receipt.id, receipt.channel, receipt.address, receipt.client, receipt.blocked_s) == (
            id, "2", "10.0.0.7", "Kodi", 0.0,
        )  # fmt: skip
        assert "may connect again at once" in receipt.message
        clients.check("10.0.0.7", KODI)
        with pytest.raises(HttpError, match="'nobody' is connected") as refused:
            clients.disconnect("nobody")
        assert refused.value.status == 404
    clients.close()


async def test_a_blocked_program_is_refused_until_its_time_is_over(clients: ConnectedClients, clock: Clock) -> None:
    with clients.stream("10.0.0.7", KODI, "1", Stream()):
        receipt = clients.disconnect((await clients.snapshot("")).clients[0].id, 60.0)
        assert "refused for 60 s" in receipt.message
    clock.now += 50.0
    with pytest.raises(HttpError, match="again in 10 s") as refused:
        clients.check("10.0.0.7", KODI)
    assert (refused.value.status, refused.value.headers) == (403, {"Retry-After": "10"})
    clients.check("10.0.0.7", "VLC/3.0.20")
    clients.check("10.0.0.8", KODI)
    (block,) = (await clients.snapshot("")).blocked
    assert (block.address, block.client, block.for_s) == ("10.0.0.7", "Kodi", 10.0)
    clock.now += 10.0
    clients.check("10.0.0.7", KODI)
    assert (await clients.snapshot("")).blocked == ()
    clients.close()


async def test_the_number_of_blocks_is_limited(clients: ConnectedClients) -> None:
    for number in range(BLOCKED + 1):
        with clients.stream(f"10.0.{number // 256}.{number % 256}", KODI, "1", Stream()):
            clients.disconnect((await clients.snapshot("")).clients[0].id, 60.0)
    assert len((await clients.snapshot("")).blocked) == BLOCKED
    clients.check("10.0.0.0", KODI)  # the first block has ended
    clients.close()


async def test_control_rooms_are_listed_apart_and_cannot_be_disconnected(clients: ConnectedClients) -> None:
    with clients.control_room("10.0.0.9", "retrovue-tui/0.1.0"):
        found = await clients.snapshot("")
        assert found.clients == ()
        (room,) = found.control_rooms
        assert (room.address, room.client, room.since) == ("10.0.0.9", "retrovue-tui", 1_795_000_100.0)
        with pytest.raises(HttpError, match="change `token`") as refused:
            clients.disconnect(room.id)
        assert refused.value.status == 409
    assert (await clients.snapshot("")).control_rooms == ()


async def test_a_crowd_is_described_in_parts(clients: ConnectedClients) -> None:
    with ExitStack() as crowd:
        for _ in range(3 * AT_ONCE):
            crowd.enter_context(clients.stream("10.0.0.7", KODI, "1", Stream()))
        turns = 0
        task = asyncio.create_task(clients.snapshot(""))
        while not task.done():
            await asyncio.sleep(0)
            turns += 1
        assert turns > 3
        assert len(task.result().clients) == 3 * AT_ONCE
    clients.close()
