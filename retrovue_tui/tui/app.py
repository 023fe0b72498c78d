"""The control room application: holds the state of the screen, and talks to the station through a client."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import os
import signal
import sys
import termios
import time
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on

from retrovue_tui.protocol.events import Event, Level
from retrovue_tui.tui import command_dispatch, keys, station_link
from retrovue_tui.tui.air_commands import REFUSAL_S, AirCommands
from retrovue_tui.tui.command_palette import ActionProvider
from retrovue_tui.tui.dialogs.confirm_cut import CutScreen
from retrovue_tui.tui.dialogs.help import HelpScreen, key_names
from retrovue_tui.tui.dialogs.quit import Farewell, QuitScreen, asks
from retrovue_tui.tui.dialogs.stream_qr import QrScreen
from retrovue_tui.tui.dialogs.text_entry import TextEntry
from retrovue_tui.tui.keys.keymap_file import read_keymap
from retrovue_tui.tui.room_switcher import Rooms
from retrovue_tui.tui.rooms.control_room.channel_table import ChannelTable
from retrovue_tui.tui.rooms.control_room.event_list import KEPT
from retrovue_tui.tui.station_view import StationView
from retrovue_tui.tui.terminal.ascii_filter import AsciiFilter
from retrovue_tui.tui.terminal.control_filter import CONTROL_FILTER
from retrovue_tui.tui.terminal.tmux_clipboard import copy_by_tmux, inside_tmux
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.themes.loader import DEFAULT_VARIABLES
from retrovue_tui.tui.themes.switcher import ThemeSwitcher
from retrovue_tui.tui.user_paths import UserPaths
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import PurePath

    from textual import events
    from textual.binding import Binding, BindingType
    from textual.command import Provider
    from textual.filter import LineFilter
    from textual.screen import Screen
    from textual.worker import Worker

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.tui.rooms.control_room.screen import ControlRoomScreen

CLOCK_S: Final = 0.25
"""How often the app reads the clock (s). It repaints the clock only when the second changes."""

_STYLES: Final[list[str | PurePath]] = [
    "rooms/asrun/screen.tcss",
    "rooms/bin/screen.tcss",
    "rooms/clients/screen.tcss",
    "rooms/control_room/screen.tcss",
    "rooms/schedule/screen.tcss",
    "dialogs/confirm_cut.tcss",
    "dialogs/help.tcss",
    "dialogs/stream_qr.tcss",
    "dialogs/quit.tcss",
    "rooms/timeline/screen.tcss",
]


class ControlRoom(AirCommands[Farewell]):
    """The control room of one station. `run_async` returns `"leave"` (the station stays on air), `"stop"` (the caller
    must stop the station), or None if the app failed.

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
        clock: Callable[[], float] = time.time,
        pace: station_link.Pace | None = None,
        places: UserPaths | None = None,
        ascii_only: bool = False,
        hint: str = "",
    ) -> None:
        """`own_station`: the quit dialog offers to stop the station. `clock` returns Unix time (s). `places`: the
        folders of the operator's themes and keys, and the file of remembered settings; None: use no files.
        `ascii_only`: draw everything in ASCII. `hint`: a note about the terminal, shown at the start."""
        super().__init__()
        self._client = client
        self._own_station = own_station
        self._clock = clock
        self._pace = pace or station_link.Pace()
        self._inbox = station_link.EventInbox(KEPT)
        self._listener: Worker[None] | None = None
        self._last_event = 0
        self._places = places or UserPaths()
        self._theme_switcher = ThemeSwitcher(self, self._places)
        self._keymap_read: dict[str, str] = {}
        self._hint = hint
        self._ascii = AsciiFilter() if ascii_only else None
        locks = command_dispatch.ChannelLocks()
        self.dispatch = command_dispatch.Dispatch(
            client, lambda pending: command_dispatch.missed(self.view, pending), self.post_message, locks
        )
        self._possible: tuple[str, ...] = ()
        self.view = StationView(client.url, since=clock())
        self._rooms = Rooms(self.view, clock, client, locks)
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

    def keys_of(self, binding: Binding) -> str:
        """Return the keys of a binding, written for people (`↑ k`). The operator's keymap overrides the defaults."""
        return key_names(self._keymap_read.get(str(binding.id), binding.key))

    @property
    def room(self) -> ControlRoomScreen:
        """The control room's screen, at the bottom of the stack; valid even while Textual closes the screens."""
        return self._rooms.base

    @property
    def chosen(self) -> ChannelSnapshot | None:
        """The newest state of the channel that the operator works on."""
        return self._rooms.chosen

    @property
    def rooms(self) -> Rooms:
        """All rooms."""
        return self._rooms

    async def on_load(self) -> None:
        """Apply the theme of the last session, before Textual reads the style sheets."""
        await self._theme_switcher.open()
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
        self._handle_signals()

    def on_ready(self) -> None:
        """Start the connection to the station, now that all widgets exist."""
        self.set_interval(CLOCK_S, self._tick)
        start_worker(self, station_link.watch, self._client, self._pace, self.post_message, group="watch")
        start_worker(self, self._theme_switcher.keep_up, group="themes")
        if not self.is_headless:
            freeze_objects()

    def on_resize(self, event: events.Resize) -> None:
        """Draw everything again, because a terminal loses part of its contents when it shrinks."""
        if event.size == self.size and self.is_running:
            self.screen.refresh(layout=True)

    # --- input from the station -----------------------------------------------------------------------------------

    @on(station_link.StationSeen)
    def _seen(self, message: station_link.StationSeen) -> None:
        before, snapshot = self.view, message.snapshot
        another = before.snapshot is not None and before.snapshot.pid != snapshot.pid
        if another:
            # A restarted station numbers its events from 1 again.
            self._last_event = 0
            self._stop_events()
        self.view = StationView(self._client.url, "connected", snapshot, since=self._clock())
        self._draw()
        if before.link == "lost":
            away = formats.short(self._clock() - before.since)
            self.say(f"The station answers{' again' if before.snapshot else ''}, after {away}.", "info")
        if another:
            self.say("It is a new process: the station was restarted.", "warning")
        if self._listener is None or self._listener.is_finished:
            last, inbox = self._last_event, self._inbox
            self._listener = start_worker(
                self, station_link.listen, self._client, last, inbox, self.post_message, group="listen"
            )

    @on(station_link.StationLost)
    def _lost(self, message: station_link.StationLost) -> None:
        first = self.view.link != "lost"
        self.view = dataclasses.replace(
            self.view, link="lost", reason=message.reason, retry_s=message.retry_s, tries=self.view.tries + 1
        )
        self._draw()
        if first:
            self._stop_events()
            self.say(message.reason, "error")

    @on(station_link.EventsArrived)
    def _take_events(self) -> None:
        events = [event for event in self._inbox.take() if event.id > self._last_event]
        if events:
            self._last_event = events[-1].id
            self.room.measure(event for event in events if event.kind == "seam")
            if notable := [event for event in events if not _is_routine(event)]:
                self._rooms.receive(notable)

    def _stop_events(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            self._listener = None
        self._take_events()

    def say(self, message: str, level: Level) -> None:
        """Add a message from the control room itself, not from the station, to the event list."""
        self._rooms.receive([Event(0, self._clock(), "station", message, level=level)])

    def _draw(self) -> None:
        if not self.screen_stack:
            return
        self._rooms.show(self.view)
        self._dim()
        if isinstance(self.screen, (QuitScreen, CutScreen)) and self.screen.is_mounted:
            self.screen.show(self.view)

    @on(ChannelTable.ChannelChosen)
    def _chosen(self, message: ChannelTable.ChannelChosen) -> None:
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
        ids = [channel.id for channel in self.view.channels]
        if chosen := self.chosen:
            self.choose(ids[min(len(ids) - 1, max(0, ids.index(chosen.id) + by))])

    def choose(self, channel_id: str) -> None:
        """Choose a channel for every room."""
        self._rooms.choose(channel_id)
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

    def copy_to_clipboard(self, text: str) -> None:
        """Copy a text by the terminal's OSC 52 sequence; inside tmux, by tmux's own command."""
        super().copy_to_clipboard(text)
        if inside_tmux() and not self.is_headless:
            start_worker(self, copy_by_tmux, text, group="clipboard")

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

    async def action_quit(self) -> None:
        """Leave the control room. Ask first if the control room started the station, or if something could be lost."""
        unsent = self._rooms.unsent
        if not self._own_station and not asks(self.view, unsent):
            self.exit("leave")
        elif not any(isinstance(screen, QuitScreen) for screen in self.screen_stack):
            self.ask(QuitScreen(self.view, own_station=self._own_station, unsent=unsent), self._answered)

    async def action_interrupt(self) -> None:
        """Leave like `quit`. A second press leaves at once, and the station stays on air."""
        if any(isinstance(screen, QuitScreen) for screen in self.screen_stack):
            self.exit("leave")
        else:
            await self.action_quit()

    def _answered(self, farewell: Farewell | None) -> None:
        if farewell is not None:
            self.exit(farewell)

    def _handle_signals(self) -> None:
        """Make SIGHUP and SIGTERM close the screen, never the station. Textual handles neither signal."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGHUP):
            # asyncio allows signal handlers only in the main thread, and not on every platform.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(each, self._end, each)

    def _end(self, sign: signal.Signals) -> None:
        if not self.is_headless and not _terminal_is_there():
            # Otherwise Textual would wait for ever to write its last output to a terminal that is gone.
            os._exit(128 + sign)
        self.exit("leave")


def _terminal_is_there() -> bool:
    try:
        termios.tcgetattr(sys.__stdin__.fileno() if sys.__stdin__ else 0)
    except (termios.error, OSError, ValueError):
        return False
    return True


def freeze_objects() -> None:
    """Exclude all objects that exist now from garbage collection, because a full collection delays a key by 80 ms. Call
    this only in a process that runs nothing but the control room."""
    gc.collect()
    gc.freeze()


def _is_routine(event: Event) -> bool:
    """Return whether another pane already shows the event as a figure: a clean join, or the progress of a render."""
    return event.level == "info" and event.kind in ("seam", "prepare_progress")
