"""The table of the as-run room; the newest row is at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.message import Message

from retrovue_tui.tui.rooms.asrun.rows import AsRunColumns, AsRunRowState, head_line, lengths, row_line
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.cursor_table import CursorTable

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.asrun import AsRunEntry

NEAR: Final = 20
"""The room fetches older rows when fewer than this many rows are above the visible ones."""


class AsRunTable(CursorTable["AsRunEntry"]):
    """One line for each row of the log. A cursor on the newest row moves on with each new row; a cursor on another row
    stays there."""

    class Reached(Message):
        """The oldest loaded rows are on screen or nearly so."""

        def can_replace(self, message: Message) -> bool:
            """Merge several messages of this kind into one."""
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
        """Whether the oldest loaded rows are on screen or nearly so."""
        return self.scroll_offset.y <= NEAR or len(self._rows) <= self.in_sight

    def follow(self) -> None:
        """Move the cursor to the newest row, and follow new rows from now on."""
        self._following = True
        self.go_to(len(self._rows) - 1)

    def fill(self, rows: Sequence[AsRunEntry], nothing: str) -> None:
        """Replace the rows. `nothing`: the text to show if there are none."""
        if rows is self._rows and nothing == self._nothing:
            return
        following = self._following
        self.set_rows(rows, nothing)
        if following:
            self.follow()

    def annotate(self, numbers: Mapping[str, str], rate: str, *, every_channel: bool, stale: bool) -> None:
        """Set the other values that the lines show. `numbers`: channel id → number. `rate`: the house rate.
        `every_channel`: show the numbers. `stale`: the data may be out of date."""
        state = (dict(numbers), rate, every_channel, stale)
        if state != (self._numbers, self._rate, self._every, self._stale):
            self._numbers, self._rate, self._every, self._stale = state
            self.refresh()

    def tick(self, now: float) -> None:
        """Update the length of the row that is on air, at Unix time `now`."""
        self._now = now
        if self._second != int(now):
            self._second = int(now)
            for place in range(max(0, len(self._rows) - 50), len(self._rows)):
                if self._rows[place].ended is None:
                    self.repaint(place)

    def go_to(self, place: int) -> None:
        """Move the cursor to the row with index `place`; on the newest row it follows new rows."""
        super().go_to(place)
        self._following = self._cursor >= len(self._rows) - 1
        if self.near_top:
            self.post_message(self.Reached())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Request older rows when the mouse wheel scrolls close to the top."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and self.near_top:
            self.post_message(self.Reached())

    def shown(self, place: int) -> AsRunRowState:
        """Return the values that the line of row `place` depends on."""
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
        """Return the id of a row in the log."""
        return row.id

    def head(self, width: int) -> Content:
        """Return the header line with the names of the columns."""
        return head_line(AsRunColumns.of(width, every_channel=self._every))

    def looks(self, place: int) -> Hashable:
        """Return all values that the line of row `place` depends on."""
        return self.shown(place), self._every

    def drawn(self, place: int, width: int) -> Content:
        """Return the line of row `place`."""
        return row_line(self._rows[place], AsRunColumns.of(width, every_channel=self._every), self.shown(place))
