"""Everything at once, for as long as you like: `python -m tests.bench.soak [--minutes 60]`.

Two channels with viewers that record; commands and file edits at random, decks killed, pieces damaged, spots taken
away, viewers that come and go. It ends in a page of figures.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import random
import signal
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from retrovue_tui.playout.mpegts.analyser import StreamAnalyser
from tests.bench.bench_break_now import FILM, SPOT_FRAMES, SPOTS
from tests.bench.bench_edits import log_faults
from tests.bench.bench_memory import Crowd
from tests.bench.meddling import RATE, Meddler
from tests.bench.reading import read_packets, seen
from tests.bench.rig import Figures, Home, Line, Recorder, Running, bench_home, memory_mb, percentile, station
from tests.media_factory import Clip, make

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = 2
EDIT_EVERY_S, KILL_EVERY_S, DAMAGE_EVERY_S, CHURN_EVERY_S = 1.5, 11.0, 17.0, 1.0
TAKE_S = 60.0
"""How much a viewer records before it is judged, and another takes its place: an hour does not fit into memory."""
REPLACED_S = 5.0


@dataclass
class Verdict:
    """The result of all recordings of one channel."""

    pictures: int = 0
    slates: int = 0
    jumps: int = 0
    counters: int = 0
    disconnects: int = 0
    out_of_order: int = 0
    worst_gap_s: float = 0.0
    audio_ms: float = 0.0

    def take(self, recorder: Recorder) -> None:
        """Judge a recording."""
        data = recorder.stop()
        report = StreamAnalyser(RATE).feed(data)
        pictures = seen(data, recorder.arrivals)
        self.pictures += len(pictures)
        self.slates += sum(picture.number is None for picture in pictures)
        self.jumps += report.video_jumps
        self.counters += report.cc_errors + read_packets(data).cc_errors
        self.disconnects += recorder.disconnected
        self.worst_gap_s = max(self.worst_gap_s, recorder.longest_gap_s)
        self.audio_ms = max(self.audio_ms, report.largest_audio_error / 90)
        film = [p.number for p in pictures if p.number is not None and p.number < FILM]
        self.out_of_order += sum(b != a + 1 and (a, b) != (FILM - 1, 0) for a, b in pairwise(film))


@dataclass
class Chaos:
    """The other faults in a station's life."""

    running: Running
    home: Home
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)

    def kill(self) -> None:
        """`kill -9` of a deck on air."""
        deck = self.running.channel(self.chance.randint(1, CHANNELS))["deck"]
        if deck:
            with contextlib.suppress(ProcessLookupError):
                os.kill(deck["pid"], signal.SIGKILL)
                self.done["decks killed"] += 1

    def damage(self) -> None:
        """A piece that is deleted or filled with rubbish, or a spot that goes away for a while."""
        pieces = [path for path in (self.home.path / "cache").rglob("0*.ts") if path.parent.name != "slates"]
        match self.chance.randrange(3):
            case 0 if pieces:
                self.chance.choice(pieces).unlink(missing_ok=True)
                self.done["pieces deleted"] += 1
            case 1 if pieces:
                piece = self.chance.choice(pieces)
                with contextlib.suppress(OSError), piece.open("r+b") as file:
                    file.seek(self.chance.randrange(max(1, piece.stat().st_size - 4_000)))
                    file.write(self.chance.randbytes(2_000))
                    self.done["pieces damaged"] += 1
            case _:
                spot = self.chance.choice(self.home.spots)
                away = spot.with_name(f".{spot.name}.away")
                if spot.exists():
                    spot.rename(away)
                    self.done["spots taken away"] += 1
                elif away.exists():
                    away.rename(spot)

    def mend(self) -> None:
        """Bring back what was taken away."""
        for spot in self.home.spots:
            away = spot.with_name(f".{spot.name}.away")
            if away.exists():
                away.rename(spot)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    verdicts = [Verdict() for _ in range(CHANNELS)]
    with bench_home() as folder:
        home = soak_home(folder)
        with station(home) as running:
            running.prepared()
            print("prepared", flush=True)
            chance = random.Random(arguments.seed)
            chaos = Chaos(running, home, chance)
            meddlers = [
                Meddler(running, home.rundown(n), home.spots, n, random.Random(chance.random()))
                for n in range(1, CHANNELS + 1)
            ]
            memory = run(running, chaos, meddlers, verdicts, arguments.minutes)
            chaos.mend()
            time.sleep(REPLACED_S)
            states = [running.channel(n) for n in range(1, CHANNELS + 1)]
            agreed = all(meddler.agree() for meddler in meddlers)
        faults = log_faults(folder)
    figures = Figures(f"{arguments.minutes:g} minutes of everything, {CHANNELS} channels")
    for what, count in sorted((sum((m.done for m in meddlers), Counter()) + chaos.done).items()):
        figures.add(f"  {what}", count)
    for line in [line for meddler in meddlers for line in meddler.lost]:
        print(f"  LOST {line}")
    figures.add("refused, with a reason", sum(sum(meddler.refusals.values()) for meddler in meddlers))
    figures.none("commands and edits lost", sum(len(meddler.lost) for meddler in meddlers))
    figures.add("rundown on disk = engine's = API's", "yes" if agreed else "no", "yes", agreed)
    receipts = [took * 1_000 for meddler in meddlers for took in meddler.receipts_s]
    figures.add(
        "command to receipt: median, 99th", f"{percentile(receipts, 50):.0f}, {percentile(receipts, 99):.0f} ms"
    )
    for number, (verdict, state) in enumerate(zip(verdicts, states, strict=True), 1):
        name = f"channel {number}"
        figures.add(f"{name}: pictures, takes, restarts", f"{verdict.pictures}, {state['takes']}, {state['restarts']}")
        figures.none(f"{name}: video jumps, CC errors, disconnects",
                     verdict.jumps + verdict.counters + verdict.disconnects)  # fmt: skip
        figures.most(f"{name}: longest gap", verdict.worst_gap_s * 1_000, 1_000, "ms", 0)
        figures.most(f"{name}: audio error at any seam", verdict.audio_ms, 21.4, "ms", 2)
        figures.add(f"{name}: film out of order; slate", f"{verdict.out_of_order}; {verdict.slates} pictures")
        figures.add(f"{name}: at the end", state["state"], "on_air", state["state"] == "on_air")
    figures.none("faults in the station's log", faults)
    figures.add("memory: first minute, end", f"{memory[0]:.0f}, {memory[-1]:.0f} MB")
    figures.end()


def soak_home(folder: Path) -> Home:
    pool = [make(Clip(frames=frames, first=SPOTS + 1_000 * n)) for n, frames in enumerate(SPOT_FRAMES)]
    film = make(Clip(frames=FILM))
    first = [Line(film)]
    second = [Line(film, 0, 1_000), Line(pool[0], spot=True), Line(film, 1_000, 4_000), Line(pool[1], spot=True),
              Line(film, 4_000)]  # fmt: skip
    return Home(folder, rundowns=[first, second], pool=pool)


def run(
    running: Running, chaos: Chaos, meddlers: list[Meddler], verdicts: list[Verdict], minutes: float
) -> list[float]:
    """Run the whole bench, and return the memory (MB) of each minute."""
    recorders = [Recorder(running.url, n) for n in range(1, CHANNELS + 1)]
    crowd = Crowd(running.url, CHANNELS)
    began = time.monotonic()
    memory: list[float] = []

    def meddle() -> None:
        chaos.chance.choice(meddlers).turn()

    jobs = [(EDIT_EVERY_S, meddle), (KILL_EVERY_S, chaos.kill), (DAMAGE_EVERY_S, chaos.damage),
            (CHURN_EVERY_S, crowd.turn)]  # fmt: skip
    due = [began + every for every, _ in jobs]
    taken = began
    while (now := time.monotonic()) < began + 60 * minutes:
        for index, (every, job) in enumerate(jobs):
            if now >= due[index]:
                due[index] = now + every * chaos.chance.uniform(0.5, 1.5)
                try:
                    job()
                except (OSError, http.client.HTTPException) as error:
                    chaos.done[f"requests that failed: {error}"] += 1
        with contextlib.suppress(OSError, socket.timeout):
            crowd.take()
        if now > taken + TAKE_S:
            fresh = [Recorder(running.url, n) for n in range(1, CHANNELS + 1)]
            for verdict, recorder in zip(verdicts, recorders, strict=True):
                verdict.take(recorder)
            recorders, taken = fresh, time.monotonic()
        if now > began + 60 * (len(memory) + 1):
            memory.append(memory_mb(running.pid))
            print(f"{len(memory)} min: {memory[-1]:.0f} MB, {sum(sum(m.done.values()) for m in meddlers)} edits, "
                  f"{sum(len(m.lost) for m in meddlers)} lost, {dict(chaos.done)}", flush=True)  # fmt: skip
        time.sleep(0.05)
    for verdict, recorder in zip(verdicts, recorders, strict=True):
        verdict.take(recorder)
    return memory or [memory_mb(running.pid)]


if __name__ == "__main__":
    main()
