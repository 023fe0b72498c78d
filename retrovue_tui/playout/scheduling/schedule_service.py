"""The schedulers of all channels that have a plan."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.analysis.review_store import ReviewStore
from retrovue_tui.media.cards.card import colours_from
from retrovue_tui.playout.scheduling.channel_scheduler import ChannelScheduler
from retrovue_tui.playout.scheduling.plan_service import PlanService
from retrovue_tui.playout.scheduling.plans.plan_cards import PlanCards
from retrovue_tui.playout.scheduling.plans.plan_inputs import (
    PlanInputs,
    facts_of,
    pools_for,
    programmes_of,
    without_spots,
    zone_of,
)
from retrovue_tui.playout.scheduling.problem_watch import ProblemWatch
from retrovue_tui.playout.scheduling.programme_breaks import ProgrammeBreaks
from retrovue_tui.threads import PLANNING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from pathlib import Path
    from typing import Any

    from retrovue_tui.config.station_config import ChannelConfig, Config
    from retrovue_tui.media.analysis.break_analysis import OtherMachines
    from retrovue_tui.media.analysis.prepared_analysis import PreparedAnalysis
    from retrovue_tui.media.cards.card import Colours
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.automation.controller import ChannelController
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.playout.spot_pools import SpotPools
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, UpcomingProblem
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.series_memory import Programme
    from retrovue_tui.timecode import FrameRate

_ANALYSIS: Final = ""
"""The key of the task that analyses programmes, among those of the channels."""
_WATCH: Final = "?"
"""The key of the task that watches for problems."""
SETTLE_S: Final = 2.0
"""How long after a change of the library, or of a review, the schedulers look again (s), so that many changes cause one
look."""

log = logging.getLogger(__name__)


class ScheduleService:
    """Owns a scheduler for each channel with a plan. A channel gets one when it is added, and loses it when its plan
    does."""

    def __init__(
        self,
        library: Library,
        pools: SpotPools,
        config: Callable[[], Config],
        events: EventLog,
        know: Callable[[str, Sequence[Entry]], Awaitable[None]],
    ) -> None:
        """`config` returns the current configuration. `know` lets the station probe the files of a channel's
        entries."""
        self._library = library
        self._pools = pools
        self._config = config
        self._events = events
        self._know = know
        pools.add_listener(self.media_changed)
        self._schedulers: dict[str, ChannelScheduler] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._programmes: tuple[object, list[Programme]] | None = None
        self._reading = asyncio.Lock()
        self._ffmpeg: FFmpeg | None = None
        self._breaks: ProgrammeBreaks | None = None
        self.reviews = ReviewStore(config().state_dir / "reviews", config().house.rate)
        """The operator's reviews of break candidates. They are read soon after `start`."""
        self._changed: set[Path] = set()
        self._waking: asyncio.TimerHandle | None = None
        self._watch: ProblemWatch | None = None
        self._rate: FrameRate | None = None
        self.plans = PlanService(config, self._schedulers.get, self._inputs)
        """Shows the plans, and changes them."""

    def start(self, ffmpeg: FFmpeg, rate: FrameRate, machines: OtherMachines | None = None) -> PreparedAnalysis:
        """Start the analysis of programmes, and return the one that goes on while they are prepared. Call it before
        `add`. `ffmpeg` also makes the cards. `machines` analyse, too."""
        self._ffmpeg, self._rate = ffmpeg, rate
        self._breaks = ProgrammeBreaks(
            ffmpeg, rate, self._config().state_dir / "analysis", self.reviews, self._library.asset, self._analysed,
            self._changed_breaks, machines,
        )  # fmt: skip
        self._own(_ANALYSIS, self._analyse(self._breaks), "analysis of programmes")
        return self._breaks.prepared

    def watch(self, preparer: Preparer) -> None:
        """Watch for problems that are still to come. Call it before `add`."""
        self._watch = ProblemWatch(self._events, preparer, lambda: bool(self._library.expected))
        self._own(_WATCH, self._watch.run(), "watch for problems")

    @property
    def breaks(self) -> ProgrammeBreaks:
        """The break candidates of the library's files. Use it after `start`."""
        assert self._breaks is not None
        return self._breaks

    def add(self, channel: Channel, controller: ChannelController) -> None:
        """Begin to plan a channel, if it has a plan or gets one."""
        id, config = channel.id, self._config()
        assert self._ffmpeg is not None
        assert self._watch is not None
        cards = PlanCards(
            channel.name, self._ffmpeg, channel.house, zone=zone_of(channel.config), art=config.home / "cards",
            folder=config.cache_dir / "cards", colours=partial(_colours_of, channel),
        )  # fmt: skip
        scheduler = ChannelScheduler(
            channel, controller, lambda: self._inputs(channel.config), config.state_dir / "plan" / f"{id}.json", cards,
            lambda entries: self._know(id, entries), self.breaks,
        )  # fmt: skip
        controller.replan = lambda dry_run: scheduler.replan(dry_run=dry_run)
        self._schedulers[id] = scheduler
        self._watch.add(channel, controller, scheduler)
        self._own(id, scheduler.run(), f"schedule of channel {id}")

    async def remove(self, id: str) -> None:
        """Stop planning a channel."""
        self._schedulers.pop(id, None)
        if self._watch is not None:
            self._watch.remove(id)
        task = self._tasks.pop(id, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Stop planning all channels."""
        if self._waking is not None:
            self._waking.cancel()
        for id in list(self._tasks):
            await self.remove(id)

    def plan_changed(self, before: ChannelConfig, now: ChannelConfig) -> None:
        """Plan a channel again if its plan has changed."""
        scheduler = self._schedulers.get(now.id)
        if scheduler is not None and (before.plan, before.timezone) != (now.plan, now.timezone):
            scheduler.renew()

    def media_changed(self) -> None:
        """Look soon whether the channels can be planned further or otherwise, because media files have come, or because
        spots have other rules."""
        self._wake_soon()

    def _wake_soon(self) -> None:
        if self._waking is None:
            self._waking = asyncio.get_running_loop().call_later(SETTLE_S, self._wake)

    def completed(self, snapshot: ChannelSnapshot) -> ChannelSnapshot:
        """Return a channel's snapshot with what its plan knows: warnings, the delay of the next fixed start, and the
        problems that are still to come."""
        scheduler = self._schedulers.get(snapshot.id)
        if scheduler is None or self._watch is None:
            return snapshot
        upcoming, more = self._watch.problems(snapshot.id)
        own = (scheduler.without_spots, *scheduler.warnings)
        return replace(
            snapshot, warnings=(*snapshot.warnings, *filter(None, own)), late_s=scheduler.keeper.late_s,
            upcoming=upcoming, more_upcoming=more,
        )  # fmt: skip

    def upcoming(self, id: str) -> Sequence[UpcomingProblem] | None:
        """Return the problems of a channel that are still to come, the earliest first; None until it was first
        judged."""
        return self._watch.problems(id)[0] if self._watch is not None and self._watch.is_judged(id) else None

    def moved(self, id: str) -> None:
        """Look at once whether a channel is on time, because a command has changed what airs when."""
        scheduler = self._schedulers.get(id)
        if scheduler is not None and self._watch is not None:
            scheduler.wake()
            self._watch.wake(id)

    def _own(self, key: str, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks[key] = asyncio.create_task(work, name=name)
        self._tasks[key].add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %s ended", task.get_name(), exc_info=error)
            self._events.publish("warning", f"a fault in the {task.get_name()}; see the log", level="warning")

    async def _analyse(self, breaks: ProgrammeBreaks) -> None:
        for fault in await breaks.open():
            self._events.publish("warning", fault, level="warning")
        await breaks.run()

    def _analysed(self, file: Path) -> None:
        for scheduler in self._schedulers.values():
            scheduler.analysed(file)
        if self.breaks.is_awaited(file):
            self._events.publish("breaks", f"{file.name}: its break candidates are known", file=str(file))

    def _changed_breaks(self, file: Path) -> None:
        self._changed.add(file)
        self._wake_soon()

    def _wake(self) -> None:
        self._waking = None
        changed, self._changed = self._changed, set()
        for id, scheduler in self._schedulers.items():
            scheduler.changed_breaks(changed)
            self.moved(id)

    async def _inputs(self, channel: ChannelConfig) -> PlanInputs | None:
        plan, config, rate = channel.plan, self._config(), self._rate
        if plan is None or rate is None:
            return None
        rules = None if channel.pool is None else self._pools.rules(channel.pool)
        return PlanInputs(
            rate, plan, zone_of(channel), await self._all_programmes(config, rate),
            pools_for(channel, self._library.assets.pool, self._pools.rules, rate), channel.pool,
            self._library.pending > 0, timedelta(0) if rules is None else rules.separation,
        )  # fmt: skip

    async def _all_programmes(self, config: Config, rate: FrameRate) -> list[Programme]:
        """Return the programmes of the library, read again when an asset has changed."""
        folders = config.library.programmes
        async with self._reading:
            assets = self._library.assets.all()
            if self._programmes is None or self._programmes[0] is not assets:
                candidates = await PLANNING.run(without_spots, assets, config.spot_folders)
                facts = await facts_of(candidates, folders)
                self._programmes = assets, await PLANNING.run(programmes_of, candidates, facts, folders, rate)
            programmes = self._programmes[1]
        return await self.breaks.known(programmes)


def _colours_of(channel: Channel) -> Colours | None:
    """Return the colours of a channel's cards; None if its plan names none."""
    plan = channel.config.plan
    return None if plan is None or plan.colour is None else colours_from(plan.colour)
