"""The table of the bin: thousands of files, of which only the lines in sight are ever made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView

from retrovue_tui.tui import tally
from retrovue_tui.tui.widgets.bin_rows import Column, Columns, Shown, head_line, row_line
from retrovue_tui.tui.widgets.sheet import draw, line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Set

    from textual import events
    from textual.strip import Strip

    from retrovue_tui.control.library import LibraryRow
    from retrovue_tui.tui.widgets.bin_rows import Work


@dataclass(frozen=True)
class Order:
    """By which column the rows are sorted, as the head shows it."""

    column: Column = "kind"
    reverse: bool = False


class BinTable(ScrollView, can_focus=True):
    """A head, and a line for each file; one of them under the cursor."""

    ALLOW_SELECT: ClassVar[bool] = False

    class Moved(Message):
        """The cursor stands on another file."""

    class Picked(Message):
        """A file was clicked twice."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(id="bin-table")
        self._clock = clock
        self._rows: tuple[LibraryRow, ...] = ()
        self._places: dict[str, int] = {}
        self._cursor = 0
        self._marks: Set[str] = frozenset()
        self._trimmed: Set[str] = frozenset()
        self._work: Mapping[str, Work] = {}
        self._stale = False
        self._order = Order()
        self._nothing = ""
        self._strips: dict[str, tuple[object, Strip]] = {}

    @property
    def row(self) -> LibraryRow | None:
        """The file under the cursor."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    @property
    def rows(self) -> tuple[LibraryRow, ...]:
        """All that is shown, in its order."""
        return self._rows

    def fill(self, rows: tuple[LibraryRow, ...], order: Order, nothing: str) -> None:
        """Show other rows; the cursor stays on its file, else where it was. `nothing`: what to say without any."""
        before = self.row
        self._rows, self._order, self._nothing = rows, order, nothing
        self._places = {row.file: place for place, row in enumerate(rows)}
        kept = self._places.get(before.file) if before else None
        self._cursor = min(self._cursor, max(0, len(rows) - 1)) if kept is None else kept
        if len(self._strips) > 4 * max(50, self.size.height):
            self._strips.clear()
        self._measure()
        self._see()
        self.refresh()
        if (self.row and self.row.file) != (before and before.file):
            self.post_message(self.Moved())

    def dress(self, marks: Set[str], trimmed: Set[str], work: Mapping[str, Work], *, stale: bool) -> None:
        """Which files are marked, trimmed, being rendered; and whether all this is only the last known."""
        dressed = (marks, trimmed, work, stale)
        if dressed != (self._marks, self._trimmed, self._work, self._stale):
            self._marks, self._trimmed, self._work, self._stale = dressed
            self.refresh()

    def move(self, by: int) -> None:
        """Another row; the ends hold."""
        self.go_to(self._cursor + by)

    def move_pages(self, by: int) -> None:
        """As many rows as are in sight."""
        self.move(by * max(1, self.size.height - 2))

    def go_to(self, place: int) -> None:
        """The cursor to a row, counted from 0."""
        before, self._cursor = self._cursor, min(max(0, place), max(0, len(self._rows) - 1))
        if before != self._cursor:
            self.refresh_line(before + 1)
            self.refresh_line(self._cursor + 1)
            self._see()
            self.post_message(self.Moved())

    def on_resize(self) -> None:
        """The columns depend on the width."""
        self._measure()
        self._see()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """The cursor to the row under the mouse; twice: pick it."""
        at = event.get_content_offset(self)
        place = self.scroll_offset.y + at.y - 1 if at is not None and at.y > 0 else -1
        if 0 <= place < len(self._rows):
            self.go_to(place)
            if event.chain == 2:
                self.post_message(self.Picked())

    def notify_style_update(self) -> None:
        """The lines are of the theme."""
        self._strips.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """The head stays; the files scroll under it."""
        width = self.scrollable_content_region.width
        columns = Columns.of(width)
        if y == 0:
            return draw(head_line(columns, self._order.column, reverse=self._order.reverse), width, self)
        place = y - 1 + self.scroll_offset.y
        if not self._rows and place == 0:
            return draw(line((f"  {self._nothing}", tally.QUIET)), width, self)
        if place >= len(self._rows):
            return draw(Content(""), width, self)
        row = self._rows[place]
        shown = Shown(
            place == self._cursor, row.file in self._marks, row.file in self._trimmed, self._work.get(row.file, ""),
            self._stale,
        )  # fmt: skip
        # A line says today's time or a day, so it is made anew with the day.
        now = self._clock()
        key = (row, shown, width, now // 86_400)
        known = self._strips.get(row.file)
        if known is not None and known[0] == key:
            return known[1]
        strip = draw(row_line(row, columns, shown, now), width, self, "on $band" if shown.cursor else "")
        self._strips[row.file] = key, strip
        return strip

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, 1 + max(1, len(self._rows)))

    def _see(self) -> None:
        # One line of the view is the head, so a row's line stands one below its place in the list.
        self.scroll_to_region(Region(0, self._cursor, 1, 2), animate=False, force=True)
