"""HLS over joins, breaks and killed decks, and what its clients cost: `python -m tests.bench.bench_hls`.

A client follows the playlist of a real station while decks are killed and breaks are called, and a viewer records the
transport stream. The segments are compared with that recording, byte by byte. Then many clients ask for playlists and
segments as players do, and the station's CPU is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import threading
import time
import urllib.request
from itertools import pairwise

import aiohttp
import m3u8

from retrovue_tui.playout.hls.segment import Segment, named
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.timecode import FrameRate
from tests.bench.bench_joins import make_rundown
from tests.bench.rig import Figures, Home, Recorder, Running, bench_home, cpu_s, station
from tests.media_factory import Clip, make

RATE = FrameRate(30_000, 1_001)
FRAME_MS = float(RATE.seconds(1)) * 1_000
MEDIA = "/hls/1/index.m3u8"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=75.0, help="how long the client follows the playlist")
    parser.add_argument("--breaks", type=int, default=4)
    parser.add_argument("--kills", type=int, default=4, help="how many decks are killed")
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--load", type=float, default=30.0, help="seconds with all clients")
    arguments = parser.parse_args()
    figures = Figures(f"HLS: {arguments.seconds:.0f} s of breaks and kills, then {arguments.clients} clients")
    with bench_home() as folder:
        home = Home(folder, rundowns=[make_rundown()], pool=[make(Clip(frames=90, first=60_000))])
        with station(home) as running:
            running.prepared()
            follow(figures, running, home, arguments)
            load(figures, running, arguments.clients, arguments.load)
    figures.end()


class Client:
    """Follows the playlist in a thread, and keeps each segment."""

    def __init__(self, url: str) -> None:
        self.url = url
        began = time.monotonic()
        self.segments: dict[int, tuple[Segment, float, bytes]] = {}
        self.discontinuities = 0
        self._fetch()
        self.start_s = time.monotonic() - began
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            data: bytes = answer.read()
            return data

    def _fetch(self) -> None:
        page = m3u8.loads(self._get(MEDIA).decode())
        for number, each in enumerate(page.segments, page.media_sequence):
            if number not in self.segments:
                segment = named(each.uri)
                assert segment is not None
                self.discontinuities += bool(each.discontinuity)
                self.segments[number] = (segment, each.duration, self._get(f"/hls/1/{each.uri}"))

    def _run(self) -> None:
        while not self._stop.wait(1.0):
            self._fetch()

    def stop(self) -> None:
        """Stop after the newest segment."""
        self._stop.set()
        self._thread.join()


def follow(figures: Figures, running: Running, home: Home, arguments: argparse.Namespace) -> None:
    """A client and a viewer while breaks are called and decks are killed, spread evenly over the time."""
    recorder = Recorder(running.url)
    time.sleep(8)
    client = Client(running.url)
    figures.most("first playlist and its segments", client.start_s * 1_000, 1_000, "ms", 0)
    spots = [str(each) for each in home.spots]
    before, began = running.channel(), time.monotonic()
    for due, event in events(arguments.seconds, arguments.breaks, arguments.kills):
        time.sleep(max(0.0, began + due - time.monotonic()))
        if event == "break":
            running.until(lambda: running.command("break_now", spots=spots)["accepted"], "a break")
        else:
            running.until(lambda: killed(running), "a deck to kill")
    time.sleep(max(0.0, began + arguments.seconds - time.monotonic()))
    client.stop()
    after = running.channel()
    time.sleep(1)
    judge(figures, client, recorder.stop())
    figures.add("breaks, kills", f"{arguments.breaks}, {arguments.kills}")
    figures.add("joins, takes", f"{after['seams']['count'] - before['seams']['count']}, "
                                f"{after['takes'] - before['takes']}")  # fmt: skip


def events(seconds: float, breaks: int, kills: int) -> list[tuple[float, str]]:
    """When each break is called and each deck killed (s from the start)."""
    counts = {"break": breaks, "kill": kills}
    return sorted(
        (seconds * (number + part) / count, name)
        for part, (name, count) in zip((0.3, 0.6), counts.items(), strict=True)
        for number in range(count)
    )


def killed(running: Running) -> bool:
    """Kill the deck on air. Return whether there was one."""
    deck = running.channel()["deck"]
    with contextlib.suppress(ProcessLookupError):  # it had written all of its list
        if deck:
            os.kill(deck["pid"], signal.SIGKILL)
            return True
    return False


def judge(figures: Figures, client: Client, viewed: bytes) -> None:
    """Compare the segments with the stream, and their facts with their contents."""
    numbers = sorted(client.segments)
    rows = [client.segments[number] for number in numbers]
    stream = b"".join(data for _, _, data in rows)
    report = analyse(stream, RATE)
    figures.add("segments; pictures", f"{len(rows)}; {report.pictures}")
    figures.add("the bytes of the stream", "equal" if stream in viewed else "differ", "equal", stream in viewed)
    figures.none("sequence numbers missing", numbers[-1] - numbers[0] + 1 - len(numbers))
    figures.none("discontinuities", client.discontinuities)
    figures.none("PTS jumps, lost packets, late PES", report.video_jumps + report.cc_errors + report.late_pes)
    wrong = [1 for each, length, data in rows if analyse(data, RATE).pictures != each.frames
             or abs(length - float(RATE.seconds(each.frames))) > 1e-6]  # fmt: skip
    figures.none("wrong lengths", len(wrong))
    heads = [data for _, _, data in rows if analyse(data[: 188 * 9], RATE).first_pids[:4] != [0, 0x1000, 0x11, 0x100]]
    figures.none("segments without PAT and PMT at the start", len(heads))
    figures.most("longest segment", max(length for _, length, _ in rows), 6.5, "s", 3)
    drift = [abs(a[0].at_ms + a[1] * 1_000 - b[0].at_ms) for a, b in pairwise(rows)]
    figures.most("largest step of the dates", max(drift), FRAME_MS, "ms", 1)
    total = sum(length for _, length, _ in rows[:-1]) * 1_000
    figures.most("drift of the dates in all", abs(rows[0][0].at_ms + total - rows[-1][0].at_ms), FRAME_MS, "ms", 1)


def load(figures: Figures, running: Running, clients: int, seconds: float) -> None:
    """The station's CPU without clients of HLS and with many."""
    running.prepared()
    busy, requests = measured(running, seconds, clients)
    idle, _ = measured(running, 15.0, 0)  # afterwards, because a station that has just started has other work
    figures.add("requests a second", f"{requests / seconds:.0f}")
    figures.add("CPU without clients", f"{idle * 100:.1f} % of a core")
    figures.add(f"CPU with {clients} clients", f"{busy * 100:.1f} % of a core")
    figures.most("a client", (busy - idle) / clients * 100, 0.5, "% of a core", 3)


def measured(running: Running, seconds: float, clients: int) -> tuple[float, int]:
    """The share of a core that the station uses, and the number of requests."""
    before, began = cpu_s(running.pid), time.monotonic()
    requests = asyncio.run(crowd(running.url, seconds, clients))
    return (cpu_s(running.pid) - before) / (time.monotonic() - began), requests


async def crowd(url: str, seconds: float, clients: int) -> int:
    """The number of requests of clients that ask for the playlist every three seconds and for each new segment, as
    players do."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        end = time.monotonic() + seconds
        counts = await asyncio.gather(*(one(http, url, end, number / max(1, clients)) for number in range(clients)))
        await asyncio.sleep(max(0.0, end - time.monotonic()))
    return sum(counts)


async def one(http: aiohttp.ClientSession, url: str, end: float, offset: float) -> int:
    """One of them, with a name of its own; returns the number of its requests."""
    agent, last, count = {"User-Agent": f"bench-{offset:.4f}"}, -1, 0
    await asyncio.sleep(3 * offset)
    while time.monotonic() < end:
        async with http.get(url + MEDIA, headers=agent) as answer:
            page = m3u8.loads(await answer.text())
        newest = page.media_sequence + len(page.segments) - 1
        for number in range(max(last + 1, newest - 1), newest + 1):
            async with http.get(f"{url}/hls/1/{page.segments[number - page.media_sequence].uri}", headers=agent) as got:
                async for _ in got.content.iter_chunked(1 << 16):
                    pass
            count += 1
        last, count = newest, count + 1
        await asyncio.sleep(3)
    return count


if __name__ == "__main__":
    main()
