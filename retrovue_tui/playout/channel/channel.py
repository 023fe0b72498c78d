"""A channel: sends pictures to its bus, each at its time, from a deck or from the slate.

The station's clock calls `tick`, which moves the pictures that are due from the deck on air to the bus. When no deck
can deliver a picture, the slate does. `planning.py` makes sure that the next deck is ready before it is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.asrun.channel_log import ChannelAsRun
from retrovue_tui.playout.channel import recut
from retrovue_tui.playout.channel.air_clock import AirClock
from retrovue_tui.playout.channel.entry_on_air import EntryOnAir
from retrovue_tui.playout.channel.event_publisher import ChannelEvents
from retrovue_tui.playout.channel.listing import ChannelListing
from retrovue_tui.playout.channel.other_versions import OtherVersions
from retrovue_tui.playout.channel.picture_source import PictureSource
from retrovue_tui.playout.channel.planning import ChannelPlanning
from retrovue_tui.playout.channel.snapshot import ChannelState, SnapshotBuilder
from retrovue_tui.playout.channel.splice_cues import SpliceCues
from retrovue_tui.playout.decks.deck_queue import DeckQueue
from retrovue_tui.playout.output.bus import Bus
from retrovue_tui.playout.output.seam_monitor import SeamMonitor
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.playout.resume_point import start_position
from retrovue_tui.rundown.positions import Position

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from retrovue_tui.config.station_config import ChannelConfig
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.channel.picture_source import Follower
    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.playout.mpegts.access_units import CodedPicture
    from retrovue_tui.playout.mpegts.analyser import StreamReport
    from retrovue_tui.playout.output.bus import Viewer
    from retrovue_tui.playout.output.slate_player import SlatePlayer
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.playout.resume_point import ResumePoint
    from retrovue_tui.protocol.answers.pictures import Monitor
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, State
    from retrovue_tui.protocol.controller import Controller
    from retrovue_tui.rundown.airlist import AirItem, AirList
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.plan_diff import CommonPrefix
    from retrovue_tui.rundown.positions import Stretch

DECK_FIRST_S: Final = 0.5
"""The longest wait for the first deck when a channel starts (s); after it, the slate airs. See `Channel._begin`."""
LOOK_EVERY: Final = 4
"""`Channel.tick` checks at every fourth tick whether something must be planned. A channel without viewers sends
pictures only at these ticks, four at once, which costs less."""


class Channel(ChannelListing):
    """One continuous output stream, made of one deck after another, and of the slate while no deck can deliver."""

    def __init__(
        self, config: ChannelConfig, *, house: HouseFormat, ffmpeg: FFmpeg, planner: Planner, store: PieceStore,
        preparer: Preparer, events: EventLog, lists: Path,
    ) -> None:  # fmt: skip
        self.config = config
        self.id = config.id
        self.state: State = "starting"
        self.planner = planner
        self.generation = 0
        self.takes = 0
        self.house = house
        self.bus = Bus(house.rate, on_viewer=self._viewer)
        self.splicer = Splicer(house.rate, config.name, config.number)
        self.log = ChannelAsRun(
            config.id, house.rate, planner=planner, splicer=self.splicer, bus=self.bus, rendition=f"{house.height}p"
        )
        self.events = ChannelEvents(events, config.id, config.name, planner.title)
        self.seams = SeamMonitor(self.bus, house.rate, self.splicer.audio, on_seam=self._measured)
        start = Position(0, 0, 0)
        self.decks = DeckQueue(config.id, ffmpeg=ffmpeg, house=house, lists=lists, watcher=self, start=start)
        self._cues = SpliceCues(self.decks, planner, self.splicer, program=config.number, report=self.events.splice)
        self._cues.turn(config.scte35)
        self.splice_listeners = self._cues.listeners
        self._snapshot_builder = SnapshotBuilder(
            config, house, decks=self.decks, planner=planner, bus=self.bus, seams=self.seams, store=store,
            preparer=preparer,
        )  # fmt: skip
        self.slate: SlatePlayer | None = None
        self._entry = EntryOnAir()
        self.controller: Controller | None = None
        self.seen: Monitor | None = None
        self.listeners: list[Callable[[Stretch], None]] = []
        self.followers: list[Follower] = []
        self.versions = OtherVersions()
        self._played: tuple[AirList, int] | None = None  # the source of the newest picture; None: the slate
        self.on_moved: Callable[[], None] = lambda: None
        """Called after the channel has jumped to another place in its rundown."""
        self._ticks = config.number  # spreads the work of the channels over the ticks
        self._store = store
        self._slate_on_air: SlatePlayer | None = None
        self._clock = AirClock(self.decks, planner, house, self.splicer)
        self._slate_since: float | None = None
        self.planning = ChannelPlanning(
            config.id, house.rate, decks=self.decks, planner=planner, clock=self._clock, splicer=self.splicer,
            store=store, preparer=preparer, on_air=lambda: self.state == "on_air", caught_up=self._caught_up,
        )  # fmt: skip

    # ── start and stop ───────────────────────────────────────────────────────────────────────────

    def configure(self, config: ChannelConfig) -> None:
        """Use a new config of this channel from now on. Players learn a new name from the playlist."""
        self.config = self._snapshot_builder.config = config
        self.events.rename(config.name)
        self._cues.turn(config.scte35)
        if (config.at_end == "loop") != self.planner.loop:
            self.planner.loop = config.at_end == "loop"
            self.replan()

    def resume(self, entries: Sequence[Entry], point: ResumePoint | None) -> None:
        """Go on air at the place that the setting `on_start` chooses. `point` is the channel's resume point: its place
        in the rundown when it last ran."""
        how = self.config.on_start
        self.start(entries, start_position(point, how, entries), point if how == "clock" else None)

    def start(self, entries: Sequence[Entry], position: Position, by_clock_of: ResumePoint | None = None) -> None:
        """Go on air from a position of the rundown. If the channel ran before, the time stamps of its stream continue.

        `by_clock_of` is a resume point. If given, the channel begins with the frame that would be on air now if it had
        played on since that point; `position` is used only if the rundown has no frame for this time.
        """
        self._set_state("starting")
        self._clock.halt()
        self._slate_since = None
        self._slate_on_air = None
        self._entry.clear()
        self._cues.clear()
        self.planner.entries = tuple(entries)
        self.decks.start_from(self.planner.on_grid(position))
        self._clock.aim(by_clock_of)
        self.planning.start()

    async def stop(self) -> None:
        """Go off air: disconnect the viewers and end every child process."""
        self._clock.go_off_air()
        self.state = "stopped"
        self.log.stopped()
        await self.planning.stop()
        self.bus.close()
        await self.seams.close()
        await self.decks.close()

    def wake(self) -> None:
        """Plan again, because pieces, media or the rundown may have changed."""
        self.planning.input_changed()

    def snapshot(self) -> ChannelSnapshot:
        """Return the channel's current snapshot."""
        held, revision = (None, 0) if self.controller is None else (self.controller.held, self.controller.revision)
        return self._snapshot_builder.snapshot(
            ChannelState(
                self.state, self.generation, self.takes, self.planning.needs, self.planning.ready_frames,
                held, revision, self.seen,
            )
        )  # fmt: skip

    @property
    def position(self) -> Position:
        """The position of the rundown's next frame to air."""
        return self.decks.ahead

    @property
    def airing(self) -> Position | None:
        """The position at which the entry on air began; None while only the slate is on air."""
        return self._entry.position

    def resume_point(self) -> ResumePoint | None:
        """Return the next frame of the rundown, with the Unix time at which it is due; None while that time is not
        known."""
        return None if self.state == "starting" and self._clock.start is None else self._clock.resume_point()

    def airs_in(self, frames: int) -> float:
        """Return the seconds until the picture that is `frames` after the rundown's next one is sent."""
        return self._clock.airs_in(frames)

    def air_time(self, frame: int) -> float:
        """Return the Unix time at which a picture of the bus is due."""
        return self._clock.air_time(frame)

    def next_due_at(self) -> float:
        """Return the Unix time at which the next picture is due. It may lie a few frames in the past: without viewers,
        several pictures are sent at once."""
        return self._clock.next_due_at()

    def stood_still(self, seconds: float, *, overdue: bool) -> None:
        """Handle a standstill of the whole station; see `AirClock.stood_still`."""
        if self.state != "stopped":
            self._clock.stood_still(seconds, overdue=overdue, follow=self.config.on_start == "clock")
            self.planning.wake()

    # ── sending pictures ─────────────────────────────────────────────────────────────────────────

    def tick(self, now: float) -> None:
        """Send every picture that is due at monotonic time `now`. Never blocks."""
        if self.state == "stopped":
            return
        self._ticks += 1
        if self._ticks % LOOK_EVERY == 0:
            self.planning.tick(now)
        elif self._clock.running and not self.bus.receivers:
            return
        if not self._clock.running and not self._begin(now):
            return
        due = self._clock.frames_due(now)
        while self.splicer.frame < due:
            picture = self._next_picture(now)
            if picture is None:
                break
            frame = self.splicer.frame
            messages = self._cues.packets(frame)
            self.bus.push(frame, self.splicer.splice(picture, messages), key=picture.video.key)
            if self.followers:
                source = None if self._played is None else PictureSource.of(*self._played)
                for follower in self.followers:
                    follower(frame, picture, source, messages)
        self.bus.flush()
        self.seams.measure_due(self.splicer.frame)

    def _begin(self, now: float) -> bool:
        """Start the frame clock with the first available picture. Return whether the clock runs. The slate airs first
        only if the first deck takes longer than `DECK_FIRST_S`."""
        start = self._clock.start
        ready = self.decks.can_take() if start is None else self._clock.start_is_due(start, now)
        if not ready and self.slate is None:
            return False
        self._slate_since = self._slate_since or now
        deck_comes = not self.planning.looked or bool(self.decks.queue)
        if not ready and deck_comes and now - self._slate_since < DECK_FIRST_S:
            return False
        self._clock.begin(now)
        return True

    def _next_picture(self, now: float) -> CodedPicture | None:
        start, self._played = self._clock.start, None
        if start is not None and not self._clock.start_is_due(start, self._clock.due()):
            if self.slate is None:  # nothing to show: stop the frame clock, and start it again later
                self._clock.halt()
            return self._slate_picture()
        found = self.decks.next(now)
        if found is not None:
            self._played = found.queued.airlist, found.number
            self._follow(found.queued, found.number)
            return found.picture
        if self.decks.holding(now, awaited=next(self.planner.stretches(self.decks.continues_at), None) is not None):
            return None
        if self.decks.on_air is not None:
            self.decks.leave()
            self.planning.ran_dry = True
        return self._slate_picture()

    def taken(self, queued: QueuedDeck) -> None:
        """Handle a take: from the next picture on, the output comes from this deck. The deck on air changes only
        here."""
        if self._slate_on_air is not None and self._clock.start is None:
            self.on_moved()
        self._slate_on_air = None
        self.planning.ran_dry = False
        self._clock.start = None
        self.takes += 1
        self.generation += not queued.rescue
        self.seams.mark(self.splicer.frame, "take")
        self._set_state("on_air")
        self.events.take(queued, self.splicer.frame)
        self.planning.wake()

    def _slate_picture(self) -> CodedPicture | None:
        """Return the next picture of the slate. Whenever the slate comes on air, it begins with its first picture."""
        if self.slate is None:
            return None
        if self._slate_on_air is None:
            self._slate_on_air = self.slate.again()
            self.takes += 1
            self._entry.clear()
            self._cues.slate()
            self.log.slate(why := self.planning.why_slate())
            self.seams.mark(self.splicer.frame, "slate")
            self._set_state("slate")
            self.events.slate(self.splicer.frame, why, expected=self.planning.is_slate_expected)
            self.planning.wake()
        return self._slate_on_air.pop()

    def _follow(self, queued: QueuedDeck, number: int) -> None:
        """Record the entry to which this picture belongs. If the entry begins or ends with this picture, report
        that."""
        place = self._entry.next_begins(queued.airlist, number)
        if place is None:
            return
        item, stretch, frame = place
        before, self._entry.stretch = self._entry.stretch, stretch
        self._cues.entry(stretch, frame)
        if before is not None:
            self.events.entry(before.entry, self.splicer.frame, started=False)
        for missed, reason in self.log.passed_over(None if before is None else before.position, stretch):
            self.events.not_aired(missed, reason)
        self.seams.mark(self.splicer.frame, "join")
        self.events.entry(stretch.entry, self.splicer.frame, started=True)
        piece = queued.airlist.items[item].file
        self.log.entry(stretch, frame, self.generation, piece)
        for listener in self.listeners:
            listener(stretch)
        self._store.touch([piece])
        self.planning.entry_began()

    # ── calls from the deck queue and the planning ───────────────────────────────────────────────

    def _caught_up(self) -> None:
        self.log.left("cut", "the station stood still, and the channel jumped to the time on its clock")
        self.generation += 1

    def failed(self, queued: QueuedDeck | None, message: str) -> None:
        """Report a deck that was given up, or could not be started."""
        self.events.failed(queued, message)

    def passed_over(self, item: AirItem) -> None:
        """Report a piece that cannot be played."""
        self.log.broken(item)
        self.events.passed_over(item)

    def vanished(self, item: AirItem) -> None:
        """Report a piece whose file is gone, and check the other pieces of its asset."""
        self.planning.vanished(item.stretch.entry.file)
        self.events.vanished(item)

    # ── edits ────────────────────────────────────────────────────────────────────────────────────

    def would_change(self, entries: Sequence[Entry], position: Position) -> CommonPrefix:
        """Compare the queued frames with another rundown, and return their common prefix: the frames that would still
        air unchanged. `position` is the place of the picture on air in that other rundown."""
        return recut.would_change(self.decks, self.planner, entries, position)

    def apply(
        self,
        entries: Sequence[Entry],
        position: Position,
        *,
        keep: int | None = None,
        agreement: CommonPrefix | None = None,
        rest: QueuedDeck | None = None,
    ) -> None:
        """Switch to an edited rundown. `position` is the place of the picture on air in the edited rundown.

        The decks keep playing the part that both rundowns have in common. This part is `agreement` if the caller has
        just called `would_change`; otherwise it is computed. `keep` is given if the edited rundown no longer has the
        entry on air: only `keep` more frames of that entry air, and then the output goes on at `position`. `rest` is a
        deck that plays the last of these frames; it airs after the decks in the queue.
        """
        if keep is None:
            self._clock.edited(entries)
            change = recut.for_edit(agreement or self.would_change(entries, position), entries, position)
        else:
            change = recut.for_removal(self.decks, keep, position)
            self._clock.forget_pending()  # the operator now decides what airs next, and when
        self._entry.rename(change.agreement.names)
        self.planner.entries = tuple(entries)
        if keep is None:
            self.log.edited(self.airing)
        self.decks.recut(change.agreement, change.goes_on_at)
        self._cues.edited()
        if rest is not None:
            rest.air(rest.airlist.renamed(change.agreement.names))
            self.decks.lengthen(rest)
        self.generation += 1
        self.wake()

    def replan(self) -> None:
        """Plan the entries after the one on air again, if files that have appeared or disappeared change the plan."""
        change = recut.for_files(self.decks, self.planner)
        if change is not None:
            self.decks.recut(change.agreement, change.goes_on_at)
            self._cues.changed()
            self.generation += 1

    # ── reports ──────────────────────────────────────────────────────────────────────────────────

    def _measured(self, frame: int, kind: str, report: StreamReport) -> None:
        """Report the measurement of a join on the bus."""
        self.log.seam(frame, kind, report)
        self.events.seam(frame, kind, report)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.events.state(state)

    def _viewer(self, what: str, viewer: Viewer) -> None:
        self.log.viewer(what, viewer)
        self.events.viewer(what, viewer, self.bus.viewers)
