"""The past of a channel, compared with what was live; and what viewers of the past cost those of the present:
`python -m tests.bench.bench_catchup [--breaks 12] [--minutes 60] [--live 200] [--past 50]`.

A real station airs numbered pictures of two formats with breaks inside pieces, two of them by hand, while a viewer
records. Then the past is downloaded, and its coded pictures are compared with the recording's, byte for byte. In the
second part viewers in another process watch the channel at 3 Mb/s: first the live ones alone, then with viewers of the
past beside them, each at another place of it.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import subprocess
import sys
import time
import urllib.request
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from retrovue_tui.playout.mpegts.access_units import PictureAssembler
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.playout.mpegts.demux import elementary
from retrovue_tui.playout.mpegts.packets import VIDEO_PID
from retrovue_tui.timecode import FrameRate
from tests import CHECKOUT
from tests.bench.bench_fanout import raise_limit
from tests.bench.rig import Figures, Home, Line, Recorder, bench_home, cpu_s, memory_mb, station, tune_in
from tests.media_factory import HEVC, Clip, make, numbers

if TYPE_CHECKING:
    from tests.bench.rig import Running

RATE = FrameRate(30_000, 1_001)
PAUSE_MS = 250.0
MOST_MB = 60.0
NOISE = "noise=alls=60:allf=t"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--breaks", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=0.0, help="let at least so much air; the rundown repeats")
    parser.add_argument("--live", type=int, default=200)
    parser.add_argument("--past", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--watch", metavar="QUERIES", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    raise_limit()
    if arguments.watch:
        watch(arguments.url, json.loads(arguments.watch), arguments.seconds)
        return
    figures = Figures(f"{arguments.breaks} breaks again; {arguments.past} viewers of the past beside {arguments.live}")
    if arguments.breaks:
        frames(figures, arguments.breaks, arguments.minutes)
    if arguments.live:
        load(figures, arguments.live, arguments.past, arguments.seconds)
    figures.end()


# ── frames ───────────────────────────────────────────────────────────────────────────────────────


def frames(figures: Figures, breaks: int, minutes: float) -> None:
    """Compare the past with what was live."""
    film = make(Clip(frames=1_200, flash=True))
    spot = make(Clip(frames=75, first=40_000, flash=True))
    other = make(Clip(frames=60, rate="24000/1001", first=20_000, suffix=".mkv", video=HEVC))
    planned = breaks - 2
    cuts = [round(number * 1_200 / planned) for number in range(planned + 1)]
    rundown = []
    for number, (first, end) in enumerate(pairwise(cuts)):
        rundown += [Line(film, first, end), Line(other if number % 2 else spot, spot=True)]
    with bench_home() as folder, station(Home(folder, rundowns=[rundown], pool=[spot], catchup="1d")) as running:
        running.prepared()
        recorder = Recorder(running.url)
        began = time.time()
        for at in (0.3, 0.7):
            wanted = int(at * 1_800)
            running.until(partial(has_recorded, recorder, wanted), "a break by hand", 300)
            # refused while a spot is on air
            running.until(lambda: running.command("break_now", seconds=2.5)["accepted"], "a break by hand", 60, 0.3)
        lasts = max(1_200 + 60 * planned + 2 * 75, RATE.count(60 * minutes))
        running.until(lambda: recorder.pictures >= lasts, "the breaks", 600 + 60 * minutes)
        before = time.monotonic()
        past = fetched(running, f"?utc={began - 5:.3f}&pace=0")
        took = time.monotonic() - before
        live = recorder.stop()
    compare(figures, live, past, took)


def has_recorded(recorder: Recorder, pictures: int) -> bool:
    """Whether this number of pictures has arrived."""
    return recorder.pictures >= pictures


def fetched(running: Running, query: str) -> bytes:
    with urllib.request.urlopen(f"{running.url}/iptv/channel/1.ts{query}", timeout=600) as answer:
        data: bytes = answer.read()
    return data


def compare(figures: Figures, live: bytes, past: bytes, took: float) -> None:
    """The recording lies within the past: from the picture on with which it began."""
    report = analyse(past, RATE)
    figures.none("jumps in the past", report.video_jumps)
    figures.none("continuity errors in the past", report.cc_errors)
    figures.add("largest step of sound in the past", f"{report.largest_audio_error / 90:.1f} ms", "<= 21.4",
                report.largest_audio_error <= 1_926)  # fmt: skip
    were, are = coded(live), coded(past)
    at = are.index(were[0])
    common = min(len(were), len(are) - at) - 1
    differing = sum(one != other for one, other in zip(were[:common], are[at : at + common], strict=True))
    figures.add("pictures compared", common, "> 0", common > 0)
    figures.none("coded pictures that differ from the live ones", differing)
    was, now = list(numbers(live))[:common], list(numbers(past))[at : at + common]
    figures.none("pictures with another number", sum(one != other for one, other in zip(was, now, strict=True)))
    figures.add("speed of the download", f"{float(RATE.seconds(len(are))) / took:.0f} x real time")


def coded(data: bytes) -> list[bytes]:
    """Each picture as it was coded, without time stamps and packet headers."""
    assembler = PictureAssembler()
    assembler.feed(data[: len(data) // 188 * 188])
    assembler.finish(complete=True)
    pictures = []
    while (picture := assembler.pop()) is not None:
        pictures.append(elementary(bytes(picture.video.packets), VIDEO_PID))
    return pictures


# ── load ─────────────────────────────────────────────────────────────────────────────────────────


def load(figures: Figures, live: int, past: int, seconds: float) -> None:
    """The cost of viewers of the past for live viewers and for the station."""
    film = make(Clip(frames=900, filters=NOISE))
    with (
        bench_home("catchup") as folder,
        station(Home(folder, video_kbps=3_000, rundowns=[[Line(film)]], catchup="1d")) as running,
    ):
        running.prepared()
        began = time.time()
        time.sleep(10)  # so much of the past there is at least
        alone = measured(running, ["?burst=0"] * live, seconds)
        queries = [f"?utc={began + 8 * number / max(1, past):.3f}" for number in range(past)]
        both = measured(running, ["?burst=0"] * live + queries, seconds)
    figures.add("stream", f"{alone['mbps']:.1f} Mb/s")
    figures.add("live alone: longest pause", f"{alone['live_ms']:.0f} ms")
    figures.add("live with the past: longest pause", f"{both['live_ms']:.0f} ms", f"<= {PAUSE_MS:g}",
                both["live_ms"] <= PAUSE_MS)  # fmt: skip
    figures.add("past: longest pause after the burst", f"{both['past_ms']:.0f} ms")
    figures.add("viewers at real time", both["at_real_time"], f"{live + past}", both["at_real_time"] == live + past)
    figures.add("event loop's lag", f"{alone['lag_ms']:.0f} ms alone, {both['lag_ms']:.0f} ms with the past")
    figures.add("station's CPU", f"{alone['cpu']:.0f} % alone, {both['cpu']:.0f} % with the past")
    more = both["peak_mb"] - alone["peak_mb"]
    figures.add("station's memory", f"{alone['peak_mb']:.0f} MB alone, {more:+.0f} MB with the past", f"<= {MOST_MB:g}",
                more <= MOST_MB)  # fmt: skip


def measured(running: Running, queries: list[str], seconds: float) -> dict[str, Any]:
    """The stream as a crowd in another process sees it, and what the station uses meanwhile."""
    client = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bench_catchup", "--url", running.url, "--watch", json.dumps(queries),
         "--seconds", str(seconds)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT,
    )  # fmt: skip
    assert client.stdout is not None
    peak, used, began = 0.0, cpu_s(running.pid), time.monotonic()
    while client.poll() is None:
        peak = max(peak, memory_mb(running.pid))
        time.sleep(0.2)
    cpu = 100 * (cpu_s(running.pid) - used) / (time.monotonic() - began)
    found: dict[str, Any] = json.loads(client.stdout.read())
    client.stdout.close()
    with urllib.request.urlopen(f"{running.url}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    lag = max(float(line.split()[-1]) for line in lines if line.startswith("retrovue_station_loop_lag_seconds"))
    return {**found, "cpu": cpu, "peak_mb": peak, "lag_ms": 1_000 * lag}


def watch(url: str, queries: list[str], seconds: float) -> None:
    """Act as all of these viewers for this time, and print the results."""
    selector = selectors.EpollSelector()
    for number, query in enumerate(queries):
        sock, _ = tune_in(url, 1, query)
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ, number)
    take(selector, len(queries), 8.0)  # the bursts
    got, pauses = take(selector, len(queries), seconds)
    live = [number for number, query in enumerate(queries) if "utc" not in query]
    rest = [number for number, query in enumerate(queries) if "utc" in query]
    mean = sum(got[number] for number in live) / len(live)
    print(json.dumps({
        "mbps": mean * 8 / seconds / 1e6,
        "live_ms": 1_000 * max(pauses[number] for number in live),
        "past_ms": 1_000 * max((pauses[number] for number in rest), default=0.0),
        "at_real_time": sum(each >= mean * 0.9 for each in got),
    }))  # fmt: skip


def take(selector: selectors.BaseSelector, count: int, seconds: float) -> tuple[list[int], list[float]]:
    """Take whatever comes; each viewer's bytes and longest pause."""
    buffer = bytearray(1 << 20)
    began = time.monotonic()
    got, pauses, last = [0] * count, [0.0] * count, [began] * count
    while time.monotonic() < began + seconds:
        for key, _ in selector.select(timeout=0.05):
            assert isinstance(key.fileobj, socket.socket)
            taken = key.fileobj.recv_into(buffer, len(buffer), socket.MSG_TRUNC)
            if not taken:
                raise SystemExit(f"viewer {key.data} was disconnected")
            now = time.monotonic()
            got[key.data] += taken
            pauses[key.data] = max(pauses[key.data], now - last[key.data])
            last[key.data] = now
    return got, pauses


if __name__ == "__main__":
    main()
