"""The station: everything that one process runs, from the clock that moves the air to the folders it watches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui import __version__
from retrovue_tui.control.events import EventLog
from retrovue_tui.control.snapshots import StationSnapshot
from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.ffmpeg import find_ffmpeg
from retrovue_tui.media.house import House
from retrovue_tui.media.library import Library
from retrovue_tui.media.pieces import PieceStore
from retrovue_tui.media.prepare import Preparer
from retrovue_tui.media.slate import slate_piece
from retrovue_tui.playout.anchor import Anchor, resume_at
from retrovue_tui.playout.channel import Channel
from retrovue_tui.playout.planner import Planner
from retrovue_tui.playout.source import Reel
from retrovue_tui.rundown.ffconcat import load

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from retrovue_tui.config import ChannelConfig, Config
    from retrovue_tui.media.ffmpeg import FFmpeg
    from retrovue_tui.media.probe import Asset
    from retrovue_tui.rundown.entries import Entry

ANCHOR_EVERY_S: Final = 5.0
YIELD_AFTER_S: Final = 0.003
"""The clock lets others run after so much work; fifty channels are not served in one breath."""

log = logging.getLogger("retrovue.station")


class Station:
    """Owns the channels, the library, the cache, and every task and process that they need."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.events = EventLog()
        self.channels: dict[str, Channel] = {}
        self.url = ""
        self.ffmpeg: FFmpeg | None = None
        house = config.house
        self.house = House.of(house.profile, house.rate, house.video_kbps, house.audio_kbps, house.loudness)
        self.store = PieceStore(config.cache_dir, self.house, config.prepare.cache_bytes)
        self.library = Library(
            config.library.programmes,
            self._library_changed,
            pools=config.pools,
            memory=config.state_dir / "library.json",
        )
        self._preparer: Preparer | None = None
        self._started = monotonic()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop_asked = asyncio.Event()
        self._warnings: dict[str, str] = {}
        self._to_open: set[str] = set()

    # ── life ─────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Go on air. Returns when every channel runs; their slates and pieces follow. Raises `FFmpegError`."""
        self.ffmpeg = await asyncio.to_thread(find_ffmpeg, self.config.ffmpeg)
        lists = self.config.state_dir / "airlists"
        await asyncio.to_thread(lists.mkdir, parents=True, exist_ok=True)
        await self.store.sweep()
        self._preparer = Preparer(self.ffmpeg, self.store, self.house, self.config.prepare.jobs)
        self._preparer.add_listener(self._piece_ready)
        for each in self.config.channels:
            planner = Planner(
                self.house, self.store, self.library.asset, self._preparer.fault, self.library.fault,
                loop=each.at_end == "loop",
            )  # fmt: skip
            self.channels[each.id] = Channel(
                each, house=self.house, ffmpeg=self.ffmpeg, planner=planner, store=self.store,
                preparer=self._preparer, events=self.events, lists=lists,
            )  # fmt: skip
        self._own(self._preparer.run(), "preparer")
        self._own(self._clock(), "clock")
        self._own(self._slates(), "slates")
        self._own(self._go_on_air(), "library")
        self._own(self._keep_anchors(), "anchors")
        self.events.publish("station", f"{self.config.name} is starting", pid=os.getpid())

    async def stop(self) -> None:
        """Off air, in order: what is owned is ended, and awaited."""
        await self._save_anchors()
        await asyncio.gather(*(channel.stop() for channel in self.channels.values()))
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def request_stop(self) -> None:
        """Ask for the end; whoever waits in `wait_stopped` carries it out."""
        self._stop_asked.set()

    async def wait_stopped(self) -> None:
        """Until someone has asked for the end."""
        await self._stop_asked.wait()

    async def wait_on_air(self) -> Channel:
        """Until the first channel delivers, be it the slate."""
        while True:
            for channel in self.channels.values():
                if channel.splicer.frame:
                    return channel
            await asyncio.sleep(0.02)

    # ── the clock ────────────────────────────────────────────────────────────────────────────────

    async def _clock(self) -> None:
        """Move every channel's air, once a frame."""
        period = float(self.house.rate.seconds(1))
        due = monotonic()
        while True:
            began = monotonic()
            for channel in self.channels.values():
                try:
                    channel.tick(monotonic())
                except Exception:
                    log.exception("channel %s", channel.id)
                    self._warn(f"tick {channel.id}", f"{channel.name}: a fault in the station; see the log")
                if monotonic() - began > YIELD_AFTER_S:
                    await asyncio.sleep(0)
                    began = monotonic()
            due += period
            behind = monotonic() - due
            if behind > 1.0:
                due += behind
            await asyncio.sleep(max(0.0, -behind))

    # ── what there is ────────────────────────────────────────────────────────────────────────────

    async def _go_on_air(self) -> None:
        """Rundowns first, with the files that they name; then the folders, for as long as the station runs."""
        rundowns = {each.id: await self._rundown(each) for each in self.config.channels}
        await self.library.add({entry.file for entries in rundowns.values() for entry in entries})
        await self._open_pieces(rundowns)
        for each in self.config.channels:
            channel = self.channels[each.id]
            entries = rundowns[each.id]
            anchor = await asyncio.to_thread(Anchor.load, self._anchor_path(each.id))
            loop = each.at_end == "loop"
            position = resume_at(anchor, each.on_start, entries, channel.planner.length, self.house.rate, loop=loop)
            channel.start(entries, position)
        await self.library.open()
        await self._open_pieces(rundowns)
        await self.library.watch()

    async def _rundown(self, each: ChannelConfig) -> tuple[Entry, ...]:
        path = self.config.rundown_path(each.id)
        try:
            rundown = await asyncio.to_thread(load, path, self.house.rate, self.config.spot_folders)
        except RetrovueError as error:
            self._warn(f"rundown {each.id}", error.message)
            return ()
        return rundown.entries

    async def _open_pieces(self, rundowns: dict[str, tuple[Entry, ...]]) -> None:
        for file in {entry.file for entries in rundowns.values() for entry in entries}:
            asset = self.library.asset(file)
            if asset is not None and not self.store.is_open(asset):
                await self.store.open(asset)

    def _library_changed(self) -> None:
        """Files came or went: look up what is prepared of them, and plan anew."""
        self._own(self._open_new(), "opening assets")

    async def _open_new(self) -> None:
        await self._open_pieces({id: channel.planner.entries for id, channel in self.channels.items()})
        for channel in self.channels.values():
            channel.wake()

    def _piece_ready(self, asset: Asset) -> None:
        for channel in self.channels.values():
            if any(need.asset.key == asset.key for need in channel.needs):
                channel.wake()

    # ── slates ───────────────────────────────────────────────────────────────────────────────────

    async def _slates(self) -> None:
        """Make and load every channel's slate, one after another: each takes half a second, once."""
        assert self.ffmpeg is not None
        folder = self.config.cache_dir / "slates"
        for channel in self.channels.values():
            try:
                piece = await slate_piece(self.ffmpeg, self.house, folder, self.config.name, channel.name)
                channel.slate = await asyncio.to_thread(Reel.load, piece)
            except (RetrovueError, OSError, ValueError) as error:
                self._warn(f"slate {channel.id}", f"{channel.name} has no slate: {error}")

    # ── anchors ──────────────────────────────────────────────────────────────────────────────────

    def _anchor_path(self, channel_id: str) -> Any:
        return self.config.state_dir / f"{channel_id}.anchor.json"

    async def _keep_anchors(self) -> None:
        while True:
            await asyncio.sleep(ANCHOR_EVERY_S)
            await self._save_anchors()

    async def _save_anchors(self) -> None:
        for channel in self.channels.values():
            if channel.state in ("on_air", "slate"):
                anchor = Anchor.of(channel.planner.entries, channel.position)
                if anchor is not None:
                    with contextlib.suppress(RetrovueError):
                        await asyncio.to_thread(anchor.save, self._anchor_path(channel.id))

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> StationSnapshot:
        """The station at this moment."""
        jobs = () if self._preparer is None else self._preparer.jobs()
        return StationSnapshot(
            name=self.config.name,
            version=__version__,
            pid=os.getpid(),
            at=time.time(),
            uptime_s=round(monotonic() - self._started, 1),
            home=str(self.config.home),
            url=self.url,
            ffmpeg="" if self.ffmpeg is None else self.ffmpeg.version,
            house=self.house.profile,
            rate=str(self.house.rate),
            channels=tuple(channel.snapshot() for channel in self.channels.values()),
            jobs=jobs,
            cache_bytes=self.store.bytes,
            warnings=tuple(self._warnings.values()),
        )

    def _warn(self, about: str, message: str) -> None:
        """Show a warning once, and keep it on the screen."""
        if self._warnings.get(about) != message:
            self._warnings[about] = message
            self.events.publish("warning", message, level="warning")

    def _own(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %s ended", task.get_name(), exc_info=error)
            said = error.message if isinstance(error, RetrovueError) else f"a fault in {task.get_name()}; see the log"
            self._warn(f"task {task.get_name()}", said)
