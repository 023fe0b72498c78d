"""The control room: header, channels, the chosen channel, renders, events."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer

from retrovue_tui.tui import formats, keys
from retrovue_tui.tui.screens.room import Room
from retrovue_tui.tui.widgets.channel_table import ChannelTable
from retrovue_tui.tui.widgets.event_list import EventList
from retrovue_tui.tui.widgets.figure_grid import FigureGrid
from retrovue_tui.tui.widgets.job_list import JobList
from retrovue_tui.tui.widgets.lost_banner import LostBanner
from retrovue_tui.tui.widgets.notes import Notes
from retrovue_tui.tui.widgets.on_air_card import OnAirCard
from retrovue_tui.tui.widgets.station_header import StationHeader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from retrovue_tui.control.events import Event
    from retrovue_tui.control.snapshots import ChannelSnapshot
    from retrovue_tui.tui.link import StationLine
    from retrovue_tui.tui.view import StationView


class DetailPane(VerticalScroll, can_focus=True):
    """All about the chosen channel; scrolls where the terminal is too small for it."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.DETAIL.bindings)


class ControlRoomScreen(Room):
    """Draws what it is given."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.DISPLAY.bindings)
    AUTO_FOCUS = "#channels"

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        super().__init__(view, clock, line)
        # Held, not queried: a snapshot may still arrive while Textual takes the screen apart.
        self._header = StationHeader(view, clock())
        self._banner = LostBanner(view, clock())
        self._channels = ChannelTable(view)
        self._detail = DetailPane(id="detail")
        self._on_air = OnAirCard()
        self._figures = FigureGrid()
        self._notes = Notes(view)
        self._events = EventList()
        self._jobs = JobList(view)
        self._titles: dict[Widget, str] = {}

    @property
    def chosen(self) -> ChannelSnapshot | None:
        """The chosen channel as last seen."""
        return self._view.channel(self._channels.chosen)

    def choose(self, channel_id: str | None) -> None:
        """Work on another channel."""
        super().choose(channel_id)
        if self._view.channel(channel_id):
            self._channels.chosen = channel_id

    @property
    def pane(self) -> keys.Pane:
        """The keys of the pane that has the focus."""
        if isinstance(self.focused, EventList):
            return keys.EVENTS
        return keys.DETAIL if isinstance(self.focused, DetailPane) else keys.CHANNELS

    def compose(self) -> ComposeResult:
        """The panes, top to bottom."""
        yield self._header
        yield self._banner
        yield self._channels
        with self._detail:
            yield self._on_air
            yield self._figures
            yield self._notes
        with Horizontal(id="bottom"):
            yield self._events
            yield self._jobs
        yield Footer(show_command_palette=False)

    def show(self, view: StationView) -> None:
        """Draw what is known now, in one batch."""
        old, self._view = self._view, view
        with self.app.batch_update():
            self.set_class(view.link == "lost", "-lost")
            self.tick()
            self._channels.show(view)
            self._show_channel()
            self._jobs.show(view)
            if [channel.id for channel in old.channels] != [channel.id for channel in view.channels]:
                self._events.name_channels({each.id: str(each.number) for each in view.channels})
            self._show_titles(view)

    def tick(self) -> None:
        """Draw what depends on the clock alone."""
        now = self._clock()
        self._header.show(self._view, now)
        self._banner.show(self._view, now)

    def hear(self, events: Iterable[Event]) -> None:
        """Add to the log."""
        self._events.add(events)

    def on_descendant_focus(self) -> None:
        """Whoever reads the events gets the room for it, where there is little."""
        self.set_class(self.focused is self._events, "-reading")

    def on_channel_table_chosen(self) -> None:
        """Another channel's detail."""
        with self.app.batch_update():
            self._show_channel()
            self._show_titles(self._view)

    def _show_channel(self) -> None:
        view, channel = self._view, self.chosen
        rate = view.snapshot.rate if view.snapshot else ""
        self._on_air.show(channel, rate, stale=view.stale)
        self._figures.show(channel, rate, stale=view.stale)
        self._notes.show(view, channel, with_jobs=not self._jobs.display)

    def _show_titles(self, view: StationView) -> None:
        stale = f"last known, {formats.wall_time(view.since)}" if view.stale and view.snapshot else ""
        channel = self.chosen
        name = f"{channel.number}  {channel.name}" if channel else "Channel"
        airing = f"{view.airing} of {len(view.channels)} on air" if view.channels else ""
        running = sum(job.state == "running" for job in view.snapshot.jobs) if view.snapshot else 0
        waiting = sum(job.state == "waiting" for job in view.snapshot.jobs) if view.snapshot else 0
        renders = f"{running} running, {waiting} waiting" if running or waiting else ""
        for pane, *words in (
            (self._channels, "Channels", stale or airing),
            (self._detail, name, stale),
            (self._jobs, "Renders", stale or renders),
        ):
            # A title is markup to Textual; a channel's name is not.
            text = f" {formats.clean(' · '.join(filter(None, words)))} ".replace("[", r"\[")
            # Textual repaints the whole pane whenever its title is set, to the same one too.
            if self._titles.get(pane) != text:
                self._titles[pane] = pane.border_title = text
