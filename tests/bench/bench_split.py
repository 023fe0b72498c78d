"""Spots that split the viewers: `python -m tests.bench.bench_split [--breaks 100] [--groups 2] [--viewers 40]`.

A numbered film airs; commands fire breaks of one spot, which each group of viewers sees in a version with numbers of
its own. Every third break is ended before its time. Viewers of each group record the stream, and clients of HLS fetch
every segment once, while other viewers and a busy process make load. In the end all recordings are read.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from retrovue_tui.audience.groups import group_of, viewer_key
from retrovue_tui.playout.mpegts.analyser import StreamAnalyser
from retrovue_tui.timecode import FrameRate
from tests.bench.reading import read_packets
from tests.bench.rig import Figures, Home, Line, Recorder, Running, bench_home, cpu_s, station
from tests.media_factory import Clip, make, numbers

if TYPE_CHECKING:
    from pathlib import Path

RATE = FrameRate(30_000, 1_001)
FILM, FRAMES = 18_000, 58
STANDBY_S = 1.4


@dataclass
class HlsClient:
    """A client of HLS in a thread."""

    url: str
    agent: str
    parts: dict[int, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> HlsClient:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def _get(self, path: str) -> bytes:
        asked = urllib.request.Request(self.url + path, headers={"User-Agent": self.agent})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return bytes(answer.read())

    def _run(self) -> None:
        while not self._stop.wait(1.0):
            try:
                text = self._get("/hls/1/index.m3u8").decode()
                found = re.search(r"MEDIA-SEQUENCE:(\d+)", text)
                names = [line for line in text.splitlines() if line and not line.startswith("#")]
                for number, name in enumerate(names, int(found[1]) if found else 0):
                    if number not in self.parts:
                        self.parts[number] = self._get(f"/hls/1/{name}")
            except OSError as error:
                self.faults.append(str(error))

    def stop(self) -> bytes:
        """Leave, and return the segments one after another, without the first two, which aired before it came."""
        self._stop.set()
        self._thread.join()
        return b"".join(self.parts[number] for number in sorted(self.parts)[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--breaks", type=int, default=100)
    parser.add_argument("--groups", type=int, default=2)
    parser.add_argument("--viewers", type=int, default=40, help="how many more viewers there are")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with bench_home() as folder:
        home = home_of(folder, arguments.groups)
        with station(home) as running:
            running.prepared()
            of_groups = agents(home, arguments.groups)
            running.until(lambda: ready(running), "the versions to be prepared", 120)
            recorders = {n: Recorder(running.url, agent=agent) for n, agent in of_groups.items()}
            clients = {n: HlsClient(running.url, agent).start() for n, agent in of_groups.items()}
            crowd = [Recorder(running.url, agent=f"crowd/{n}", keep=False) for n in range(arguments.viewers)]
            load = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            before, began = cpu_s(running.pid), time.monotonic()
            ended = fire(running, chance, arguments.breaks)
            share = (cpu_s(running.pid) - before) / (time.monotonic() - began)
            time.sleep(15)  # the last segments
            load.kill()
            load.wait()
            data = {n: each.stop() for n, each in recorders.items()}
            hls = {n: each.stop() for n, each in clients.items()}
            lost = sum(each.disconnected for each in (*recorders.values(), *crowd))
            for each in crowd:
                each.stop()
    figures = Figures(f"{arguments.breaks} splits in {arguments.groups} groups, {ended} of them ended early, 480p")
    figures.none("disconnects", lost)
    figures.none("faults of HLS clients", sum(len(each.faults) for each in clients.values()))
    for what, streams in (("stream", data), ("HLS", hls)):
        judge(figures, what, streams, arguments.breaks if what == "stream" else 0)
    figures.add("CPU of the station meanwhile", f"{100 * share:.1f} % of a core")
    figures.end()


def home_of(folder: Path, groups: int) -> Home:
    """A film, and a pool with one spot in as many versions as there are groups; each has numbers of its own."""
    made = [make(Clip(frames=FRAMES, first=20_000 + 1_000 * n)) for n in range(groups)]
    home = Home(folder, rundowns=[[Line(make(Clip(frames=FILM)))]], pool=made)
    home.write()
    others = json.dumps([each.name for each in made[1:]])
    (folder / "media/ads/pool.toml").write_text(f'["{made[0].name}"]\nvariants = {others}\nsplit = true\n')
    return home


def agents(home: Home, groups: int) -> dict[int, str]:
    """A program of each group."""
    instance = json.loads((home.path / "state" / "identity.json").read_text())["instance"]
    spot, weights, found = str(home.spots[0]), (1.0,) * groups, dict[int, str]()
    for number in range(1_000):
        agent = f"bench/{number}"
        found.setdefault(group_of(viewer_key(instance, address="127.0.0.1", client=agent), spot, weights), agent)
    return found


def ready(running: Running) -> bool:
    """Whether a break would be split: the receipt of a dry run says so."""
    receipt: Any = running.command("break_now", seconds=2, dry_run=True)
    return any("splits the viewers" in line for line in receipt.get("changes", ()))


def on_air(running: Running, kind: str) -> None:
    running.until(lambda: (running.channel()["on_air"] or {}).get("kind") == kind, f"a {kind} on air", 20, 0.03)


def fire(running: Running, chance: random.Random, count: int) -> int:
    """Fire breaks at random frames; return how many were ended early."""
    ended = 0
    for turn in range(count):
        on_air(running, "programme")
        time.sleep(STANDBY_S + chance.uniform(0, 0.4))
        running.command("break_now", seconds=2)
        time.sleep(0.3)
        if turn % 3 == 2:
            time.sleep(chance.uniform(0, 0.8))
            ended += bool(running.command("return")["accepted"])
        if turn % 20 == 19:
            print(f"{turn + 1} breaks", flush=True)
    on_air(running, "programme")
    return ended


def judge(figures: Figures, what: str, streams: dict[int, bytes], breaks: int) -> None:
    """Time stamps and counters of each group's stream; then what the groups saw, picture by picture."""
    jumps = errors = late = 0
    seen: dict[int, list[int]] = {}
    for group, stream in streams.items():
        stream = stream[: len(stream) // 188 * 188]
        report = StreamAnalyser(RATE).feed(stream)
        packets = read_packets(stream)
        jumps += report.video_jumps
        errors += report.cc_errors + packets.cc_errors + packets.marked_discontinuities + report.sync_errors
        late += report.late_pes
        seen[group] = [-1 if number is None else number for number in numbers(stream)]
    figures.none(f"{what}: PTS jumps in all groups", jumps)
    figures.none(f"{what}: CC errors, marks, lost sync in all groups", errors)
    figures.none(f"{what}: PES later than their PCR", late)
    own = {group: sum(n // 1_000 == 20 + group for n in each) for group, each in seen.items()}
    foreign = sum(n >= 20_000 and n // 1_000 != 20 + group for group, each in seen.items() for n in each)
    figures.none(f"{what}: pictures of another group's version", foreign)
    figures.add(f"{what}: pictures of its own version in each group", " ".join(map(str, own.values())))
    films = aligned([[n % 1_000 + 20_000 if n >= 20_000 else n for n in each] for each in seen.values()])
    apart = sum(len(set(row)) > 1 for row in films)
    figures.none(f"{what}: pictures at which the groups are not at the same frame", apart)
    if breaks:
        begun = [sum(b // 1_000 == 20 + g > a // 1_000 for a, b in pairwise(each)) for g, each in seen.items()]
        figures.none(f"{what}: breaks that a group did not see", sum(abs(breaks - each) for each in begun))


def aligned(rows: list[list[int]]) -> list[tuple[int, ...]]:
    """The pictures of all recordings side by side, from the first picture that all have."""
    first = next(number for number in rows[0] if all(number in each[:2_000] for each in rows))
    return list(zip(*(each[each.index(first) :] for each in rows), strict=False))


if __name__ == "__main__":
    main()
