"""The line of a channel whose rundown waits."""

from __future__ import annotations

import dataclasses

from retrovue_tui.tui.rooms.timeline.view import GUTTER
from tests.tui.conftest import open_room
from tests.tui.rooms.timeline.line_room import Line
from tests.tui.rooms.timeline.scene import EditingStation
from tests.tui.station import NOW


async def test_on_the_slate_the_line_says_where_the_rundown_goes_on() -> None:
    station = EditingStation()
    channels = station.snapshot.channels
    slate = dataclasses.replace(channels[0], state="slate", on_air=None, next=None)
    station.change(channels=(slate, *channels[1:]))
    async with open_room(station) as room:
        await room.pilot.press("2")
        line = Line(room, station)
        await room.shows("SLATE: goes on at ‖")
        marks, *_ = (each for each in line.room.lines if "‖" in each and "goes on" not in each)
        assert marks.index("‖") == GUTTER + line.view.column(line.board.axis.frame(NOW))
        await line.press("G", "a")
        assert abs(line.at - 2_997) <= 1
        assert "▶" not in marks
