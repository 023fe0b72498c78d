"""Which requests for the past are answered, with which times, and how the others are refused."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest

from retrovue_tui.config.station_config import ChannelConfig
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.playout.catchup.catchup_service import CatchupService
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.protocol.answers.catchup import CatchupError, PastRequest
from tests.playout.catchup.past import at_once
from tests.playout.catchup.test_aired_rows import Log, row
from tests.playout.studio import small_house

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.channel.channel import Channel

DAY = 86_400.0


@dataclass
class FakeChannel:
    id: str = "1"
    name: str = "One"
    number: int = 1
    state: str = "on_air"
    slate: None = None
    config: ChannelConfig = field(default_factory=lambda: ChannelConfig("1", 1, "One", catchup=timedelta(days=1)))


def service(tmp_path: Path, log: Log, channel: FakeChannel | None = None) -> CatchupService:
    channels = cast("Mapping[str, Channel]", {"1": channel or FakeChannel()})
    store = PieceStore(tmp_path, small_house(), 10**9)
    return CatchupService(
        log, store, cast("Preparer", None), EventLog(), lambda: channels, lambda path: None, lambda asset: None
    )


def refusal(made: CatchupService, request: PastRequest) -> tuple[str, str]:
    with pytest.raises(CatchupError) as refused:
        made.check("1", request)
    return refused.value.fault, refused.value.message


def test_a_start_in_the_future_is_the_present_if_a_clock_explains_it(tmp_path: Path) -> None:
    made, now = service(tmp_path, Log([])), time.time()
    for start, client_now in ((now + 50, None), (now + 1_000, now + 1_000), (now + 3_000, now + 3_600)):
        found = made.check("1", PastRequest(start, client_now=client_now))
        assert found.start is not None
        assert now <= found.start <= time.time()
    for start, client_now in ((now + 90, None), (now + 1_000, now), (now + 1_000, 0.0), (now + 90_000, now + 90_000)):
        fault, message = refusal(made, PastRequest(start, client_now=client_now))
        assert fault == "not_aired_yet"
        assert "is in the future; it is" in message


def test_how_far_back_it_goes(tmp_path: Path) -> None:
    made, now = service(tmp_path, Log([])), time.time()
    start = now - DAY + 10
    assert made.check("1", PastRequest(start, client_now=5.0)) == PastRequest(start)
    fault, message = refusal(made, PastRequest(now - DAY - 10))
    assert fault == "too_old"
    assert message.endswith("UTC is too long ago; channel 1 goes back 1d, as its catchup in retrovue.toml says.")
    assert refusal(made, PastRequest(0.0))[1].startswith("1970-01-01 00:00:00 UTC is too long ago")
    assert refusal(made, PastRequest(9e12))[0] == "not_aired_yet"
    off = service(tmp_path, Log([]), FakeChannel(config=ChannelConfig("1", 1, "One")))
    assert refusal(off, PastRequest(now - 5)) == (
        "catchup_off",
        'Channel 1 offers no catch-up: set catchup = "7d" below [[channel]] in retrovue.toml.',
    )


def test_the_end_of_a_stream(tmp_path: Path) -> None:
    made, now = service(tmp_path, Log([])), time.time()
    assert made.check("1", PastRequest(now - 60, now + 600)).end == now + 600
    assert made.check("1", PastRequest(now - 60)).end is None
    end = made.check("1", PastRequest(now - 60, now + 600, paced=False)).end
    assert end is not None
    assert now <= end <= time.time()
    assert made.check("1", PastRequest(now - 60, now - 30, paced=False)).end == now - 30
    for end in (now - 60, now - 70, 0.0):
        assert refusal(made, PastRequest(now - 60, end))[0] == "end_before_start"


async def test_times_at_which_the_channel_aired_nothing_are_refused(tmp_path: Path) -> None:
    now = time.time()
    over = service(tmp_path, Log([row(1, now - 100, 250)]))
    with pytest.raises(CatchupError, match="Channel 1 has aired nothing since then"):
        await over.open("1", PastRequest(now - 50), at_once)
    for empty in (PastRequest(now - 50), PastRequest(None)):
        with pytest.raises(CatchupError, match="nothing since then"):
            await service(tmp_path, Log([])).open("1", empty, at_once)
    stream = await over.open("1", PastRequest(now - 95), at_once)
    assert stream.behind_s == 0.0


@pytest.mark.parametrize("paced", [True, False])
async def test_a_time_without_a_frame_is_refused_even_if_something_aired_later(tmp_path: Path, paced: bool) -> None:
    now = time.time()
    made = service(tmp_path, Log([row(1, now - 300, 250), row(2, now - 200, 0), row(3, now - 100, 250)]))
    for start, end in ((now - 400, now - 310), (now - 250, now - 150)):
        with pytest.raises(CatchupError, match="Channel 1 aired nothing from ") as found:
            await made.open("1", PastRequest(start, end, paced), at_once)
        assert found.value.fault == "nothing_aired"
    for start, end in ((now - 400, now - 299), (now - 250, now - 99), (now - 96, now - 95)):
        await made.open("1", PastRequest(start, end, paced), at_once)
    await made.open("1", PastRequest(now - 400, None, paced), at_once)


async def test_a_log_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    class Broken(Log):
        async def rows_until(self, channel: str, at: float, most: int) -> list[object]:  # type: ignore[override]
            raise OSError("asrun.db cannot be read: disk I/O error")

    with pytest.raises(CatchupError, match=r"The as-run log cannot be read now: asrun\.db") as refused:
        await service(tmp_path, Broken([])).open("1", PastRequest(time.time() - 5), at_once)
    assert refused.value.fault == "log_unreadable"
