"""A table of any length with a cursor, of which only the lines in sight are ever made."""

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
    """A head, and a line for each row; one of them under the cursor. Subclasses say what the lines are.

    It binds no keys, nor those that scroll: the room moves the cursor, and the view goes along.
    """

    ALLOW_SELECT: ClassVar[bool] = False

    class Moved(Message):
        """The cursor stands on another row."""

    class Picked(Message):
        """A row was clicked twice."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: Sequence[Row] = ()
        self._places: dict[str, int] = {}
        self._cursor = 0
        self._nothing = ""
        self._strips: dict[str, tuple[object, Strip]] = {}

    # --- what the subclasses say ------------------------------------------------------------------------------------

    @abstractmethod
    def name_of(self, row: Row) -> str:
        """By which a row is known when others come and go around it."""

    @abstractmethod
    def head(self, width: int) -> Content:
        """The names of the columns."""

    def looks(self, place: int) -> Hashable:
        """All, beside the row, the cursor and the width, that its line depends on."""
        return None

    @abstractmethod
    def drawn(self, place: int, width: int) -> Content:
        """The line of a row."""

    # --- rows and cursor --------------------------------------------------------------------------------------------

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    @property
    def rows(self) -> Sequence[Row]:
        """All that is shown, in its order."""
        return self._rows

    @property
    def place(self) -> int:
        """Where the cursor is, counted from 0."""
        return self._cursor

    @property
    def in_sight(self) -> int:
        """How many rows fit below the head."""
        return max(1, self.scrollable_content_region.height - 1)

    def set_rows(self, rows: Sequence[Row], nothing: str) -> None:
        """Show other rows; the cursor stays on its row, and on its line. `nothing`: what to say without any."""
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
            self.post_message(self.Moved())

    def move(self, by: int) -> None:
        """Another row; the ends hold."""
        self.go_to(self._cursor + by)

    def move_pages(self, by: int) -> None:
        """As many rows as are in sight."""
        self.move(by * max(1, self.in_sight - 1))

    def go_to(self, place: int) -> None:
        """The cursor to a row, counted from 0."""
        before, self._cursor = self._cursor, min(max(0, place), max(0, len(self._rows) - 1))
        if before != self._cursor:
            self.repaint(before)
            self.repaint(self._cursor)
            self._see()
            self.post_message(self.Moved())

    def repaint(self, place: int) -> None:
        """Paint one row, where it is in sight."""
        at = place - self.scroll_offset.y
        if 0 <= at < self.in_sight:
            self.refresh(Region(0, 1 + at, self.size.width, 1))

    # --- Textual's side -----------------------------------------------------------------------------------------------

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
        """The head stays; the rows scroll under it."""
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
        # One line of the view is the head, so a row's line stands one below its place in the list.
        self.scroll_to_region(Region(0, self._cursor, 1, 2), animate=False, force=True)
