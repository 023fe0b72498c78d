"""The rooms: switches between them, passes the stations' state and events to them, and holds the chosen channel."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.tui.rooms.asrun.screen import AsRunScreen
from retrovue_tui.tui.rooms.audience.screen import AudienceScreen
from retrovue_tui.tui.rooms.bin.screen import BinScreen
from retrovue_tui.tui.rooms.clients.screen import ClientsScreen
from retrovue_tui.tui.rooms.control_room.event_list import KEPT
from retrovue_tui.tui.rooms.control_room.screen import ControlRoomScreen
from retrovue_tui.tui.rooms.schedule.screen import ScheduleScreen
from retrovue_tui.tui.rooms.timeline.screen import TimelineScreen
from retrovue_tui.tui.station_view import listed_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual.app import App

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.tui.rooms.base import Room
    from retrovue_tui.tui.stations import LinkedStation, Stations

NAMES: Final = {0: "Clients", 1: "Control room", 2: "Timeline", 3: "Bin", 4: "As-run", 5: "Schedule", 6: "Audience"}


class Rooms:
    """Room 1, the control room, is always at the bottom of the stack of screens; one other room may be on top of it.
    Room 1 shows all stations. Each station has the other rooms for itself; those of the chosen channel's station are
    the ones that open.

    A room keeps its state while another room is on screen. `Rooms` keeps events for a room that does not exist yet.
    """

    def __init__(self, stations: Stations, clock: Callable[[], float]) -> None:
        self.base = ControlRoomScreen(stations.view, clock, stations.all[0].line, stations)
        self._stations = stations
        self._of = {station.key: _own_rooms(station, clock) for station in stations}
        every = [self.base, *(room for rooms in self._of.values() for room in rooms.values())]
        self._unheard: dict[Room, deque[Event]] = {room: deque(maxlen=KEPT) for room in every}
        self._here: Room = self.base
        self._station: LinkedStation | None = None
        """The station of the room on screen; None: the control room is on screen."""
        self._number = 1
        self._paused = False

    @property
    def all(self) -> Mapping[int, Room]:
        """The rooms of the chosen channel's station, by number, with the control room."""
        return {1: self.base, **self._of[self.station.key]}

    @property
    def station(self) -> LinkedStation:
        """The station of the chosen channel."""
        return self._station or self._stations.owner(self.base.chosen_id)

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
        if (chosen := self._here.chosen) is None:
            return None
        own_id = self._stations.own_id(chosen.id) if self._here is self.base else chosen.id
        return self.station.view.channel(own_id)

    @property
    def listed_id(self) -> str | None:
        """The id of the chosen channel in the list of all stations."""
        return listed_id(self.station.key, chosen.id) if (chosen := self.chosen) else None

    @property
    def unsent(self) -> tuple[str, ...]:
        """The unsent work that the operator would lose by leaving the control room now: at most one text for each
        room."""
        return tuple(room.unsent for room in self._unheard if room.unsent)

    def choose(self, listed: str) -> None:
        """Choose a channel for every room, by its id in the list of all stations. If it is a channel of another
        station, the caller must call `go` with `number`."""
        if self.base.chosen_id != listed:
            self.base.choose(listed)
        own_id = self._stations.own_id(listed)
        for room in self._of[self._stations.owner(listed).key].values():
            if room.chosen is None or room.chosen.id != own_id:
                room.choose(own_id)

    @property
    def number(self) -> int:
        """The number of the room on screen."""
        return self._number

    async def go(self, app: App[Any], number: int) -> None:
        """Show room `number` of the chosen channel's station. The caller has closed all dialogs."""
        station = self._stations.owner(self.base.chosen_id)
        room = self.base if number == 1 else self._of[station.key][number]
        listed = self.listed_id if self.station is station else self.base.chosen_id
        if room is self._here or app.screen is not self._here:
            return
        before, self._here, self._number = self._here, room, number
        self._station = None if room is self.base else station
        if listed is not None:
            room.choose(listed if room is self.base else self._stations.own_id(listed))
        room.point(self.all[2].pointed)
        if not app.is_screen_installed(room) and room is not self.base:
            app.install_screen(room, f"room-{number}-{station.key}")
        if room is self.base:
            await app.pop_screen()
        elif before is self.base:
            await app.push_screen(room)
        else:
            await app.switch_screen(room)
        self.show()

    def show(self) -> None:
        """Draw the newest state in the room on screen."""
        if not self._here.is_mounted or self._frozen(self._here):
            return
        self._pass_events(self._here)
        if self._here is self.base:
            self.base.show_stations(self._stations.view)
        else:
            self._here.show(self.station.view)

    def tick(self) -> None:
        """Draw the parts of the room on screen that depend on the clock."""
        if self._here.is_mounted and not self._frozen(self._here):
            self._here.tick()

    def receive(self, events: Iterable[Event], station: LinkedStation) -> None:
        """Pass events of a station to the control room and to the station's rooms. A room that does not exist yet, or
        is frozen, gets them later."""
        events = list(events)
        self._unheard[self.base].extend(self._stations.for_list(event, station) for event in events)
        for room in self._of[station.key].values():
            self._unheard[room].extend(events)
        for room in (self.base, *self._of[station.key].values()):
            if room.is_mounted and not self._frozen(room):
                self._pass_events(room)

    def pause(self, paused: bool) -> None:
        """Freeze the control room's display, or continue it."""
        self._paused = paused
        if not paused and self.base.is_mounted:
            self._pass_events(self.base)
        self.show()

    def _frozen(self, room: Room) -> bool:
        return self._paused and room is self.base

    def _pass_events(self, room: Room) -> None:
        if waiting := self._unheard[room]:
            events = list(waiting)
            waiting.clear()
            room.receive(events)


def _own_rooms(station: LinkedStation, clock: Callable[[], float]) -> dict[int, Room]:
    """Return the rooms that show one station only. The timeline's edits use the same locks as the commands."""
    view, line = station.view, station.line
    return {
        2: TimelineScreen(view, clock, line, station.locks),
        3: BinScreen(view, clock, line),
        4: AsRunScreen(view, clock, line),
        5: ScheduleScreen(view, clock, line),
        6: AudienceScreen(view, clock, line),
        0: ClientsScreen(view, clock, line),
    }
