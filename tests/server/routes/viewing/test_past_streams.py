"""The route of the past, with a stand-in for the station's catch-up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.answers.catchup import PastRequest
from retrovue_tui.server.routes.viewing import past_streams
from tests.server.conftest import Served, until
from tests.server.fakes import BURST, FakeCatchup

if TYPE_CHECKING:
    from retrovue_tui.server.routes.viewing.past_streams import PastStreams


def catchup_of(served: Served) -> FakeCatchup:
    assert served.station.catchup is not None
    return served.station.catchup


def past_of(served: Served) -> PastStreams:
    return served.server._streams._past


async def test_the_past_is_sent_up_to_its_end(served: Served) -> None:
    catchup = catchup_of(served)
    async with served.http.get(f"{served.url}/iptv/channel/1.ts?utc=5000&duration=60&pace=0&lutc=6000") as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "video/mp2t")
        assert answer.headers["Connection"] == "close"
        assert await answer.read() == BURST
    assert catchup.asked == [("1", PastRequest(5_000.0, 5_060.0, paced=False, client_now=6_000.0))]
    await until(lambda: catchup.streams[0].closed == 1)
    assert served.station.channels["1"].bus.viewers == 0


async def test_a_viewer_who_leaves_ends_his_stream_and_frees_his_place(served: Served) -> None:
    catchup = catchup_of(served)
    catchup.endless, catchup.part = True, BURST * 1_000
    for number in range(3):
        reader, writer = await served.connect("GET /iptv/channel/1.ts?utc=5000 HTTP/1.1\nHost: 127.0.0.1\n\n")
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(188) == BURST
        (viewer,) = past_of(served).viewers
        assert (viewer.channel_id, viewer.behind_s) == ("1", 3_600.0)
        writer.close()
        await until(lambda number=number: catchup.streams[number].closed == 1)  # type: ignore[misc]  # bound now
    assert past_of(served).viewers == set()


async def test_no_more_than_the_limit_watch_the_past(served: Served) -> None:
    catchup, past = catchup_of(served), past_of(served)
    catchup.endless, past._most = True, 2
    address = f"{served.url}/iptv/channel/1.ts?utc=5000"
    first, second = await served.http.get(address), await served.http.get(address)
    assert (first.status, second.status) == (200, 200)
    async with served.http.get(address) as refused:
        assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
        assert (await refused.json())["error"] == {
            "code": "too_many_viewers",
            "message": "2 viewers watch the past already; the limit is max_catchup below [server] in retrovue.toml; try"
            " again later.",
        }
    async with served.http.head(address) as head:
        assert head.status == 200
    first.close()
    await until(lambda: len(past.viewers) == 1)
    async with served.http.get(address) as third:
        assert third.status == 200
    second.close()


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [("utc=5", 404, "too_old"), ("utc=soon", 400, "bad_time"), ("utc=5000&pace=9", 400, "bad_pace")],
)
async def test_get_and_head_refuse_the_same_requests(served: Served, query: str, status: int, code: str) -> None:
    address = f"{served.url}/iptv/channel/1.ts?{query}"
    async with served.http.get(address) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (status, code)
    async with served.http.head(address) as answer:
        assert answer.status == status
    async with served.http.get(f"{served.url}/iptv/channel/9.ts?utc=5000") as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, "no_such_channel")
    assert catchup_of(served).asked == []


async def test_a_station_that_is_starting_has_no_past_yet(served: Served) -> None:
    served.station.catchup = None
    async with served.http.get(f"{served.url}/iptv/channel/1.ts?utc=5000") as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (503, "starting")


async def test_a_viewer_who_takes_nothing_is_disconnected(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_streams, "PAUSE_S", 0.2)
    catchup = catchup_of(served)
    catchup.endless, catchup.part = True, BURST * 1_000
    reader, _ = await served.connect("GET /iptv/channel/1.ts?utc=5000 HTTP/1.1\nHost: 127.0.0.1\n\n")
    await reader.readuntil(b"\r\n\r\n")
    reader._transport.pause_reading()  # type: ignore[attr-defined]  # the client's end
    await until(lambda: catchup.streams[0].closed == 1)
    assert past_of(served).viewers == set()


async def test_the_server_stops_at_once_whoever_watches(served: Served) -> None:
    catchup = catchup_of(served)
    catchup.endless = True
    answer = await served.http.get(f"{served.url}/iptv/channel/1.ts?utc=5000")
    async with asyncio.timeout(10):
        await served.server.stop()
    assert catchup.streams[0].closed == 1
    answer.close()
