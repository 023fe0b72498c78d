"""A channel in a test: real FFmpeg, real pieces, a small picture, and a viewer that records."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING

from retrovue_tui.config.station_config import ChannelConfig
from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Preparer
from retrovue_tui.playout.channel.channel import Channel
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.output.slate_player import SlatePlayer
from retrovue_tui.playout.planner import Planner
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import Position, cuts
from retrovue_tui.timecode import FrameRate
from tests.playout import piece_shelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.render_demand import Need

NTSC = FrameRate(30_000, 1_001)


def small_house(rate: FrameRate = NTSC) -> HouseFormat:
    """House format in thumbnail size, loudness left alone."""
    return HouseFormat("test", 320, 180, rate, 400, 64, None)


def entry(file: Path, first: int = 0, end: int | None = None, *, id: str = "", spot: bool = False) -> Entry:
    """An entry of a rundown."""
    return Entry(id or f"{file.stem}-{first}", "spot" if spot else "programme", file, first, end)


@dataclass(eq=False)
class Recorder:
    """A viewer that keeps what it gets, and when."""

    name: str = "recorder"
    chunks: list[tuple[float, bytes]] = field(default_factory=list)
    pictures: int = 0
    closed: bool = False

    def write(self, data: bytes) -> None:
        self.chunks.append((monotonic(), data))
        self.pictures += data.count(b"\0\0\1\xe0")

    def backlog(self) -> int:
        return 0

    def close(self) -> None:
        self.closed = True

    @property
    def data(self) -> bytes:
        """The whole recording."""
        return b"".join(data for _, data in self.chunks)

    @property
    def longest_silence(self) -> float:
        """The longest time without data, in seconds."""
        times = [at for at, _ in self.chunks]
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


@dataclass(eq=False)
class Studio:
    """A channel, and what it stands on."""

    channel: Channel
    store: PieceStore
    preparer: Preparer
    events: EventLog
    assets: dict[Path, Asset]

    async def until(self, condition: Callable[[], bool], timeout: float = 120.0) -> None:
        """Wait for something to become true."""
        async with asyncio.timeout(timeout):
            while not condition():
                await asyncio.sleep(0.01)

    async def know(self, files: Sequence[Path], *, shelved: bool = False) -> None:
        """Make assets of files; `shelved`: with the pieces that an earlier test has left on the shelf."""
        for file in files:
            if file not in self.assets:
                self.assets[file] = asset = await asyncio.to_thread(probe, file)
                if shelved:
                    await asyncio.to_thread(piece_shelf.take, self.store, asset)
                await self.store.open(asset)

    async def prepared(self, entries: Sequence[Entry]) -> None:
        """Wait until every entry's pieces and edges are there."""
        for file in dict.fromkeys(each.file for each in entries):
            await self.know([file], shelved=True)
        self.channel.planner.entries = tuple(entries)
        needs = self.channel.planner.needs(Position(0, 0, 0), 0.0, 3_600)
        self.preparer.want("test", needs)
        await self.until(lambda: all(self._holds(need) for need in needs))
        await self.until(lambda: not self.preparer.jobs())
        for file in {each.file for each in entries}:
            await asyncio.to_thread(piece_shelf.give, self.store, self.assets[file])

    def _holds(self, need: Need) -> bool:
        """Whether the whole pieces of a range are there, and the edge pieces at its ends."""
        parts = cuts(need.first, need.end, self.store.house.piece_frames)
        return all(self.store.holds(need.asset, first, end) for first, end in parts)

    def record(self) -> Recorder:
        """Join as a viewer, at the newest key frame."""
        recorder = Recorder()
        if joined := b"".join(self.channel.bus.join(burst=False)):
            recorder.write(joined)
        self.channel.bus.attach(recorder)
        return recorder


@contextlib.asynccontextmanager
async def studio(
    folder: Path, *, rate: FrameRate = NTSC, slate: bool = True, loop: bool = True, tick_s: float = 0.01
) -> AsyncIterator[Studio]:
    """A channel with its clock running; start it with `channel.start`."""
    ffmpeg = await asyncio.to_thread(find_ffmpeg)
    house = small_house(rate)
    store = PieceStore(folder / "cache", house, 10**9)
    preparer = Preparer(ffmpeg, store, house, 2)
    events = EventLog()
    assets: dict[Path, Asset] = {}
    (folder / "lists").mkdir(parents=True, exist_ok=True)
    planner = Planner(house, store, assets.get, preparer.fault, loop=loop)
    channel = Channel(
        ChannelConfig("1", 1, "Test"), house=house, ffmpeg=ffmpeg, planner=planner, store=store, preparer=preparer,
        events=events, lists=folder / "lists",
    )  # fmt: skip
    preparer.add_listener(lambda asset: channel.wake())
    if slate:
        channel.slate = SlatePlayer.load(await piece_shelf.slate(house))

    async def clock() -> None:
        while True:
            channel.tick(monotonic())
            await asyncio.sleep(tick_s)

    tasks = [asyncio.create_task(clock()), asyncio.create_task(preparer.run())]
    try:
        yield Studio(channel, store, preparer, events, assets)
    finally:
        await channel.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
