"""The station killed and started again: `python -m tests.bench.bench_resume [--kills 20] [--channels 1]`.

`kill -9` at random moments of a rundown that loops once a minute over a film cut at odd frames and its spots, then a
pause of up to `--down` seconds, in which an entry may end, and a start. A viewer reads the numbers painted into the
pictures. The clock is that of the very first run: picture by picture, how many frames before or after its time of then
does each arrive? Errors must not add up over the kills.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import time
from dataclasses import dataclass
from statistics import median

from tests.bench.reading import Seen, seen
from tests.bench.rig import Figures, Home, Line, Recorder, Running, bench_home, launch, station, url_of
from tests.media_factory import Clip, make

FRAME_S = 1001 / 30_000
FILM, COLA, SOAP = Clip(frames=1_500, flash=True), Clip(frames=151, first=20_000), Clip(frames=97, first=30_000)
CUTS = (437, 1_003)
LIVE_S = 0.3
"""What a viewer gets in this time after joining may be older: a join begins with the newest key frame."""
LIVE_PICTURES = 45
MOST_FRAMES = 1.0


@dataclass(frozen=True)
class Shown:
    """The result of one look at the stream: the place of the first picture in the round, and the phase of the clock."""

    place: int
    phase: float
    waited_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--down", type=float, default=8.0, help="the longest pause before the next start, seconds")
    parser.add_argument("--channels", type=int, default=1, help="how many channels the station has; the first is read")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    lines = rundown()
    order = [number for line in lines for number in numbers_of(line)]
    errors: list[float] = []
    waits: list[float] = []
    crossed = 0
    with bench_home() as folder:
        home = Home(folder, rundowns=[lines] * arguments.channels, on_start="clock")
        with station(home) as running:
            running.prepared()
        process = launch(home)
        url = url_of(process, home)
        truth = look(url, order)
        print(f"round of {len(order)} frames; on air at {truth.place}", flush=True)
        try:
            for kill in range(arguments.kills):
                time.sleep(chance.uniform(0.2, 9))
                before = place_at(truth.phase, time.monotonic(), len(order))
                os.kill(process.pid, signal.SIGKILL)
                process.wait(20)
                assert process.stdout is not None
                process.stdout.close()
                down = chance.uniform(0, arguments.down)
                time.sleep(down)
                process = launch(home)
                url = url_of(process, home)
                now = look(url, order)
                error = (now.phase - truth.phase) / FRAME_S
                error = (error + len(order) / 2) % len(order) - len(order) / 2
                errors.append(error)
                waits.append(now.waited_s)
                passed = entry_of(lines, before) != entry_of(lines, now.place)
                crossed += passed
                print(f"{kill + 1:3}  killed in {entry_of(lines, before)} at {before:4}, down {down:4.1f} s, back in"
                      f" {entry_of(lines, now.place)} at {now.place:4}{' (an entry ended)' if passed else '':17}"
                      f"  slate {now.waited_s:4.1f} s  off by {error:+.2f} frames", flush=True)  # fmt: skip
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    figures = Figures(f"{arguments.kills} times killed and started again, on_start = clock")
    right = sum(abs(error) <= MOST_FRAMES for error in errors)
    figures.add("resumed within 1 frame", f"{right} of {len(errors)}", f"{len(errors)} of {len(errors)}",
                right == len(errors))  # fmt: skip
    figures.most("largest error", max((abs(error) for error in errors), default=0.0), MOST_FRAMES, "frames", 2)
    figures.add("an entry ended while it was down", crossed)
    figures.add("first right picture after `on air`: median, worst", f"{median(waits):.1f}, {max(waits):.1f} s")
    figures.end()


def rundown() -> list[Line]:
    """Film, spot, film, spot, film: a round of a minute."""
    film, first, second = make(FILM), *CUTS
    return [
        Line(film, 0, first), Line(make(COLA), spot=True), Line(film, first, second), Line(make(SOAP), spot=True),
        Line(film, second),
    ]  # fmt: skip


def numbers_of(line: Line) -> range:
    """The numbers in the pictures of one entry."""
    clip = next(each for each in (FILM, COLA, SOAP) if make(each) == line.file)
    return range(clip.first + line.first, clip.first + (clip.frames if line.end is None else line.end))


def entry_of(lines: list[Line], place: int) -> str:
    """The entry at a frame of the round."""
    for index, line in enumerate(lines):
        if place < len(numbers_of(line)):
            return f"{'spot' if line.spot else 'film'} {index}"
        place -= len(numbers_of(line))
    return "?"


def place_at(phase: float, at: float, length: int) -> int:
    """The frame of the round that the clock names for a monotonic time."""
    return int((at - phase) / FRAME_S) % length


def look(url: str, order: list[int]) -> Shown:
    """Watch until enough numbered pictures have arrived live, and compute the clock's phase: the time at which frame 0
    was due."""
    running, called = Running(0, url), time.monotonic()
    running.until(lambda: running.channel()["state"] == "on_air", "the channel to leave the slate", every=0.02)
    began = time.monotonic()
    waited = began - called
    recorder = Recorder(url)
    time.sleep(LIVE_S + LIVE_PICTURES * FRAME_S + 0.2)
    data, arrivals = recorder.stop(), recorder.arrivals
    live = [each for each in seen(data, arrivals) if each.number is not None and each.at > began + LIVE_S]
    if len(live) < LIVE_PICTURES // 2:
        raise SystemExit(f"only {len(live)} pictures came in live")
    places = [order.index(picture_number(each)) for each in live]
    phases = [each.at - place * FRAME_S for each, place in zip(live, places, strict=True)]
    whole = len(order) * FRAME_S  # the loop may lie between two of them
    phases = [phases[0] + (phase - phases[0] + whole / 2) % whole - whole / 2 for phase in phases]
    return Shown(places[0], median(phases), waited)


def picture_number(picture: Seen) -> int:
    assert picture.number is not None
    return picture.number


if __name__ == "__main__":
    main()
