"""The monitor: pictures of the chosen channel while they can be seen, and how loud it is."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.answers.pictures import Monitor as Seen
from retrovue_tui.protocol.answers.pictures import Picture
from retrovue_tui.protocol.answers.snapshots import PrepareState
from retrovue_tui.tui.rooms.control_room.monitor.audio_meter import HOLD_S, PeakHold, meter
from retrovue_tui.tui.rooms.control_room.monitor.monitor_pane import MonitorPane
from retrovue_tui.tui.text import glyphs
from retrovue_tui.tui.widgets.picture_poller import EVERY_S, PicturePoller, PictureRequest
from tests.tui.conftest import open_room
from tests.tui.station import NOW, FakeStation, channel, station

if TYPE_CHECKING:
    from collections.abc import Sequence


class Slow(FakeStation):
    """Counts requests for pictures, and answers when the test allows it."""

    def __init__(self, *channels: object) -> None:
        super().__init__(station(*channels))  # type: ignore[arg-type]
        self.looked: list[str] = []
        self.underway = self.most = 0
        self.lets_go = asyncio.Event()
        self.lets_go.set()

    async def picture(self, channel_id: str, width: int, height: int) -> Picture:
        self.looked.append(channel_id)
        self.underway += 1
        self.most = max(self.most, self.underway)
        try:
            await self.lets_go.wait()
        finally:
            self.underway -= 1
        return await super().picture(channel_id, width, height)


def heard(*peaks: float, silent: float | None = None, black: float | None = None, at: float = NOW) -> Seen:
    return Seen(at, 1, peaks, silent, black)


async def test_the_chosen_channel_is_on_the_monitor() -> None:
    async with open_room(Slow()) as room:
        monitor = room.app.room.query_one(MonitorPane)
        await room.until(lambda: monitor.picture is not None)
        assert monitor.picture is not None
        assert monitor.picture.rgb[:3] == bytes((40, 80, 160))
        await room.pilot.press("down")
        await room.until(lambda: monitor.picture is not None and monitor.picture.rgb[0] == 80)


async def test_nobody_is_asked_for_pictures_that_nobody_sees() -> None:
    fake = Slow()
    async with open_room(fake, (80, 24)) as room:
        asked = fake.asked
        await room.until(lambda: fake.asked > asked + 10)
        assert fake.looked == []
        await room.pilot.resize_terminal(120, 36)
        await room.until(lambda: fake.looked)
        await room.pilot.press("4")
        await room.until(lambda: fake.underway == 0)
        looked, asked = len(fake.looked), fake.asked
        await room.until(lambda: fake.asked > asked + 12)
        assert len(fake.looked) == looked


@pytest.mark.filterwarnings("error")
async def test_leaving_while_a_picture_is_requested_leaves_no_worker() -> None:
    async with open_room(Slow()) as room:
        monitor = room.app.room.query_one(MonitorPane)
        await room.until(lambda: monitor.picture is not None)
        monitor.show(channel(2), NOW, stale="")
        monitor.fetch_if_due()
        room.app.workers.cancel_all()
    gc.collect()  # a coroutine that nobody began says so when it goes


async def test_a_slow_station_is_asked_once_at_a_time() -> None:
    fake = Slow()
    fake.lets_go.clear()
    async with open_room(fake) as room:
        await room.until(lambda: fake.underway)
        asked = fake.asked
        await room.until(lambda: fake.asked > asked + 20)
        assert fake.most == 1
        fake.lets_go.set()
        await room.until(lambda: room.app.room.query_one(MonitorPane).picture is not None)


async def test_a_lost_station_takes_the_picture_along() -> None:
    async with open_room(Slow()) as room:
        monitor = room.app.room.query_one(MonitorPane)
        await room.until(lambda: monitor.picture is not None)
        room.station.leave()
        await room.shows("STATION LOST", "no picture")
        room.clock.now = NOW + 7
        await room.shows("no answer for 7 s", "no answer for 00:07")
        assert monitor.picture is None
        room.station.come_back()
        await room.until(lambda: monitor.picture is not None)


async def test_the_pane_says_why_there_is_no_picture() -> None:
    class Blind(FakeStation):
        async def picture(self, channel_id: str, width: int, height: int) -> Picture:
            raise ValueError("nothing decoded yet")

    async with open_room(Blind()) as room:
        await room.shows("no picture", "nothing decoded yet")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
async def test_silence_and_black_are_shown_with_their_start(size: tuple[int, int]) -> None:
    fake = FakeStation(station(channel(1, monitor=heard(-12.3, -4.0)), channel(2)))
    async with open_room(fake, size) as room:
        await room.shows("-12.3", "-4.0", "✓ picture and sound")
        silent = heard(-120.0, -120.0, silent=NOW - 75, black=NOW - 9)
        fake.change(channels=(channel(1, monitor=silent), channel(2)))
        await room.shows("▲ SILENT for 01:15, since ", "▲ silent")
        assert "BLACK" not in room.text
        both = heard(-120.0, -120.0, silent=NOW - 75, black=NOW - 12)
        fake.change(channels=(channel(1, monitor=both), channel(2)))
        await room.shows("▲ silent black")
        fake.change(channels=(channel(1, monitor=heard(-12.3, -4.0, at=NOW - 9)), channel(2)))
        await room.shows("not measured for 9 s")


async def test_a_deck_that_does_not_move_is_dead() -> None:
    fake = FakeStation()
    async with open_room(fake) as room:
        await room.shows("▶ AIR")
        fake.change(at=NOW + 7)
        await room.shows("✗ DEAD", "no frame from FFmpeg for 7 s")
        deck = fake.snapshot.channels[0].deck
        assert deck is not None
        moved = type(deck)(deck.pid, deck.frame + 1, 29.97, 1.0, 3120.4, 0, 0, 1.0)
        fake.change(at=NOW + 8, channels=(channel(1, deck=moved),))
        await room.shows("▶ ON AIR", "▶ AIR")
        assert "DEAD" not in room.text
        slate = channel(1, state="slate", deck=None, on_air=None, prepare=PrepareState(3_600.0, 0, 1.0, 0.0))
        fake.change(at=NOW + 9, channels=(slate,))
        await room.shows("▣ SLATE", "0 of 1 on air, 1 on the slate")
        assert "DEAD" not in room.text
        fake.change(at=NOW + 20)
        await room.shows("✗ DEAD", "viewers see the slate: no FFmpeg for 11 s")
        waits = dataclasses.replace(slate, prepare=PrepareState(8.0, 3, 0.1, 0.5))
        fake.change(at=NOW + 40, channels=(waits,))
        await room.until(lambda: "DEAD" not in room.text)


# --- without a screen -------------------------------------------------------------------------------------------------


async def test_pictures_are_due_once_a_second_each() -> None:
    now = [0.0]
    got: list[str] = []
    lookout = PicturePoller(FakeStation(), lambda request, _: got.append(request.channel), lambda: now[0])
    requests: Sequence[PictureRequest] = [PictureRequest("1", 4, 4), PictureRequest("2", 4, 4)]
    assert lookout.take(requests)
    assert not lookout.take(requests)
    await lookout.answer()
    assert got == ["1", "2"]
    now[0] = EVERY_S / 2
    assert not lookout.take(requests)
    assert lookout.take([*requests, PictureRequest("3", 4, 4)])
    await lookout.answer()
    assert got == ["1", "2", "3"]


def test_a_peak_is_held_for_a_while() -> None:
    hold = PeakHold()
    hold.take((-6.0, -20.0), 0.0)
    hold.take((-30.0, -10.0), 1.0)
    assert hold.tops == (-6.0, -10.0)
    hold.take((-30.0, -30.0), HOLD_S + 0.5)
    assert hold.tops == (-30.0, -10.0)


def test_a_meter_has_the_requested_width() -> None:
    for peak, top in ((-120.0, -120.0), (-60.0, -3.0), (-30.0, -12.0), (0.0, 0.0), (3.0, 3.0)):
        cells = meter(peak, top, 30)
        assert len(cells) == 30
        assert all(len(char) == 1 for char, _ in cells)
    half = "".join(char for char, _ in meter(-30.0, -12.0, 30))
    assert half.startswith(glyphs.BAR_FULL * 15 + glyphs.BAR_REST)
    assert half.index(glyphs.PLAYHEAD) == 23
