"""Breaks fired from outside, as a viewer gets them: `python -m tests.bench.bench_break_now [--breaks 100]`.

A numbered film airs; commands go over HTTP, and a viewer in this process notes when each picture came. So it is known
how long it is from the command to the first byte of the spot's first picture, and which picture followed the break.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.bench.bench_joins import judge_packets
from tests.bench.reading import seen
from tests.bench.rig import Figures, Home, Line, Recorder, Running, bench_home, percentile, station
from tests.media_factory import Clip, make

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bench.reading import Seen

FILM, SPOTS = 27_000, 40_000
"""A film of 15 minutes. 250 breaks into it take less time; if it began again, all of them would air again."""
FRAME_MS = 1001 / 30
SPOT_FRAMES = (45, 50, 55, 58)
STANDBY_S = 1.4


@dataclass(frozen=True)
class Given:
    """A command, the monotonic time (s) when it was sent, and what came back."""

    name: str
    sent: float
    answered: float
    receipt: Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--breaks", type=int, default=100)
    parser.add_argument("--returns", type=int, default=30, help="how many times each of return and skip")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with bench_home() as folder, station(home_of(folder)) as running:
        running.prepared()
        recorder = Recorder(running.url)
        print("prepared", flush=True)
        time.sleep(2)
        given = breaks(running, chance, arguments.breaks) + jumps(running, chance, arguments.returns)
        time.sleep(1)
        data = recorder.stop()
    figures = Figures(f"{arguments.breaks} breaks now, {arguments.returns} times each return and skip, 480p")
    judge(figures, given, seen(data, recorder.arrivals))
    figures.none("disconnects", int(recorder.disconnected))
    judge_packets(figures, data)
    figures.end()


def home_of(folder: Any) -> Home:
    """A film, and a pool of short spots; each spot has numbers of its own."""
    pool = [make(Clip(frames=frames, first=SPOTS + 1_000 * n)) for n, frames in enumerate(SPOT_FRAMES)]
    return Home(folder, rundowns=[[Line(make(Clip(frames=FILM)))]], pool=pool)


def give(running: Running, name: str, **arguments: Any) -> Given:
    sent = time.monotonic()
    receipt = running.command(name, **arguments)
    return Given(name, sent, time.monotonic(), receipt)


def on_air(running: Running, kind: str) -> None:
    running.until(lambda: (running.channel()["on_air"] or {}).get("kind") == kind, f"a {kind} on air", 20, 0.03)


def break_now(running: Running, wait_s: float, seconds: int) -> Given:
    """Break into the film after this time."""
    on_air(running, "programme")
    time.sleep(wait_s)
    return give(running, "break_now", seconds=seconds)


def breaks(running: Running, chance: random.Random, count: int) -> list[Given]:
    """Breaks of one spot, at random frames."""
    given = []
    for turn in range(count):
        given.append(break_now(running, STANDBY_S + chance.uniform(0, 0.5), 2))
        time.sleep(0.2)
        if turn % 20 == 19:
            print(f"{turn + 1} breaks", flush=True)
    on_air(running, "programme")
    return given


def jumps(running: Running, chance: random.Random, count: int) -> list[Given]:
    """Longer breaks, from which a skip goes to the next spot and a return to the film."""
    given = []
    for _ in range(count):
        given.append(break_now(running, STANDBY_S + chance.uniform(0, 0.3), 10))
        time.sleep(0.4)
        given.append(give(running, "skip"))
        time.sleep(0.4)
        given.append(give(running, "return"))
    time.sleep(1)
    return given


def judge(figures: Figures, given: Sequence[Given], pictures: Sequence[Seen]) -> None:
    """The result of each command, from the recording."""
    refused = [each for each in given if not each.receipt["accepted"]]
    for each in refused[:5]:
        print(f"  {each.name} refused: {each.receipt['reason']}")
    figures.none("commands refused", len(refused))
    clock = time.time() - time.monotonic()
    begins: dict[str, Callable[[int], bool]] = {
        "break_now": lambda number: number >= SPOTS and number % 1_000 == 0,
        "skip": lambda number: number >= SPOTS and number % 1_000 == 0,
        "return": lambda number: number < FILM,
    }
    took: dict[str, list[float]] = {name: [] for name in begins}
    promised_in, promised_at = [], []
    for each in given:
        if not each.receipt["accepted"]:
            continue
        first = next((p.at for p in pictures if p.at > each.sent and p.number is not None
                      and begins[each.name](p.number)), None)  # fmt: skip
        if first is None:
            took[each.name].append(60_000.0)
            continue
        took[each.name].append((first - each.sent) * 1_000)
        promised_in.append(abs(first - each.answered - each.receipt["on_air_in_s"]) * 1_000)
        promised_at.append(abs(first + clock - each.receipt["on_air_at"]) * 1_000)
    figures.most("break_now to the wire, median", percentile(took["break_now"], 50), 25, "ms")
    figures.most("break_now to the wire, 99th percentile", percentile(took["break_now"], 99), 40, "ms")
    figures.add("break_now to the wire, worst", f"{max(took['break_now']):.1f} ms")
    answers = [(each.answered - each.sent) * 1_000 for each in given if each.name == "break_now"]
    figures.add("break_now to its receipt: median, worst", f"{percentile(answers, 50):.1f}, {max(answers):.1f} ms")
    for name in ("return", "skip"):
        figures.most(f"{name} to the wire, 99th percentile", percentile(took[name], 99), 500, "ms")
        figures.add(f"{name} to the wire, median", f"{percentile(took[name], 50):.1f} ms")
    for what, errors in (("on_air_at", promised_at), ("on_air_in_s", promised_in)):
        figures.most(f"{what} against what was measured, 99th percentile", percentile(errors, 99), FRAME_MS, "ms")
        figures.add(f"{what} against what was measured, worst", f"{max(errors):.1f} ms")
    film = [picture.number for picture in pictures if picture.number is not None and picture.number < FILM]
    wrong = [(one, other) for one, other in pairwise(film) if other != (one + 1) % FILM]
    for one, other in wrong[:5]:
        print(f"  behind picture {one} came {other}")
    figures.none("pictures of the film lost or repeated", len(wrong))
    figures.none("pictures without a number (slate)", sum(picture.number is None for picture in pictures))
    resumes = sum((a.number or 0) >= SPOTS > (b.number or 0) for a, b in pairwise(pictures))
    figures.add("resumes", resumes, f"{len(took['break_now'])}", resumes == len(took["break_now"]))


if __name__ == "__main__":
    main()
