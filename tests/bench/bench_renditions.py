"""Qualities of a channel: `python -m tests.bench.bench_renditions [--switches 100] [--kbps 500]`.

A running channel at 480p with two lower qualities. Three viewers record the three qualities side by side; a client then
changes between them at random moments of the recordings, and decodes what it got. A viewer of `quality=auto` reads no
faster than `--kbps`. The cost of the station is measured with one viewer, and with one viewer of each quality.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import av

from tests.bench.reading import picture_starts, read_packets, read_times
from tests.bench.rig import Figures, Home, Line, bench_home, cpu_s, station, tune_in
from tests.bench.scenery import scenery

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from tests.bench.rig import Running

QUALITIES = ("480p", "360p", "240p")
STEP = 3003
PREPARE_S = 90.0
RECORD_S, COST_S, SHAPED_S, SETTLED_S = 12.0, 15.0, 30.0, 10.0
COST_LIMIT = 2.2
BUFFER = 16_384
"""A slow connection has a small buffer; the kernel would take seconds of stream for it otherwise."""


@dataclass
class Recording:
    """A recorded stream: its packets, and for each picture its time, first byte, and whether it is a key frame."""

    data: bytes
    times: list[int]
    starts: list[int]
    keys: list[int]

    @classmethod
    def of(cls, data: bytes) -> Recording:
        """Read a recording. The last picture is left out, because it may not be whole."""
        data = data[: len(data) // 188 * 188]
        times, keys = [], []
        with av.open(io.BytesIO(data), "r", format="mpegts") as container:
            for packet in container.demux(video=0):
                if packet.pts is not None:
                    times.append(int(packet.pts))
                    if packet.is_keyframe:
                        keys.append(int(packet.pts))
        return cls(data, times[:-1], picture_starts(data)[: len(times) - 1], keys)

    def part(self, first: int, end: int) -> bytes:
        """Return the packets from the picture with the time `first` up to the picture with the time `end`."""
        return self.data[self.starts[self.times.index(first)] : self.starts[self.times.index(end)]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--switches", type=int, default=100)
    parser.add_argument("--kbps", type=int, default=500, help="what the connection of the auto viewer takes")
    arguments = parser.parse_args()
    figures = Figures(f"{arguments.switches} changes of quality; auto at {arguments.kbps} kb/s")
    with bench_home("renditions-480p") as folder:
        home = Home(folder, rundowns=[[Line(file) for file in scenery()]], renditions=QUALITIES)
        with station(home) as running:
            running.prepared()
            settled(folder)
            one = cost(running, QUALITIES[:1])
            three = cost(running, QUALITIES)
            recordings = recorded(running)
            data, names = shaped(running, arguments.kbps)
    switch(figures, recordings, arguments.switches)
    auto(figures, data, names)
    figures.add("CPU with one quality watched, with three", f"{100 * one:.1f}, {100 * three:.1f} % of a core")
    figures.most("three against one", three / one, COST_LIMIT, "times")
    figures.end()


def settled(folder: Path) -> None:
    """Wait until no lower piece has been added for ten seconds, but not for longer than `PREPARE_S`."""
    count, since = -1, time.monotonic()
    until = since + PREPARE_S
    while time.monotonic() - since < 10:
        if time.monotonic() > until:
            raise SystemExit(f"the lower pieces are not complete after {PREPARE_S:.0f} s")
        now = len(list((folder / "cache" / "renditions").rglob("*.ts")))
        if now != count:
            count, since = now, time.monotonic()
        time.sleep(0.5)


def drain(sockets: list[socket.socket], seconds: float) -> list[bytes]:
    """Read all of these streams for a time."""
    found = [bytearray() for _ in sockets]
    for sock in sockets:
        sock.settimeout(0.02)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for sock, data in zip(sockets, found, strict=True):
            try:
                data += sock.recv(1 << 20)
            except TimeoutError:
                continue
    return [bytes(data) for data in found]


def cost(running: Running, qualities: tuple[str, ...]) -> float:
    """The station's share of a core, its decks included, while each of these qualities is watched."""
    sockets = [tune_in(running.url, query=f"?quality={each}&burst=0")[0] for each in qualities]
    drain(sockets, 3)
    processes = {running.pid, *running.children()}
    before, began = sum(map(cpu_s, processes)), time.monotonic()
    drain(sockets, COST_S)
    used = (sum(map(cpu_s, processes)) - before) / (time.monotonic() - began)
    for sock in sockets:
        sock.close()
    return used


def recorded(running: Running) -> list[Recording]:
    """Record every quality at the same time."""
    joined = [tune_in(running.url, query=f"?quality={each}") for each in QUALITIES]
    parts = drain([sock for sock, _ in joined], RECORD_S)
    for sock, _ in joined:
        sock.close()
    return [Recording.of(first + rest) for (_, first), rest in zip(joined, parts, strict=True)]


def switch(figures: Figures, recordings: list[Recording], count: int) -> None:
    """Change between recordings at random moments; each change takes effect at the next key frame of the other one."""
    chance = random.Random(13)
    gop = max(later - earlier for earlier, later in pairwise(recordings[0].keys))
    unequal = jumps = undecoded = 0
    waits: list[int] = []
    first = max(each.keys[0] for each in recordings)
    last = min(each.times[-1] for each in recordings)
    spans = [[at for at in each.keys if first <= at <= last] for each in recordings]
    unequal = sum(each != spans[0] for each in spans[1:])
    for _ in range(count):
        one, other = chance.sample(recordings, 2)
        moment = chance.choice([at for at in one.times if first <= at < spans[0][-3]])
        key = other.keys[bisect_left(other.keys, moment)]
        waits.append(key - moment)
        begin, end = one.keys[max(0, bisect_left(one.keys, key) - 2)], other.keys[bisect_left(other.keys, key) + 1]
        made = one.part(begin, key) + other.part(key, end)
        times = read_times(made)
        jumps += times.video_jumps(STEP)
        undecoded += abs(decoded(made) - round((end - begin) / STEP))
    for name, each in zip(QUALITIES, recordings, strict=True):
        figures.add(f"pictures of {name} by their height", height_counts(each.data))
    figures.none("qualities whose key frames are at other times", unequal)
    figures.none(f"PTS jumps in {count} changes", jumps)
    figures.none("pictures that were not decoded, or too many", undecoded)
    figures.most("longest wait for the next picture", max(waits) / 90, gop / 90, "ms")


def height_counts(data: bytes) -> dict[int, int]:
    """How many pictures of a stream have each height: a missing lower piece is replaced by the channel's picture."""
    with av.open(io.BytesIO(data), "r", format="mpegts") as container:
        return dict(Counter(frame.height for frame in container.decode(video=0)))


def decoded(data: bytes) -> int:
    """The number of pictures that a decoder makes of a stream."""
    with av.open(io.BytesIO(data), "r", format="mpegts") as container:
        return sum(1 for _ in container.decode(video=0))


def shaped(running: Running, kbps: int) -> tuple[bytes, list[tuple[float, str, float]]]:
    """Watch `quality=auto` with a connection that takes so much: the stream, and every half second the time since its
    start, the quality, and how far the viewer is behind (s)."""
    sock, data = tune_in(running.url, query="?quality=auto&burst=0", receive_buffer=BUFFER)
    sock.settimeout(0.1)
    found, names = bytearray(data), []
    began = looked = time.monotonic()
    while (now := time.monotonic()) - began < SHAPED_S:
        allowed = int((now - began) * kbps * 125) - len(found)
        if allowed > 0:
            with contextlib.suppress(TimeoutError):
                found += sock.recv(allowed)
        time.sleep(0.02)
        if now - looked > 0.5:
            looked = now
            row = next(each for each in running.get("/api/clients")["clients"] if "auto" in str(each.get("quality")))
            names.append((now - began, row["quality"], row.get("behind_s", 0.0)))
    sock.close()
    return bytes(found), names


def auto(figures: Figures, data: bytes, names: list[tuple[float, str, float]]) -> None:
    """Judge the stream of the viewer with the slow connection."""
    changes = [at for (_, before, _), (at, after, _) in pairwise(names) if before != after]
    packets, times = read_packets(data), read_times(data)
    figures.add("qualities of the auto viewer", " > ".join(dict.fromkeys(name for _, name, _ in names)))
    figures.most("last change of quality", max(changes, default=0.0), SETTLED_S, "s")
    figures.none("continuity errors of auto", packets.cc_errors)
    figures.none("PTS jumps of auto", times.video_jumps(STEP))
    figures.add("behind at the most, and at the end", f"{max(b for *_, b in names):.1f}, {names[-1][2]:.1f} s")


if __name__ == "__main__":
    main()
