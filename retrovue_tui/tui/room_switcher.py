"""The rooms: switches between them, passes the station's state and events to them, and holds the chosen channel."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.tui.command_dispatch import ChannelLocks
from retrovue_tui.tui.rooms.asrun.screen import AsRunScreen
from retrovue_tui.tui.rooms.bin.screen import BinScreen
from retrovue_tui.tui.rooms.clients.screen import ClientsScreen
from retrovue_tui.tui.rooms.control_room.event_list import KEPT
from retrovue_tui.tui.rooms.control_room.screen import ControlRoomScreen
from retrovue_tui.tui.rooms.schedule.screen import ScheduleScreen
from retrovue_tui.tui.rooms.timeline.screen import TimelineScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import App

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.tui.rooms.base import Room
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

NAMES: Final = {0: "Clients", 1: "Control room", 2: "Timeline", 3: "Bin", 4: "As-run", 5: "Schedule"}


class Rooms:
    """Room 1, the control room, is always at the bottom of the stack of screens; one other room may be on top of it.

    A room keeps its state while another room is on screen. `Rooms` keeps events for a room that does not exist yet.
    """

    def __init__(
        self, view: StationView, clock: Callable[[], float], line: StationLine, locks: ChannelLocks | None = None
    ) -> None:
        """`locks`: one lock per channel, which keeps commands in order. The timeline's edits use the same locks."""
        self.base = ControlRoomScreen(view, clock, line)
        self.all: Final[dict[int, Room]] = {
            1: self.base,
            2: TimelineScreen(view, clock, line, locks or ChannelLocks()),
            3: BinScreen(view, clock, line),
            4: AsRunScreen(view, clock, line),
            5: ScheduleScreen(view, clock, line),
            0: ClientsScreen(view, clock, line),
        }
        self._view = view
        self._unheard: dict[Room, deque[Event]] = {room: deque(maxlen=KEPT) for room in self.all.values()}
        self._here: Room = self.base
        self._paused = False

    @property
    def here(self) -> Room:
        """The room on screen; a dialog may cover it."""
        return self._here

    @property
    def paused(self) -> bool:
        """Whether the control room's display is frozen."""
        return self._paused

    @property
    def waiting_events(self) -> int:
        """How many events have arrived since the control room's display was frozen."""
        return len(self._unheard[self.base])

    @property
    def chosen(self) -> ChannelSnapshot | None:
        """The newest state of the channel that the operator works on, even while the display is frozen."""
        chosen = self._here.chosen
        return self._view.channel(chosen.id) if chosen else None

    @property
    def unsent(self) -> tuple[str, ...]:
        """The unsent work that the operator would lose by leaving the control room now: at most one text for each
        room."""
        return tuple(room.unsent for room in self.all.values() if room.unsent)

    def choose(self, channel_id: str) -> None:
        """Choose a channel for every room."""
        for room in self.all.values():
            if room.chosen is None or room.chosen.id != channel_id:
                room.choose(channel_id)

    async def go(self, app: App[Any], number: int) -> None:
        """Show room `number`. The caller has closed all dialogs."""
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
        """Draw the newest state in the room on screen."""
        self._view = view
        if self._here.is_mounted and not self._frozen(self._here):
            self._pass_events(self._here)
            self._here.show(view)

    def tick(self) -> None:
        """Draw the parts of the room on screen that depend on the clock."""
        if self._here.is_mounted and not self._frozen(self._here):
            self._here.tick()

    def receive(self, events: Iterable[Event]) -> None:
        """Pass events to every room. A room that does not exist yet, or is frozen, gets them later."""
        events = list(events)
        for room, waiting in self._unheard.items():
            waiting.extend(events)
            if room.is_mounted and not self._frozen(room):
                self._pass_events(room)

    def pause(self, paused: bool) -> None:
        """Freeze the control room's display, or continue it."""
        self._paused = paused
        self.receive(())
        self.show(self._view)

    def _frozen(self, room: Room) -> bool:
        return self._paused and room is self.base

    def _pass_events(self, room: Room) -> None:
        if waiting := self._unheard[room]:
            events = list(waiting)
            waiting.clear()
            room.receive(events)
