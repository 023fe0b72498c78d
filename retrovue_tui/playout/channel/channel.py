"""A channel: keeps its bus fed with the next picture, on time, from whichever source should give it.

Two things go on. `tick`, called by the station's clock, moves the pictures that are due from the source on air to
the bus. The planning task sees to it that the rack always has the next deck ready before it is needed, and says what
must be prepared. Where no deck can give a picture, the slate does.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.rendering.render_demand import Need
from retrovue_tui.playout.air_clock import AirClock
from retrovue_tui.playout.asrun.channel_log import ChannelAsRun
from retrovue_tui.playout.channel.event_publisher import ChannelEvents
from retrovue_tui.playout.channel.snapshot import ChannelState, SnapshotBuilder
from retrovue_tui.playout.decks.deck_queue import DeckQueue
from retrovue_tui.playout.output.bus import Bus
from retrovue_tui.playout.output.seam_monitor import SeamMonitor
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.playout.preroll import PrerollPolicy
from retrovue_tui.playout.resume_point import start_position
from retrovue_tui.rundown.plan_diff import CommonPrefix, agree, renamed
from retrovue_tui.rundown.positions import GONE, Position

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from retrovue_tui.config import ChannelConfig
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.decks.deck_queue import QueuedDeck
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.playout.mpegts.access_units import CodedPicture
    from retrovue_tui.playout.mpegts.analyser import StreamReport
    from retrovue_tui.playout.output.bus import Viewer
    from retrovue_tui.playout.output.slate_player import SlatePlayer
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.playout.resume_point import ResumePoint
    from retrovue_tui.protocol.controller import Controller
    from retrovue_tui.protocol.pictures import Monitor
    from retrovue_tui.protocol.snapshots import ChannelSnapshot, State
    from retrovue_tui.rundown.airlist import AirItem
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Stretch

DECK_FIRST_S: Final = 0.5
"""How long a channel that starts waits for its first deck before it shows the slate."""
NEEDS_EVERY_S: Final = 2.0
"""How often needs are worked out while there is only the slate, behind which their times slip."""
NEEDS_AT_REST_S: Final = 30.0
"""The same on air, where each change that they depend on is reported: in case one was not."""
LOOK_EVERY: Final = 3
"""Ticks between two looks at whether there is something to plan."""
HORIZON_S: Final = 3_600.0


class Channel:
    """One continuous output stream, made of one source after another."""

    def __init__(
        self,
        config: ChannelConfig,
        *,
        house: HouseFormat,
        ffmpeg: FFmpeg,
        planner: Planner,
        store: PieceStore,
        preparer: Preparer,
        events: EventLog,
        lists: Path,
    ) -> None:
        self.config = config
        self.id = config.id
        self.state: State = "starting"
        self.planner = planner
        self.generation = 0
        self.takes = 0
        self.house = house
        self.bus = Bus(house.rate, on_viewer=self._viewer)
        self.splicer = Splicer(house.rate, config.name, config.number)
        self.log = ChannelAsRun(config.id, house.rate, planner=planner, splicer=self.splicer, bus=self.bus)
        self.bulletin = ChannelEvents(events, config.id, config.name)
        self.seams = SeamMonitor(self.bus, house.rate, self.splicer.audio, on_seam=self._measured)
        self.rack = DeckQueue(config.id, ffmpeg=ffmpeg, house=house, lists=lists, watcher=self, start=Position(0, 0, 0))
        self._cueing = PrerollPolicy(self.rack, house.rate)
        self._face = SnapshotBuilder(
            config, house, rack=self.rack, planner=planner, bus=self.bus, seams=self.seams, store=store,
            preparer=preparer,
        )  # fmt: skip
        self.slate: SlatePlayer | None = None
        self._airing: Stretch | None = None
        self.needs: list[Need] = []
        self.desk: Controller | None = None
        self.seen: Monitor | None = None
        self.spare: Callable[[], Sequence[Asset]] = tuple
        """Assets that may be called for at any time, prepared when there is nothing better to do: its pool's spots."""
        self.listeners: list[Callable[[Stretch], None]] = []
        self.on_moved: Callable[[], None] = lambda: None
        """Called when something other than the passing of time has moved the channel in its rundown."""
        self.inputs = 0
        """Grows with every change of what the plan depends on: pieces, media, the rundown."""
        self._ready_behind = 0
        self._ticks = 0
        self._store = store
        self._preparer = preparer
        self._reel: SlatePlayer | None = None
        self._clock = AirClock(self.rack, planner, house, self.splicer)
        self._slate_since: float | None = None
        self._looked = False  # whether the first deck was looked for
        self._ran_dry = False
        self._needs_at = 0.0
        self._needs_from: Position | None = None
        self._vanished: set[Path] = set()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # ── life ─────────────────────────────────────────────────────────────────────────────────────

    @property
    def number(self) -> int:
        """The number that viewers know it by."""
        return self.config.number

    @property
    def name(self) -> str:
        """What it is called."""
        return self.config.name

    @property
    def group(self) -> str | None:
        """Its group in the playlist."""
        return self.config.group

    def configure(self, config: ChannelConfig) -> None:
        """Go on under another config of this channel. Players learn a new name from the playlist."""
        self.config = self._face.config = config
        self.bulletin.rename(config.name)
        if (config.at_end == "loop") != self.planner.loop:
            self.planner.loop = config.at_end == "loop"
            self.replan()

    def resume(self, entries: Sequence[Entry], point: ResumePoint | None) -> None:
        """Go on air where `on_start` says; `point` is where the channel was when it went off air."""
        how = self.config.on_start
        self.start(entries, start_position(point, how, entries), point if how == "clock" else None)

    def start(self, entries: Sequence[Entry], position: Position, by_clock_of: ResumePoint | None = None) -> None:
        """Go on air from a position of the rundown; also after a stop, with the same stream's clock. With a resume
        point, each frame airs when that point's clock has it due, and `position` is for when it names none."""
        self._set_state("starting")
        self._clock.halt()
        self._slate_since = None
        self._looked = False
        self._reel = None
        self._airing = None
        self.planner.entries = tuple(entries)
        self.rack.start_from(self.planner.on_grid(position))
        self._clock.aim(by_clock_of)
        self._task = asyncio.create_task(self._plan(), name=f"planning of channel {self.id}")

    async def stop(self) -> None:
        """Off air: viewers are let go and no child process is left."""
        self._clock.go_off_air()
        self.state = "stopped"
        self.log.stopped()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.bus.close()
        self._preparer.want(self.id, [])
        await self.seams.close()
        await self.rack.close()

    def wake(self) -> None:
        """Something has changed that the plan may depend on: pieces, media, the rundown."""
        self.inputs += 1
        self._needs_at = 0.0
        self._news.set()

    @property
    def ready_frames(self) -> int:
        """How many frames from now on are prepared without a gap, up to the horizon."""
        return self.rack.frames_left + self._ready_behind

    def snapshot(self) -> ChannelSnapshot:
        """The channel at this moment."""
        held, revision = (None, 0) if self.desk is None else (self.desk.held, self.desk.revision)
        return self._face.snapshot(
            ChannelState(
                self.state, self.generation, self.takes, self.needs, self.ready_frames, held, revision, self.seen
            )
        )

    @property
    def position(self) -> Position:
        """The next frame of the rundown to air."""
        return self.rack.ahead

    @property
    def airing(self) -> Position | None:
        """Where the entry on air began; None while there is only the slate."""
        return None if self._airing is None else self._airing.position

    def resume_point(self) -> ResumePoint | None:
        """Which frame of the rundown is due when; None while that is not known."""
        return None if self.state == "starting" and self._clock.start is None else self._clock.resume_point()

    def airs_in(self, frames: int) -> float:
        """Seconds until the picture that is `frames` after the rundown's next one is sent."""
        return self._clock.airs_in(frames)

    def air_time(self, frame: int) -> float:
        """Unix time at which a picture of the bus is due."""
        return self._clock.air_time(frame)

    def stood_still(self, seconds: float, *, overdue: bool) -> None:
        """The whole station stood still for so long; see `AirClock.stood_still`."""
        if self.state != "stopped":
            self._clock.stood_still(seconds, overdue=overdue, follow=self.config.on_start == "clock")
            self._news.set()

    # ── the air ──────────────────────────────────────────────────────────────────────────────────

    def tick(self, now: float) -> None:
        """Send every picture that is due at monotonic time `now`. Never blocks."""
        if self.state == "stopped":
            return
        self._ticks += 1
        if self._ticks % LOOK_EVERY == 0 and self._something_to_plan(now):
            self._news.set()
        if not self._clock.running and not self._begin(now):
            return
        due = self._clock.frames_due(now)
        while self.splicer.frame < due:
            picture = self._next_picture(now)
            if picture is None:
                break
            frame = self.splicer.frame
            key = picture.video.key
            self.bus.push(frame, self.splicer.splice(picture), key=key)
        self.bus.flush()
        self.seams.look(self.splicer.frame)

    def _begin(self, now: float) -> bool:
        """Start the clock with the first picture that there is. The slate lets a deck that is starting go first."""
        start = self._clock.start
        ready = self.rack.can_take() if start is None else self._clock.start_is_due(start, now)
        if not ready and self.slate is None:
            return False
        self._slate_since = self._slate_since or now
        deck_comes = not self._looked or bool(self.rack.queue)
        if not ready and deck_comes and now - self._slate_since < DECK_FIRST_S:
            return False
        self._clock.begin(now)
        return True

    def _next_picture(self, now: float) -> CodedPicture | None:
        start = self._clock.start
        if start is not None and not self._clock.start_is_due(start, self._clock.due()):
            if self.slate is None:  # nothing to wait with: the frame clock begins again with the start
                self._clock.halt()
            return self._slate_picture()
        found = self.rack.next(now)
        if found is not None:
            cue, number, picture = found
            self._follow(cue, number)
            return picture
        if self.rack.holding(now, awaited=next(self.planner.stretches(self.rack.behind), None) is not None):
            return None
        if self.rack.on_air is not None:
            self.rack.leave()
            self._ran_dry = True
        return self._slate_picture()

    def taken(self, cue: QueuedDeck) -> None:
        """The one way in which the output changes: from the next picture on it comes from this deck."""
        if self._reel is not None and self._clock.start is None:
            self.on_moved()
        self._reel = None
        self._ran_dry = False
        self._clock.start = None
        self.takes += 1
        self.generation += not cue.rescue
        self.seams.mark(self.splicer.frame, "take")
        self._set_state("on_air")
        self.bulletin.take(cue, self.splicer.frame)
        self._news.set()

    def _slate_picture(self) -> CodedPicture | None:
        """The next picture of the slate; it begins anew each time that there is nothing else."""
        if self.slate is None:
            return None
        if self._reel is None:
            self._reel = self.slate.again()
            self.takes += 1
            self._airing = None
            self.log.slate(self._why_slate())
            self.seams.mark(self.splicer.frame, "slate")
            self._set_state("slate")
            self.bulletin.slate(self.splicer.frame, self._why_slate(), expected=self._clock.start is not None)
            self._news.set()
        return self._reel.pop()

    def _why_slate(self) -> str:
        """Why there is nothing else to air."""
        if self._clock.start is not None:
            return "until the frame that the clock names is due"
        if not self.planner.entries:
            return "the rundown has no entries"
        if next(self.planner.stretches(self.rack.behind), None) is None:
            return "nothing follows in the rundown"
        return "what is next is not prepared yet"

    def _follow(self, cue: QueuedDeck, number: int) -> None:
        """Keep up with which entry is on air."""
        _, stretch, frame = cue.airlist.at(number)
        before = self._airing
        if before is not None and (before.loop, before.entry.id) == (stretch.loop, stretch.entry.id):
            return
        self._airing = stretch
        if before is not None:
            self.bulletin.entry(before.entry, self.splicer.frame, started=False)
        for missed, reason in self.log.passed_over(None if before is None else before.position, stretch):
            self.bulletin.not_aired(missed, reason)
        self.seams.mark(self.splicer.frame, "join")
        self.bulletin.entry(stretch.entry, self.splicer.frame, started=True)
        self.log.entry(stretch, frame, self.generation)
        for listener in self.listeners:
            listener(stretch)
        self._store.touch([cue.airlist.items[cue.airlist.at(number)[0]].file])
        self._needs_at = 0.0

    # ── the plan ─────────────────────────────────────────────────────────────────────────────────

    async def _plan(self) -> None:
        while True:
            self._news.clear()
            now = monotonic()
            await self.rack.look_after(now)
            while self._vanished:
                await self.planner.forget(self._vanished.pop())
                self._needs_at = 0.0
            if self.rack.may_start(now):
                await self._cue_next()
            self._looked = True
            if now >= self._needs_at or self._needs_from != self.rack.behind:
                self._needs_at = now + (NEEDS_AT_REST_S if self.state == "on_air" else NEEDS_EVERY_S)
                await asyncio.sleep(0)  # either may take a while with a long rundown: others first
                self._say_needs()
            await self._news.wait()

    def _something_to_plan(self, now: float) -> bool:
        """Whether time alone has given the planning loop something to do; all else wakes it."""
        return (
            now >= self._needs_at
            or (self.rack.may_start(now) and (self._clock.pending or self._cueing.is_due()))
            or self.rack.needs_care(now)
        )

    async def _cue_next(self) -> None:
        if self._clock.catch_up is not None and await self._clock.catch_up.cut(self._clock.frames_until):
            self._clock.catch_up = None
            self.log.left("cut", "the station stood still, and the channel went on where its clock was")
            self.generation += 1
        start = self._clock.start
        if start is not None and not self.rack.queue:
            before = self.rack.behind
            if not await start.cue() and self._clock.start is start:
                self._clock.start = None
            if self.rack.behind != before:
                self._needs_at = 0.0
        if self._clock.start is None or self.rack.queue:
            # The slate stays until there is enough.
            await self._cueing.next(self.planner, patient=self._ran_dry)

    def _say_needs(self) -> None:
        """Tell what must be prepared, and by when; and hold on to the pieces that are on a list."""
        left = self.rack.frames_left
        # From the clock's own start, so that an unchanged plan gives unchanged times (monotonic, like the loop's).
        began = self._clock.began
        at = began + float(self.house.rate.seconds(self.splicer.frame + left))
        self.needs = self.planner.needs(self.rack.behind, at, HORIZON_S)
        wanted = {need.asset.key for need in self.needs}
        spare = [asset for asset in self.spare() if asset.key not in wanted]
        self.needs += [Need(asset, 0, self._store.frames(asset), at + HORIZON_S) for asset in spare]
        self._preparer.want(self.id, self.needs)
        self._store.hold(self.id, self.rack.files())
        self._needs_from = self.rack.behind
        self._ready_behind = self.planner.ready(self._needs_from, HORIZON_S)

    def failed(self, cue: QueuedDeck | None, message: str) -> None:
        """A deck was given up, or could not be started."""
        self.bulletin.failed(cue, message)

    def passed_over(self, item: AirItem) -> None:
        """A piece cannot be played."""
        self.log.broken(item)
        self.bulletin.passed_over(item)

    def vanished(self, item: AirItem) -> None:
        """A piece is not where it was: what is left of its asset is looked up anew."""
        self._vanished.add(item.stretch.entry.file)
        self.bulletin.vanished(item)

    # ── edits ────────────────────────────────────────────────────────────────────────────────────

    def ask(self, needs: Sequence[Need]) -> None:
        """What an edit that is not made yet needs prepared; nothing once it is made, or given up."""
        self._preparer.want(f"{self.id} edit", needs)

    def would_change(self, entries: Sequence[Entry], position: Position) -> CommonPrefix:
        """How far the air stays as it is under another rundown, in which it is at `position` now."""
        planner = self.planner.with_entries(entries)
        return self.rack.agree(lambda: planner.stretches(position))

    def apply(
        self, entries: Sequence[Entry], position: Position, *, keep: int | None = None, rest: QueuedDeck | None = None
    ) -> int:
        """Air an edited rundown, in which the air is at `position` now; how many frames still air as before.

        What both agree on stays on its decks. With `keep`, only so much of it does, of an entry that is not in the
        rundown any more, and the air goes on at `position` behind that, wherever that is. `rest` is a deck that plays
        that entry on, after what is on the rack.
        """
        if keep is None:
            if self._clock.start is not None and self._clock.start.point.position(entries) is None:
                self._clock.start = None
            agreement = self.would_change(entries, position)
            ended = Position(position.loop, len(entries), 0)
            goes_on_at = agreement.goes_on_at or (ended if agreement.frames else position)
        else:
            airing = self.rack.committed()[: 1 if keep else 0]
            names = {(each.loop, each.index): (replace(each.position, index=GONE), each.entry) for each in airing}
            agreement = CommonPrefix(min(keep, self.rack.frames_left), names, position)
            goes_on_at = position
            self._clock.forget_pending()  # the operator says what airs next, and when
        if self._airing is not None:
            self._airing = renamed(self._airing, agreement.names)
        self.planner.entries = tuple(entries)
        if keep is None:
            self.log.edited(self.airing)
        self.rack.recut(agreement, goes_on_at)
        if rest is not None:
            rest.air(rest.airlist.renamed(agreement.names))
            self.rack.lengthen(rest)
        self.generation += 1
        self.wake()
        return agreement.frames

    def replan(self) -> None:
        """Files have come or gone: what waits behind the entry on air is planned anew where it is another now."""
        committed = self.rack.committed()
        if not committed or self.rack.troubled:
            return
        airing = committed[0]
        rest = [each for each in committed if (each.loop, each.index) != (airing.loop, airing.index)]
        left = sum(each.frames for each in committed) - sum(each.frames for each in rest)
        gone = airing.index == GONE
        behind = self.position if gone else replace(airing.position, index=airing.index + 1, frame=0)
        found = agree(rest, self.planner.stretches(behind))
        if found.frames < sum(each.frames for each in rest):
            self.rack.recut(replace(found, frames=left + found.frames), found.goes_on_at or behind)
            self.generation += 1

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────

    def _measured(self, frame: int, kind: str, report: StreamReport) -> None:
        """A seam has been read back from the bus."""
        self.log.seam(frame, kind, report)
        self.bulletin.seam(frame, kind, report)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.bulletin.state(state)

    def _viewer(self, what: str, viewer: Viewer) -> None:
        self.log.viewers()
        self.bulletin.viewer(what, viewer, self.bus.viewers)
