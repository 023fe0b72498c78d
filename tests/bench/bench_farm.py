"""Rendering on a farm against rendering at home, and what a farm costs the station. To reach: at most 5 % more time;
every piece made once and whole when two of four workers and the scheduler are killed; the event loop is not held for
longer than 5 ms by it.

Run: `python -m tests.bench.bench_farm [SECONDS]` (minutes of film: one by default; it takes about two)
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import psutil

from retrovue_tui.decoding.piece_check import verify
from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.farm import placing
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Preparer
from tests.bench.bench_prepare import source
from tests.media.farm.farms import RunningFarm, running_farm, soon, station
from tests.media.rendered import running, until

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset

ROUNDS = 2
HOLD_EVERY_S = 0.002


async def held(worst: list[float]) -> None:
    """Measure the longest time for which something held this event loop."""
    while True:
        begin = time.perf_counter()
        await asyncio.sleep(HOLD_EVERY_S)
        worst.append(time.perf_counter() - begin - HOLD_EVERY_S)


def cpu_s() -> float:
    """The seconds of CPU that this process and its children have used: a running farm is one of them."""
    total, top = 0.0, psutil.Process()
    for each in (top, *top.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(each.cpu_times()[:4])
    return total


async def at_home(asset: Asset, folder: Path, slots: int) -> tuple[float, float]:
    """Return the seconds, and the seconds of CPU of all processes."""
    house = HouseFormat(loudness=None)
    one = Preparer(find_ffmpeg(), PieceStore(folder, house, 10**10), house, slots)
    begin, used = time.perf_counter(), cpu_s()
    await one.prepare(asset)
    return time.perf_counter() - begin, cpu_s() - used


async def on_farm(asset: Asset, folder: Path, farm: RunningFarm) -> tuple[float, float, float, list[float]]:
    """Return the seconds, the seconds of CPU of all processes and of the station alone, and how long its loop was held
    each time."""
    one, there, _ = station(folder, farm.address, of=HouseFormat(loudness=None))
    holds = list[float]()
    async with running(one):
        await soon(lambda: there.workers)
        watch = asyncio.create_task(held(holds))
        begin, used, own = time.perf_counter(), cpu_s(), time.process_time()
        await one.prepare(asset)
        took = time.perf_counter() - begin
        all_of_it, own = cpu_s() - used, time.process_time() - own
        watch.cancel()
    return took, all_of_it, own, holds


def has_made(made: Counter[int], least: int) -> bool:
    """Whether at least this number of pieces has arrived."""
    return len(made) >= least


async def killed(asset: Asset, folder: Path) -> str:
    """Kill two of four workers in mid-render, and the scheduler once. Return what came of it."""
    made = Counter[int]()
    with running_farm(4) as farm:
        one, there, _ = station(folder, farm.address, of=HouseFormat(loudness=None))
        add = one.store.add_piece

        async def counted(*words: Any) -> None:
            await add(*words)
            made[words[2].first] += 1

        mock.patch.object(one.store, "add_piece", counted).start()
        async with running(one):
            await soon(lambda: len(there.workers) == 4)
            begin = time.perf_counter()
            work = asyncio.create_task(one.prepare(asset))
            for already in (1, 3):
                await until(one, partial(has_made, made, already))
                await soon(farm.busy)
                farm.busy()[0].kill()
            await until(one, lambda: len(made) >= 5)
            farm.processes("scheduler")[0].kill()
            await work
            took = time.perf_counter() - begin
    store = one.store
    pieces = store.index(asset).pieces
    torn = sum(verify(store.piece_path(asset, n), store.house, piece.first) != piece for n, piece in pieces.items())
    missing = -(-store.frames(asset) // store.house.piece_frames) - len(pieces)
    twice = sum(count > 1 for count in made.values())
    return f"{len(pieces)} pieces in {took:.1f} s: {missing} missing, {torn} torn, {twice} twice (to reach: 0, 0, 0)"


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    workers = max(1, (os.cpu_count() or 1) // 2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asset = probe(source(folder, seconds))
        home, farm, holds = list[tuple[float, float]](), list[tuple[float, float, float]](), list[float]()
        with running_farm(workers) as one:
            for number in range(ROUNDS):
                home.append(asyncio.run(at_home(asset, folder / f"home{number}", workers)))
                *times, held_s = asyncio.run(on_farm(asset, folder / f"farm{number}", one))
                farm.append((times[0], times[1], times[2]))
                holds += held_s
        print(f"{seconds} s of 720p, {workers} at once (to reach: +5 %)")
        for what, place in (("time", 0), ("CPU of all processes", 1)):
            here, there = (min(each[place] for each in times) for times in (home, farm))
            print(f"  {what}: at home {here:.2f} s, on the farm {there:.2f} s, {there / here - 1:+.1%}")
        own = min(each[2] for each in farm)
        worst, often = max(holds) * 1000, sum(each > 0.005 for each in holds)
        print(
            f"  the station itself: {own:.2f} s of CPU; its loop was held {worst:.1f} ms at most, {often} of", end=" "
        )
        print(f"{len(holds)} times longer than 5 ms")
        mock.patch.object(placing, "MOST_PIECES", 2).start()
        print(asyncio.run(killed(asset, folder / "killed")))


if __name__ == "__main__":
    main()
