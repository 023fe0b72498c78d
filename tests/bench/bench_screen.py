"""The control room before 20 channels: `python -m tests.bench.bench_screen [--keys 200] [--rest 20] [--hours 8]`.

The station is a fake one behind the real server, in a process of its own: its figures move four times a second and its
pictures with every asking. The screen is the real one: for its CPU in a tmux, for keys and memory without a terminal.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from retrovue_tui.protocol.answers.pictures import Monitor, Picture
from retrovue_tui.protocol.client import StationClient
from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.station_link import Pace
from retrovue_tui.tui.workers import freeze_objects
from tests.bench.rig import Figures, percentile
from tests.tui.served import Behind
from tests.tui.station import NOW, FakeStation, channel, station
from tests.tui.tmux_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, StationSnapshot

CHANNELS: Final = 20
SIZE: Final = (120, 36)
KEY_MS, REST_PERCENT, GROWTH_PERCENT = 50, 15, 5
POINTS: Final = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--rest", type=float, default=20, help="seconds")
    parser.add_argument("--hours", type=float, default=8)
    parser.add_argument("--serve", action="store_true", help="be the station")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(be_the_station())
        return
    figures = Figures(f"{CHANNELS} channels on air, a served fake station, {SIZE[0]}x{SIZE[1]}")
    with served() as url:
        delays, worked = asyncio.run(press_keys(url, given.keys))
        figures.most("key to screen, 50th percentile", 1_000 * percentile(delays, 50), KEY_MS, "ms")
        figures.most("key to screen, 99th percentile", 1_000 * percentile(delays, 99), KEY_MS, "ms")
        figures.add("  of that CPU of our own, 99th percentile", f"{1_000 * percentile(worked, 99):.1f} ms")
        figures.most("CPU at rest, one monitor at 1 fps", cpu_at_rest(url, given.rest), REST_PERCENT, "% of a core")
    sizes = asyncio.run(live(given.hours))
    for hour, size in sizes:
        figures.add(f"  memory after {hour:.2f} h", f"{size / 1e6:.1f} MB")
    settled = sizes[len(sizes) // 4][1]
    figures.most("memory gained since the first quarter", 100 * (sizes[-1][1] / settled - 1), GROWTH_PERCENT, "%")
    figures.end()


# --- the station ------------------------------------------------------------------------------------------------------


def moved(count: int, at: float) -> StationSnapshot:
    """The station after this number of seconds, with every figure that changes on a real one."""

    def one(number: int) -> ChannelSnapshot:
        usual = channel(number)
        assert usual.on_air is not None
        assert usual.deck is not None
        position = (count + 17 * number) % 2_577
        on_air = dataclasses.replace(usual.on_air, position_s=position, remaining_s=2_577 - position)
        deck = dataclasses.replace(usual.deck, frame=30 * count, fps=29.9 + count % 3 / 10, out_time_s=count)
        seen = Monitor(at, 30 * count, (-12.0 - count % 7, -14.0 - count % 5))
        return dataclasses.replace(usual, on_air=on_air, deck=deck, monitor=seen, viewers=count % 9)

    return station(*(one(number) for number in range(1, CHANNELS + 1)), at=at, uptime_s=float(count))


class Gallery:
    """Pictures that differ each time."""

    def __init__(self) -> None:
        self._count = 0

    async def picture(self, channel_id: str, width: int, height: int) -> Picture:
        self._count += 1
        row = bytes((5 * self._count + 3 * x) % 256 for x in range(3 * width))
        return Picture(width, height, b"".join(row[3 * y % 90 :] + row[: 3 * y % 90] for y in range(height)), 1)


async def be_the_station() -> None:
    """Serve on a free port, say which, and move on until killed."""
    from retrovue_tui.server.app import StationServer  # only the process that serves needs it

    fake = FakeStation(moved(0, time.time()))
    behind = Behind(fake, {})
    patch.object(behind, "previews", Gallery()).start()  # it draws pictures and has no files
    server = StationServer(behind, "127.0.0.1", 0)
    print(await server.start(), flush=True)
    began = time.time()
    while True:
        await asyncio.sleep(0.25)
        fake.snapshot = moved(int(time.time() - began), time.time())


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The station in a process of its own; gives its address."""
    command = [sys.executable, "-m", "tests.bench.bench_screen", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


# --- the screen -------------------------------------------------------------------------------------------------------


async def press_keys(url: str, count: int) -> tuple[list[float], list[float]]:
    """Step through the channels; for each key, the seconds until the screen has been painted with what it
    did, and those of them in which our own process worked: the machine may be busy with others."""
    delays: list[float] = []
    worked: list[float] = []
    async with StationClient(url) as client:
        app = ControlRoom(client, own_station=False)
        async with app.run_test(size=SIZE) as pilot:
            while app.view.link != "connected":
                await asyncio.sleep(0.05)
            await pilot.pause()
            freeze_objects()  # as the program itself does, in a terminal
            painted = asyncio.Event()
            paint = app._display

            def display(*arguments: Any) -> None:
                paint(*arguments)
                painted.set()

            patch.object(app, "_display", display).start()  # to time each painting
            for number in range(count):
                chosen = app.rooms.chosen
                painted.clear()
                began, before = time.perf_counter(), time.process_time()
                app.simulate_key("down" if number // (CHANNELS - 1) % 2 == 0 else "up")
                while app.rooms.chosen == chosen or not painted.is_set():
                    painted.clear()
                    await asyncio.wait_for(painted.wait(), 5)
                delays.append(time.perf_counter() - began)
                worked.append(time.process_time() - before)
                await asyncio.sleep(0.03)
    return delays, worked


def cpu_at_rest(url: str, seconds: float) -> float:
    """Per cent of a core that the control room takes in a terminal, nobody touching it."""
    with tempfile.TemporaryDirectory() as folder:
        command = f"cd {Path.cwd()} && {sys.executable} -m retrovue_tui attach {url}"
        terminal = Terminal(Path(folder) / "tmux", *SIZE, command)
        try:
            terminal.shows("CONNECTED", "Monitor", timeout=60)
            shell = terminal.run("display-message", "-p", "#{pane_pid}").strip()
            process = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()[0]
            time.sleep(3)
            before, began = spent(process), time.monotonic()
            time.sleep(seconds)
            return 100 * (spent(process) - before) / (time.monotonic() - began)
        finally:
            terminal.close()


def spent(process: str) -> float:
    """CPU seconds of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def live(hours: float) -> list[tuple[float, int]]:
    """Hours of updates, one a second of an accelerated clock, events among them; the memory at points of it."""
    fake, now = FakeStation(moved(0, NOW)), [NOW]
    app = ControlRoom(fake, own_station=False, clock=lambda: now[0], pace=Pace(poll_s=0.001))
    sizes: list[tuple[float, int]] = []
    total = int(3_600 * hours)
    async with app.run_test(size=SIZE):
        for second in range(total + 1):
            now[0] = NOW + second
            fake.snapshot = moved(second, now[0])
            if second % 10 == 0:
                fake.log.publish("take", f"took deck {second}", channel=str(1 + second % CHANNELS))
            seen = fake.asked
            while fake.asked == seen:
                await asyncio.sleep(0)
            if second % max(1, total // POINTS) == 0:
                sizes.append((second / 3_600, resident()))
    return sizes


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
