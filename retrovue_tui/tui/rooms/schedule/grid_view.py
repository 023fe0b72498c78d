"""The widget that draws the grid of the schedule and handles the mouse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.message import Message
from textual.strip import Strip

from retrovue_tui.tui.rooms.schedule.grid_drawing import GUTTER, GridScene, column_cells, draw_rows
from retrovue_tui.tui.text import tally
from retrovue_tui.tui.widgets.canvas import Row
from retrovue_tui.tui.widgets.row_view import RowView

if TYPE_CHECKING:
    from textual import events

WHEEL = 3
"""Rows by which one step of the mouse wheel scrolls."""


class GridView(RowView, can_focus=True):
    """Draws a scene, and keeps its cursor visible. It does not talk to the station."""

    @dataclass
    class CellClicked(Message):
        """Sent on a click at a cell: its column, and its first moment (Unix time, s). `twice`: a double click."""

        column: int
        at: float
        twice: bool = False

    def __init__(self) -> None:
        super().__init__(id="schedule-grid")
        self._scene: GridScene | None = None
        self._words = "Waiting for the station …"
        self._rows: list[Row] = []

    def say(self, words: str) -> None:
        """Show a text instead of the grid."""
        if words != self._words or self._scene is not None:
            self._words, self._scene = words, None
            self._redraw()

    def show(self, scene: GridScene) -> None:
        """Draw a scene. The visible part stays, but for the least scrolling that shows the cursor."""
        before = self._scene
        if before is not None:
            scene = replace(scene, top=before.top, left=before.left)
        self._scene = self._scrolled_to_cursor(scene, fresh=before is None)
        self._redraw()

    @property
    def page(self) -> int:
        """The number of visible rows of the grid."""
        return max(1, self.size.height - 1)

    def _scrolled_to_cursor(self, scene: GridScene, *, fresh: bool) -> GridScene:
        count, _ = column_cells(self.size.width, len(scene.grid.columns))
        row = scene.grid.row_of(scene.cursor.column, scene.cursor.at)
        top = row - 1 if fresh else min(max(scene.top, row - self.page + 2), row - 1)
        left = min(max(scene.left, scene.cursor.column - count + 1), scene.cursor.column)
        return self._within(replace(scene, top=top, left=left))

    def _within(self, scene: GridScene) -> GridScene:
        """Return the scene with no empty space below the last row or right of the last column."""
        count, _ = column_cells(self.size.width, len(scene.grid.columns))
        top = max(0, min(scene.top, len(scene.grid.rows) - self.page))
        return replace(scene, top=top, left=max(0, min(scene.left, len(scene.grid.columns) - count)))

    def _redraw(self) -> None:
        rows = [] if self._scene is None else draw_rows(self._scene, self.size.width, self.size.height)
        if self._scene is None or [(r.chars, r.styles) for r in rows] != [(r.chars, r.styles) for r in self._rows]:
            self._rows = rows
            self.refresh()

    def on_resize(self) -> None:
        """Draw the grid again for the new size."""
        if self._scene is not None:
            self._scene = self._scrolled_to_cursor(self._scene, fresh=False)
        self._rows = []
        self._redraw()

    def render_line(self, y: int) -> Strip:
        """Draw line `y`."""
        width, height = self.size
        row = self._rows[y] if y < len(self._rows) else Row(width)
        if self._scene is None:
            row = Row(width)
            lines = self._words.split("\n")
            number = y - max(0, (height - len(lines)) // 2)
            if 0 <= number < len(lines):
                row.text(2, width, lines[number], tally.QUIET)
        return Strip(self.segments(row), width)

    # --- mouse ----------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the cell under the mouse; a double click opens its block."""
        scene = self._scene
        place = event.get_content_offset(self)
        if scene is None or place is None or place.y < 1 or place.x < GUTTER:
            return
        count, room = column_cells(self.size.width, len(scene.grid.columns))
        column, row = scene.left + min((place.x - GUTTER) // room, count - 1), scene.top + place.y - 1
        if row < len(scene.grid.rows) and (cell := scene.grid.cells.get((scene.grid.rows[row], column))) is not None:
            begun = scene.grid.columns[column].begin_in(cell)
            at = max(cell.start, begun[0].start_at) if begun else cell.start
            self.post_message(self.CellClicked(column, at, twice=event.chain == 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll to later times."""
        self._wheel(event, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll to earlier times."""
        self._wheel(event, -WHEEL)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        if self._scene is not None:
            self._scene = self._within(replace(self._scene, top=self._scene.top + by))
            self._redraw()
