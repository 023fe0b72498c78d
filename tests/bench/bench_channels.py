"""What a channel costs: `python -m tests.bench.bench_channels [--channels 50] [--seconds 60]`.

So many channels at 720p and 3 Mb/s, everything prepared beforehand, with one viewer each in another process that reads
the stream's own clock (PCR): it tells whether every channel aired as many frames as there was time for. CPU is the
kernel's count for the station's process and for its decks. How long the station's event loop keeps others waiting shows
in the time that `/healthz` takes.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import subprocess
import sys
import time
import urllib.request
from collections import deque
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from tests import CHECKOUT
from tests.bench.reading import PACKET, TICKS, read_packets
from tests.bench.rig import Figures, Home, Line, Running, bench_home, cpu_s, percentile, share_mb, station, tune_in
from tests.bench.scenery import scenery

if TYPE_CHECKING:
    import socket

CPU_PERCENT = 2.5
STATION_PERCENT = DECKS_PERCENT = 0.5
"""Without viewers."""
CHANNEL_MB, STATION_MB = 60, 400
BEHIND_S = 0.5
"""How far a channel at real time may seem behind at the end of the measurement: pictures that are on their way."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--no-viewers", action="store_true", help="the channels alone: their CPU without any viewer")
    parser.add_argument("--watch", metavar="URL", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.watch:
        print(json.dumps(watch(arguments.watch, arguments.channels, arguments.seconds)))
        return
    files = scenery()
    rundowns = [[Line(file) for file in islice(cycle(files), n % 3, n % 3 + 3)] for n in range(arguments.channels)]
    with bench_home("720p-3000") as folder:
        with station(Home(folder, profile="720p", video_kbps=3000, rundowns=rundowns[:3])) as running:
            running.prepared()
        began = time.monotonic()
        with station(Home(folder, profile="720p", video_kbps=3000, rundowns=rundowns)) as running:
            running.prepared()
            print(f"{arguments.channels} channels on air after {time.monotonic() - began:.1f} s", flush=True)
            time.sleep(5)
            measure(running, arguments)


def measure(running: Running, arguments: argparse.Namespace) -> None:
    """The figures over the time that was asked for."""
    channels, client = arguments.channels, None
    if not arguments.no_viewers:
        command = [sys.executable, "-m", "tests.bench.bench_channels", "--watch", running.url, "--channels",
                   str(channels), "--seconds", str(arguments.seconds)]  # fmt: skip
        client = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=CHECKOUT)
        running.until(lambda: all(each["viewers"] for each in running.get("/api/station")["channels"]), "the viewers")
        time.sleep(2)
    before = running.get("/api/station")["channels"]
    workers = sum(cpu_s(pid) for pid in running.workers())
    engine, decks, waits = use_of_cpu(running, arguments.seconds)
    workers = 100 * (sum(cpu_s(pid) for pid in running.workers()) - workers) / arguments.seconds
    after = running.get("/api/station")["channels"]
    figures = Figures(f"{channels} channels at 720p, 3 Mb/s, for {arguments.seconds:g} s on {os.cpu_count()} cores")
    figures.most("CPU per channel, deck and engine", (engine + decks) / channels, CPU_PERCENT, "% of a core", 2)
    if client is None:
        figures.most("  of that the decks", decks / channels, DECKS_PERCENT, "% of a core", 2)
        figures.most("  of that the engine", engine / channels, STATION_PERCENT, "% of a core", 2)
    else:
        figures.add("  of that the decks", f"{decks / channels:.2f} % of a core")
        figures.add("  of that the engine", f"{engine / channels:.2f} % of a core")
    figures.add("workers that decode, per channel", f"{workers / channels:.2f} % of a core")
    decks_mb = sum(share_mb(pid) for pid in running.children())
    figures.most("memory of the decks, per channel (PSS)", decks_mb / channels, CHANNEL_MB, "MB", 0)
    figures.most("memory of the station (PSS)", share_mb(running.pid), STATION_MB, "MB", 0)
    figures.add("memory of its workers (PSS)", f"{sum(share_mb(pid) for pid in running.workers()):.0f} MB")
    figures.add("all together", f"{engine + decks:.1f} % of a core")
    figures.add("/healthz: median, 99 %, worst",
                f"{percentile(waits, 50):.1f}, {percentile(waits, 99):.1f}, {max(waits):.1f} ms")  # fmt: skip
    if client is not None:
        assert client.stdout is not None
        judge_viewers(figures, json.loads(client.stdout.read()), channels)
        client.wait()
    figures.none("channels not on air all the time", sum(each["state"] != "on_air" for each in (*before, *after)))
    figures.none("restarts of decks", sum(each["restarts"] for each in after) - sum(e["restarts"] for e in before))
    figures.end()


def use_of_cpu(running: Running, seconds: float) -> tuple[float, float, list[float]]:
    """Percent of a core that the station and its children use, and how many milliseconds each `/healthz` takes."""
    used = {pid: cpu_s(pid) for pid in running.children()}
    engine, ended = cpu_s(running.pid), cpu_s(running.pid, waited=True)
    began, waits = time.monotonic(), []
    while time.monotonic() < began + seconds:
        asked = time.monotonic()
        with urllib.request.urlopen(f"{running.url}/healthz", timeout=30) as answer:
            answer.read()
        waits.append((time.monotonic() - asked) * 1000)
        time.sleep(0.25)
    took = time.monotonic() - began
    engine = cpu_s(running.pid) - engine
    now = {pid: cpu_s(pid) for pid in running.children()}
    decks = sum(spent - used.get(pid, 0.0) for pid, spent in now.items())
    gone = sum(spent for pid, spent in used.items() if pid not in now)
    decks += max(0.0, cpu_s(running.pid, waited=True) - ended - gone)
    return 100 * engine / took, 100 * decks / took, waits


def judge_viewers(figures: Figures, seen: dict[str, Any], channels: int) -> None:
    behind, gaps = seen["behind_s"], seen["longest_gap_s"]
    fine = sum(abs(each) <= BEHIND_S for each in behind)
    figures.add("channels at real time", f"{fine} of {channels}", f"{channels}", fine == channels)
    figures.add("the worst is behind the clock by", f"{max(behind) * 1000:.0f} ms")
    figures.most("longest gap in wall time at any viewer", max(gaps) * 1000, 1000, "ms", 0)
    figures.add("mean bitrate of the channels", f"{seen['mbps']:.2f} Mb/s")


# ── the viewers ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Seat:
    """One viewer: whole packets are looked at as they come, the rest is kept for the next time."""

    sock: socket.socket
    rest: bytes = b""
    taken: int = 0
    at: float = 0.0
    last: float = 0.0
    longest: float = 0.0
    newest: deque[bytes] = field(default_factory=lambda: deque(maxlen=16))

    def take(self, data: bytes) -> None:
        now = time.monotonic()
        self.longest = max(self.longest, now - self.last) if self.last else 0.0
        self.last = now
        self.taken += len(data)
        self.rest += data
        whole = len(self.rest) // PACKET * PACKET
        if not whole:
            return
        found = self.rest[:whole]
        self.rest = self.rest[whole:]
        self.newest.append(found)
        self.at = now

    def clock_s(self) -> float:
        """The stream's own time, in seconds, of the newest packets that came."""
        return read_packets(b"".join(self.newest)).pcr[-1] / TICKS


def watch(url: str, channels: int, seconds: float) -> dict[str, Any]:
    """One viewer for each channel; how each stream's clock moves against the wall's."""
    selector = selectors.DefaultSelector()
    seats = []
    for number in range(1, channels + 1):
        sock, first = tune_in(url, number)
        sock.setblocking(False)
        seats.append(Seat(sock))
        seats[-1].take(first)
        selector.register(sock, selectors.EVENT_READ, seats[-1])
    read(selector, time.monotonic() + 3)
    starts = [(seat.clock_s(), seat.at, seat.taken) for seat in seats]
    for seat in seats:
        seat.longest = 0.0
    read(selector, time.monotonic() + seconds)
    behind = [(seat.at - at) - (seat.clock_s() - clock) for seat, (clock, at, _) in zip(seats, starts, strict=True)]
    taken = sum(seat.taken - taken for seat, (_, _, taken) in zip(seats, starts, strict=True))
    return {
        "behind_s": behind,
        "longest_gap_s": [seat.longest for seat in seats],
        "mbps": taken * 8 / seconds / channels / 1e6,
    }


def read(selector: selectors.BaseSelector, until: float) -> None:
    while (left := until - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            seat = key.data
            data = seat.sock.recv(1 << 18)
            if not data:
                raise SystemExit("a viewer was disconnected")
            seat.take(data)


if __name__ == "__main__":
    main()
