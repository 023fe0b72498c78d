"""The control room: header, channels, the chosen channel with its monitor, renders, events; or the multiviewer instead
of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Self

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.geometry import Region
from textual.widgets import Input

from retrovue_tui.tui import keys
from retrovue_tui.tui.rooms.base import WIDTHS, Room
from retrovue_tui.tui.rooms.control_room.channel_notes import ChannelNotes
from retrovue_tui.tui.rooms.control_room.channel_table import ChannelTable
from retrovue_tui.tui.rooms.control_room.event_list import EventList
from retrovue_tui.tui.rooms.control_room.figure_grid import FigureGrid
from retrovue_tui.tui.rooms.control_room.figure_history import FigureHistory
from retrovue_tui.tui.rooms.control_room.job_list import JobList, job_summary
from retrovue_tui.tui.rooms.control_room.monitor.audio_meter import LevelLines
from retrovue_tui.tui.rooms.control_room.monitor.monitor_pane import MonitorPane
from retrovue_tui.tui.rooms.control_room.monitor.multiviewer import Multiviewer, Tile
from retrovue_tui.tui.rooms.control_room.next_half_hour import NextHalfHour
from retrovue_tui.tui.rooms.control_room.on_air_card import OnAirCard
from retrovue_tui.tui.rooms.control_room.paused_band import PausedBand
from retrovue_tui.tui.rooms.control_room.seam_line import SeamLine
from retrovue_tui.tui.rooms.control_room.stall_detector import StallDetector, alarm
from retrovue_tui.tui.station_view import StationsView
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.key_bar import KeyBar
from retrovue_tui.tui.widgets.lost_banner import LostBanner
from retrovue_tui.tui.widgets.station_header import StationHeader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.tui.station_link import ChannelLine, StationLine
    from retrovue_tui.tui.station_view import StationView


class DetailPane(VerticalScroll, can_focus=True):
    """The panes about the chosen channel. They scroll if the terminal is too small for them."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.DETAIL.bindings)
    _retitled = False

    def retitle(self, title: str) -> None:
        """Change the title and repaint only its line. Textual would repaint the whole pane at every step of the
        cursor."""
        self._retitled = True
        self.border_title = title
        self._retitled = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Repaint the pane; while `retitle` runs, only the line of the title."""
        if self._retitled:
            regions = (Region(0, -1, self.outer_size.width, 1),)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


_BREAKPOINTS: Final = [*WIDTHS, (170, "-vast")]


class ControlRoomScreen(Room):
    """Room 1: shows all channels, and one of them in detail."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.DISPLAY.bindings)
    AUTO_FOCUS = "#channels"
    HORIZONTAL_BREAKPOINTS = _BREAKPOINTS

    def __init__(
        self, stations: StationsView, clock: Callable[[], float], line: StationLine, channels: ChannelLine
    ) -> None:
        """`line`: the connection to the first station. `channels`: the connection to the channels of all stations, by
        the ids in `stations`."""
        view = stations.stations[0]
        super().__init__(view, clock, line)
        self._stations = stations
        # Attributes instead of queries: a snapshot may still arrive while Textual closes the screen.
        self._header = StationHeader(view, clock())
        self._banner = LostBanner(view, clock())
        self.band = PausedBand()
        self._stalls = StallDetector()
        self._trends = FigureHistory()
        self._channels = ChannelTable(stations, self._stalls)
        self._detail = DetailPane(id="detail")
        self._on_air = OnAirCard()
        self._figures = FigureGrid()
        self._notes = ChannelNotes(view)
        self._sound = LevelLines(single=True, id="sound")
        self._next_half_hour = NextHalfHour(channels, clock)
        self._seams = SeamLine()
        self._monitor = MonitorPane(channels)
        self._multiviewer = Multiviewer(channels)
        self._multiviewer.display = False
        self._events = EventList()
        self._events.by_time = stations.several
        self._waiting: list[Event] = []
        self._filter = Input(id="filter", placeholder="words of message, level, kind or channel number")
        self._filter.display = False
        self._jobs = JobList(view)
        self._titles: dict[Widget, str] = {}

    @property
    def chosen(self) -> ChannelSnapshot | None:
        """The channel that the operator works on, in the state drawn last."""
        return self._view.channel(self._channels.chosen)

    def choose(self, channel_id: str | None) -> None:
        """Choose another channel."""
        super().choose(channel_id)
        if any(channel.id == channel_id for channel in self._stations.channels):
            self._channels.chosen = channel_id

    @property
    def chosen_id(self) -> str | None:
        """The id of the chosen channel in the list of all stations; None if there is no channel."""
        return self._channels.chosen

    @property
    def pane(self) -> keys.Pane:
        """The pane that has the focus; the help lists its keys first."""
        if isinstance(self.focused, EventList):
            return keys.EVENTS
        if isinstance(self.focused, Multiviewer):
            return keys.MULTIVIEWER
        return keys.DETAIL if isinstance(self.focused, DetailPane) else keys.CHANNELS

    def compose(self) -> ComposeResult:
        """Yield the panes, top to bottom."""
        yield self.band
        yield self._header
        yield self._banner
        yield self._channels
        with Horizontal(id="chosen"):
            with self._detail:
                yield self._on_air
                yield self._sound
                yield self._notes
                yield self._figures
                yield self._next_half_hour
                yield self._seams
            yield self._monitor
        yield self._multiviewer
        with Horizontal(id="bottom"):
            with Vertical(id="log"):
                yield self._events
                yield self._filter
            yield self._jobs
        yield KeyBar()

    def show(self, view: StationView) -> None:
        """Draw the newest state of the only station."""
        self.show_stations(StationsView((view,)))

    def show_stations(self, stations: StationsView) -> None:
        """Draw the newest state of all stations, in one update of the screen."""
        self._stations = stations
        with self.app.batch_update():
            for station in stations.stations:
                if station.snapshot is not None and not station.stale:
                    self._stalls.observe(station.snapshot, station.key)
                    self._trends.take(station.snapshot, station.key)
            self._channels.show(stations, self._clock())
            self._view = view = stations.of(self._channels.chosen)
            self.set_class(view.link == "lost", "-lost")
            self.tick()
            self._show_channel()
            self._jobs.show(view)
            self._events.name_channels({each.id: str(each.number) for each in stations.channels})
            self._show_titles(view)

    def tick(self) -> None:
        """Draw the parts that depend on the clock, add queued events, and fetch pictures and the rundown if they are
        due. The app does not call this while the room is hidden or its display is paused."""
        now = self._clock()
        self._header.show(self._view, now, self._others)
        self._banner.show(self._view, now)
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._events.add(waiting)
        self._events.keep_up()
        if self._view.stale:
            self._show_seen()
        elif self.is_current:
            self._monitor.fetch_if_due()
            self._next_half_hour.fetch_if_due(self.chosen)
        if self.is_current:
            self._multiviewer.fetch_if_due()

    def measure(self, seams: Iterable[Event]) -> None:
        """Add events with the measurements of joins to the line of joins."""
        self._seams.take(seams)

    def action_multiviewer(self) -> None:
        """Switch between the multiviewer and the list of channels."""
        tiled = not self._multiviewer.display
        self.set_class(tiled, "-multiviewer")
        self._multiviewer.display = tiled
        (self._multiviewer if tiled else self._channels).focus()
        self.show_stations(self._stations)

    def action_filter(self) -> None:
        """Open the filter of the event list; close the multiviewer first, because it covers the list."""
        if self._multiviewer.display:
            self.action_multiviewer()
        self._filter.display = True
        self._filter.focus()

    def action_details(self) -> None:
        """Show or hide detail events: those about decks, joins and renders."""
        self._events.toggle_details()

    def back(self) -> bool:
        """Close the filter; if it is closed, close the multiviewer. Returns False if neither was open."""
        if self._filter.display or self._events.wanted:
            self._filter.value = ""
            self._events.filter_by("")
            self._end_filter()
            return True
        if self._multiviewer.display:
            self.action_multiviewer()
            return True
        return False

    @on(Input.Changed, "#filter")
    def _words(self, message: Input.Changed) -> None:
        self._events.filter_by(message.value)

    @on(Input.Submitted, "#filter")
    def _end_filter(self) -> None:
        self._filter.display = False
        self._events.focus()

    @on(Multiviewer.ChannelStep)
    def _step(self, message: Multiviewer.ChannelStep) -> None:
        self._channels.action_step(message.by)

    @on(Tile.Clicked)
    def _clicked(self, message: Tile.Clicked) -> None:
        self._channels.chosen = message.channel_id

    def receive(self, events: Iterable[Event]) -> None:
        """Queue events for the next tick, so that many events at once need only one update of the screen."""
        self._waiting.extend(events)

    def on_descendant_focus(self) -> None:
        """In a small terminal, give the event list more room while it has the focus."""
        self.set_class(self.focused is self._events, "-reading")

    def on_channel_table_channel_chosen(self) -> None:
        """Draw the details of the newly chosen channel."""
        with self.app.batch_update():
            self._view = self._stations.of(self._channels.chosen)
            self._show_channel()
            self._show_titles(self._view)

    def _show_channel(self) -> None:
        view, channel = self._view, self.chosen
        rate = view.snapshot.rate if view.snapshot else ""
        dead_s = self._stalls.dead_for(channel.id) if channel else 0.0
        samples = self._trends.of(channel.id) if channel else ()
        self._on_air.show(channel, rate, stale=view.stale, dead_s=dead_s)
        self._figures.show(channel, rate, samples, stale=view.stale)
        self._notes.show(view, channel, with_jobs=not self._jobs.display, brief=self._is_small)
        jobs = view.snapshot.jobs if view.snapshot else ()
        self._events.mention(f"Renders {job_summary(jobs)}" if jobs and self._is_small and not view.stale else "")
        self._next_half_hour.show(channel, stale=view.stale)
        self._seams.show(channel.id if channel else "", stale=view.stale)
        self._show_seen()

    def _show_seen(self) -> None:
        """Draw the monitor, the audio meter and the multiviewer."""
        view, channel = self._view, self.chosen
        stale = self._stale(view)
        now = view.snapshot.at if view.snapshot else 0.0
        self._sound.show(channel, now, stale=stale)
        dead_s = self._stalls.dead_for(channel.id) if channel else 0.0
        self._monitor.show(channel, now, stale=stale, alarm=alarm(channel, now, dead_s) if channel else "")
        self._multiviewer.show(self._stations, self._channels.chosen, self._stalls, self._stale)

    def _stale(self, station: StationView) -> str:
        """Return why a station's data is out of date; empty if it is current."""
        return f"no answer for {max(0.0, self._clock() - station.since):.0f} s" if station.stale else ""

    @property
    def _others(self) -> str:
        """A note about the other stations for the header; empty if there is only one station."""
        stations = self._stations.stations
        lost = sum(station.link == "lost" for station in stations)
        return f"{len(stations)} stations{f', {lost} lost' if lost else ''}" if self._stations.several else ""

    @property
    def _is_small(self) -> bool:
        return not self.has_class("-tall")

    def _show_titles(self, view: StationView) -> None:
        stale = f"last known, {formats.wall_time(view.since)}" if view.stale and view.snapshot else ""
        channel = self.chosen
        name = f"{channel.number}  {channel.name}" if channel else "Channel"
        if station := self._stations.name_of(view):
            name = f"{name} · {station}"
        several = self._stations.several
        airing = _airing(self._stations)
        running = sum(job.state == "running" for job in view.snapshot.jobs) if view.snapshot else 0
        waiting = sum(job.state == "waiting" for job in view.snapshot.jobs) if view.snapshot else 0
        renders = f"{running} running, {waiting} waiting" if running or waiting else ""
        for pane, *words in (
            (self._channels, "Channels", airing if several else stale or airing),
            (self._detail, name, stale),
            (self._monitor, "Monitor", stale),
            (self._multiviewer, "Multiviewer", airing if several else stale or airing),
            (self._jobs, "Renders", stale or renders),
        ):
            self._show_title(pane, " · ".join(filter(None, words)))

    def _show_title(self, pane: Widget, title: str) -> None:
        # Textual reads a title as markup; a channel's name must stay as it is.
        text = f" {formats.clean(title)} ".replace("[", r"\[")
        # Textual repaints the whole pane whenever its title is set, even to the same text.
        if self._titles.get(pane) != text:
            self._titles[pane] = text
            if pane is self._detail:
                self._detail.retitle(text)
            else:
                pane.border_title = text


def _airing(stations: StationsView) -> str:
    """Return the number of channels on air, on the slate, and of those whose station is not reached, as text."""
    lost = [station for station in stations.stations if stations.several and station.stale]
    states = [each.state for station in stations.stations if station not in lost for each in station.channels]
    slates = f", {states.count('slate')} on the slate" if "slate" in states else ""
    unreachable = sum(len(station.channels) for station in lost)
    more = f", {unreachable} unreachable" if unreachable else ""
    count = len(states) + unreachable
    return f"{states.count('on_air')} of {count} on air{slates}{more}" if count else ""
