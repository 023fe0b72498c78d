"""The base class of all rooms. The app passes each room the newest state; the room asks the station for more through a
`StationLine`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from retrovue_tui.tui import keys
from retrovue_tui.tui.guarded_app import GuardedApp
from retrovue_tui.tui.widgets.channel_faults import ChannelFaults
from retrovue_tui.tui.widgets.picture_view import PictureView
from retrovue_tui.tui.widgets.too_small import TooSmall, is_too_small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual import events
    from textual.binding import BindingType

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.tui.rooms.bin.placement import EntryFrame
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

WIDTHS = [(0, "-narrow"), (110, "-wide")]
HEIGHTS = [(0, "-tiny"), (22, "-short"), (30, "-tall")]


class Room(Screen[None]):
    """A room: a screen with a number. It draws the state that the app passes to it, and holds no state of the station
    itself.

    While the room is on screen, the app calls `show` with the newest state and `tick` for the clock, both four times a
    second; it also calls `show` when the room comes on screen. It calls `receive` with new events in any case.
    """

    DEFAULT_CSS = "Room { layers: default too-small; }"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.AIR.bindings, *keys.EVERYWHERE.bindings]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        """`clock` returns Unix time (s)."""
        super().__init__()
        self._view = view
        self._clock = clock
        self._line = line
        self._channel_id: str | None = None
        self._cursor: EntryFrame | None = None
        self._faults = ChannelFaults()
        self._too_small = TooSmall(markup=False)

    def on_resize(self, event: events.Resize) -> None:
        """Show a message instead of the room if the terminal is too small."""
        if is_too_small(event.size) and self.is_attached and not self._too_small.is_attached:
            self.mount(self._too_small)
        self._too_small.show(event.size)

    def on_screen_suspend(self) -> None:
        """Remove pictures drawn as pixels, because another screen opens over this room."""
        for view in self.query(PictureView):
            view.cover()

    @property
    def chosen(self) -> ChannelSnapshot | None:
        """The channel that the operator works on, in the state drawn last."""
        return self._view.channel(self._channel_id) or next(iter(self._view.channels), None)

    def choose(self, channel_id: str | None) -> None:
        """Choose another channel."""
        self._channel_id = channel_id
        self._faults.show(self.chosen)

    @property
    def pointed(self) -> EntryFrame | None:
        """The frame of the rundown under this room's cursor; None if the room has no such cursor."""
        return None

    def point(self, cursor: EntryFrame | None) -> None:
        """Pass this room the timeline's cursor position; the app calls this when the room comes on screen."""
        self._cursor = cursor

    @property
    def pane(self) -> keys.Pane:
        """The pane that has the focus; the help lists its keys first."""
        return keys.AIR

    @property
    def for_phone(self) -> tuple[str, str] | None:
        """The name and the address that the key of the QR code shows: the stream of the chosen channel; None if there
        is none."""
        return (f"{chosen.number}  {chosen.name}", chosen.url) if (chosen := self.chosen) else None

    @property
    def unsent(self) -> str:
        """The unsent work that the operator would lose by leaving the control room, like `3 staged edits on Retro One`;
        empty if there is none."""
        return ""

    def obstacle(self, action: str) -> str:
        """Return why one of the room's own actions is impossible now, as a sentence without its full stop; empty if the
        action is possible."""
        return ""

    def keep_typed(self) -> None:
        """Ignore text that the operator types for a refused dialog."""
        if isinstance(self.app, GuardedApp):
            self.app.keep_from_room(answers=False)

    def back(self) -> bool:
        """Handle `esc`: close a panel of the room, or clear its marks, filter or staged edits. Returns False if there
        is nothing to close or clear; the app then goes to the control room."""
        return False

    def show(self, view: StationView) -> None:
        """Draw the newest state, in one update of the screen."""
        self._view = view
        self._faults.show(self.chosen)
        self.set_class(view.link == "lost", "-lost")

    def tick(self) -> None:
        """Draw the parts that depend on the clock."""

    def receive(self, events: Iterable[Event]) -> None:
        """Handle new events of the station."""
