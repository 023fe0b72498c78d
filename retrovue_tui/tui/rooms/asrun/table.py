"""The table of what aired, with the newest row at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.message import Message

from retrovue_tui.tui.rooms.asrun.rows import AsRunRowState, Columns, head_line, lengths, row_line
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.cursor_table import CursorTable

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from textual.content import Content

    from retrovue_tui.protocol.asrun import AsRunEntry

NEAR: Final = 20
"""Older rows are requested when fewer than this many rows lie above those in sight."""


class AsRunTable(CursorTable["AsRunEntry"]):
    """A line for each row. On the newest row, the cursor follows new rows; elsewhere it stays."""

    class Reached(Message):
        """The oldest rows are nearly in sight."""

        def can_replace(self, message: Message) -> bool:
            """Merge repeated messages into one."""
            return isinstance(message, AsRunTable.Reached)

    def __init__(self) -> None:
        super().__init__(id="asrun-table")
        self._numbers: Mapping[str, str] = {}
        self._every = False
        self._rate = ""
        self._stale = False
        self._second = 0
        self._now = 0.0
        self._following = True

    @property
    def following(self) -> bool:
        """Whether the cursor follows the newest row."""
        return self._following

    @property
    def near_top(self) -> bool:
        """Whether the oldest rows are nearly in sight."""
        return self.scroll_offset.y <= NEAR or len(self._rows) <= self.in_sight

    def follow(self) -> None:
        """Follow the newest row from now on."""
        self._following = True
        self.go_to(len(self._rows) - 1)

    def fill(self, rows: Sequence[AsRunEntry], nothing: str) -> None:
        """Show other rows. `nothing`: the text for an empty table."""
        if rows is self._rows and nothing == self._nothing:
            return
        following = self._following
        self.set_rows(rows, nothing)
        if following:
            self.follow()

    def annotate(self, numbers: Mapping[str, str], rate: str, *, every_channel: bool, stale: bool) -> None:
        """Set the channels' numbers, whether to show them, the house rate, and whether the data is old."""
        state = (dict(numbers), rate, every_channel, stale)
        if state != (self._numbers, self._rate, self._every, self._stale):
            self._numbers, self._rate, self._every, self._stale = state
            self.refresh()

    def tick(self, now: float) -> None:
        """Update the length of the row on air."""
        self._now = now
        if self._second != int(now):
            self._second = int(now)
            for place in range(max(0, len(self._rows) - 50), len(self._rows)):
                if self._rows[place].ended is None:
                    self.repaint(place)

    def go_to(self, place: int) -> None:
        """Move the cursor to a row; on the newest one it follows."""
        super().go_to(place)
        self._following = self._cursor >= len(self._rows) - 1
        if self.near_top:
            self.post_message(self.Reached())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Request older rows when the mouse wheel nears the top."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and self.near_top:
            self.post_message(self.Reached())

    def shown(self, place: int) -> AsRunRowState:
        """Return how a row is drawn."""
        row = self._rows[place]
        day = place == self.scroll_offset.y or formats.wall_date(self._rows[place - 1].started_at) != formats.wall_date(
            row.started_at
        )
        aired, planned = lengths(row, formats.frame_rate(self._rate), self._now)
        number = self._numbers.get(row.channel, row.channel)
        whole = None if aired is None else float(int(aired))
        return AsRunRowState(
            place == self._cursor, number, day, whole if row.ended is None else aired, planned, self._stale
        )

    def name_of(self, row: AsRunEntry) -> str:
        """Return its id in the log."""
        return row.id

    def head(self, width: int) -> Content:
        """Return the line with the names of the columns."""
        return head_line(Columns.of(width, every_channel=self._every))

    def looks(self, place: int) -> Hashable:
        """Return everything that its line shows."""
        return self.shown(place), self._every

    def drawn(self, place: int, width: int) -> Content:
        """Return the line of one row."""
        return row_line(self._rows[place], Columns.of(width, every_channel=self._every), self.shown(place))
