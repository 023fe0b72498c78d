"""The scheduler of renders: renders what all channels need, the earliest air time first, with as many renders at once
as the cores allow."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError, RetrovueError
from retrovue_tui.files.disk_errors import disk_full, reason_of
from retrovue_tui.media.farm.farm import FarmError
from retrovue_tui.media.farm.placing import Placing
from retrovue_tui.media.ffmpeg.stall import StallLimits
from retrovue_tui.media.rendering.arguments.joined_args import last_frame
from retrovue_tui.media.rendering.arguments.render_filters import Range
from retrovue_tui.media.rendering.edge_pieces import accepted_keys
from retrovue_tui.media.rendering.loudness import measure
from retrovue_tui.media.rendering.render_demand import Demand, Need, Task
from retrovue_tui.media.rendering.render_jobs import Job, RenderFailures, RenderFault
from retrovue_tui.media.rendering.render_reports import RenderReports
from retrovue_tui.media.rendering.render_run import RenderRun, render_edge
from retrovue_tui.media.rendering.render_slots import RenderSlots
from retrovue_tui.protocol.answers.snapshots import PrepareJob

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.media.analysis.prepared_analysis import PreparedAnalysis
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.farm.farm import Farm
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_index import Piece
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_run import RenderOutcome

__all__ = ["Need", "Preparer"]

_log = logging.getLogger(__name__)

_TRIES: Final = 3
_PAUSE_SECONDS: Final = 15.0
"""The wait before the next attempt after the disk was full or FFmpeg was killed (s)."""
_TIDY_SECONDS: Final = 10.0


class Preparer:
    """Renders the pieces that channels and other owners need. Works only while `run` is running. Call all other methods
    from the event loop's thread."""

    def __init__(
        self,
        ffmpeg: FFmpeg,
        store: PieceStore,
        house: HouseFormat,
        slots: int | None = None,
        *,
        accepted_frames: Callable[[Asset], Sequence[int]] = lambda _: (),
        analysis: PreparedAnalysis | None = None,
        farm: Farm | None = None,
    ) -> None:
        """`accepted_frames` returns the frames of an asset at which a break is accepted: pieces rendered from then on
        are cut there in advance. `analysis` gets what is measured of programmes while they are rendered. `farm`: other
        machines that render too."""
        cores = os.cpu_count() or 1
        self.slots = slots or max(1, cores // 2)
        self.threads = max(1, cores // self.slots)
        self._ffmpeg, self._house = ffmpeg, house
        self.store = store
        self._accepted_frames, self._analysis = accepted_frames, analysis
        self.patience = StallLimits()
        self.turn = asyncio.Lock()
        """Held by the one channel that computes its needs: all of them are woken when a file changes."""
        self._demand = Demand(store)
        self._jobs: list[Job] = []
        self._faults: dict[str, RenderFault] = {}
        self._troubles: dict[str, RenderFailures] = {}
        self._reports = RenderReports(store, house.rate)
        self._listeners: list[Callable[[Asset], None]] = []
        self._slots = RenderSlots(self.slots, house, self._demand, self._jobs)
        self._placing = Placing(farm, self._demand, store, self._divisible)
        self._wake = asyncio.Event()
        if farm is not None:
            farm.changed = self._wake.set
        self._waiting: tuple[Task, ...] = ()
        self._opened_for = -1
        self._full_until = 0.0
        self._tidied = 0.0
        self._running = False

    @property
    def at_once(self) -> int:
        """How many renders run at once now, on this machine or on those of a farm."""
        return max(self.slots, self._placing.workers)

    # ── public ───────────────────────────────────────────────────────────────────────────────────

    def want(self, owner: str, needs: Sequence[Need]) -> None:
        """Replace the needs of an owner (a channel). A call costs little if nothing has changed."""
        if self._demand.put(owner, needs):
            self._wake.set()

    def add_listener(self, listener: Callable[[Asset], None]) -> Callable[[], None]:
        """Call `listener` whenever a piece of an asset or its end has been rendered, or the asset has failed. Return a
        function that removes the listener."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def fault(self, asset: Asset) -> str | None:
        """Return the reason, in one line, why an asset cannot be rendered now. None if it can, or if it was not tried
        yet."""
        fault = self._faults.get(asset.key)
        return fault.reason if fault is not None else None

    def jobs(self) -> tuple[PrepareJob, ...]:
        """Return a report on each running, waiting (the earliest air time first) and failed render."""
        return self._reports.all(self._jobs, self._waiting, self._faults)

    async def prepare(self, asset: Asset, progress: Callable[[PrepareJob], None] | None = None) -> None:
        """Render all of an asset, and return when it is done. Raises `MediaError` if it cannot be rendered.

        `progress` is called about four times a second. If `run` is not running, this method runs the scheduler itself.
        """
        owner = f"prepare {asset.key}"
        runner = None if self._running else asyncio.create_task(self.run())
        try:
            await self.store.open(asset)
            loop = asyncio.get_running_loop()
            while (length := self.store.frames(asset)) > self.store.ready(asset, 0):
                if (reason := self.fault(asset)) is not None:
                    raise MediaError(reason, asset.path)
                if runner is not None and runner.done():
                    await runner
                if runner is None and not self._running:  # `run` has ended, for whatever reason
                    self._running = True
                    runner = asyncio.create_task(self.run())
                if not (mine := self._demand.of(owner)) or mine[0].end != length:
                    self.want(owner, (Need(asset, 0, length, loop.time(), patient=True),))
                if progress is not None:
                    progress(self._reports.of_asset(asset, self._jobs))
                await self._changed(asset, 0.25)
            if progress is not None:
                progress(PrepareJob(str(asset.path), "running", 1.0, 0.0, 0.0, 0.0))
        finally:
            self.want(owner, ())
            if runner is not None:
                runner.cancel()
                await asyncio.gather(runner, return_exceptions=True)

    async def _changed(self, asset: Asset, seconds: float) -> None:
        event = asyncio.Event()
        remove = self.add_listener(lambda changed: event.set() if changed.key == asset.key else None)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            remove()

    async def run(self) -> None:
        """Render the needs. Runs until cancelled, and then ends all jobs."""
        self._running = True
        farm = asyncio.create_task(self._placing.keep(), name="farm")
        try:
            await self.store.sweep()
            await self._tidy(always=True)
            while True:
                self._wake.clear()
                await self._open()
                self._schedule()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await self._wake.wait()
                await self._tidy()
        finally:
            self._running = False
            handles = [job.handle for job in self._jobs if job.handle is not None]
            for handle in handles:
                if not handle.cancelling():  # a job that is already stopping its FFmpeg must not be interrupted
                    handle.cancel()
            await asyncio.gather(*handles, return_exceptions=True)
            farm.cancel()
            await asyncio.gather(farm, return_exceptions=True)

    # ── what to do next ──────────────────────────────────────────────────────────────────────────

    async def _open(self) -> None:
        wanted = self._demand.revision
        if wanted == self._opened_for:
            return
        self._opened_for = wanted
        for asset in self._demand.assets():
            if not self.store.is_open(asset):
                try:
                    await self.store.open(asset)
                except OSError as error:
                    self._opened_for = -1
                    self._fail(asset, f"the cache cannot be read: {error.strerror}", pause=True)

    async def _tidy(self, always: bool = False) -> None:
        now = time.monotonic()
        if always or (self.store.bytes > self.store.cap_bytes and now - self._tidied > _TIDY_SECONDS):
            self._tidied = now
            with contextlib.suppress(OSError):
                await self.store.evict()

    def _schedule(self) -> None:
        now = asyncio.get_running_loop().time()
        for fault in [each for each in self._faults.values() if each.again is not None and each.again <= now]:
            del self._faults[fault.asset.key]
            self._tell(fault.asset)
        self._drop_unwanted()
        self._waiting = tasks = self._demand.tasks()
        if now < self._full_until:
            return
        for task in tasks:
            if task.asset.key not in self._faults and not self._slots.covered(task, now):
                self._start_here(task, now)
        for task in self._placing.orders(self._jobs, now):
            self._start(task, on_farm=True)

    def _start_here(self, task: Task, now: float) -> None:
        """Start a task on this machine, unless it belongs on the farm or its kind has no free place."""
        if task.edge:
            if self._slots.edge_is_free():
                self._start(task)
        elif not self._measured(task.asset) and self._placing.needs_gain(task, now):
            if self._slots.measuring_is_free():
                self._start(task, measuring=True)
        elif self._placing.stays_home(task, now) and self._slots.free(task, now):
            self._start(task)

    def _divisible(self, asset: Asset) -> bool:
        """Return whether several machines may render an asset: its gain is known, and nothing has failed with it."""
        if asset.key in self._faults or ((trouble := self._troubles.get(asset.key)) is not None and trouble.tries):
            return False
        return self._measured(asset)

    def _measured(self, asset: Asset) -> bool:
        """Return whether an asset's gain is known, or it needs none."""
        return self.store.index(asset).gain_db is not None or asset.audio is None or self._house.loudness is None

    def _drop_unwanted(self) -> None:
        for job in self._jobs:
            if job.handle is not None and not job.handle.cancelling() and self._slots.urgency(job) == float("inf"):
                job.handle.cancel()

    # ── jobs ─────────────────────────────────────────────────────────────────────────────────────

    def _start(self, task: Task, *, on_farm: bool = False, measuring: bool = False) -> None:
        whole = task.end if task.edge else self._demand.stop(task, self._slots.taken(task))
        job = Job(task, task.first, self._placing.stop(task.first, whole), None, None, on_farm, measuring)
        self._jobs.append(job)
        job.handle = asyncio.create_task(self._work(job), name=f"prepare {task.asset.path.name}")

    async def _work(self, job: Job) -> None:
        asset = job.task.asset
        try:
            if job.task.edge:
                await self._make_edge(job)
            else:
                await self._make_range(job)
        except OSError as error:
            if disk_full(error):
                self._disk_full(asset)
            else:
                self._fail(asset, f"the cache cannot be written: {reason_of(error)}", pause=True)
        except FarmError as error:  # no fault of the asset: another machine renders it, or this one
            self._placing.blame(asset, error)
        except RetrovueError as error:
            await self._stuck(job, getattr(error, "reason", error.message))
        except Exception as error:  # a bug must not stop other jobs, and must not repeat without a pause
            _log.exception("rendering %s", asset.path)
            self._fail(asset, f"an internal error, see the log: {error!r}", pause=True)
        finally:
            self._jobs.remove(job)
            self._wake.set()

    async def _make_edge(self, job: Job) -> None:
        task = job.task
        base = self.store.index(task.asset).pieces.get(task.first // self._house.piece_frames)
        if base is not None:
            await render_edge(self._ffmpeg, self.store, task.asset, base, task.first, task.end)
            self._troubles.setdefault(task.asset.key, RenderFailures()).edges = 0
            self._tell(task.asset)

    async def _make_range(self, job: Job) -> None:
        asset, store = job.task.asset, self.store
        index = store.index(asset)
        if index.gain_db is None and asset.audio is not None and self._house.loudness is not None:
            await store.set_gain(asset, *await measure(self._ffmpeg, self._house, asset))
            index = store.index(asset)
        if job.measuring:
            return
        if asset.parts:
            job.stop = last_frame(self._house, asset, job.next, job.stop)
        trouble = self._troubles.setdefault(asset.key, RenderFailures())
        final = trouble.tries >= _TRIES - 1
        keys = accepted_keys(self._house, self._accepted_frames(asset), job.next, job.stop)
        wanted = Range(job.next, job.stop, index.gain_db or 0.0, index.limited, trouble.careful, final, keys)
        made, analysis = partial(self._made, job), None if trouble.unmeasured else self._analysis
        if job.on_farm:
            job.run = self._placing.run(job.task, wanted, made, analysis)
        else:
            job.run = RenderRun(
                self._ffmpeg, store, asset, wanted, self.threads, made, final, self._stall_limits_for(wanted),
                analysis,
            )  # fmt: skip
        outcome = await job.run.run()
        if outcome.disk_full:
            self._disk_full(asset)
        elif not outcome.met and store.ready(asset, job.task.first) < min(job.stop, store.frames(asset)):
            await self._fell_short(job, outcome)

    def _stall_limits_for(self, wanted: Range) -> StallLimits:
        """Return the stall limits for rendering a range. A careful run first decodes everything before the range, so it
        gets extra time: the duration of that part."""
        lead_s = float(self._house.rate.seconds(wanted.first)) if wanted.careful else 0.0
        return replace(self.patience, reading_s=self.patience.reading_s + lead_s)

    def _made(self, job: Job, piece: Piece) -> bool:
        """Record a finished piece, and return whether the job should continue with the next one."""
        asset = job.task.asset
        job.next = piece.end
        self._troubles.setdefault(asset.key, RenderFailures()).tries = 0
        self._tell(asset)
        self._wake.set()
        return self._slots.goes_on(job, piece.end, self.store.index(asset).pieces)

    async def _fell_short(self, job: Job, outcome: RenderOutcome) -> None:
        """Handle a run whose FFmpeg ended before the end of the range."""
        asset, code = job.task.asset, outcome.code
        if outcome.stalled is not None:
            await self._stuck(job, outcome.reason)
        elif code is not None and (code < 0 or code == 255):
            trouble = self._troubles.setdefault(asset.key, RenderFailures())
            trouble.tries += 1
            if trouble.tries >= _TRIES:
                self._fail(asset, f"FFmpeg was killed {trouble.tries} times while it rendered this", pause=True)
        elif not outcome.made:
            await self._stuck(job, outcome.reason)

    async def _stuck(self, job: Job, reason: str) -> None:
        """Handle a piece that could not be rendered. Try again in careful mode; if that fails too, treat the piece's
        first frame as the end of the asset."""
        asset = job.task.asset
        if "No space left" in reason or await asyncio.to_thread(self.store.nearly_full):
            self._disk_full(asset)
            return
        trouble = self._troubles.setdefault(asset.key, RenderFailures())
        if job.task.edge:
            await self._no_edge(job.task, trouble, reason)
            return
        if job.run is not None and job.run.measures and not trouble.unmeasured:
            trouble.unmeasured = True  # the proxy may be at fault: try once without it
            return
        trouble.tries += 1
        trouble.careful = True
        if trouble.tries < _TRIES:
            return
        if job.next > 0:
            _log.warning("%s: rendered only to frame %d: %s", asset.path, job.next, reason)
            await self.store.set_end(asset, job.next)
            self._troubles.pop(asset.key, None)
            self._tell(asset)
        else:
            self._fail(asset, f"it cannot be rendered: {reason}")

    async def _no_edge(self, task: Task, trouble: RenderFailures, reason: str) -> None:
        """Handle an edge piece that could not be rendered. The whole piece that it is cut from is damaged or gone, and
        is rendered again first; the media file is not at fault."""
        number = task.first // self._house.piece_frames
        _log.warning("%s: piece %d is rendered again, because it cannot be cut: %s", task.asset.path, number, reason)
        await self.store.distrust(task.asset, number)
        trouble.edges += 1
        if trouble.edges >= _TRIES:
            self._fail(task.asset, f"its prepared pieces cannot be cut: {reason}", pause=True)

    def _disk_full(self, asset: Asset) -> None:
        self._full_until = asyncio.get_running_loop().time() + _PAUSE_SECONDS
        self._fail(
            asset, f"no room on the disk for pieces in {self.store.folder}; free some, or lower cache_gb", pause=True
        )

    def _fail(self, asset: Asset, reason: str, pause: bool = False) -> None:
        again = asyncio.get_running_loop().time() + _PAUSE_SECONDS if pause else None
        self._faults[asset.key] = RenderFault(asset, " ".join(reason.split()), again)
        self._troubles.pop(asset.key, None)
        self._tell(asset)

    def _tell(self, asset: Asset) -> None:
        for listener in tuple(self._listeners):
            listener(asset)
