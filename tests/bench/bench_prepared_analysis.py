"""What the measurement during preparation costs: `python -m tests.bench.bench_prepared_analysis [FILE] [--pairs 5]`.

A programme of more than two minutes is prepared in 720p, in turn with and without the measurement. What counts is the
processor time of this process, its workers and FFmpeg, which another program's load changes little.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from retrovue_tui.media.analysis.analyser import Analyser
from retrovue_tui.media.analysis.prepared_analysis import PreparedAnalysis
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Need, Preparer
from retrovue_tui.media.workers import tasks
from tests.bench.rig import Figures
from tests.media.rendered import until

MOST_PERCENT = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="an H.264 programme; one is made if there is none")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=90, help="how much of it is prepared each time")
    parser.add_argument("--one", choices=("with", "without"), help="prepare once, for a timing from outside")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = arguments.file or made_programme(Path(name))
        if arguments.one:
            asyncio.run(prepared(path, arguments.seconds, Path(name), measured=arguments.one == "with"))
            return
        asyncio.run(compare(path, arguments.seconds, arguments.pairs, Path(name)))


def made_programme(folder: Path) -> Path:
    """Make a programme of 150 s in 720p with grain, at a usual bitrate."""
    path = folder / "programme.mp4"
    picture = "testsrc2=s=1280x720:r=30000/1001:d=150,noise=alls=5:allf=t"
    words = ["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=f=440:d=150"]
    words += ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "3600k", "-c:a", "aac", "-ar", "48000", str(path)]
    subprocess.run([find_ffmpeg().path, *words], check=True, timeout=600)
    return path


async def compare(path: Path, seconds: int, pairs: int, folder: Path) -> None:
    ratios = []
    for number in range(pairs):
        order = (True, False) if number % 2 else (False, True)
        cpu = {
            measured: await prepared(path, seconds, folder / f"{number}{measured}", measured=measured)
            for measured in order
        }
        ratios.append(cpu[True] / cpu[False])
        print(
            f"pair {number}: {cpu[False]:.2f} s without, {cpu[True]:.2f} s with, {100 * ratios[-1] - 100:+.1f} %",
            flush=True,
        )
    more = 100 * median(ratios) - 100
    figures = Figures(f"measurement during the preparation of {seconds} s of 720p")
    figures.add("more processor time", f"{more:.1f} %", f"<= {MOST_PERCENT:g} %", more <= MOST_PERCENT)
    figures.add("least and most of the pairs", f"{100 * min(ratios) - 100:.1f} to {100 * max(ratios) - 100:.1f} %")
    figures.end()


async def prepared(path: Path, seconds: int, folder: Path, *, measured: bool) -> float:
    """Prepare the beginning of a programme, and return the seconds of processor time that it takes."""
    house = HouseFormat(loudness=None)
    analyser = Analyser(find_ffmpeg(), house.rate, folder / "analysis")
    analysis = PreparedAnalysis(analyser, house.rate, folder / "measured")
    store = PieceStore(folder / "cache", house, 10**10)
    preparer = Preparer(find_ffmpeg(), store, house, analysis=analysis if measured else None)
    asset = await tasks.probe(path)
    await asyncio.to_thread(tasks.end)
    used = cpu_used()
    await store.open(asset)
    end = house.rate.count(seconds) // house.piece_frames * house.piece_frames
    runner = asyncio.create_task(preparer.run())
    preparer.want("bench", [Need(asset, 0, end, asyncio.get_running_loop().time())])
    await until(preparer, lambda: store.ready(asset, 0) >= end, 3600)
    runner.cancel()
    await asyncio.gather(runner, return_exceptions=True)
    await asyncio.to_thread(tasks.end)  # the processor time of a child counts when it has ended
    return cpu_used() - used


def cpu_used() -> float:
    """The processor time of this process and its ended children, in seconds."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main()
