"""What every room of the control room is to the app: it is shown what is known, and asks the station through a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from retrovue_tui.tui import keys
from retrovue_tui.tui.guarded_app import GuardedApp
from retrovue_tui.tui.widgets.channel_faults import ChannelFaults
from retrovue_tui.tui.widgets.too_small import Cramped, is_cramped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual import events
    from textual.binding import BindingType

    from retrovue_tui.protocol.events import Event
    from retrovue_tui.protocol.snapshots import ChannelSnapshot
    from retrovue_tui.tui.rooms.bin.placement import Pointed
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

WIDTHS = [(0, "-narrow"), (110, "-wide")]
HEIGHTS = [(0, "-tiny"), (22, "-short"), (30, "-tall")]


class Room(Screen[None]):
    """A screen of its own, with a number. Draws what it is given; owns no truth.

    The app calls `show` four times a second with the newest view while the room is on screen, and once when it
    comes on; `tick` as often, for what depends on the clock alone; `hear` with new events, on screen or not.
    """

    DEFAULT_CSS = "Room { layers: default cramped; }"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.AIR.bindings, *keys.EVERYWHERE.bindings]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        """`clock` is Unix time."""
        super().__init__()
        self._view = view
        self._clock = clock
        self._line = line
        self._channel_id: str | None = None
        self._cursor: Pointed | None = None
        self._faults = ChannelFaults()
        self._cramped = Cramped(markup=False)

    def on_resize(self, event: events.Resize) -> None:
        """Say so where the terminal has become too small."""
        if is_cramped(event.size) and self.is_attached and not self._cramped.is_attached:
            self.mount(self._cramped)
        self._cramped.show(event.size)

    @property
    def chosen(self) -> ChannelSnapshot | None:
        """The channel that the operator works on, as last seen."""
        return self._view.channel(self._channel_id) or next(iter(self._view.channels), None)

    def choose(self, channel_id: str | None) -> None:
        """Work on another channel."""
        self._channel_id = channel_id
        self._faults.show(self.chosen)

    @property
    def pointed(self) -> Pointed | None:
        """The frame of the rundown that the operator points at in this room."""
        return None

    def point(self, cursor: Pointed | None) -> None:
        """Where the timeline's cursor stands, on coming to this room."""
        self._cursor = cursor

    @property
    def pane(self) -> keys.Pane:
        """The keys of what has the focus, which the help names first."""
        return keys.AIR

    @property
    def unsent(self) -> str:
        """What is lost when the control room is left now, like `3 staged edits on Retro One`; empty: nothing."""
        return ""

    def obstacle(self, action: str) -> str:
        """Why one of the room's own actions cannot be done now, as a sentence without its full stop; empty: it can."""
        return ""

    def keep_typed(self) -> None:
        """A dialog with a line to write in was refused: what is typed for it does not reach this room."""
        if isinstance(self.app, GuardedApp):
            self.app.keep_from_room(answers=False)

    def back(self) -> bool:
        """`esc`: take back what the room itself has open (marks, a filter, staged edits); True where there was
        something. Where there was nothing, the app goes back to the control room."""
        return False

    def show(self, view: StationView) -> None:
        """Draw what is known now, in one batch."""
        self._view = view
        self._faults.show(self.chosen)

    def tick(self) -> None:
        """Draw what depends on the clock alone."""

    def hear(self, events: Iterable[Event]) -> None:
        """Take in what has happened."""
