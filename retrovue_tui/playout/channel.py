"""A channel: keeps its bus fed with the next picture, on time, from whichever source should give it.

Two things go on. `tick`, called by the station's clock, moves the pictures that are due from the source on air to
the bus, and takes the next source where one ends. The planning task sees to it that the next source is ready
before that: it compiles air lists, prerolls decks, replaces those that fail, and says what must be prepared.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.playout.bus import Bus
from retrovue_tui.playout.deck import Deck
from retrovue_tui.playout.face import Face
from retrovue_tui.playout.seams import SeamWatch
from retrovue_tui.playout.splicer import Splicer
from retrovue_tui.rundown.airlist import Position, write_airlist

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.config import ChannelConfig
    from retrovue_tui.control.events import EventLog
    from retrovue_tui.control.snapshots import ChannelSnapshot, State
    from retrovue_tui.media.demand import Need
    from retrovue_tui.media.ffmpeg import FFmpeg
    from retrovue_tui.media.house import House
    from retrovue_tui.media.pieces import PieceStore
    from retrovue_tui.media.prepare import Preparer
    from retrovue_tui.playout.bus import Viewer
    from retrovue_tui.playout.planner import AirList, Planner
    from retrovue_tui.playout.source import Reel
    from retrovue_tui.playout.splicer import Picture
    from retrovue_tui.rundown.entries import Entry

PREROLL_S: Final = 8.0
"""How long before it is needed the next deck is started."""
HOLD_S: Final = 0.5
"""How long the air waits for a late picture before the slate is taken; viewers have seconds in hand."""
STALL_S: Final = 0.35
"""A deck that should be writing and has not for so long is replaced."""
PLAN_EVERY_S: Final = 0.1
NEEDS_EVERY_S: Final = 2.0
HORIZON_S: Final = 3_600.0
HEALTHY_S: Final = 5.0
"""A deck that has delivered so much has proved itself: the delay before the next restart is short again."""
LONGEST_DELAY_S: Final = 5.0
RUN_UP_S: Final = 12.0
"""After running dry, this much must be prepared before the slate is left again, or the entry's whole rest."""


@dataclass
class Cue:
    """A deck and the air list it plays."""

    deck: Deck
    airlist: AirList
    rescue: bool = False
    failed: bool = False

    def usable(self) -> bool:
        """Whether the next picture can come from it."""
        return not self.failed and self.deck.ready()


class Channel:
    """One continuous output stream, made of one source after another."""

    def __init__(
        self,
        config: ChannelConfig,
        *,
        house: House,
        ffmpeg: FFmpeg,
        planner: Planner,
        store: PieceStore,
        preparer: Preparer,
        events: EventLog,
        lists: Path,
    ) -> None:
        self.config = config
        self.id, self.number, self.name = config.id, config.number, config.name
        self.group = config.group
        self.state: State = "starting"
        self.planner = planner
        self.generation = 0
        self.takes = 0
        self.restarts = 0
        self.cursor = Position(0, 0, 0)
        self.bus = Bus(house.rate, on_viewer=self._viewer)
        self.splicer = Splicer(house.rate, config.name, config.number)
        self.seams = SeamWatch(self.bus, house.rate)
        self.face = Face(self, store, preparer)
        self.house = house
        self.on_air: Cue | None = None
        self.queue: list[Cue] = []
        self.slate: Reel | None = None
        self.ready_frames = 0
        self.airing: Position | None = None
        self.needs: list[Need] = []
        self._ffmpeg = ffmpeg
        self._store = store
        self._preparer = preparer
        self._events = events
        self._lists = lists
        self._reel: Reel | None = None
        self._epoch: float | None = None
        self._late_since: float | None = None
        self._owed: AirList | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._troubles: Counter[Path] = Counter()
        self._ran_dry = False
        self._lists_made = 0
        self._needs_at = 0.0
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    # ── life ─────────────────────────────────────────────────────────────────────────────────────

    def start(self, entries: Sequence[Entry], position: Position) -> None:
        """Go on air from a position of the rundown."""
        self.planner.entries = tuple(entries)
        self.cursor = self.planner.on_grid(position)
        self._task = asyncio.create_task(self._plan(), name=f"planning of channel {self.id}")

    async def stop(self) -> None:
        """Off air: viewers are let go and no child process is left."""
        self.state = "stopped"
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.bus.close()
        await self.seams.close()
        self._preparer.want(self.id, [])
        for cue in (self.on_air, *self.queue):
            if cue is not None:
                self._close(cue)
        self.on_air, self.queue = None, []
        if self._closing:
            await asyncio.wait(self._closing)

    def wake(self) -> None:
        """Something has changed that the plan may depend on: pieces, media, the rundown."""
        self._needs_at = 0.0
        self._news.set()

    def snapshot(self) -> ChannelSnapshot:
        """The channel at this moment."""
        return self.face.snapshot()

    @property
    def position(self) -> Position:
        """The next frame of the rundown to air."""
        if self.on_air is not None:
            _, stretch, frame = self.on_air.airlist.at(self.on_air.deck.position)
            return replace(stretch.position, frame=frame)
        if self._owed is not None:
            return self._owed.items[0].stretch.position
        return self.queue[0].airlist.items[0].stretch.position if self.queue else self.cursor

    # ── the air ──────────────────────────────────────────────────────────────────────────────────

    def tick(self, now: float) -> None:
        """Send every picture that is due at monotonic time `now`. Never blocks."""
        if self.state == "stopped":
            return
        if self._epoch is None and not self._begin(now):
            return
        assert self._epoch is not None
        due = int((now - self._epoch) * self.house.rate.num / self.house.rate.den) + 1
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
        """Start the clock with the first picture that there is."""
        if not (self.queue and self.queue[0].usable()) and self.slate is None:
            return False
        self._epoch = now
        return True

    def _next_picture(self, now: float) -> Picture | None:
        if (self.on_air is None or self.on_air.deck.finished) and self._next_is_ready():
            self._take(self.queue.pop(0))
        if self.on_air is None:
            return self._slate_picture()
        cue, number = self.on_air, self.on_air.deck.position
        picture = cue.deck.pop()
        if picture is not None:
            self._late_since = None
            self._follow(cue, number)
            if cue.deck.ended:
                self._news.set()
            return picture
        self._late_since = self._late_since or now
        if now - self._late_since < HOLD_S:
            self._news.set()
            return None
        self._leave()
        return self._slate_picture()

    def _next_is_ready(self) -> bool:
        """Whether the next deck may be taken. While a failed one's rest is owed, nothing else may jump ahead of it."""
        return bool(self.queue) and self._owed is None and self.queue[0].usable()

    def _take(self, cue: Cue) -> None:
        """The one way in which the output changes: from the next picture on it comes from another source."""
        before, self.on_air = self.on_air, cue
        self._reel = None
        self._late_since = None
        self._ran_dry = False
        self.takes += 1
        self.seams.mark(self.splicer.frame, "take")
        if before is not None:
            self._close(before)
        self._set_state("on_air")
        _, stretch, frame = cue.airlist.at(cue.deck.position)
        self._events.publish(
            "take", f"{self.name}: deck {cue.deck.pid} takes over at frame {self.splicer.frame}", channel=self.id,
            frame=self.splicer.frame, entry=stretch.entry.id, asset_frame=frame, rescue=cue.rescue,
        )  # fmt: skip
        self._news.set()

    def _leave(self) -> None:
        """The deck on air has no pictures, and there is no other to take: give it up."""
        cue, self.on_air = self.on_air, None
        if cue is None:
            return
        if not cue.deck.complete:
            self._fail(cue, "gave no pictures")
        self._ran_dry = True
        self._close(cue)

    def _slate_picture(self) -> Picture | None:
        """The next picture of the slate; it begins anew each time that there is nothing else."""
        if self.slate is None:
            return None
        if self._reel is None:
            self._reel = self.slate.again()
            self.takes += 1
            self.airing = None
            self.seams.mark(self.splicer.frame, "slate")
            self._set_state("slate")
            message = f"{self.name}: nothing to air yet, showing the slate"
            self._events.publish("slate", message, channel=self.id, level="warning", frame=self.splicer.frame)
            self._news.set()
        return self._reel.pop()

    def _follow(self, cue: Cue, number: int) -> None:
        """Keep up with which entry is on air."""
        _, stretch, _ = cue.airlist.at(number)
        before, now = self.airing, stretch.position
        if before is not None and (before.loop, before.index) == (now.loop, now.index):
            return
        self.airing = now
        if before is not None:
            self._entry_event("entry_ended", before)
        self.seams.mark(self.splicer.frame, "join")
        self._entry_event("entry_started", now)
        self._store.touch(item.file for item in cue.airlist.items[:1])
        self._needs_at = 0.0

    def _entry_event(self, kind: str, position: Position) -> None:
        if not 0 <= position.index < len(self.planner.entries):
            return
        entry = self.planner.entries[position.index]
        title = entry.title or entry.file.stem
        what = "on air" if kind == "entry_started" else "ended"
        self._events.publish(
            kind, f"{self.name}: {title} {what}", channel=self.id,
            entry=entry.id, entry_kind=entry.kind, title=title, frame=self.splicer.frame,
        )  # fmt: skip

    # ── the plan ─────────────────────────────────────────────────────────────────────────────────

    async def _plan(self) -> None:
        while True:
            self._news.clear()
            now = monotonic()
            try:
                await self._look_after_decks(now)
                if now >= self._retry_at:
                    await self._cue_next()
            except (RetrovueError, OSError) as error:
                self._failed_start(str(error))
            if now >= self._needs_at:
                self._needs_at = now + NEEDS_EVERY_S
                self._say_needs()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PLAN_EVERY_S):  # wait_for may swallow a cancellation on Python 3.11
                    await self._news.wait()

    async def _look_after_decks(self, now: float) -> None:
        """Replace what has failed: the deck on air, or one that was to follow it."""
        cue = self.on_air
        if cue is not None and not cue.failed and not cue.deck.complete:
            since = cue.deck.starving_since
            if since is not None and now - since > STALL_S:
                self._fail(cue, "stalled")
            elif cue.deck.ended and cue.deck.reach < cue.deck.frames:
                self._fail(cue, "died")
        for waiting in list(self.queue):
            if waiting.deck.finished and not waiting.deck.complete:
                self._fail(waiting, "died before it was taken")
        if self._owed is not None and now >= self._retry_at:
            rescue = await self._preroll(self._owed, rescue=True)
            self._owed = None
            self.queue.insert(0, rescue)

    def _fail(self, cue: Cue, how: str) -> None:
        """Give a deck up: note it, let the delay before the next start grow, and see to what it has not aired."""
        if cue.failed:
            return
        cue.failed = True
        deck = cue.deck
        deck.cut_off()
        healthy = deck.delivered >= self.house.rate.count(HEALTHY_S)
        self._failures = 0 if healthy else self._failures + 1
        delay = 0.0 if self._failures <= 1 else min(LONGEST_DELAY_S, 0.05 * 2**self._failures)
        self._retry_at = monotonic() + delay
        self.restarts += 1
        said = f": {deck.remarks[-1].text}" if deck.remarks else ""
        self._events.publish(
            "deck_failed", f"{self.name}: deck {deck.pid} {how} at picture {deck.position} of {deck.frames}{said}",
            channel=self.id, level="warning", pid=deck.pid, position=deck.position, frames=deck.frames,
        )  # fmt: skip
        rest = self._rest_of(cue)
        if cue is self.on_air or cue.rescue:
            self._owed = rest
        if cue in self.queue:
            at = self.queue.index(cue)
            if not cue.rescue:
                self.cursor = cue.airlist.end if rest is None else rest.items[0].stretch.position
                for behind in self.queue[at + 1 :]:
                    self._close(behind)
                del self.queue[at + 1 :]
            self.queue.remove(cue)
            self._close(cue)

    def _rest_of(self, cue: Cue) -> AirList | None:
        """What another deck must play: from the next picture on. Viewers have what aired before, so it may start
        anywhere. A piece that gave nothing three times is passed over."""
        number = cue.deck.reach
        item = cue.airlist.items[cue.airlist.at(number)[0]]
        if cue.deck.delivered:
            self._troubles.clear()
            return cue.airlist.rest(number)
        self._troubles[item.file] += 1
        if self._troubles[item.file] < 3:
            return cue.airlist.rest(number)
        self._troubles.clear()
        message = f"{self.name}: {item.file.name} of {item.stretch.entry.file.name} cannot be played; passed over"
        self._events.publish("warning", message, channel=self.id, level="warning")
        return cue.airlist.rest(number, without_first=True)

    def _failed_start(self, message: str) -> None:
        self._failures += 1
        self._retry_at = monotonic() + min(LONGEST_DELAY_S, 0.1 * 2**self._failures)
        self._events.publish("deck_failed", f"{self.name}: {message}", channel=self.id, level="error")

    async def _cue_next(self) -> None:
        """Have the next deck ready before the ones that are there run out."""
        left = self._frames_left()
        rate = self.house.rate
        if left > rate.count(PREROLL_S):
            return
        airlist = self.planner.compile(self.cursor)
        if airlist is None or not self._long_enough(airlist, left):
            return
        self.cursor = airlist.end
        self.queue.append(await self._preroll(airlist))

    def _long_enough(self, airlist: AirList, left: int) -> bool:
        """Whether to go on with so much: a short list is taken only when time presses, or when it ends an entry."""
        rate = self.house.rate
        if airlist.frames >= rate.count(RUN_UP_S):
            return True
        last = airlist.items[-1].stretch
        through = last.end - last.entry.in_frame >= self.planner.duration(last.entry)
        if self.on_air is None:
            return through or not self._ran_dry
        return through or left < rate.count(PREROLL_S / 2)

    def _frames_left(self) -> int:
        left = sum(cue.airlist.frames - cue.deck.position for cue in self.queue)
        if self.on_air is not None:
            left += self.on_air.airlist.frames - self.on_air.deck.position
        return left

    async def _preroll(self, airlist: AirList, *, rescue: bool = False) -> Cue:
        self._lists_made += 1
        listing = self._lists / f"{self.id}-{self._lists_made % 16:02d}.ffconcat"
        await asyncio.to_thread(write_airlist, airlist.items, listing, self.house.rate)
        deck = Deck(self._ffmpeg, self.house, listing, airlist.frames, skip=airlist.skip, name=f"deck.{self.id}")
        await deck.start()
        if not rescue:
            self.generation += 1
        return Cue(deck, airlist, rescue)

    def _say_needs(self) -> None:
        """Tell what must be prepared, and by when; and hold on to the pieces that are on a list."""
        left = self._frames_left()
        at = asyncio.get_running_loop().time() + float(self.house.rate.seconds(left))
        self.needs = self.planner.needs(self.cursor, at, HORIZON_S)
        self._preparer.want(self.id, self.needs)
        cues = [self.on_air, *self.queue] if self.on_air else self.queue
        self._store.hold(self.id, [item.file for cue in cues for item in cue.airlist.items])
        self.ready_frames = left + self.planner.ready(self.cursor, HORIZON_S)

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────

    def _close(self, cue: Cue) -> None:
        """End a deck without waiting for it here."""
        task = asyncio.create_task(cue.deck.close(), name=f"end of deck {cue.deck.pid}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._events.publish("state", f"{self.name}: {state.replace('_', ' ')}", channel=self.id, state=state)

    def _viewer(self, what: str, viewer: Viewer) -> None:
        self._events.publish(
            f"viewer_{what}", f"{self.name}: {viewer.name} {what}", channel=self.id, viewers=self.bus.viewers
        )
