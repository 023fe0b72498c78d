"""What it costs to send one channel to many viewers: `python -m tests.bench.bench_fanout [--viewers 1000]`.

The server and the bus are the station's own, with real MPEG-TS at a constant 4 Mb/s behind them, paced by the clock;
the viewers are in another process (so their cost is not the server's) and count what each of them gets. Printed: the
server's CPU in percent of one core, how many viewers kept real time, and the worst of them. Before that all of them
join at once, each with the burst of 5.5 s: printed is the longest pause of any viewer once it has its burst.

What counts is the number of writes: each costs about 10 us, nearly all of it in the kernel, however long it is (to
100 kB) and however it is made (`sendfile` and a bare `os.write` cost the same as the transport's own write).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.playout.output.bus import Bus
from retrovue_tui.server.app import StationServer
from retrovue_tui.timecode import FrameRate
from tests import CHECKOUT
from tests.server.fakes import FakeBus, FakeChannel, FakeStation

if TYPE_CHECKING:
    from retrovue_tui.playout.output.bus import Viewer

RATE = 4_000_000
PACKET = 188
CPU_PERCENT = 15.0
PAUSE_MS = 250.0
BURST_S = 5.5
JOIN_S = 6.0
"""Seconds in which all bursts are sent, before the CPU is measured."""
SLACK_S = 0.25
"""Seconds of stream that a viewer at real time may be short of the clock at the end: chunks in flight."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--interval-ms", type=float, default=1000 / 30, help="how often the bus is flushed")
    parser.add_argument("--lead", type=float, default=7, help="seconds of stream before anybody joins")
    parser.add_argument("--watch", metavar="URL", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    raise_limit()
    if arguments.watch:
        print(json.dumps(watch(arguments.watch, arguments.viewers, arguments.seconds)))
        return
    result = asyncio.run(serve(arguments))
    print(json.dumps(result, indent=1))
    print(
        f"{result['viewers']} viewers x {RATE / 1e6:g} Mb/s, a write each {arguments.interval_ms:.3g} ms:"
        f" server {result['server_cpu_percent']} % of a core; {result['at_real_time']} at real time,"
        f" the worst at {result['worst_viewer_mbps']} Mb/s; longest hold of the loop {result['longest_hold_ms']} ms"
    )
    print(verdict("server CPU", result["server_cpu_percent"], CPU_PERCENT, "% of a core"))
    print(verdict("longest pause after the join burst", result["longest_pause_ms"], PAUSE_MS, "ms"))


def verdict(what: str, figure: float, target: float, unit: str) -> str:
    """A figure, its target, and whether it is reached."""
    return f"{what}: {figure:g} {unit}, target {target:g}: {'reached' if figure <= target else 'MISSED'}"


async def serve(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the server here and the viewers in a process of their own; the figures of both."""
    bus = PacedBus(sample(), arguments.interval_ms / 1000, arguments.viewers)
    station = FakeStation([FakeChannel("1", 1, "Bench", bus=bus)])
    server = StationServer(station, "127.0.0.1", 0, max_viewers=100_000)
    url = await server.start()
    pacing = asyncio.create_task(bus.run())
    await asyncio.sleep(arguments.lead)
    command = [sys.executable, "-m", "tests.bench.bench_fanout", "--watch", url, "--viewers", str(arguments.viewers),
               "--seconds", str(arguments.seconds)]  # fmt: skip
    client = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=CHECKOUT
    )
    assert client.stdout is not None
    await asyncio.wait_for(bus.full.wait(), 60)
    await asyncio.sleep(2.0)
    join_hold, join_busy = bus.latest, bus.busiest
    await asyncio.sleep(JOIN_S)
    bus.longest = 0.0
    used, began = time.process_time(), time.monotonic()
    await asyncio.sleep(arguments.seconds)
    cpu = (time.process_time() - used) / (time.monotonic() - began)
    longest = bus.longest
    seen = json.loads(await client.stdout.read())
    await client.wait()
    pacing.cancel()
    await server.stop()
    return {
        "server_cpu_percent": round(100 * cpu, 1),
        "longest_hold_ms": round(1000 * longest, 1),
        "latest_tick_while_joining_ms": round(1000 * join_hold, 1),
        "cpu_between_ticks_while_joining_ms": round(1000 * join_busy, 1),
        **seen,
    }


class PacedBus(FakeBus):
    """The station's own bus, fed by the clock with a constant stream in whole packets."""

    def __init__(self, stream: bytes, interval: float, awaited: int) -> None:
        super().__init__()
        self._real = Bus(FrameRate(1000))  # a "frame" is a millisecond here
        self._size = len(stream)
        self._stream = stream * 2  # so that a cut of up to one of them is one slice: the server's CPU is measured
        self._interval = interval
        self._awaited = awaited
        self.full = asyncio.Event()
        self.longest = 0.0
        self.latest = self.busiest = 0.0

    def join(self, burst: bool = True, viewer: Viewer | None = None) -> list[bytes]:
        return self._real.join(burst, viewer)

    def attach(self, viewer: Viewer) -> None:
        self._real.attach(viewer)
        if self._real.viewers == self._awaited:
            self.full.set()

    def detach(self, viewer: Viewer) -> None:
        self._real.detach(viewer)

    async def run(self) -> None:
        began = time.monotonic()
        sent = turn = 0
        since = time.thread_time()
        while True:
            turn += 1
            await asyncio.sleep(max(0.0, began + turn * self._interval - time.monotonic()))
            now = time.monotonic() - began
            self.latest = max(self.latest, now - turn * self._interval)
            due = int(RATE / 8 * now) // PACKET * PACKET
            self._real.push(int(now * 1000), self._cut(sent, due), key=True)
            sent = due
            before, used = time.monotonic(), time.thread_time()
            self.busiest = max(self.busiest, used - since)
            since = used
            self._real.flush()
            self.longest = max(self.longest, time.monotonic() - before)

    def _cut(self, first: int, end: int) -> bytes:
        start = first % self._size
        return self._stream[start : start + end - first]


def watch(url: str, viewers: int, seconds: float) -> dict[str, Any]:
    """Act as this number of viewers, who all join at once, for this time."""
    crowd = Crowd(url, viewers)
    joined = time.monotonic()
    crowd.count(joined + JOIN_S)
    began, before = time.monotonic(), list(crowd.got)
    crowd.count(began + seconds)
    took = time.monotonic() - began
    rates = [(after - first) * 8 / took for after, first in zip(crowd.got, before, strict=True)]
    mean = sum(rates) / len(rates)
    return {
        "viewers": viewers,
        "at_real_time": sum((RATE - rate) * took <= SLACK_S * RATE for rate in rates),
        "worst_viewer_mbps": round(min(rates) / 1e6, 3),
        "mean_viewer_mbps": round(mean / 1e6, 3),
        "client_cpu_percent": round(100 * time.process_time() / (took + JOIN_S), 1),
        "longest_pause_ms": round(1000 * max(crowd.pause_after_burst)),
        "longest_pause_within_burst_ms": round(1000 * max(crowd.pause_within_burst)),
        "last_burst_complete_ms": round(1000 * (max(crowd.complete_at) - joined)),
        "bursts_complete": sum(map(bool, crowd.complete_at)),
    }


class Crowd:
    """Viewers in one process that count bytes; the kernel throws these away (MSG_TRUNC)."""

    def __init__(self, url: str, viewers: int) -> None:
        """Connect all of them, then send all requests in one go."""
        host, port = url.removeprefix("http://").split(":")
        self._selector = selectors.EpollSelector()
        self._burst = int(BURST_S * RATE / 8)
        self.got = [0] * viewers
        self.last = [0.0] * viewers
        self.complete_at = [0.0] * viewers
        self.pause_within_burst = [0.0] * viewers
        self.pause_after_burst = [0.0] * viewers
        request = b"GET /iptv/channel/1.ts HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        socks = [socket.create_connection((host, int(port))) for _ in range(viewers)]
        for number, sock in enumerate(socks):
            sock.sendall(request)
            sock.setblocking(False)
            self._selector.register(sock, selectors.EVENT_READ, number)

    def count(self, until: float) -> None:
        """Read and count the bytes that arrive until that time."""
        buffer = bytearray(1 << 20)
        while True:
            for key, _ in self._selector.select(timeout=max(0.0, min(0.05, until - time.monotonic()))):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                taken = sock.recv_into(buffer, len(buffer), socket.MSG_TRUNC)
                if not taken:
                    raise SystemExit(f"viewer {key.data} was disconnected")
                self._note(key.data, taken, time.monotonic())
            if time.monotonic() >= until:
                return

    def _note(self, viewer: int, taken: int, now: float) -> None:
        pauses = self.pause_after_burst if self.complete_at[viewer] else self.pause_within_burst
        if self.last[viewer]:
            pauses[viewer] = max(pauses[viewer], now - self.last[viewer])
        self.last[viewer] = now
        self.got[viewer] += taken
        if not self.complete_at[viewer] and self.got[viewer] >= self._burst:
            self.complete_at[viewer] = now


def sample() -> bytes:
    """Ten seconds of real MPEG-TS at a constant 4 Mb/s."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.ts"
        subprocess.run(
            [str(find_ffmpeg().path), "-nostdin", "-loglevel", "error", "-f", "lavfi",
             "-i", "testsrc2=size=640x360:rate=30000/1001:duration=10", "-f", "lavfi", "-i", "sine=duration=10",
             "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "3500k", "-g", "60", "-bf", "0", "-c:a", "aac",
             "-muxrate", str(RATE), "-f", "mpegts", str(path)],
            check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return path.read_bytes()


def raise_limit() -> None:
    """A socket for every viewer needs a descriptor for every viewer."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(CHECKOUT))
    main()
