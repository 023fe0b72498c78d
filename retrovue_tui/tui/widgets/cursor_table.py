"""A table with a cursor, for any number of rows. It renders only visible lines."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView

from retrovue_tui.tui.text import tally
from retrovue_tui.tui.widgets.text_sheet import draw, line

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from textual import events
    from textual.strip import Strip

Row = TypeVar("Row")


class CursorTable(ScrollView, Generic[Row], can_focus=True, inherit_bindings=False):
    """A header line, and one line for each row; one row is under the cursor. Subclasses render the lines.

    It binds no keys, not even those that scroll: the room moves the cursor, and the table scrolls to it.
    """

    ALLOW_SELECT: ClassVar[bool] = False

    class CursorMoved(Message):
        """Sent when the cursor has moved to another row."""

    class Picked(Message):
        """Sent when the operator has double-clicked a row."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: Sequence[Row] = ()
        self._places: dict[str, int] = {}
        self._cursor = 0
        self._nothing = ""
        self._strips: dict[str, tuple[object, Strip]] = {}

    # --- methods of subclasses --------------------------------------------------------------------------------------

    @abstractmethod
    def name_of(self, row: Row) -> str:
        """Return a name that identifies the row even if other rows are added or removed."""

    @abstractmethod
    def head(self, width: int) -> Content:
        """Return the header line with the names of the columns."""

    def looks(self, place: int) -> Hashable:
        """Return all values that the line of row `place` depends on, besides the row, the cursor and the width."""
        return None

    @abstractmethod
    def drawn(self, place: int, width: int) -> Content:
        """Return the line of row `place`."""

    # --- rows and cursor --------------------------------------------------------------------------------------------

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    @property
    def rows(self) -> Sequence[Row]:
        """All rows, in the order on screen."""
        return self._rows

    @property
    def place(self) -> int:
        """The index of the row under the cursor (0-based)."""
        return self._cursor

    @property
    def in_sight(self) -> int:
        """The number of rows that fit below the header."""
        return max(1, self.scrollable_content_region.height - 1)

    def set_rows(self, rows: Sequence[Row], nothing: str) -> None:
        """Replace the rows. The cursor stays on its row, and that row on its line of the screen. `nothing`: the text to
        show if there are none."""
        before, line_before = self.row, self._cursor - self.scroll_offset.y
        self._rows, self._nothing = rows, nothing
        self._places = {self.name_of(row): place for place, row in enumerate(rows)}
        kept = self._places.get(self.name_of(before)) if before is not None else None
        self._cursor = min(self._cursor, max(0, len(rows) - 1)) if kept is None else kept
        if len(self._strips) > 4 * max(50, self.size.height):
            self._strips.clear()
        self._measure()
        if kept is not None:
            self.scroll_to(y=max(0, kept - line_before), animate=False, force=True)
        self._see()
        self.refresh()
        if before is None or self.row is None or self.name_of(self.row) != self.name_of(before):
            self.post_message(self.CursorMoved())

    def move(self, by: int) -> None:
        """Move the cursor by `by` rows; stop at both ends."""
        self.go_to(self._cursor + by)

    def move_pages(self, by: int) -> None:
        """Move the cursor by `by` pages; stop at both ends."""
        self.move(by * max(1, self.in_sight - 1))

    def go_to(self, place: int) -> None:
        """Move the cursor to the row with index `place`; stop at both ends."""
        before, self._cursor = self._cursor, min(max(0, place), max(0, len(self._rows) - 1))
        if before != self._cursor:
            self.repaint(before)
            self.repaint(self._cursor)
            self._see()
            self.post_message(self.CursorMoved())

    def repaint(self, place: int) -> None:
        """Repaint the row with index `place`, if it is visible."""
        at = place - self.scroll_offset.y
        if 0 <= at < self.in_sight:
            self.refresh(Region(0, 1 + at, self.size.width, 1))

    # --- called by Textual --------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Lay out the columns for the new width."""
        self._measure()
        self._see()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked row; a double click picks it."""
        at = event.get_content_offset(self)
        place = self.scroll_offset.y + at.y - 1 if at is not None and at.y > 0 else -1
        if 0 <= place < len(self._rows):
            self.go_to(place)
            if event.chain == 2:
                self.post_message(self.Picked())

    def notify_style_update(self) -> None:
        """Render all lines again, because the theme has changed."""
        self._strips.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of the widget. The header stays at the top; the rows scroll below it."""
        width = self.scrollable_content_region.width
        if y == 0:
            return draw(self.head(width), width, self)
        place = y - 1 + self.scroll_offset.y
        if not self._rows and place == 0:
            return draw(line((f"  {self._nothing}", tally.QUIET)), width, self)
        if place >= len(self._rows):
            return draw(Content(""), width, self)
        row, under_cursor = self._rows[place], place == self._cursor
        name, key = self.name_of(row), (row, under_cursor, width, self.looks(place))
        known = self._strips.get(name)
        if known is not None and known[0] == key:
            return known[1]
        strip = draw(self.drawn(place, width), width, self, "on $band" if under_cursor else "")
        self._strips[name] = key, strip
        return strip

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, 1 + max(1, len(self._rows)))

    def _see(self) -> None:
        # The header is the first line, so a row's line is one below its index.
        self.scroll_to_region(Region(0, self._cursor, 1, 2), animate=False, force=True)
