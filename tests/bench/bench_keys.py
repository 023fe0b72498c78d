"""The air while a control room is hammered with keys: `python -m tests.bench.bench_keys [--seconds 60]`.

A station in a process of its own, a viewer that records, and the real control room attached in a tmux of its own, into
which keys of four rooms are typed at random, edits and breaks among them. Then the recording is judged, and when
each picture came against when it was due.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.bench_break_now import home_of
from tests.bench.bench_joins import RATE, judge_packets
from tests.bench.reading import picture_starts, read_packets, seen
from tests.bench.rig import Figures, Recorder, Running, bench_home, percentile, station
from tests.tui.tmux_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

JITTER_MS = 50
RATE_KEYS = 40
"""Keys a second: more than a hand can, less than tmux drops."""
SETTLE_S = 1.0
"""The burst at a viewer's start is not paced."""
MOVES = ("Up", "Down", "Left", "Right", "S-Left", "S-Right", "PageUp", "PageDown", "g", "G", "Tab", "BTab", "Space")
KEYS = (
    *MOVES, *MOVES, "1", "2", "2", "2", "3", "4", "z", "Z", "f", "j", "k", "l", "[", "]", "n", "i", "o", "x", "m", "p",
    "p", "t", "/", "?", "=", "b", "b", "Enter", "Enter", "Escape", "Escape", "w", "u", "C-r", "d", "s", "B", "R", "H",
    ",", ".", "y", "1", "5",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with bench_home() as folder, station(home_of(folder)) as running:
        running.prepared()
        command = f"{sys.executable} -m retrovue_tui attach {running.url}"
        terminal = Terminal(Path(folder) / "tmux", 120, 36, f"cd {Path.cwd()} && {command}")
        try:
            terminal.shows("Bench 1", "CONNECTED", timeout=30)
            recorder = Recorder(running.url)
            before = running.get("/api/channels/1/rundown")["revision"]
            print("prepared", flush=True)
            typed = hammer(terminal, random.Random(arguments.seed), arguments.seconds)
            revisions = running.get("/api/channels/1/rundown")["revision"] - before
            alive = answers(terminal, running)
            data = recorder.stop()
        finally:
            terminal.close()
    figures = Figures(f"{typed} keys in {arguments.seconds:g} s, one viewer recording")
    figures.add("revisions of the rundown that came of it", revisions, "> 0", revisions > 0)
    figures.add("the control room answers behind it", alive, "yes", alive == "yes")
    pictures = seen(data, recorder.arrivals)
    judge_pace(figures, data, recorder.arrivals)
    figures.none("disconnects", int(recorder.disconnected))
    figures.none("pictures without a number (slate)", sum(picture.number is None for picture in pictures))
    judge_packets(figures, data)
    figures.end()


def hammer(terminal: Terminal, chance: random.Random, seconds: float) -> int:
    """Type until the time is over; how many keys that were."""
    began, typed = time.monotonic(), 0
    while time.monotonic() < began + seconds:
        terminal.type(chance.choice(KEYS))
        typed += 1
        time.sleep(max(0.0, began + typed / RATE_KEYS - time.monotonic()))
    return typed


def answers(terminal: Terminal, running: Running) -> str:
    """Whether the control room still is one: out of every dialog, and back in room 1."""
    for _ in range(8):
        terminal.type("Escape")
        time.sleep(0.1)
    terminal.type("1")
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if running.url.rpartition(":")[2] in terminal.screen and "CONNECTED" in terminal.screen:
            return "yes"
        time.sleep(0.1)
    return f"no:{os.linesep}{terminal.screen}"


def judge_pace(figures: Figures, data: bytes, arrivals: Sequence[tuple[int, float]]) -> None:
    """How early and how late pictures came against the pace of the rate, once the burst at the start is over."""
    frame_s = float(RATE.seconds(1))
    ends, at = [end for end, _ in arrivals], [when for _, when in arrivals]
    came, chunk = [], 0
    for start in picture_starts(data):
        while ends[chunk] <= start:
            chunk += 1
        came.append(at[chunk])
    paced = [(number, when) for number, when in enumerate(came) if when > came[0] + SETTLE_S]
    late = [(when - number * frame_s) * 1_000 for number, when in paced]
    usual = percentile(late, 50)
    figures.most(
        "pictures later or earlier than their pace, worst", max(abs(each - usual) for each in late), JITTER_MS, "ms"
    )
    figures.add("  99th percentile", f"{percentile([abs(each - usual) for each in late], 99):.1f} ms")
    figures.add("pictures judged, of packets", f"{len(late)}, {read_packets(data).count}")


if __name__ == "__main__":
    main()
