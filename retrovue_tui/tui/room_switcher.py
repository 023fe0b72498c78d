"""The four rooms: which is on screen, what each of them is told, and the channel that all of them work on."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.tui.command_dispatch import Turns
from retrovue_tui.tui.rooms.asrun.screen import AsRunScreen
from retrovue_tui.tui.rooms.bin.screen import BinScreen
from retrovue_tui.tui.rooms.control_room.event_list import KEPT
from retrovue_tui.tui.rooms.control_room.screen import ControlRoomScreen
from retrovue_tui.tui.rooms.timeline.screen import TimelineScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import App

    from retrovue_tui.protocol.events import Event
    from retrovue_tui.protocol.snapshots import ChannelSnapshot
    from retrovue_tui.tui.rooms.base import Room
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

NAMES: Final = {1: "Control room", 2: "Timeline", 3: "Bin", 4: "As-run"}


class Rooms:
    """Room 1 lies at the bottom of the stack of screens for good; one of the others may lie on it.

    A room keeps its state while another is on screen. Events for one that was not yet there are kept for it.
    """

    def __init__(
        self, view: StationView, clock: Callable[[], float], line: StationLine, turns: Turns | None = None
    ) -> None:
        """`turns`: those in which orders are given; edits of the timeline take theirs among them."""
        self.base = ControlRoomScreen(view, clock, line)
        self.all: Final[dict[int, Room]] = {
            1: self.base,
            2: TimelineScreen(view, clock, line, turns or Turns()),
            3: BinScreen(view, clock, line),
            4: AsRunScreen(view, clock, line),
        }
        self._view = view
        self._unheard: dict[Room, deque[Event]] = {room: deque(maxlen=KEPT) for room in self.all.values()}
        self._here: Room = self.base
        self._paused = False

    @property
    def here(self) -> Room:
        """The room that is on screen, or under what lies over it for a moment."""
        return self._here

    @property
    def paused(self) -> bool:
        """Whether the control room's drawing is frozen."""
        return self._paused

    @property
    def unheard(self) -> int:
        """How many events wait for the control room to be drawn again."""
        return len(self._unheard[self.base])

    @property
    def chosen(self) -> ChannelSnapshot | None:
        """The channel that the operator works on, as it is now, whatever is still drawn."""
        chosen = self._here.chosen
        return self._view.channel(chosen.id) if chosen else None

    @property
    def unsent(self) -> tuple[str, ...]:
        """What is lost when the control room is left now, room by room."""
        return tuple(room.unsent for room in self.all.values() if room.unsent)

    def choose(self, channel_id: str) -> None:
        """Have every room work on this channel."""
        for room in self.all.values():
            if room.chosen is None or room.chosen.id != channel_id:
                room.choose(channel_id)

    async def go(self, app: App[Any], number: int) -> None:
        """Bring a room on screen; what lies over the rooms is to be gone by then."""
        room = self.all[number]
        if room is self._here or app.screen is not self._here:
            return
        before, self._here = self._here, room
        if chosen := before.chosen:
            room.choose(chosen.id)
        room.point(self.all[2].pointed)
        if not app.is_screen_installed(room) and room is not self.base:
            app.install_screen(room, f"room-{number}")
        if room is self.base:
            await app.pop_screen()
        elif before is self.base:
            await app.push_screen(room)
        else:
            await app.switch_screen(room)
        self.show(self._view)

    def show(self, view: StationView) -> None:
        """Have the room on screen draw what is known now."""
        self._view = view
        if self._here.is_mounted and not self._frozen(self._here):
            self._tell(self._here)
            self._here.show(view)

    def tick(self) -> None:
        """Have the room on screen draw what depends on the clock."""
        if self._here.is_mounted and not self._frozen(self._here):
            self._here.tick()

    def hear(self, events: Iterable[Event]) -> None:
        """Pass events on to every room; to those that are not there yet, or frozen, later."""
        events = list(events)
        for room, waiting in self._unheard.items():
            waiting.extend(events)
            if room.is_mounted and not self._frozen(room):
                self._tell(room)

    def pause(self, paused: bool) -> None:
        """Freeze the control room's drawing, or let it catch up."""
        self._paused = paused
        self.hear(())
        self.show(self._view)

    def _frozen(self, room: Room) -> bool:
        return self._paused and room is self.base

    def _tell(self, room: Room) -> None:
        if waiting := self._unheard[room]:
            events = list(waiting)
            waiting.clear()
            room.hear(events)
