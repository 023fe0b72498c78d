"""Thousands of files come into the library while channels air: `python -m tests.bench.bench_library [--files 5000]`.

Two stations, one after the other, each in this process, so that every picture's time can be taken where it is sent:

1. 20 channels air, and 5 000 files are moved into the programmes folder. No picture may be sent more than 50 ms off its
   time on the channel's own clock.
2. 50 channels air with a library of 20 000 files that an earlier run has probed; then some come and go. The event loop
   may not be held over 5 ms by anything but the clock, whose tick sends the pictures of all channels: the processor
   time of its thread in each callback.

What other programs on the machine take shows in the figures by the clock: run it on a quiet one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from unittest.mock import patch

from retrovue_tui.config.config_file import load_config
from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.asset import identity
from retrovue_tui.media.library.probe_cache import remember
from retrovue_tui.playout.event_loop.garbage_collection import collect_garbage
from retrovue_tui.playout.station import Station
from tests.bench.held_loop import HeldLoop
from tests.bench.rig import Figures, Home, Line, bench_home, percentile
from tests.media_factory import H264, Clip, make

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.playout.channel.channel import Channel

OFFSET_MS, HELD_MS = 50, 5
LONG_AGO = 1_600_000_000


class Watching:
    """A viewer that takes everything and keeps nothing: with one, a channel sends each picture when it is due."""

    name = "bench"

    def write(self, data: bytes) -> None:
        pass

    def backlog(self) -> int:
        return 0

    def close(self) -> None:
        pass


@dataclass
class Offsets:
    """How far off its time each picture was sent, in milliseconds, by the channel's own clock."""

    station: Station
    found: list[float] = field(default_factory=list)

    def watch(self) -> None:
        """From now on."""
        for channel in self.station.channels.values():
            self._watch(channel)

    def _watch(self, channel: Channel) -> None:
        push = channel.bus.push

        def noted(frame: int, data: bytes, *, key: bool) -> None:
            self.found.append((time.time() - channel.air_time(frame)) * 1_000)
            push(frame, data, key=key)

        patch.object(channel.bus, "push", noted).start()  # the one place through which every picture goes
        channel.bus.attach(Watching())

    def take(self) -> list[float]:
        """Those since the last take."""
        taken, self.found = self.found, []
        return taken or [0.0]


@contextlib.asynccontextmanager
async def on_air(home: Home) -> AsyncIterator[Station]:
    """A station in this process whose channels are all on air."""
    home.write()
    station = Station(load_config(home.path))
    try:
        await station.start()
        async with asyncio.timeout(600):
            while not all(each.state == "on_air" for each in station.channels.values()):
                await asyncio.sleep(0.1)
        await asyncio.sleep(3)
        gc.collect()
        gc.freeze()
        collecting = asyncio.create_task(collect_garbage(lambda: True))  # as `serve` does
        yield station
        collecting.cancel()
    finally:
        await station.stop()


def copies(of: Path, folder: Path, count: int, first: int = 0) -> None:
    """This number of files with one content and different dates."""
    data = of.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        path = folder / f"{number // 500:03}" / f"{number:05}{of.suffix}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (LONG_AGO + number, LONG_AGO + number))


def small() -> Path:
    """A file that is probed quickly."""
    return make(Clip(frames=30, size=(64, 36), video=H264))


def probed_before(home: Path) -> None:
    """Write what the station remembers of the files in `media/old`, as if it had probed them in an earlier run."""
    probed, assets = probe(small()), []
    for path in (home / "media" / "old").rglob("*.*"):
        key, size, mtime_ns = identity(path)
        assets.append(replace(probed, path=path, key=key, size=size, mtime_ns=mtime_ns, title=path.stem))
    remember(home / "state" / "library.jsonl", assets, {}, append=False)


def homes(folder: Path, channels: int) -> Home:
    film, spots = make(Clip(frames=1_800, size=(160, 90), video=H264)), [make(Clip(frames=150, first=20_000))]
    return Home(folder, video_kbps=200, rundowns=[[Line(film)] for _ in range(channels)], pool=spots)


async def pull_in(figures: Figures, channels: int, files: int) -> None:
    with bench_home() as folder:
        fresh = folder / "fresh"
        copies(small(), fresh, files)
        held = HeldLoop()
        async with on_air(homes(folder, channels)) as station:
            offsets = Offsets(station)
            offsets.watch()
            with held.watch():
                await asyncio.sleep(10)
                calm, (calm_ticks, _) = offsets.take(), held.take()
                began = time.monotonic()
                await asyncio.to_thread(shutil.move, fresh, folder / "media" / "new")
                while len(station.library.assets) < files and time.monotonic() - began < 1_200:
                    await asyncio.sleep(0.5)
                took = time.monotonic() - began
                await asyncio.sleep(3)
            busy, (ticks, others) = offsets.take(), held.take()
            warnings = Counter(word for each in station.channels.values() for word in each.snapshot().warnings)
            listed = len(station.library.assets) + len(station.library.faults)
        figures.add(f"{files} files with {channels} channels on air", f"{took:.1f} s, {files / took:.0f} a second")
        figures.none("files that are not listed", max(0, files - listed))
        figures.none("warnings of channels", sum(warnings.values()))
        figures.add("pictures off their time before: p99, worst", f"{percentile(calm, 99):.1f}, {max(calm):.1f} ms")
        figures.add("pictures off their time meanwhile: p99", f"{percentile(busy, 99):.1f} ms")
        figures.most("worst picture", max(busy), OFFSET_MS, "ms")
        figures.add("the clock's longest tick before, meanwhile", f"{max(calm_ticks):.1f}, {max(ticks):.1f} ms")
        figures.most("loop held meanwhile by anything else", max(others), HELD_MS, "ms")


async def large(figures: Figures, channels: int, files: int) -> None:
    with bench_home() as folder:
        copies(small(), folder / "media" / "old", files)
        probed_before(folder)
        held = HeldLoop()
        with held.watch():
            async with on_air(homes(folder, channels)) as station:
                began = time.monotonic()
                while len(station.library.assets) < files and time.monotonic() - began < 1_200:
                    await asyncio.sleep(0.5)
                _, reading = held.take()
                await asyncio.sleep(5)
                held.take()
                await asyncio.sleep(20)
                still_ticks, still = held.take()
                await asyncio.to_thread(copies, small(), folder / "media" / "old", 100, files)
                await asyncio.to_thread(shutil.rmtree, folder / "media" / "old" / "000")
                await asyncio.sleep(15)
                ticks, changed = held.take()
                assert station.inventory is not None
                await station.inventory.snapshot()
        longest = f"{max(still_ticks):.1f}, {max(ticks):.1f} ms"
        figures.add("the longest tick of the clock: nothing changes, files change", longest)
        figures.most(f"loop held while {files} files are read in, {channels} channels", max(reading), HELD_MS, "ms")
        figures.most("loop held, nothing changes: worst of 20 s", max(still), HELD_MS, "ms")
        figures.most("loop held, 100 files come and 500 go", max(changed), HELD_MS, "ms")
        figures.add("the same: p99.9", f"{percentile(still, 99.9):.1f}, {percentile(changed, 99.9):.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5_000, help="to pull in")
    parser.add_argument("--channels", type=int, default=20)
    parser.add_argument("--large", type=int, default=20_000, help="files of the large library; 0: leave it out")
    parser.add_argument("--large-channels", type=int, default=50)
    arguments = parser.parse_args()
    figures = Figures("the library grows on air")
    if arguments.files:
        asyncio.run(pull_in(figures, arguments.channels, arguments.files))
    if arguments.large:
        asyncio.run(large(figures, arguments.large_channels, arguments.large))
    figures.end()


if __name__ == "__main__":
    main()
