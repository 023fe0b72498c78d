"""The table of the audience room: all airings together in the first row, then one row for each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.tui.rooms.audience.rows import (
    AudienceColumns,
    AudienceRowState,
    FiguresRow,
    Order,
    head_line,
    row_line,
)
from retrovue_tui.tui.widgets.cursor_table import CursorTable

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from textual.content import Content


class AudienceTable(CursorTable[FiguresRow]):
    """One line for each row."""

    def __init__(self) -> None:
        super().__init__(id="audience-table")
        self._named = ""
        self._order: Order = ""
        self._stale = False
        self._most = 0.0

    def fill(self, rows: Sequence[FiguresRow], nothing: str) -> None:
        """Replace the rows. `nothing`: the text to show if there are none."""
        if (rows, nothing) != (self._rows, self._nothing):
            self._most = max((row.figures.viewer_seconds for row in rows if not row.is_total), default=0.0)
            self.set_rows(rows, nothing)

    def annotate(self, named: str, order: Order, *, stale: bool) -> None:
        """Set what the lines need besides the rows. `named`: what the rows are. `stale`: the figures are old."""
        if (named, order, stale) != (self._named, self._order, self._stale):
            self._named, self._order, self._stale = named, order, stale
            self.refresh()

    def name_of(self, row: FiguresRow) -> str:
        """Return the name of a row's group."""
        return row.name

    def head(self, width: int) -> Content:
        """Return the header line with the names of the columns."""
        return head_line(AudienceColumns.of(width), self._named, self._order)

    def looks(self, place: int) -> Hashable:
        """Return all values that the line of row `place` depends on."""
        return self._most, self._stale

    def drawn(self, place: int, width: int) -> Content:
        """Return the line of row `place`."""
        shown = AudienceRowState(place == self._cursor, self._most, self._stale)
        return row_line(self._rows[place], AudienceColumns.of(width), shown)
