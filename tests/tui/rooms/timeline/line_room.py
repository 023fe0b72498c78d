"""A timeline on screen, with a station that answers simple edits, and helpers for its tests."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from textual import events

from retrovue_tui.tui.rooms.timeline.model.lanes import lanes
from retrovue_tui.tui.rooms.timeline.screen import TimelineScreen
from retrovue_tui.tui.rooms.timeline.view import GUTTER, TimelineView
from tests.tui.conftest import Room, open_room
from tests.tui.rooms.timeline.scene import EditingStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrovue_tui.tui.rooms.timeline.model.board import Board
    from retrovue_tui.tui.rooms.timeline.model.geometry import View


class Line:
    """A timeline that is on screen."""

    def __init__(self, room: Room, station: EditingStation) -> None:
        self.room, self.station = room, station

    @property
    def screen(self) -> TimelineScreen:
        screen = self.room.app.rooms.all[2]
        assert isinstance(screen, TimelineScreen)
        return screen

    @property
    def board(self) -> Board:
        board = self.screen.ready
        assert board is not None
        return board

    @property
    def base(self) -> int:
        assert self.board.shown is not None
        return self.board.shown.base

    @property
    def at(self) -> int:
        """The frame of the cursor, from the start of the round."""
        return self.board.cursor - self.base

    @property
    def view(self) -> View:
        view = self.board.view
        assert view is not None
        return view

    def cell(self, lane: str, frame: int) -> tuple[int, int]:
        """The cell of the view for a frame of the round, in a lane."""
        widget = self.screen.query_one(TimelineView)
        top = widget.content_region.y - widget.region.y
        return GUTTER + self.view.column(self.base + frame), top + lanes(widget.size.height).index(lane)

    async def drag(self, lane: str, frame: int, columns: int) -> None:
        """Drag the break or spot at a frame by this number of columns, and drop it."""
        (x, y), pilot = self.cell(lane, frame), self.room.pilot
        await pilot.mouse_down(TimelineView, offset=(x, y))
        await pilot.hover(TimelineView, offset=(x + columns, y))
        await pilot.mouse_up(TimelineView, offset=(x + columns, y))

    async def press(self, *keys: str) -> None:
        await self.room.pilot.press(*keys)

    def burst(self, *keys: str) -> None:
        """Type without waiting for anything: a terminal may hand over many keys at once."""
        written = {"plus": "+", "equals_sign": "=", "slash": "/", "comma": ","}
        for key in keys:
            self.room.app.post_message(events.Key(key, written.get(key, key if len(key) == 1 else None)))

    async def staged(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait until this number of steps is staged, and return their edits."""
        await self.room.until(lambda: len(self.board.staging.steps) == count and not self.board.turn.locked())
        return [edit for step in self.board.staging.steps for edit in step.edits]


@contextlib.asynccontextmanager
async def open_line(size: tuple[int, int] = (120, 36)) -> AsyncIterator[Line]:
    station = EditingStation()
    async with open_room(station, size) as room:
        await room.pilot.press("2")
        line = Line(room, station)
        await room.until(lambda: line.screen.ready is not None and line.board.view is not None)
        yield line
