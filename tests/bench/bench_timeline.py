"""A day of two thousand entries on the timeline: what a step of scrolling or zooming costs until it is painted.

`python -m tests.bench.bench_timeline`
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.protocol.answers.pictures import AssetCue, AssetFacts
from tests.tui.conftest import open_room
from tests.tui.rooms.timeline.scene import EditingStation, laid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.rundown import RundownRow
    from retrovue_tui.tui.rooms.timeline.screen import TimelineScreen

ENTRIES: Final = 2_000
SIZE: Final = (200, 60)
ROUNDS: Final = 300
BUDGET_MS: Final = 10.0


def day() -> tuple[RundownRow, ...]:
    """A programme's segment of two minutes, a break of two spots, for a day."""
    entries: list[tuple[str, str, str, int, int, str | None]] = []
    for number in range(ENTRIES // 4):
        for half in (0, 1):
            entries.append(
                (
                    f"p{number}-{half}",
                    "programme",
                    f"/m/show{number % 40}.mkv",
                    half * 2_000,
                    half * 2_000 + 2_000,
                    None,
                )
            )
        entries += [(f"s{number}-{spot}", "spot", f"/m/spot{spot}.mp4", 0, 595, f"b{number}") for spot in (0, 1)]
    return laid(*entries)


def painted(screen: TimelineScreen) -> tuple[float, float]:
    """Milliseconds of a core's time, and of the wall clock, for drawing the board and every line of the view again."""
    view = screen.query_one("#timeline")
    begun, core = time.perf_counter(), time.thread_time()
    screen.draw()
    for y in range(view.size.height):
        view.render_line(y)
    return (time.thread_time() - core) * 1_000, (time.perf_counter() - begun) * 1_000


def _figures(times: Sequence[float]) -> tuple[float, float]:
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


async def main() -> int:
    """Print p50 and p99 of each kind of step; 1 where one of them is over the budget."""
    station = EditingStation()
    station.revise(8, day())
    for number in range(40):
        file = f"/m/show{number}.mkv"
        station.insides[file] = AssetFacts(file, 4_000, (AssetCue(1_000, "chapter"),), tuple(-20.0 for _ in range(134)))
    failed = False
    async with open_room(station, SIZE) as room:
        await room.pilot.press("2")
        screen: Any = room.app.rooms.all[2]  # only the timeline's own screen has what is measured here
        await room.until(lambda: screen.ready is not None and screen.ready.view is not None, 20)
        await room.until(lambda: len(screen._facts) > 3, 20)
        board = screen.ready
        for name, step in (
            ("scroll", lambda n: setattr(board, "view", board.view.scrolled(3 if n % 2 else 7))),
            ("zoom", lambda n: screen.action_zoom(-1 if n // 12 % 2 else 1)),
            ("cursor", lambda n: screen.action_step(1)),
        ):
            took = []
            for number in range(ROUNDS):
                step(number)
                took.append(painted(screen))
                if not number % 25:
                    await asyncio.sleep(0)
            core, wall = (_figures(times) for times in zip(*took, strict=True))
            failed |= core[1] > BUDGET_MS
            sys.stdout.write(
                f"{name:7} p50 {core[0]:6.2f} ms   p99 {core[1]:6.2f} ms   of {BUDGET_MS:.0f} ms of a core"
                f"   (by the clock {wall[0]:.2f} and {wall[1]:.2f})\n"
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
