"""How well and how fast breaks are found: `python -m tests.bench.bench_analysis [--programmes 60] [--keep DIR]
[--prepared]`.

Programmes with known breaks and decoys are made, and searched as `analyze` does. The speed is measured with a longer
file in 720p, without the probe.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.break_candidate import NATURAL
from retrovue_tui.media.analysis.analyser import Analyser
from retrovue_tui.media.analysis.prepared_analysis import PreparedAnalysis
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Preparer
from retrovue_tui.media.workers import tasks
from retrovue_tui.timecode import FrameRate
from tests.bench.programmes import make_programme, repeated
from tests.bench.rig import Figures

if TYPE_CHECKING:
    from retrovue_tui.media.analysis.analyser import Analysis
    from retrovue_tui.media.asset import Asset
    from tests.bench.programmes import Programme

RATE: Final = FrameRate(30_000, 1_001)
NEAR_FRAMES: Final = 15
"""A candidate that is not farther than this from a true break means that break."""
RECALL, PRECISION, SPEED = 95.0, 92.0, 120.0
SPEED_KBPS, SPEED_REPEATS = 3600, 5


@dataclass
class Tally:
    """The results of all programmes."""

    true: int = 0
    found: int = 0
    exact: int = 0
    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programmes", type=int, default=60)
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the seed of the first programme")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the programmes stay for the next run")
    parser.add_argument("--prepared", action="store_true", help="search what is measured while they are prepared")
    parser.add_argument("--no-speed", action="store_true", help="do not make and time the programme in 720p")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        seeds = range(arguments.first, arguments.first + arguments.programmes)
        asyncio.run(run(seeds, folder, with_speed=not arguments.no_speed, prepared=arguments.prepared))


async def run(seeds: range, folder: Path, *, with_speed: bool, prepared: bool) -> None:
    figures = Figures(f"break candidates of {len(seeds)} programmes")
    tally = Tally()
    for seed in seeds:
        programme = make_programme(seed, folder)
        asset = await tasks.probe(programme.path)
        analysis = await (refined(asset) if prepared else Analyser(find_ffmpeg(), RATE).analyse(asset))
        judge(tally, programme, analysis)
        print(f"{seed}: {programme.kind}, {tally.found} of {tally.true}, {len(tally.false)} false", flush=True)
    for line in (*tally.missed, *tally.false):
        print(f"  {line}")
    real = tally.found + len(tally.false)
    recall, precision = 100 * tally.found / max(1, tally.true), 100 * tally.found / max(1, real)
    figures.add("true breaks", tally.true)
    figures.add("recall", f"{recall:.1f} %", f">= {RECALL:g} %", recall >= RECALL)
    figures.add("precision", f"{precision:.1f} %", f">= {PRECISION:g} %", precision >= PRECISION)
    figures.add("within 1 frame", f"{tally.exact} of {tally.found}", "all", tally.exact == tally.found)
    if with_speed:
        short = make_programme(9001, folder, size=(1280, 720), acts_s=8, kbps=SPEED_KBPS)
        path = repeated(short.path, SPEED_REPEATS)
        asset = await tasks.probe(path)
        took, cpu = await timed(asset)
        speed, minutes = float(asset.duration) / took, float(asset.duration) / 60
        figures.add(f"speed, {minutes:.0f} min of 720p H.264", f"{speed:.0f} x", f">= {SPEED:g} x", speed >= SPEED)
        figures.add("processor time for it", f"{cpu:.1f} s: {2 * float(asset.duration) / cpu:.0f} x on 2 idle cores")
    figures.end()


async def refined(asset: Asset) -> Analysis:
    """Prepare an asset in a small format, and return what is found in the measurements of that."""
    with tempfile.TemporaryDirectory() as scratch:
        house = HouseFormat("bench", 320, 180, RATE, 400, loudness=None)
        found: asyncio.Queue[Analysis] = asyncio.Queue()
        analysis = PreparedAnalysis(Analyser(find_ffmpeg(), RATE), RATE, Path(scratch) / "measured", found.put_nowait)
        task = asyncio.create_task(analysis.run())
        store = PieceStore(Path(scratch) / "cache", house, 10**10)
        try:
            await Preparer(find_ffmpeg(), store, house, analysis=analysis).prepare(asset)
            async with asyncio.timeout(60):
                return await found.get()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def timed(asset: Asset) -> tuple[float, float]:
    """The seconds that an analysis takes, and the seconds of processor time in this process and its children."""
    await asyncio.to_thread(tasks.end)
    began, used = time.perf_counter(), cpu_used()
    await Analyser(find_ffmpeg(), RATE).analyse(asset)
    took = time.perf_counter() - began
    await asyncio.to_thread(tasks.end)  # the processor time of a child counts when it has ended
    return took, cpu_used() - used


def cpu_used() -> float:
    """The processor time of this process and its ended children, in seconds."""
    return sum(os.times()[:4])


def judge(tally: Tally, programme: Programme, analysis: Analysis) -> None:
    """Compare the natural candidates with the true breaks."""
    left = [each for each in analysis.candidates if each.score >= NATURAL]
    for start, end in programme.truths:
        first, last = RATE.nearest(start), RATE.nearest(end)
        near = [each for each in left if first - NEAR_FRAMES <= each.frame <= last + NEAR_FRAMES]
        tally.true += 1
        if not near:
            tally.missed.append(f"missed: {programme.path.name} at {float(start):.2f} s, {last - first} frames")
            continue
        best = max(near, key=lambda each: each.score)
        left.remove(best)
        tally.found += 1
        exact = first - 1 <= best.frame <= last + 1
        tally.exact += exact
        if not exact:
            tally.missed.append(f"inexact: {programme.path.name} at {float(start):.2f} s: {best}")
    for each in left:
        decoy = min(programme.decoys, key=lambda one: abs(float(one[1]) - each.at_s))
        tally.false.append(f"false: {programme.path.name} {each}; nearest decoy: {decoy[0]} at {float(decoy[1]):.2f} s")


if __name__ == "__main__":
    main()
