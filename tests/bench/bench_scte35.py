"""Splice messages of breaks, planned and by hand, as a receiver gets them: `python -m tests.bench.bench_scte35`.

Several channels air short breaks after each other, and operators fire more. An ad inserter (`threefive` reads the
messages) must know at each picture whether a break is on; the numbers in the pictures say whether that is right.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.bench.bench_joins import judge_packets
from tests.bench.rig import Figures, Home, Line, Recorder, Running, bench_home, cpu_s, percentile, station
from tests.media_factory import Clip, decode, make
from tests.playout.channel.splice_receiver import FOUR_S, Receiver, by_picture

if TYPE_CHECKING:
    from pathlib import Path

FILM, SPOTS = 2_700, 20_000
SEGMENT, SPOT_FRAMES = 150, (30, 45, 60)
UNKNOWN = 300
"""So many pictures after it has tuned in, the receiver knows every event."""


@dataclass
class Result:
    """The findings of the receivers of all channels."""

    planned: int = 0
    by_hand: int = 0
    messages: int = 0
    undecoded: int = 0
    wrong: int = 0
    pictures: int = 0
    leads: list[int] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=80)
    parser.add_argument("--kills", type=int, default=3, help="how many times a deck is killed")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with bench_home() as folder, station(home_of(folder, arguments.channels)) as running:
        running.prepared()
        recorders = [Recorder(running.url, number + 1) for number in range(arguments.channels)]
        print("prepared", flush=True)
        before = cpu_s(running.pid)
        refused = operate(running, chance, arguments.channels, arguments.seconds, arguments.kills)
        cpu = (cpu_s(running.pid) - before) / arguments.seconds / arguments.channels
        recordings = [recorder.stop() for recorder in recorders]
    result = Result()
    for data in recordings:
        follow(data, result)
    figures = Figures(f"splice messages of {arguments.channels} channels, {arguments.seconds} s each, 480p")
    figures.add("breaks", result.planned + result.by_hand, ">= 100", result.planned + result.by_hand >= 100)
    figures.add("of these: planned, by hand", f"{result.planned}, {result.by_hand}")
    figures.add("commands refused (a break was on)", refused)
    figures.add("messages", result.messages)
    figures.none("messages that are wrong or do not decode", result.undecoded)
    figures.add("pictures", result.pictures)
    figures.none("pictures at which the receiver was wrong", result.wrong)
    figures.add("first announcement: earliest lead", f"{max(result.leads, default=0) / 90_000:.2f} s")
    figures.none("breaks announced less than 4 s ahead", sum(lead < FOUR_S for lead in result.leads))
    figures.add("first announcement: median lead", f"{percentile(result.leads, 50) / 90_000:.2f} s")
    figures.add("station's CPU for each channel", f"{100 * cpu:.2f} %")
    judge_packets(figures, recordings[0])
    figures.end()


def home_of(folder: Path, channels: int) -> Home:
    """Channels with a short break in every five seconds of a film, and a pool of spots for breaks by hand."""
    film = make(Clip(frames=FILM))
    spots = [make(Clip(frames=frames, first=SPOTS + 1_000 * n)) for n, frames in enumerate(SPOT_FRAMES)]
    rundowns = []
    for number in range(channels):
        lines: list[Line] = []
        for first in range(0, FILM, SEGMENT):
            lines += [Line(film, first, first + SEGMENT), Line(spots[(first // SEGMENT + number) % 3], spot=True)]
        rundowns.append(lines)
    return Home(folder, rundowns=rundowns, pool=spots, scte35=True)


def operate(running: Running, chance: random.Random, channels: int, seconds: int, kills: int) -> int:
    """Fire breaks, return from some, and kill decks. Return how many breaks were refused."""
    end, refused = time.monotonic() + seconds, 0
    killed_at = [time.monotonic() + (n + 1) * seconds / (kills + 1) for n in range(kills)]
    while time.monotonic() < end:
        time.sleep(chance.uniform(0.7, 1.3))
        channel = chance.randint(1, channels)
        receipt: Any = running.command("break_now", channel, seconds=chance.choice((1, 2, 4)))
        refused += not receipt["accepted"]
        if receipt["accepted"] and chance.random() < 0.3:
            time.sleep(0.4)
            running.command("return", channel)
        if killed_at and time.monotonic() > killed_at[0]:
            killed_at.pop(0)
            deck = running.channel(channel)["deck"]
            if deck is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(deck["pid"], signal.SIGKILL)
    return refused


def follow(data: bytes, result: Result) -> None:
    """Compare what a receiver knows at each picture of a recording with the number in the picture."""
    receiver = Receiver(late=True)
    films = decode(data)
    for number, ((pts, messages), film) in enumerate(zip(by_picture(data), films, strict=False)):
        if number == UNKNOWN:
            receiver.late, receiver.outs = False, []
        try:
            receiver.picture(pts, messages)
        except AssertionError as fault:
            print(f"  picture {number}: {fault}")
            result.undecoded += 1
        wrong = (receiver.out is not None) != ((film.number or 0) >= SPOTS)
        if wrong and number >= UNKNOWN:
            result.wrong += 1
            if result.wrong <= 5:
                print(f"  picture {number} has number {film.number}; the receiver thinks {receiver.out}")
    result.pictures += max(0, len(films) - UNKNOWN)
    result.messages += receiver.messages
    result.by_hand += sum(event >> 28 == 6 for event in receiver.outs)
    result.planned += sum(event >> 28 == 4 for event in receiver.outs)
    result.leads += [leads[0] for event, leads in receiver.heard.items() if event in receiver.outs]


if __name__ == "__main__":
    main()
