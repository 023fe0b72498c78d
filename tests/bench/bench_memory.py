"""Whether the server's memory stays flat: `python -m tests.bench.bench_memory [--minutes 60]`.

A station airs rundowns that go round in seconds, its decks are killed (each time a take), the rundown file is written
anew, viewers come and go every second, one of them too slow to keep up, and others ask for snapshots. A line a minute;
at the end the growth since the first minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bench.bench_joins import make_rundown
from tests.bench.rig import Figures, Home, Running, bench_home, memory_mb, station, tune_in

if TYPE_CHECKING:
    import socket

    from tests.bench.rig import Line

WARM_MINUTES = 6
"""The log of events fills up, and after the longest backlog of a stuck viewer the heap knows its size."""
GROWTH_MB = 5
TURN_S = 0.25
KILL_EVERY, EDIT_EVERY, VIEWERS = 26, 80, 12


@dataclass
class Crowd:
    """Viewers that come and go; the first of each dozen takes nothing."""

    url: str
    channels: int
    joined: int = 0
    watching: list[socket.socket] = field(default_factory=list)
    stuck: list[socket.socket] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def turn(self) -> None:
        """One comes, one goes, and all take what there is."""
        if self.joined % 4 < 3 or len(self.watching) < VIEWERS:
            sock, _ = tune_in(self.url, self.chance.randrange(self.channels) + 1, self.chance.choice(("", "?burst=0")))
            sock.setblocking(False)
            (self.stuck if self.joined % 12 == 0 else self.watching).append(sock)
        self.joined += 1
        for crowd, most in ((self.watching, VIEWERS), (self.stuck, 4)):
            while len(crowd) > most:
                crowd.pop(self.chance.randrange(len(crowd))).close()

    def take(self) -> None:
        """Read the bytes that have arrived, and forget viewers that were disconnected."""
        for sock in list(self.watching):
            with contextlib.suppress(BlockingIOError):
                while data := sock.recv(1 << 18):
                    if len(data) < 1 << 12:
                        break
                else:
                    self.watching.remove(sock)
                    sock.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--channels", type=int, default=3)
    arguments = parser.parse_args()
    rundown = make_rundown()
    rundowns = [rundown[n:] + rundown[:n] for n in range(arguments.channels)]
    with bench_home() as folder:
        home = Home(folder, rundowns=rundowns)
        with station(home) as running:
            running.prepared()
            lines = run(running, home, arguments.minutes)
    figures = Figures(f"the server's memory over {arguments.minutes:g} minutes of takes, edits and viewer churn")
    settled = [line for line in lines if line[0] >= WARM_MINUTES] or lines
    figures.add("after the first minute", f"{lines[0][1]:.1f} MB")
    figures.add(f"after {settled[0][0]} minutes", f"{settled[0][1]:.1f} MB")
    figures.add("at the end", f"{lines[-1][1]:.1f} MB")
    figures.most("growth after the first minutes", settled[-1][1] - settled[0][1], GROWTH_MB, "MB")
    figures.end()


def run(running: Running, home: Home, minutes: float) -> list[tuple[int, float]]:
    """Minutes and megabytes, one pair for each minute."""
    crowd = Crowd(running.url, len(home.rundowns))
    began = time.monotonic()
    turn = minute = kills = edits = 0
    lines: list[tuple[int, float]] = []
    while time.monotonic() < began + 60 * minutes:
        turn += 1
        time.sleep(TURN_S)
        crowd.take()
        if turn % 4 == 0:
            crowd.turn()
            running.get("/api/station")
        channel = kills % len(home.rundowns) + 1
        if turn % KILL_EVERY == 0:
            kills += kill_deck(running, channel)
        if turn % EDIT_EVERY == 0:
            edits += 1
            home.write_rundown(channel, edited(home.rundowns[channel - 1], edits))
        if time.monotonic() >= began + 60 * (minute + 1):
            minute += 1
            lines.append((minute, memory_mb(running.pid)))
            told = running.get("/api/station")["channels"]
            print(f"{minute:3d} min: {lines[-1][1]:.1f} MB, peak {memory_mb(running.pid, 'VmHWM'):.1f}; {kills} kills, "
                  f"{sum(each['takes'] for each in told)} takes, {sum(each['seams']['count'] for each in told)} seams, "
                  f"{edits} edits, {crowd.joined} joins", flush=True)  # fmt: skip
    return lines


def kill_deck(running: Running, channel: int) -> int:
    deck = running.channel(channel)["deck"]
    if not deck:
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(deck["pid"], signal.SIGKILL)
    return 1


def edited(rundown: list[Line], edits: int) -> list[Line]:
    """The same entries, with two neighbours exchanged."""
    at = edits % (len(rundown) - 1)
    return [*rundown[:at], rundown[at + 1], rundown[at], *rundown[at + 2 :]]


if __name__ == "__main__":
    main()
