"""Plays one stream: a queue of decks, whose pictures go into the stream's chunk queue.

Runs in the background thread, as two tasks. `_air` moves pictures from the deck on air to the chunk queue when there is
room. `_plan` keeps the next deck ready, tells the preparer which media it needs, and applies changes of the source.
While nothing is prepared, the stream waits; there is no slate.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError, RetrovueError
from retrovue_tui.playout.decks.deck_queue import DeckQueue
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.playout.plan_loop import PlanLoop
from retrovue_tui.playout.planner import Planner
from retrovue_tui.playout.preroll import PrerollPolicy
from retrovue_tui.rundown.plan_diff import CommonPrefix, agree
from retrovue_tui.rundown.positions import Position
from retrovue_tui.streaming.source_switch import move

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.render_demand import Need
    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.playout.mpegts.access_units import CodedPicture
    from retrovue_tui.rundown.airlist import AirItem
    from retrovue_tui.streaming.background_loop import RenderEnvironment
    from retrovue_tui.streaming.chunk_queue import ChunkQueue
    from retrovue_tui.streaming.sources import Source

HORIZON_S: Final = 1_800.0
PLAN_EVERY_S: Final = 0.1
NEEDS_EVERY_S: Final = 2.0
POLL_S: Final = 0.005
READY_S: Final = 5.0

log = logging.getLogger(__name__)
_numbers = itertools.count(1)


class StreamEngine:
    """Plays one source into a chunk queue, from `start` to `close`. `unhurried`: after the stream has run out of media,
    wait until enough is prepared, as a paced stream can."""

    def __init__(
        self,
        name: str,
        environment: RenderEnvironment,
        source: Source,
        chunk_queue: ChunkQueue,
        lists: Path,
        *,
        loop: bool,
        unhurried: bool,
    ) -> None:
        self._name, self._environment, self._house = name, environment, environment.house
        self._owner = f"stream {next(_numbers)} of {name}"
        self._assets: dict[Path, Asset] = dict(source.assets)
        self._planner = Planner(self._house, environment.store, self._assets.get, environment.preparer.fault, loop=loop)
        self._planner.entries = source.entries
        self._splicer = Splicer(self._house.rate, name[:64])
        self.decks = DeckQueue(
            "list", ffmpeg=environment.ffmpeg, house=self._house, lists=lists, watcher=self, start=Position(0, 0, 0)
        )
        self._preroll = PrerollPolicy(self.decks, self._house.rate)
        self._unhurried = unhurried
        self._planning = PlanLoop(self.decks, self._planner.forget)
        self._room = asyncio.Event()
        self._chunk_queue = chunk_queue
        self._coming: Source | None = None
        self._logged_warnings: set[str] = set()
        self._ran_dry = False
        self._remove_listener: Callable[[], None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # ── start and end ────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Open the source's files in the piece store, and start to play."""
        await self._open(self._assets)
        self._remove_listener = self._environment.preparer.add_listener(lambda asset: self.wake())
        for what, work in (("air", self._air()), ("plan", self._planning.run(self._plan, PLAN_EVERY_S))):
            task = asyncio.create_task(work, name=f"{what} of {self._owner}")
            task.add_done_callback(self._done)
            self._tasks.append(task)

    async def close(self) -> None:
        """End the tasks and the decks with their processes, and finish the chunk queue."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._remove_listener is not None:
            self._remove_listener()
        self._environment.preparer.want(self._owner, ())
        self._environment.store.hold(self._owner, ())
        await self.decks.close()
        self._chunk_queue.finish()

    async def change(self, source: Source) -> None:
        """Change to another source. If the new source contains the frame on air, the stream continues with the next
        frame of it."""
        await self._open(source.assets)
        self._assets.update(source.assets)
        self._coming = source
        self.wake()

    def has_room(self) -> None:
        """Called when the chunk queue has room again."""
        self._room.set()

    def wake(self) -> None:
        """Plan now, and tell the preparer which media is needed, without waiting for the next tick."""
        self._planning.wake_for_needs()

    async def _open(self, assets: dict[Path, Asset]) -> None:
        for asset in assets.values():
            await self._environment.store.open(asset)

    def _done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            if not isinstance(error, RetrovueError):
                log.error("%s ended", task.get_name(), exc_info=error)
            self._chunk_queue.finish(error)

    # ── moving pictures to the queue ─────────────────────────────────────────────────────────────

    async def _air(self) -> None:
        while True:
            self._room.clear()
            if self._fill():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PLAN_EVERY_S):
                        await self._room.wait()
            else:
                await asyncio.sleep(POLL_S)

    def _fill(self) -> bool:
        """Move the available pictures to the chunk queue. Return whether the queue is now full."""
        while self._chunk_queue.has_room():
            picture = self._next(monotonic())
            if picture is None:
                return False
            self._chunk_queue.put(self._splicer.splice(picture))
        return True

    def _next(self, now: float) -> CodedPicture | None:
        found = self.decks.next(now)
        if found is not None:
            return found.picture
        if self.decks.on_air is not None and not self.decks.holding(now):
            self.decks.leave()
            self._ran_dry = True
            self._planning.wake()
        return None

    # ── planning ─────────────────────────────────────────────────────────────────────────────────

    async def _plan(self, now: float) -> None:
        if self._coming is not None and not self.decks.troubled:
            await self._apply(self._coming)
        if self.decks.may_start(now):
            await self._preroll.next(self._planner, patient=self._ran_dry and self._unhurried)
        if now >= self._planning.needs_at:
            self._planning.needs_at = now + NEEDS_EVERY_S
            self._report_needs()
        if self._over():
            self._chunk_queue.finish()

    def _report_needs(self) -> None:
        at = monotonic() + float(self._house.rate.seconds(self.decks.frames_left))
        needs = self._planner.needs(self.decks.continues_at, at, HORIZON_S)
        if self._coming is not None:
            needs = self._soonest(self._coming) + needs
        self._environment.preparer.want(self._owner, needs)
        self._environment.store.hold(self._owner, self.decks.files())
        for warning in self._planner.warnings():
            if warning not in self._logged_warnings:
                self._logged_warnings.add(warning)
                log.warning("%s: %s", self._name, warning)

    def _soonest(self, source: Source) -> list[Need]:
        return self._planner.with_entries(source.entries).needs(Position(0, 0, 0), monotonic(), HORIZON_S)

    def _over(self) -> bool:
        """Return whether the whole source has aired. Raises `MediaError` if no part of it can be played."""
        if self.decks.on_air is not None and not self.decks.on_air.deck.complete:
            return False
        if self.decks.frames_left or self._coming is not None:
            return False
        if next(self._planner.stretches(self.decks.continues_at), None) is not None:
            return False
        warnings = self._planner.warnings()
        if warnings and self._splicer.frame == 0:
            raise MediaError(f"no part of the source can be played: {'; '.join(warnings)}")
        return not self._planner.loop

    # ── changing the source ──────────────────────────────────────────────────────────────────────

    async def _apply(self, source: Source) -> None:
        """Change to the new source at the first frame that differs from the frames on the decks' lists."""
        planner = self._planner.with_entries(source.entries)
        committed = self.decks.committed()
        coming = itertools.chain(committed, self._planner.stretches(self.decks.continues_at))
        moved = move(self._planner.entries, source.entries, coming)
        if moved is not None and moved.keep is None:
            agreement = agree(committed, planner.stretches(moved.position))
            end = Position(moved.position.loop, len(source.entries), 0)
            self._take_over(source, planner)
            self.decks.recut(agreement, (agreement.goes_on_at or end) if committed else moved.position)
        elif moved is not None and moved.keep is not None:
            if moved.keep > sum(stretch.frames for stretch in committed):
                return  # the rest of the spot is not on a deck yet: queue it first
            self._take_over(source, planner)
            self.decks.recut(CommonPrefix(moved.keep, {}, moved.position), moved.position)
        else:
            await self._switch(source, planner)

    async def _switch(self, source: Source, planner: Planner) -> None:
        """Switch to the start of a source that does not contain the frame on air, as soon as its deck has pictures."""
        top = Position(0, 0, 0)
        airlist = planner.compile(top)
        if airlist is None:
            if next(planner.stretches(top), None) is None:
                log.error("%s: no part of the new source can be played; the old one goes on", self._name)
                self._coming = None
            return
        queued = await self.decks.preroll(airlist)
        if queued is None:
            return
        adopted = False
        try:
            for _ in range(int(READY_S / POLL_S)):
                if queued.usable():
                    break
                await asyncio.sleep(POLL_S)
            if source is self._coming and queued.usable() and not self.decks.troubled:
                self._take_over(source, planner)
                self.decks.recut(CommonPrefix(0, {}, top), top)
                self.decks.adopt(queued)
                adopted = True
        finally:
            if not adopted:
                self.decks.discard(queued)

    def _take_over(self, source: Source, planner: Planner) -> None:
        self._planner = planner
        if self._coming is source:
            self._coming = None
        self._planning.needs_at = 0.0

    # ── called by the deck queue ─────────────────────────────────────────────────────────────────

    def taken(self, queued: QueuedDeck) -> None:
        """Record that this deck is on air from the next picture on."""
        self._ran_dry = False
        log.debug("%s: deck %s takes over at frame %d", self._name, queued.deck.pid, self._splicer.frame)
        self._planning.wake()

    def failed(self, queued: QueuedDeck | None, message: str) -> None:
        """Log that a deck has failed; None: a deck that could not start. The deck queue starts another one."""
        log.warning("%s: %s", self._name, message)

    def passed_over(self, item: AirItem) -> None:
        """Log that a piece cannot be played."""
        log.warning("%s: %s of %s cannot be played and is left out", self._name, item.file, item.stretch.entry.file)

    def vanished(self, item: AirItem) -> None:
        """Request that a piece whose file is missing is rendered again."""
        self._planning.vanished(item.stretch.entry.file)
        log.warning("%s: %s is missing; it is rendered again", self._name, item.file)
