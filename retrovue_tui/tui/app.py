"""The control room application: holds the state of the screen, and talks to the stations through their clients."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on

from retrovue_tui.protocol.events import Event, Level
from retrovue_tui.tui import command_dispatch, keys, station_link
from retrovue_tui.tui.air_commands import REFUSAL_S, AirCommands, Answer
from retrovue_tui.tui.command_palette import ActionProvider
from retrovue_tui.tui.dialogs.confirm_cut import CutScreen
from retrovue_tui.tui.dialogs.help import HelpScreen, key_names
from retrovue_tui.tui.dialogs.quit import Farewell, QuitScreen, asks
from retrovue_tui.tui.dialogs.stream_qr import QrScreen
from retrovue_tui.tui.dialogs.text_entry import TextEntry
from retrovue_tui.tui.keys.keymap_file import read_keymap
from retrovue_tui.tui.picture_switcher import PictureSwitcher
from retrovue_tui.tui.room_switcher import Rooms
from retrovue_tui.tui.rooms.control_room.channel_table import ChannelTable
from retrovue_tui.tui.rooms.control_room.event_list import is_routine
from retrovue_tui.tui.station_view import listed_id
from retrovue_tui.tui.stations import LinkedStation, Stations
from retrovue_tui.tui.terminal.ascii_filter import AsciiFilter
from retrovue_tui.tui.terminal.control_filter import CONTROL_FILTER
from retrovue_tui.tui.themes.loader import DEFAULT_VARIABLES
from retrovue_tui.tui.themes.switcher import ThemeSwitcher
from retrovue_tui.tui.user_paths import UserPaths
from retrovue_tui.tui.workers import freeze_objects, start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import PurePath

    from textual import events
    from textual.binding import Binding, BindingType
    from textual.command import Provider
    from textual.filter import LineFilter
    from textual.screen import ModalScreen, Screen

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.tui.rooms.control_room.screen import ControlRoomScreen
    from retrovue_tui.tui.station_view import StationView
    from retrovue_tui.tui.terminal.pixel_terminal import PixelProtocol

CLOCK_S: Final = 0.25
"""How often the app reads the clock (s). It repaints the clock only when the second changes."""

_STYLES: Final[list[str | PurePath]] = [
    "rooms/asrun/screen.tcss",
    "rooms/audience/screen.tcss",
    "rooms/bin/screen.tcss",
    "rooms/clients/screen.tcss",
    "rooms/control_room/screen.tcss",
    "rooms/schedule/screen.tcss",
    "dialogs/confirm_cut.tcss",
    "dialogs/export.tcss",
    "dialogs/help.tcss",
    "dialogs/stream_qr.tcss",
    "dialogs/quit.tcss",
    "rooms/timeline/screen.tcss",
]


class ControlRoom(AirCommands[Farewell]):
    """The control room of one or several stations. `run_async` returns `"leave"` (the station stays on air), `"stop"`
    (the caller must stop the station), or None if the app failed.

    The caller opens the client before the run and closes it afterwards: `async with StationClient(url) as client: await
    ControlRoom(client, own_station=True).run_async()`.
    """

    TITLE = "retrovue-tui"
    CSS_PATH = _STYLES
    CSS = "CommandPalette SearchIcon { display: none; }"  # the icon is two cells wide on some terminals
    BINDINGS: ClassVar[list[BindingType]] = list(keys.ALWAYS.bindings)
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionProvider}
    COMMAND_PALETTE_DISPLAY = ":"

    def __init__(
        self,
        client: station_link.StationLine,
        own_station: bool,
        *,
        others: Sequence[station_link.StationLine] = (),
        clock: Callable[[], float] = time.time,
        pace: station_link.Pace | None = None,
        places: UserPaths | None = None,
        ascii_only: bool = False,
        pixels: PixelProtocol | None = None,
        hint: str = "",
    ) -> None:
        """`own_station`: the quit dialog offers to stop the station. `others`: clients of further stations, whose
        channels follow those of `client` in the list. `clock` returns Unix time (s). `places`: the folders of the
        operator's themes and keys, and the file of remembered settings; None: use no files. `ascii_only`: draw
        everything in ASCII. `pixels`: the protocol by which the terminal draws pixels. `hint`: a note about the
        terminal, shown at the start."""
        super().__init__()
        self._own_station = own_station
        self._clock = clock
        self._pace = pace or station_link.Pace()
        self._places = places or UserPaths()
        self._theme_switcher = ThemeSwitcher(self, self._places)
        self._picture_switcher = PictureSwitcher(self, self._places, None if ascii_only else pixels)
        self._keymap_read: dict[str, str] = {}
        self._hint = hint
        self._ascii = AsciiFilter() if ascii_only else None
        self._stations = Stations((client, *others), clock, self.post_message)
        self._possible: tuple[str, ...] = ()
        self._rooms = Rooms(self._stations, clock)
        self._asked_about: LinkedStation | None = None
        self._colours_read: dict[str, str] = {}

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return default values of the control room's own theme variables, for themes that do not define them."""
        return dict(DEFAULT_VARIABLES)

    def get_default_screen(self) -> Screen[None]:
        """Return the control room as the screen at the bottom of Textual's stack."""
        return self._rooms.base

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters that every drawn line passes through; with `ascii_only`, the last one locks everything
        into ASCII."""
        filters = [CONTROL_FILTER, *super().get_line_filters()]
        return [*filters, self._ascii] if self._ascii else filters

    def on_key(self, event: events.Key) -> None:
        """Pass a key to the input field of a dialog that is still opening."""
        if self.screen_stack and isinstance(self.screen, TextEntry) and self.screen.typed_ahead(event):
            event.prevent_default()

    def ask(self, question: ModalScreen[Answer], answered: Callable[[Answer | None], None]) -> None:
        """Open a dialog about the station that is chosen now."""
        self._asked_about = self._rooms.station
        super().ask(question, answered)

    def keys_of(self, binding: Binding) -> str:
        """Return the keys of a binding, written for people (`↑ k`). The operator's keymap overrides the defaults."""
        return key_names(self._keymap_read.get(str(binding.id), binding.key))

    @property
    def room(self) -> ControlRoomScreen:
        """The control room's screen, at the bottom of the stack; valid even while Textual closes the screens."""
        return self._rooms.base

    @property
    def chosen(self) -> ChannelSnapshot | None:
        """The newest state of the chosen channel. With several stations, its name ends with the station's."""
        chosen, name = self._rooms.chosen, self._stations.name_of(self._rooms.station)
        return dataclasses.replace(chosen, name=f"{chosen.name} · {name}") if chosen and name else chosen

    @property
    def view(self) -> StationView:
        """The state of the chosen channel's station."""
        return self._rooms.station.view

    @property
    def dispatch(self) -> command_dispatch.Dispatch:
        """Sends commands to the chosen channel's station."""
        return self._rooms.station.dispatch

    def dispatch_by(self, line: station_link.StationLine) -> command_dispatch.Dispatch:
        """Return the dispatch that sends commands by this connection."""
        return self._stations.of(line).dispatch

    @property
    def listed(self) -> Iterator[tuple[str, str]]:
        """All channels of all stations: the id in the list of all stations, and number and name as text."""
        return self._stations.listed

    @property
    def rooms(self) -> Rooms:
        """All rooms."""
        return self._rooms

    async def on_load(self) -> None:
        """Apply the theme of the last session, before Textual reads the style sheets."""
        await self._theme_switcher.open()
        await self._picture_switcher.open()
        self._colours_read = self.get_css_variables()
        self.stylesheet.set_variables(self._colours_read)

    def refresh_css(self, animate: bool = True) -> None:
        """Read the style sheets again if the theme's colours have changed."""
        variables = self.get_css_variables()
        if variables != self._colours_read:
            self._colours_read = variables
            super().refresh_css(animate)

    async def on_mount(self) -> None:
        """Load the operator's keymap."""
        self._keymap_read, problems = await asyncio.to_thread(read_keymap, self._places.keymaps)
        self.set_keymap(self._keymap_read)
        if problems:
            message = "\n".join(problems)
            self.notify(message, title="Keymap: skipped lines", severity="warning", timeout=REFUSAL_S, markup=False)
        if self._hint:
            self.notify(self._hint, title="The terminal", severity="warning", timeout=REFUSAL_S, markup=False)
        self.end_on_signals("leave")

    def on_ready(self) -> None:
        """Start the connections to the stations, now that all widgets exist."""
        self.set_interval(CLOCK_S, self._tick)
        for station in self._stations:
            station.watch(self, self._pace)
        start_worker(self, self._theme_switcher.keep_up, group="themes")
        if not self.is_headless:
            freeze_objects()

    def on_resize(self, event: events.Resize) -> None:
        """Draw everything again, because a terminal loses part of its contents when it shrinks."""
        self._picture_switcher.measure()
        if event.size == self.size and self.is_running:
            self.screen.refresh(layout=True)

    # --- input from the stations ----------------------------------------------------------------------------------

    @on(station_link.StationSeen)
    def _seen(self, message: station_link.StationSeen) -> None:
        station = self._stations.of(message.line)
        if station.is_restarted(message.snapshot):
            self._stop_events(station)
            station.forget_events()
        notes = station.seen(message.snapshot)
        self._draw()
        self._note(notes, station)
        station.listen(self)

    @on(station_link.StationLost)
    def _lost(self, message: station_link.StationLost) -> None:
        station = self._stations.of(message.line)
        notes = station.lost(message.reason, message.retry_s)
        self._draw()
        if notes:
            self._stop_events(station)
            self._note(notes, station)

    @on(station_link.EventsArrived)
    def _events_arrived(self, message: station_link.EventsArrived) -> None:
        self._take_events(self._stations.of(message.line))

    def _take_events(self, station: LinkedStation) -> None:
        if events := station.take_events():
            self.room.measure(self._stations.for_list(event, station) for event in events if event.kind == "seam")
            if notable := [event for event in events if not is_routine(event)]:
                self._rooms.receive(notable, station)

    def _stop_events(self, station: LinkedStation) -> None:
        station.stop_listening()
        self._take_events(station)

    def say(self, message: str, level: Level) -> None:
        """Add a message about the chosen channel's station to the event list."""
        self._note([(message, level)], self._rooms.station)

    def _note(self, notes: Iterable[tuple[str, Level]], station: LinkedStation) -> None:
        for message, level in notes:
            self._rooms.receive([Event(0, self._clock(), "station", message, level=level)], station)

    def _draw(self) -> None:
        if not self.screen_stack:
            return
        self._rooms.show()
        self._dim()
        if isinstance(self.screen, QuitScreen) and self.screen.is_mounted:
            self.screen.show(self._stations.view.total)
        elif isinstance(self.screen, CutScreen) and self.screen.is_mounted and (station := self._asked_about):
            self.screen.show(station.view.signed(self._stations.name_of(station)))

    @on(ChannelTable.ChannelChosen)
    def _chosen(self, message: ChannelTable.ChannelChosen) -> None:
        if message.channel_id == self.room.chosen_id:  # if not, another one has been chosen meanwhile, in another room
            self._rooms.choose(message.channel_id)
            self._dim()

    def _dim(self) -> None:
        """Draw the key bar again if the set of possible commands has changed."""
        chosen = self.chosen
        possible = tuple(
            name for name in command_dispatch.NAMES if not command_dispatch.obstacle(self.view, chosen, name)
        )
        if possible != self._possible:
            self._possible = possible
            self._rooms.here.refresh_bindings()

    def _tick(self) -> None:
        self._rooms.tick()
        if self._rooms.paused:
            self.room.band.show(self.view, self._clock(), self._rooms.waiting_events)

    # --- input from the operator ----------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Open the help, with the keys of the focused pane first."""
        self.push_screen(HelpScreen(self._rooms.here.pane, self.keys_of, self._places.listing()))

    async def action_room(self, number: int) -> None:
        """Show room `number` (0: the clients). The chosen channel and the state of the previous room stay."""
        await self._rooms.go(self, number)
        self.refresh_bindings()

    async def action_back(self) -> None:
        """Close the filter or the panel that is open in the room; if none is open, go to the control room."""
        if not self._rooms.here.back():
            await self.action_room(1)

    def action_step_channel(self, by: int) -> None:
        """Choose the channel `by` places further down the list (negative: up); stop at both ends."""
        ids = [channel.id for channel in self._stations.view.channels]
        if chosen := self._rooms.listed_id:
            self.choose(ids[min(len(ids) - 1, max(0, ids.index(chosen) + by))])

    def choose(self, listed: str) -> None:
        """Choose a channel for every room, by its id in the list of all stations. If it is a channel of another
        station, show the same room of that station."""
        self._rooms.choose(listed)
        self.call_later(self._rooms.go, self, self._rooms.number)
        self._dim()

    def choose_here(self, channel_id: str) -> None:
        """Choose another channel of the same station for every room, by its own id."""
        self._rooms.choose(listed_id(self._rooms.station.key, channel_id))
        self._dim()

    def action_pause(self) -> None:
        """Freeze the control room's display, or continue it. The channels on air are not affected."""
        paused = not self._rooms.paused
        if paused:
            self.room.band.begin(self._clock())
        self.room.band.display = paused
        self._rooms.pause(paused)

    def action_copy_url(self) -> None:
        """Copy the chosen channel's stream address to the clipboard (OSC 52), and show a note."""
        if (channel := self.chosen) is None:
            self.notify("There is no channel whose address could be copied.", severity="warning")
            return
        self.copy_to_clipboard(channel.url)
        self.notify(channel.url, title=f"Copied: stream of {channel.name}", markup=False)

    def action_qr(self) -> None:
        """Show an address as a QR code: that of the chosen channel's stream, or the one that the room points at."""
        if address := self._rooms.here.for_phone:
            self.push_screen(QrScreen(*address, ascii_only=self._ascii is not None))
        else:
            self.notify("There is no channel whose address could be shown.", severity="warning")

    @property
    def theme_names(self) -> tuple[str, ...]:
        """The names of the available themes."""
        return self._theme_switcher.names

    async def action_next_theme(self) -> None:
        """Change to the next theme."""
        await self.apply_theme(self._theme_switcher.following)

    async def apply_theme(self, theme: str) -> None:
        """Use a theme, and show its name."""
        await self._theme_switcher.apply_theme(theme)
        self.notify(theme, title="Theme", timeout=1.5, markup=False)

    @property
    def picture_choices(self) -> tuple[str, ...]:
        """How pictures can be drawn; none if there is no choice."""
        return () if self._ascii or self.is_headless else self._picture_switcher.choices

    async def draw_pictures(self, choice: str) -> None:
        """Draw pictures in another way from now on."""
        await self._picture_switcher.apply(choice)
        self.screen.refresh(layout=True)
        self.notify(choice, title="Pictures", timeout=1.5, markup=False)

    async def action_quit(self) -> None:
        """Leave the control room. Ask first if the control room started the station, or if something could be lost."""
        unsent = self._rooms.unsent
        view = self._stations.view.total
        if not self._own_station and not asks(view, unsent):
            self.exit("leave")
        elif not any(isinstance(screen, QuitScreen) for screen in self.screen_stack):
            self.ask(QuitScreen(view, own_station=self._own_station, unsent=unsent), self._answered)

    async def action_interrupt(self) -> None:
        """Leave like `quit`. A second press leaves at once, and the station stays on air."""
        if any(isinstance(screen, QuitScreen) for screen in self.screen_stack):
            self.exit("leave")
        else:
            await self.action_quit()

    def _answered(self, farewell: Farewell | None) -> None:
        if farewell is not None:
            self.exit(farewell)
