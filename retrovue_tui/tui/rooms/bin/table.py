"""The table of the bin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrovue_tui.tui.rooms.bin.rows import BinRowState, Column, Columns, head_line, row_line
from retrovue_tui.tui.widgets.cursor_table import CursorTable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence, Set

    from textual.content import Content

    from retrovue_tui.protocol.answers.library import LibraryRow
    from retrovue_tui.tui.rooms.bin.rows import Work


@dataclass(frozen=True)
class Order:
    """The sort order: a column and a direction."""

    column: Column = "kind"
    reverse: bool = False


class BinTable(CursorTable["LibraryRow"]):
    """One line for each file."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(id="bin-table")
        self._clock = clock
        self._marks: Set[str] = frozenset()
        self._trimmed: Set[str] = frozenset()
        self._work: Mapping[str, Work] = {}
        self._machines: Mapping[str, str] = {}
        self._stale = False
        self._order = Order()

    def fill(self, rows: Sequence[LibraryRow], order: Order, nothing: str) -> None:
        """Replace the rows. `nothing`: the text to show if there are none."""
        if (rows, order, nothing) != (self._rows, self._order, self._nothing):
            self._order = order
            self.set_rows(rows, nothing)

    def annotate(
        self,
        marks: Set[str],
        trimmed: Set[str],
        work: Mapping[str, Work],
        machines: Mapping[str, str],
        *,
        stale: bool,
    ) -> None:
        """Set what the lines need besides the rows: the files that are marked, trimmed or being rendered, the machines
        that render them, and whether the data is old."""
        state = (marks, trimmed, work, machines, stale)
        if state != (self._marks, self._trimmed, self._work, self._machines, self._stale):
            self._marks, self._trimmed, self._work, self._machines, self._stale = state
            self.refresh()

    def name_of(self, row: LibraryRow) -> str:
        """Return the path of a file."""
        return row.file

    def head(self, width: int) -> Content:
        """Return the header line with the names of the columns; an arrow marks the column by which the rows are
        sorted."""
        return head_line(self._columns(width), self._order.column, reverse=self._order.reverse)

    def looks(self, place: int) -> Hashable:
        """Return all values that a line depends on. The date is one of them, because a line shows a time for today and
        a date for other days."""
        return self._shown(place), self._clock() // 86_400

    def drawn(self, place: int, width: int) -> Content:
        """Return the line of row `place`."""
        return row_line(self._rows[place], self._columns(width), self._shown(place), self._clock())

    def _columns(self, width: int) -> Columns:
        return Columns.of(width, today=self._order.column == "today")

    def _shown(self, place: int) -> BinRowState:
        file = self._rows[place].file
        return BinRowState(
            place == self._cursor,
            file in self._marks,
            file in self._trimmed,
            self._work.get(file, ""),
            self._machines.get(file, ""),
            self._stale,
        )
