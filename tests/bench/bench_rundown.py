"""The pure floor of live editing on a rundown of ten thousand entries: `python -m tests.bench.bench_rundown`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.rundown.break_edits import Spot, insert_break, move_break, remove_break
from retrovue_tui.rundown.break_fill import Clip, fill
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.file_format.ffconcat import dump, parse
from retrovue_tui.rundown.position_mapping import carry_over
from retrovue_tui.rundown.positions import Position, advance
from retrovue_tui.rundown.undo_history import History, difference
from retrovue_tui.timecode import FrameRate
from tests.bench.rig import Figures

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = FrameRate(30_000, 1_001)
PATH = Path("/rundowns/1.ffconcat")
TURNS = 5


def rundown() -> Rundown:
    """Programmes of 900 frames, each with a spot behind it."""
    rows = []
    for n in range(5_000):
        rows.append(Entry(f"p{n}", "programme", Path(f"/media/{n}.mp4"), 0, 900))
        rows.append(Entry(f"s{n}", "spot", Path(f"/ads/{n % 40}.mp4"), break_id=f"b{n}"))
    return Rundown(tuple(rows))


def length(entry: Entry) -> int:
    return 900


def best_ms(work: Callable[[], object]) -> float:
    """The quickest of a few turns."""
    taken = []
    for _ in range(TURNS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken) * 1_000


def main() -> None:
    old = rundown()
    text = dump(old, PATH, RATE)
    spots = [Spot(Path("/ads/cola.mp4")), Spot(Path("/ads/soap.mp4"))]
    inserted = insert_break(old, "p1700", 100, spots, lengths=length, rate=RATE).rundown
    after = dump(inserted, PATH, RATE)
    middle = Position(0, 5_000, 40)
    pool = [Clip(Path(f"/ads/{n}.mp4"), str(n), 300 + n % 700) for n in range(1_000)]
    known = History(text).record(text, after, "insert")
    works: list[tuple[str, float, Callable[[], object]]] = [
        ("parse", 500, lambda: parse(text, PATH, RATE)),
        ("dump, all of it anew", 200, lambda: dump(old, PATH, RATE)),
        ("insert_break", 50, lambda: insert_break(old, "p1700", 100, spots, lengths=length, rate=RATE)),
        ("move_break", 50, lambda: move_break(old, "b1700", "p9", 100, lengths=length, rate=RATE)),
        ("remove_break", 50, lambda: remove_break(old, "b1700", rate=RATE)),
        ("carry_over", 50, lambda: carry_over(old.entries, inserted.entries, middle, length)),
        ("carry_over, read anew", 200, lambda: carry_over(old.entries, parse_once.entries, middle, length)),
        ("history: record", 150, lambda: History(text).record(text, after, "insert")),
        ("history: undo", 50, lambda: known.undo(after)),
        ("difference, all turned round", 1_000, lambda: difference(text, "\n".join(reversed(text.split("\n"))))),
        ("fill 20 minutes from 1000 spots", 200, lambda: fill(pool, 36_000)),
        ("advance by 50 years", 200, lambda: advance(old.entries, middle, 30 * 86_400 * 365 * 50, length)),
    ]
    parse_once = parse(after, PATH, RATE)
    figures = Figures("a rundown of 10 000 entries: the quickest of five turns")
    for what, limit, work in works:
        figures.most(what, best_ms(work), limit, "ms")
    figures.end()


if __name__ == "__main__":
    main()
