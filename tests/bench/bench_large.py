"""Edits of a rundown of ten thousand entries: `python -m tests.bench.bench_large [--entries 10000]`.

The station and its server run in this process, so that it can be measured how long anything keeps the event loop from
running: by the time on the processor between two looks of a probe that wants to look every millisecond, which other
programs on the machine do not touch, and by the clock, which they do. Commands come from another process over HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retrovue_tui.config.config_file import load_config
from retrovue_tui.playout.station import Station
from retrovue_tui.server.app import StationServer
from tests.bench.rig import Figures, Home, Line, Running, bench_home, percentile
from tests.media_factory import Clip, make

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RECEIPT_MS, BLOCKED_MS = 100, 20
FILM, PIECE = 1_800, 180


@dataclass
class Probe:
    """The delay of the loop in milliseconds: by its thread's processor time, and by the clock."""

    busy: list[float] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)

    async def look(self) -> None:
        """Until cancelled."""
        busy, now = time.thread_time(), time.monotonic()
        while True:
            await asyncio.sleep(0.001)
            was_busy, was, busy, now = busy, now, time.thread_time(), time.monotonic()
            self.busy.append((busy - was_busy) * 1_000)
            self.clock.append((now - was - 0.001) * 1_000)

    def forget(self) -> None:
        self.busy.clear()
        self.clock.clear()


@contextlib.asynccontextmanager
async def station_here(home: Home) -> AsyncIterator[Running]:
    """A station in this process, on air."""
    home.write()
    config = load_config(home.path)
    station = Station(config)
    server = StationServer(station, "127.0.0.1", 0)
    try:
        station.url = await server.start()
        await station.start()
        await station.wait_on_air()
        running = Running(0, station.url)
        while station.channels["1"].state != "on_air":
            await asyncio.sleep(0.1)
        await asyncio.sleep(3)
        gc.collect()
        gc.freeze()
        yield running
    finally:
        await server.stop()
        await station.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--edits", type=int, default=60)
    parser.add_argument("--client", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--spot", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.client:
        client(arguments.client, arguments.edits, arguments.spot)
        return
    film, spot, other = (
        make(Clip(frames=FILM)), make(Clip(frames=150, first=20_000)), make(Clip(frames=140, first=21_000))
    )  # fmt: skip
    count = FILM // PIECE
    rundown = [
        Line(film, n // 2 % count * PIECE, (n // 2 % count + 1) * PIECE) if n % 2 == 0 else Line(spot, spot=True)
        for n in range(arguments.entries)
    ]
    with bench_home() as folder:
        asyncio.run(measure(Home(folder, rundowns=[rundown], pool=[spot, other]), arguments.entries, arguments.edits))


async def measure(home: Home, entries: int, edits: int) -> None:
    figures = Figures(f"edits of a rundown of {entries} entries")
    probe = Probe()
    async with station_here(home) as running:
        looking = asyncio.create_task(probe.look())
        await asyncio.sleep(3)
        idle = max(probe.busy), max(probe.clock)
        probe.forget()
        asking = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.bench_large", "--client", running.url, "--edits", str(edits),
            "--spot", home.spots[1].name,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        told, _ = await asking.communicate()
        edited = list(probe.busy), list(probe.clock)
        probe.forget()
        text = home.rundown().read_text()
        await asyncio.to_thread(home.rundown().write_text, text + "# by hand\n")
        await asyncio.sleep(3)
        by_hand = max(probe.busy), max(probe.clock)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    answers: dict[str, list[float]] = json.loads(told)
    looks = answers.pop("GET rundown")
    figures.add("GET rundown, with the time to parse it: median", f"{percentile(looks, 50):.1f} ms")
    for name, times in sorted(answers.items()):
        figures.most(f"{name}: command to receipt, median of {len(times)}", percentile(times, 50), RECEIPT_MS, "ms")
    every = [took for times in answers.values() for took in times]
    figures.most("command to receipt, 95th percentile", percentile(every, 95), RECEIPT_MS, "ms")
    figures.add("command to receipt, worst", f"{max(every):.1f} ms")
    figures.most("loop busy without a look up, idle", idle[0], BLOCKED_MS, "ms")
    figures.most("loop busy without a look up, under edits", max(edited[0]), BLOCKED_MS, "ms")
    figures.most("loop busy without a look up, file edited", by_hand[0], BLOCKED_MS, "ms")
    figures.add("the same by the clock (others run here too)",
                f"{idle[1]:.0f}, {max(edited[1]):.0f}, {by_hand[1]:.0f} ms")  # fmt: skip
    figures.end()


def client(url: str, edits: int, other_spot: str) -> None:
    """Give commands, look at the rundown in between, and print how long each took."""
    running, chance = Running(0, url), random.Random(1)
    took: dict[str, list[float]] = {}

    def timed(name: str, **arguments: Any) -> Any:
        began = time.monotonic()
        receipt = running.command(name, **arguments)
        took.setdefault(name, []).append((time.monotonic() - began) * 1_000)
        if not receipt["accepted"]:
            print(f"  {name} refused: {receipt['reason']}", file=sys.stderr)
        return receipt

    for turn in range(edits // 6):
        began = time.monotonic()
        rows = running.get("/api/channels/1/rundown")["entries"]
        took.setdefault("GET rundown", []).append((time.monotonic() - began) * 1_000)
        running.channel()
        films = [row for row in rows[20:] if row["kind"] == "programme" and row["duration_s"] > 5]
        film, other = chance.sample(films, 2)
        spots = [row for row in rows[20:] if row["kind"] == "spot"]
        made = timed("insert_break", entry=film["id"], at_frame=film["in_frame"] + 60, seconds=6)
        if not made["accepted"]:
            continue
        name = made["changes"][0].split()[1]
        timed("move_break", **{"break": name}, entry=other["id"], at_frame=other["in_frame"] + 90)
        timed("replace_spot", entry=chance.choice(spots)["id"], file=other_spot)
        timed("undo")
        timed("redo")
        timed("remove_break", **{"break": name})
        if turn % 3 == 2:
            running.until(lambda: running.channel()["on_air"]["kind"] == "programme", "a programme")
            timed("break_now", seconds=6)
    print(json.dumps(took))


if __name__ == "__main__":
    main()
