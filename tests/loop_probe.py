"""A station whose event loop is watched: `python -m tests.loop_probe FIGURES serve --home DIR`.

Every callback of the loop is timed, by the wall clock and by the CPU that its own thread used: the wall clock also
counts what other programs take of the machine. `interrupted` says that they did: the system took the CPU from the
thread while the callback ran. The worst ones are written to the file FIGURES twice a second, as JSON: a list of
`{"wall_ms", "cpu_ms", "interrupted", "what"}`, of which the first is the worst by the wall clock.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import threading
import time
from asyncio import base_events, events
from pathlib import Path
from typing import Any
from unittest.mock import patch

WORST = 20
TOLD_MS = 2.0
_worst: list[tuple[float, float, bool, str]] = []
_collected = [0.0, 0.0]
"""When the garbage collector began, and how long all its runs took so far (s)."""


def main() -> int:
    figures = Path(sys.argv[1])
    sys.argv = ["retrovue-tui", *sys.argv[2:]]
    watch_callbacks()
    threading.Thread(target=_write, args=(figures,), daemon=True).start()
    from retrovue_tui.cli import main as run

    return run()


def watch_callbacks() -> None:
    """Time every callback of every event loop of this process from now on."""
    real = events.Handle._run  # what runs each callback has no public name

    def timed(handle: Any) -> None:
        began, used, collected = time.perf_counter(), time.thread_time(), _collected[1]
        switches = _interruptions()
        real(handle)
        wall = 1_000 * (time.perf_counter() - began)
        if wall > TOLD_MS:
            cpu = 1_000 * (time.thread_time() - used)
            _note(wall, cpu, _interruptions() > switches, 1_000 * (_collected[1] - collected), handle)

    gc.callbacks.append(_time_collector)
    patch.object(events.Handle, "_run", timed).start()  # for as long as the process runs


def _interruptions() -> int:
    """How often the system has taken the CPU from this thread, although it could have gone on."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw


def _time_collector(phase: str, _: dict[str, int]) -> None:
    if phase == "start":
        _collected[0] = time.perf_counter()
    else:
        _collected[1] += time.perf_counter() - _collected[0]


def _note(wall: float, cpu: float, interrupted: bool, collector: float, handle: asyncio.Handle) -> None:
    """Keep the worst ones by either clock, and of those that were not interrupted."""
    kept = _kept()
    if len(_worst) < WORST or wall > _worst[-1][0] or cpu > kept[0][1] or (not interrupted and wall > kept[-1][0]):
        what = base_events._format_handle(handle)  # type: ignore[attr-defined]  # asyncio's own words for a callback
        if collector > 1.0:
            what = f"{collector:.1f} ms of it the garbage collector: {what}"
        _worst.append((wall, cpu, interrupted, what))
        _worst.sort(reverse=True)
        while len(_worst) > WORST:
            kept = _kept()
            _worst.remove(next(each for each in reversed(_worst) if each not in kept))


def _kept() -> list[tuple[float, float, bool, str]]:
    """The busiest one, and the longest that was not interrupted."""
    none = (0.0, 0.0, False, "")
    busiest = max(_worst, key=lambda each: each[1], default=none)
    return [busiest, max((each for each in _worst if not each[2]), default=none)]


def _write(figures: Path) -> None:
    fresh, start = figures.with_suffix(".new"), figures.with_suffix(".start")
    while True:
        time.sleep(0.5)
        if start.exists():  # what came before does not count
            _worst.clear()
            start.unlink()
        rows = [
            {"wall_ms": round(wall, 2), "cpu_ms": round(cpu, 2), "interrupted": interrupted, "what": what}
            for wall, cpu, interrupted, what in list(_worst)
        ]
        fresh.write_text(json.dumps(rows))
        fresh.rename(figures)


if __name__ == "__main__":
    raise SystemExit(main())
