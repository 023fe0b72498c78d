"""The list of the station's events, with the newest at the bottom."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView

from retrovue_tui.tui import keys
from retrovue_tui.tui.text import formats, tally
from retrovue_tui.tui.widgets.text_sheet import draw, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual.binding import BindingType
    from textual.strip import Strip

    from retrovue_tui.protocol.events import Event

KEPT = 1_000
DETAILS = frozenset({"take", "seam", "prepare", "prepare_progress", "library", "breaks", "deck_started", "splice"})
"""Kinds of events about decks, joins, renders and break candidates. The list hides them unless they are warnings or the
operator asks for them."""
CHANNEL = 4
ROOM_TO_WRAP = 6
"""If the list has at least this height (lines), long messages wrap; otherwise they are cut."""
INDENT = 10 + 2 + CHANNEL + 1


def is_detail(event: Event) -> bool:
    """Return whether an event is hidden by default: its kind is in `DETAILS`, and it is no warning."""
    return event.kind in DETAILS and event.level == "info"


def is_routine(event: Event) -> bool:
    """Return whether another pane already shows the event as a figure: a clean join, or the progress of a render."""
    return event.level == "info" and event.kind in ("seam", "prepare_progress")


def event_lines(event: Event, width: int, numbers: Mapping[str, str], *, wrap: bool = True) -> list[Content]:
    """Return the lines of an event, `width` cells wide: time, level, channel number and message. `numbers`: channel id
    → number. `wrap`: wrap a long message; otherwise cut it."""
    level = tally.level(event.level)
    channel = numbers.get(event.channel, event.channel) if event.channel is not None else ""
    message, room = formats.clean(event.message), max(10, width - INDENT - 1)
    texts = Content(message).wrap(room) if wrap and message else [Content(formats.fit(message, room))]
    style = tally.QUIET if is_detail(event) else level.style
    first, *rest = (Content.styled(text.plain.rstrip(), style) for text in texts)
    head = line(
        (f" {formats.wall_time(event.at)} ", tally.QUIET),
        (f"{level.glyph} ", level.style or tally.QUIET),
        (formats.fit_right(channel, CHANNEL - 1) + "  ", "$secondary"),
    )
    return [head + first, *(Content(" " * head.cell_length) + more for more in rest)]


class EventList(ScrollView, can_focus=True):
    """The newest `KEPT` events. If the list is scrolled to the end, it follows new events; otherwise it stays where it
    is."""

    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = list(keys.EVENTS.bindings)

    def __init__(self) -> None:
        super().__init__(id="events")
        self.border_title = " Events "
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._heights: deque[int] = deque(maxlen=KEPT)
        self._lines: list[Content] = []
        self._numbers: dict[str, str] = {}
        self._shape = (0, False)
        self._following = True
        self._wanted = ""
        self._detailed = False
        self._note = ""
        self.by_time = False
        """Whether to sort events by their time; otherwise they stay in the order in which they arrived."""

    @property
    def wanted(self) -> str:
        """The words of the filter, in lower case; empty: no filter."""
        return self._wanted

    def filter_by(self, words: str) -> None:
        """Show only events that have all of these words in their message, kind, level or channel number. Empty: show
        all events."""
        if words.strip().lower() != self._wanted:
            self._wanted = words.strip().lower()
            self._following = True
            self._layout_lines()
            self._name_pane()

    def toggle_details(self) -> None:
        """Show or hide detail events (see `is_detail`)."""
        self._detailed = not self._detailed
        self._following = True
        self._layout_lines()
        self._name_pane()

    def mention(self, note: str) -> None:
        """Add a note from a pane that has no room on screen to the list's title; empty: no note."""
        if note != self._note:
            self._note = formats.clean(note)
            self._name_pane()

    @property
    def messages(self) -> Sequence[str]:
        """The messages of the kept events, oldest first."""
        return [event.message for event in self._events]

    def name_channels(self, numbers: Mapping[str, str]) -> None:
        """Set the channel numbers to show: channel id → number."""
        if numbers != self._numbers:
            self._numbers = dict(numbers)
            self._layout_lines()

    def add(self, events: Iterable[Event]) -> None:
        """Append events; drop the oldest ones beyond `KEPT`."""
        dropped = 0
        for event in events:
            if len(self._events) == KEPT:
                dropped += self._heights[0]
                self._events.popleft()
                self._heights.popleft()
            fresh = self._laid_out(event)
            later = self._later_than(event) if self.by_time else 0
            below = sum(self._heights[-each] for each in range(1, later + 1))
            self._events.insert(len(self._events) - later, event)
            self._heights.insert(len(self._heights) - later, len(fresh))
            at = len(self._lines) - below
            self._lines[at:at] = fresh
        del self._lines[:dropped]
        self._settle(dropped)

    def _later_than(self, event: Event) -> int:
        """Return how many of the kept events are later than this one."""
        return next((at for at, each in enumerate(reversed(self._events)) if each.at <= event.at), len(self._events))

    def keep_up(self) -> None:
        """Scroll to the end, if the list follows new events. Callers repeat this, because Textual ignores a scroll
        before the first layout."""
        if self._following and self.scroll_y < self.max_scroll_y:
            self.scroll_end(animate=False, x_axis=False, immediate=True)

    def on_resize(self) -> None:
        """Lay out the lines again if the width changed, or if the height now allows or forbids wrapping."""
        if self._shape != (self.size.width, self.size.height >= ROOM_TO_WRAP):
            self._layout_lines()
        else:
            self._settle()

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of the visible part."""
        row = y + self.scroll_offset.y
        if not self._lines and y == 0:
            nothing = " no event has these words" if self._wanted and self._events else " no events yet"
            return draw(line((nothing, tally.QUIET)), self.size.width, self)
        return draw(self._lines[row] if row < len(self._lines) else Content(""), self.size.width, self)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Show in the title whether there are newer events below the visible part."""
        super().watch_scroll_y(old_value, new_value)
        if self.is_vertical_scroll_end:
            self._following = True
        elif new_value < old_value:
            self._following = False
        self._name_pane()

    def _name_pane(self) -> None:
        filtered = f"with {formats.clean(self._wanted)}, esc shows all" if self._wanted else ""
        detailed = "with details, d hides them" if self._detailed else ""
        newer = "" if self._following else "newer events below: G"
        title = f" {' · '.join(filter(None, ('Events', filtered, detailed, newer, self._note)))} ".replace("[", r"\[")
        if self.border_title != title:
            self.border_title = title

    def _laid_out(self, event: Event) -> list[Content]:
        width, wrap = self._shape
        if self._wanted and not self._has_words(event):
            return []
        if is_detail(event) and not self._wanted and not self._detailed:
            return []
        return event_lines(event, width, self._numbers, wrap=wrap) if width else []

    def _has_words(self, event: Event) -> bool:
        channel = self._numbers.get(event.channel or "", event.channel or "")
        text = f"{event.message} {event.kind} {event.level} {channel}".lower()
        return all(word in text for word in self._wanted.split())

    def _layout_lines(self) -> None:
        self._shape = (self.size.width, self.size.height >= ROOM_TO_WRAP)
        wrapped = [self._laid_out(event) for event in self._events]
        self._heights = deque((len(each) for each in wrapped), maxlen=KEPT)
        self._lines = [each for lines in wrapped for each in lines]
        self._settle()

    def _settle(self, dropped: int = 0) -> None:
        self.virtual_size = Size(self._shape[0], len(self._lines))
        if self._following:
            self.call_after_refresh(self.keep_up)  # the operator may scroll up before the refresh
        elif dropped:
            # The events that the operator reads must stay in place when older ones above are dropped.
            self.scroll_to(y=self.scroll_offset.y - dropped, animate=False, force=True)
        self.refresh()
