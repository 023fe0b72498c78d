"""The metrics: `python -m tests.bench.bench_metrics [--channels 50] [--scrapes 40]`.

A station with so many channels on air, in this process. Each scrape is divided into its steps on the event loop: how
much processor time all of them need, and how much the longest one. The text is made in a thread, which does not hold
the loop. Times of work are processor times of the loop's thread, so that other programs do not count.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import sys
import time
from typing import TYPE_CHECKING, Any

from retrovue_tui.cli.serve import SWITCH_S
from retrovue_tui.config.config_file import load_config
from retrovue_tui.playout.station import Station
from retrovue_tui.server.metrics.exposition import Scrape, exposition
from tests.bench.rig import Figures, Home, Line, bench_home, percentile
from tests.bench.scenery import scenery

if TYPE_CHECKING:
    from collections.abc import Sequence

HELD_MS = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=50)
    parser.add_argument("--scrapes", type=int, default=40)
    arguments = parser.parse_args()
    sys.setswitchinterval(SWITCH_S)
    files = scenery()
    with bench_home("480p-500") as folder:
        home = Home(folder, rundowns=[[Line(each) for each in files]] * arguments.channels)
        home.write()
        asyncio.run(measure(folder, arguments.scrapes))


async def measure(folder: Any, scrapes: int) -> None:
    """Put the station on air, and scrape it."""
    station = Station(load_config(folder))
    await station.start()
    try:
        async with asyncio.timeout(120):
            while any(each.state != "on_air" for each in station.channels.values()):
                await asyncio.sleep(0.1)
        await asyncio.sleep(5)
        gc.collect()
        gc.freeze()
        steps = [scrape(station) for _ in range(scrapes)]
        texts = []
        for _ in range(5):
            began = time.thread_time()
            snapshot = station.snapshot([station.channel_snapshot(id) for id in station.channels])
            found = Scrape(snapshot, station.loop_lag_s, station.figures())
            began = time.thread_time()
            body, _ = exposition(found)
            texts.append(1_000 * (time.thread_time() - began))
        looks = []
        for _ in range(scrapes):
            began = time.thread_time()
            for channel in station.channels.values():
                station.alerts._of_channel(station.config.alerts, channel)
            looks.append(1_000 * (time.thread_time() - began))
        report(len(station.channels), steps, texts, looks, len(body))
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(20):
                await station.stop()


def scrape(station: Station) -> list[float]:
    """Return how long each step of a scrape takes on the loop (ms of processor time), as `MetricsRoutes` makes them."""
    found, channels = [], []
    for id in tuple(station.channels):
        began = time.thread_time()
        channels.append(station.channel_snapshot(id))
        found.append(1_000 * (time.thread_time() - began))
    began = time.thread_time()
    station.snapshot(channels)
    station.figures()
    found.append(1_000 * (time.thread_time() - began))
    return found


def report(
    channels: int, steps: Sequence[Sequence[float]], texts: Sequence[float], looks: Sequence[float], size: int
) -> None:
    """Print the figures."""
    figures = Figures(f"{channels} channels, {len(steps)} scrapes, {size / 1_000:.0f} kB each")
    totals = [sum(each) for each in steps]
    longest = [max(each) for each in steps]
    figures.most("the loop is held by a scrape for at most", max(longest), HELD_MS, "ms", 2)
    figures.add("  median", f"{percentile(longest, 50):.2f} ms")
    figures.add("all steps of a scrape together, median", f"{percentile(totals, 50):.1f} ms")
    figures.add("  the step of the station and its parts", f"{percentile([each[-1] for each in steps], 50):.2f} ms")
    figures.add("the text, in a thread", f"{percentile(texts, 50):.1f} ms")
    figures.add("a look of the alerts, once a second", f"{percentile(looks, 10):.2f} ms")
    figures.end()


if __name__ == "__main__":
    main()
