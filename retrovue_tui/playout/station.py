"""The station: builds and runs everything in this process, such as the channels, their clock, and the library."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import time
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from retrovue_tui import __version__
from retrovue_tui.config.config_file import load_config
from retrovue_tui.errors import RetrovueError
from retrovue_tui.files.file_watch import FileWatch
from retrovue_tui.media.farm.farm import Farm
from retrovue_tui.media.farm.farm_analysis import FarmAnalysis
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.library.library import Library
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Preparer
from retrovue_tui.media.workers import tasks
from retrovue_tui.playout.alerts.alert_service import AlertService
from retrovue_tui.playout.asrun.database import FILE_NAME, AsRunDatabase
from retrovue_tui.playout.automation.controller import ChannelController
from retrovue_tui.playout.automation.edits.edit_lock import LOCK_S
from retrovue_tui.playout.automation.rundown_file import RundownPaths
from retrovue_tui.playout.automation.spot_pool import REMEMBERED_S
from retrovue_tui.playout.catchup.catchup_service import CatchupService
from retrovue_tui.playout.channel.channel import Channel
from retrovue_tui.playout.config_reload import RESTART, revise
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.event_loop.owned_tasks import OwnedTasks
from retrovue_tui.playout.guide.guide_service import guide_of
from retrovue_tui.playout.hls.hls_service import HlsService
from retrovue_tui.playout.library.inventory import LibraryInventory
from retrovue_tui.playout.library.previews import PreviewService
from retrovue_tui.playout.media_changes import MediaChanges, fault_of
from retrovue_tui.playout.planner import Planner
from retrovue_tui.playout.push.push_service import PushService
from retrovue_tui.playout.render_progress import publish_progress
from retrovue_tui.playout.renditions.rendition_service import RenditionService
from retrovue_tui.playout.resume_point import ResumePoints
from retrovue_tui.playout.scheduling.schedule_service import ScheduleService
from retrovue_tui.playout.slates import load_slate
from retrovue_tui.playout.split.split_service import SplitService
from retrovue_tui.playout.spot_pools import SpotPools
from retrovue_tui.playout.station_figures import StationFigures, figures_of
from retrovue_tui.playout.station_warnings import StationWarnings
from retrovue_tui.playout.tick_clock import TickClock
from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, StationSnapshot
from retrovue_tui.rundown.file_format.ffconcat import begin_rundown
from retrovue_tui.station_identity import load_identity
from retrovue_tui.threads import AIR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from retrovue_tui.config.station_config import ChannelConfig, Config
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.rundown.entries import Entry


async def _nothing() -> None:
    """The default of `Station.on_tokens`; does nothing."""


class Station:
    """Owns the channels, the library, the cache, and every task and process that they need."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.identity = load_identity(config.state_dir)
        self.events = EventLog()
        self.warnings = StationWarnings(self.events)
        self.channels: dict[str, Channel] = {}
        self.controllers: dict[str, ChannelController] = {}
        self.url = ""
        self.ffmpeg: FFmpeg | None = None
        house = config.house
        self.house = HouseFormat.of(house.profile, house.rate, house.video_kbps, house.audio_kbps, house.loudness)
        self.store = PieceStore(config.cache_dir, self.house, config.prepare.cache_bytes)
        self._media = MediaChanges(self.store, lambda: self.channels)
        self.library = Library(
            config.library.programmes, self._media_changed, pools=config.pools,
            memory=config.state_dir / "library.jsonl", audio=config.library.audio, ffmpeg=config.ffmpeg,
            on_pool_file=lambda path: self._pools.note(path),
        )  # fmt: skip
        self._pools = SpotPools(config.pools, self.library, self.store, self.events, self._media.rules_changed)
        self._preparer: Preparer | None = None
        self.inventory: LibraryInventory | None = None
        self._started = monotonic()
        self.clock = TickClock(
            self.house.rate, lambda: self.channels.values(), self._stood_still,
            lambda it: self.warnings.warn(f"tick {it.id}", f"{it.name}: a fault in the station; see the log"),
        )  # fmt: skip
        self._tasks = OwnedTasks(lambda name, fault: self.warnings.warn(f"task {name}", fault))
        self._stop_asked = asyncio.Event()
        self.asrun = AsRunDatabase(
            config.state_dir / FILE_NAME, partial(self.warnings.follow, "as-run"), keep_audience=config.audience.keep
        )
        self._resume_points = ResumePoints(
            config.state_dir, lambda: {id: channel.resume_point for id, channel in self.channels.items()}
        )
        self.previews: PreviewService | None = None
        self.catchup: CatchupService | None = None
        self._schedules = ScheduleService(self.library, self._pools, lambda: self.config, self.events, self._know_files)
        self.plans, self.upcoming = self._schedules.plans, self._schedules.upcoming
        self.guide = guide_of(self)
        self.outputs = PushService(self)
        self.alerts = AlertService(self)
        self.renditions = RenditionService(lambda: self.config, lambda: self.channels, self.house, self.warnings)
        self.splits = SplitService(self, self._pools)
        self.hls = HlsService(lambda: self.config, self.renditions.hls_channels, self.warnings)
        self._rundown_files = FileWatch(
            {each.id: config.rundown_path(each.id) for each in config.channels}, self._rundown_changed
        )
        self.on_tokens: Callable[[], Awaitable[None]] = _nothing
        """Called when the tokens in `config` have changed."""
        self.on_reload: Callable[[bool], None] = lambda begins: None
        """Called with True before a changed config is applied, and with False afterwards."""

    # ── start and stop ───────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Go on air. Returns when every channel runs; pieces are rendered afterwards. Raises `FFmpegError`."""
        self.ffmpeg = await asyncio.to_thread(find_ffmpeg, self.config.ffmpeg)
        self._tasks.start(self._pools.run(), "pool files")
        await asyncio.to_thread((self.config.state_dir / "airlists").mkdir, parents=True, exist_ok=True)
        await self.store.sweep()
        await self.asrun.start()
        farm = Farm.of(self.config.prepare, self.warnings.follow)
        self._preparer = Preparer(
            self.ffmpeg, self.store, self.house, self.config.prepare.jobs, farm=farm,
            accepted_frames=self._schedules.reviews.accepted_frames,
            analysis=self._schedules.start(self.ffmpeg, self.house.rate, FarmAnalysis.of(farm, self.store)),
        )  # fmt: skip
        self._schedules.watch(self._preparer)
        self._preparer.add_listener(self._media.piece_ready)
        self.inventory = LibraryInventory(
            self.library, self.store, self._preparer, self.asrun, self.events, self.config.pools, self._pools.spot,
            self.config.library.programmes,
        )  # fmt: skip
        self.catchup = CatchupService(
            self.asrun, self.store, self._preparer, self.events, lambda: self.channels, self.library.asset,
            partial(fault_of, self.library, self._preparer),
        )  # fmt: skip
        self.channels = {each.id: self._make_channel(each) for each in self.config.channels}
        self._tasks.start(self._preparer.run(), "preparer")
        self._tasks.start(self.clock.run(), "clock")
        self._tasks.start(self.asrun.run(), "as-run log")
        self._tasks.start(self._slates(), "slates")
        self._tasks.start(self._go_on_air(), "library")
        self._tasks.start(self._resume_points.run(), "resume points")
        self._tasks.start(publish_progress(self._preparer, self.events), "progress")
        self.previews = PreviewService(
            self.channels.values(), self.events, self.library, self.store, self.ffmpeg,
            self.config.cache_dir / "envelopes", self._schedules.breaks,
        )  # fmt: skip
        self._tasks.start(self.previews.run(), "monitors")
        self._tasks.start(self.guide.run(), "guide")
        self._tasks.start(self.outputs.run(), "outputs")
        self._tasks.start(self.hls.run(), "hls")
        self._tasks.start(self.renditions.run(self.ffmpeg), "qualities")
        self._tasks.start(self.splits.run(self.ffmpeg, self._preparer), "splits")
        self._tasks.start(self.alerts.run(), "alerts")
        await self.warnings.advise(self.config)
        self.events.publish("station", f"{self.config.name} is starting", pid=os.getpid())

    async def stop(self) -> None:
        """Go off air: stop all parts of the station in order, and wait until each has stopped."""
        await self._schedules.close()
        await self._resume_points.save()
        await asyncio.gather(*(controller.close() for controller in self.controllers.values()))
        await asyncio.gather(*(channel.stop() for channel in self.channels.values()))
        await self._tasks.end()
        await self.asrun.close()
        await asyncio.to_thread(tasks.end)

    def _make_channel(self, config: ChannelConfig) -> Channel:
        """Make a channel with its controller; it is not on air yet."""
        assert self._preparer is not None
        assert self.ffmpeg is not None
        planner = Planner(
            self.house, self.store, self.library.asset, partial(fault_of, self.library, self._preparer),
            self.library.fault, self._pools.title, loop=config.at_end == "loop", in_turn=self._pools.in_turn,
        )  # fmt: skip
        channel = Channel(
            config, house=self.house, ffmpeg=self.ffmpeg, planner=planner, store=self.store,
            preparer=self._preparer, events=self.events, lists=self.config.state_dir / "airlists",
        )  # fmt: skip
        self._connect(channel)
        return channel

    def _connect(self, channel: Channel) -> None:
        """Give a channel its controller, and connect the channel to the as-run log and to the resume points."""
        id = channel.id
        papers = RundownPaths(
            self.config.rundown_path(id), self.config.state_dir / f"{id}.history.json", self.config.spot_folders,
            self.config.library.programmes, self.library.assets.by_path,
            lambda entries: self._know_files(id, entries), self._pools.title,
        )  # fmt: skip
        self.controllers[id] = ChannelController(
            channel, papers, lambda: self._pools.clips(channel.config.pool), self.events,
            lambda: self._pools.rules(channel.config.pool),
        )  # fmt: skip
        channel.controller = self.controllers[id]
        channel.on_moved = partial(self._moved, id)
        channel.planning.spare = lambda: self._pools.assets(channel.config.pool)
        channel.log.record_in(self.asrun, channel.air_time, self._pools.spot)

    def _moved(self, channel_id: str) -> None:
        self._resume_points.save_soon(channel_id)
        self._schedules.moved(channel_id)
        self.guide.wake()

    def request_stop(self) -> None:
        """Request that the station stops. The task that waits in `wait_stopped` then stops it."""
        self._stop_asked.set()

    async def wait_stopped(self) -> None:
        """Wait until someone has requested that the station stops."""
        await self._stop_asked.wait()

    async def wait_on_air(self) -> Channel:
        """Wait until any channel sends pictures, even if only those of the slate. Return that channel."""
        while True:
            for channel in self.channels.values():
                if channel.splicer.frame:
                    return channel
            await asyncio.sleep(0.02)

    def _stood_still(self, seconds: float, overdue: bool) -> None:
        message = f"the station stood still for {seconds:.1f} s; every channel goes on by its clock"
        self.events.publish("station", message, level="warning", seconds=round(seconds, 3))
        for channel in self.channels.values():
            channel.stood_still(seconds, overdue=overdue)

    # ── rundowns, channels, config, library ──────────────────────────────────────────────────────

    async def _go_on_air(self) -> None:
        """Load the rundowns and their files, then scan the library's folders, then watch these for changes."""
        rundowns = {id: await self._rundown(id) for id in self.channels}
        points = {id: await self._resume_points.load(id) for id in self.channels}
        files = await self._pools.files_of(rundowns, wait=any(point and point.rotates for point in points.values()))
        await self.library.name(files)
        await self._media.open(self.library, {file for named in files.values() for file in named})
        for id, channel in self.channels.items():
            channel.resume(rundowns[id], points[id])
        await self._pools.loaded.wait()
        for id in self.channels:
            await self._stand_by(id)
        self._tasks.start(self._rundown_files.follow(), "rundowns")
        self._tasks.start(FileWatch({"config": self.config.path}, self._config_changed).follow(), "config")
        self._tasks.start(self._media.follow(self.library), "opening assets")
        await self.library.open()
        for id, channel in self.channels.items():
            self._schedules.add(channel, self.controllers[id])
        await self.library.watch()

    async def _add_channel(self, config: ChannelConfig) -> None:
        """Put a new channel on air while the other channels go on."""
        id, channel = config.id, self._make_channel(config)
        await self._load_slate(channel)
        entries = await self._rundown(id)
        await self._know_files(id, entries)
        channel.resume(entries, await self._resume_points.load(id))
        self.channels = self._in_order({**self.channels, id: channel})  # a new dict: the old one may be iterated over
        await self._stand_by(id)
        self._schedules.add(channel, self.controllers[id])
        self._rundown_files.add(id, self.config.rundown_path(id))
        if self.previews is not None:
            self.previews.add(channel)

    def _in_order(self, channels: dict[str, Channel]) -> dict[str, Channel]:
        return {each.id: channels[each.id] for each in self.config.channels if each.id in channels}

    async def _stand_by(self, id: str) -> None:
        """Pass the earlier airings of spots to a channel's controller, and start its preparation for the next break."""
        await self.controllers[id].recall(await self.asrun.spots_since(id, time.time() - REMEMBERED_S))
        self.controllers[id].start()

    async def _remove_channel(self, id: str) -> None:
        """Take a channel off the air for good. Its rundown and its history stay on the disk."""
        await self._resume_points.save()
        channel, controller = self.channels[id], self.controllers.pop(id)
        self.channels = {other: each for other, each in self.channels.items() if other != id}
        self._rundown_files.remove(id)
        if self.previews is not None:
            self.previews.remove(id)
        await self._schedules.remove(id)
        await controller.close()
        await channel.stop()
        self.store.hold(id, ())
        self.store.hold_assets(id, ())
        await self.library.name({id: ()})
        self.warnings.withdraw(f"rundown {id}", f"slate {id}", f"tick {id}", f"logo {id}")

    async def _rundown(self, channel_id: str) -> tuple[Entry, ...]:
        try:
            if any(each.id == channel_id and each.plan is not None for each in self.config.channels):
                await AIR.run(begin_rundown, self.config.rundown_path(channel_id))
            return await self.controllers[channel_id].open()
        except RetrovueError as error:
            self.warnings.warn(f"rundown {channel_id}", error.message)
            return ()

    async def _know_files(self, channel_id: str, entries: Sequence[Entry]) -> None:
        """Probe the files that a rundown names, and look up their prepared pieces."""
        files = self._pools.with_versions(entry.file for entry in entries)
        await self.library.name({channel_id: files})
        await self._media.open(self.library, files)

    async def _rundown_changed(self, channel_id: str) -> None:
        """Apply a change that another program made to the rundown file."""
        controller, about = self.controllers.get(channel_id), f"rundown {channel_id}"
        if controller is None:
            return  # the channel was removed meanwhile
        fault = await controller.file_changed()
        if fault is None:
            self.warnings.withdraw(about)
        else:
            self.warnings.note(about, fault)  # the controller has published it

    def _media_changed(self, files: frozenset[Path]) -> None:
        self._media.note(files)
        self._schedules.media_changed()

    async def _config_changed(self, _: str) -> None:
        """Apply the parts of a changed config that can take effect now, and report the others."""
        try:
            new = await asyncio.to_thread(load_config, self.config.home)
        except RetrovueError as error:
            self.warnings.warn("config", f"{error.message}; the station keeps its previous configuration")
            return
        revision = revise(self.config, new)
        self.on_reload(True)
        self.config = revision.config
        await self.warnings.advise(self.config)
        if revision.tokens:
            await self.on_tokens()
        for each in revision.channels:
            self._schedules.plan_changed(self.channels[each.id].config, each)
            self.channels[each.id].configure(each)
        for id in revision.removed:
            await self._remove_channel(id)
        for each in revision.added:
            await self._add_channel(each)
        self.channels = self._in_order(self.channels)
        self.on_reload(False)
        if revision.applied:
            self.events.publish("station", f"config: {'; '.join(revision.applied)}")
        later = f"config: {', '.join(revision.later)}: {RESTART}" if revision.later else None
        self.warnings.follow("config", later)

    # ── slates ───────────────────────────────────────────────────────────────────────────────────

    async def _slates(self) -> None:
        """Render and load the slate of each channel, one after another. Each takes half a second, and only once."""
        for channel in self.channels.values():
            await self._load_slate(channel)

    async def _load_slate(self, channel: Channel) -> None:
        assert self.ffmpeg is not None
        fault = await load_slate(channel, self.ffmpeg, self.house, self.config.cache_dir / "slates", self.config.name)
        if fault is not None:
            self.warnings.warn(f"slate {channel.id}", f"{channel.name} has no slate: {fault}")

    # ── snapshot, warnings, tasks ────────────────────────────────────────────────────────────────

    @property
    def loop_lag_s(self) -> float:
        """The worst delay with which the event loop ran a task, in seconds, over the last ten to twenty seconds."""
        return self.clock.lag.worst_s

    def figures(self) -> StationFigures:
        """Return the figures for the metrics."""
        return figures_of(self)

    def snapshot(self, channels: Sequence[ChannelSnapshot]) -> StationSnapshot:
        """Return the station's current snapshot, with these snapshots of its channels."""
        jobs = () if self._preparer is None else self._preparer.jobs()
        return StationSnapshot(
            name=self.config.name, version=__version__, pid=os.getpid(), at=time.time(),
            uptime_s=round(monotonic() - self._started, 1), home=str(self.config.home), url=self.url,
            ffmpeg="" if self.ffmpeg is None else self.ffmpeg.version, house=self.house.profile,
            rate=str(self.house.rate), channels=tuple(channels), jobs=jobs, cache_bytes=self.store.bytes,
            warnings=(*self.warnings.texts(), *self.library.warnings), lock_s=LOCK_S,
        )  # fmt: skip

    def channel_snapshot(self, channel_id: str) -> ChannelSnapshot:
        """Return the current snapshot of a channel."""
        channel = self.channels[channel_id]
        snapshot, fault = channel.snapshot(), self.warnings.about(f"rundown {channel_id}")
        unsaved, faults = self.controllers[channel_id].late_save.warnings, self._pools.faults(channel.config.pool)
        snapshot = dataclasses.replace(snapshot, rundown_fault=fault, warnings=(*unsaved, *snapshot.warnings, *faults))
        return self.outputs.completed(self.guide.completed(self._schedules.completed(snapshot)))
