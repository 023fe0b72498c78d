"""Requests at random against ten channels on air: `python -m tests.bench.bench_fuzz [--minutes 5] [--channels 10]`.

Every command with every argument, sizes up to the limits and over them, every route with every method, bodies that are
no JSON, bytes that are no HTTP, while each channel is recorded. Nothing of it may hold the station's loop for more than
20 ms, break a stream, or be answered with a 500.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from itertools import cycle, islice
from typing import TYPE_CHECKING

from tests import CHECKOUT
from tests.bench.reading import TICKS, read_packets, read_times
from tests.bench.rig import Figures, Home, Line, Recorder, Running, bench_home, percentile, station, url_of
from tests.bench.scenery import scenery
from tests.fuzzing import Fuzzer

if TYPE_CHECKING:
    from collections.abc import Iterable

HELD_MS = 20.0
GAP_MS = 1_000.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=6)
    arguments = parser.parse_args()
    files = scenery()
    count = arguments.channels + 1  # the last one is stopped and started, and not recorded
    rundowns = [[Line(file) for file in islice(cycle(files), n % 3, n % 3 + 3)] for n in range(count)]
    with bench_home("480p-fuzz") as folder:
        home = Home(folder, rundowns=rundowns, pool=files[:2])
        with station(home) as running:
            running.prepared()
        home.write()
        figures = folder / "loop.json"
        with (folder / "serve.err").open("a") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.loop_probe", str(figures), "serve", "--home", str(folder)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=CHECKOUT,
            )  # fmt: skip
        try:
            running = Running(process.pid, url_of(process, home))
            running.prepared()
            measure(running, home, arguments)
        finally:
            process.terminate()
            process.wait(10)


def measure(running: Running, home: Home, arguments: argparse.Namespace) -> None:
    """Send requests for this time, then judge the results. The clients run at low priority: they stand for other
    machines, and should not take the station's time."""
    time.sleep(3)
    os.nice(10)
    held_file = home.path / "loop.json"
    held_file.with_suffix(".start").touch()
    recorders = [Recorder(running.url, number + 1) for number in range(arguments.channels)]
    time.sleep(1)
    names = [str(number + 1) for number in range(arguments.channels)]
    fuzzer = Fuzzer(running.url, arguments.seed, names, [str(arguments.channels + 1)])
    print(f"{arguments.channels} channels on air; {arguments.minutes:g} minutes of requests", flush=True)
    asyncio.run(fuzzer.run(60 * arguments.minutes, arguments.workers))
    time.sleep(2)
    held = json.loads(held_file.read_text())
    for row in held[:8] + [row for row in held[8:] if not row["interrupted"]][:2]:
        by = "interrupted" if row["interrupted"] else "by itself"
        print(f"  {row['wall_ms']:7.1f} ms, {row['cpu_ms']:7.1f} ms of it CPU, {by}: {row['what'][:160]}")
    for failure in fuzzer.failures[:10]:
        print(f"  ! {failure}")
    print(f"  accepted: {dict(fuzzer.accepted.most_common())}")
    figures = Figures(f"{arguments.channels} channels, {arguments.minutes:g} minutes of requests at random")
    figures.add("requests answered", fuzzer.requests)
    figures.add("  by status", ", ".join(f"{status}: {count}" for status, count in sorted(fuzzer.statuses.items())))
    figures.none("answers with a 500, or without a reason", len(fuzzer.failures))
    figures.most("loop held at the worst, by the wall clock", _worst(held, "wall_ms"), HELD_MS, "ms")
    by_itself = [row for row in held if not row["interrupted"]]
    figures.most("  where the system let it run on", _worst(by_itself, "wall_ms"), HELD_MS, "ms")
    figures.most("  by the CPU time of its thread", _worst(held, "cpu_ms"), HELD_MS, "ms")
    step = TICKS * 1001 / 30_000
    jumps = errors = gone = 0
    gaps = []
    for recorder in recorders:
        gaps.append(1_000 * recorder.longest_gap_s)
        gone += recorder.disconnected
        data = recorder.stop()
        errors += read_packets(data).cc_errors
        jumps += read_times(data).video_jumps(step)
    figures.none("disconnects", gone)
    figures.none("jumps of the video's time", jumps)
    figures.none("continuity errors", errors)
    figures.most("longest gap in wall time: worst channel", max(gaps), GAP_MS, "ms", 0)
    figures.add("  median channel", f"{percentile(gaps, 50):.0f} ms")
    figures.end()


def _worst(rows: Iterable[dict[str, float]], clock: str) -> float:
    return max((row[clock] for row in rows), default=0.0)


if __name__ == "__main__":
    main()
