"""A station whose event loop is watched: `python -m tests.loop_probe FIGURES serve --home DIR`.

Every callback of the loop is timed, by the wall clock and by the CPU that its own thread used: the wall clock also
counts what other programs take of the machine. The worst ones are written to the file FIGURES twice a second, as JSON:
a list of `{"wall_ms", "cpu_ms", "what"}`, of which the first is the worst by the wall clock.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import time
from asyncio import base_events, events
from pathlib import Path
from typing import Any

WORST = 20
TOLD_MS = 2.0
_worst: list[tuple[float, float, str]] = []
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
        real(handle)
        wall = 1_000 * (time.perf_counter() - began)
        if wall > TOLD_MS:
            _note(wall, 1_000 * (time.thread_time() - used), 1_000 * (_collected[1] - collected), handle)

    gc.callbacks.append(_time_collector)
    setattr(events.Handle, "_run", timed)  # noqa: B010  # mypy lets no method be assigned


def _time_collector(phase: str, _: dict[str, int]) -> None:
    if phase == "start":
        _collected[0] = time.perf_counter()
    else:
        _collected[1] += time.perf_counter() - _collected[0]


def _note(wall: float, cpu: float, collector: float, handle: asyncio.Handle) -> None:
    """Keep the worst ones by either clock."""
    if len(_worst) < WORST or wall > _worst[-1][0] or cpu > max(each[1] for each in _worst):
        what = base_events._format_handle(handle)  # type: ignore[attr-defined]  # asyncio's own words for a callback
        if collector > 1.0:
            what = f"{collector:.1f} ms of it the garbage collector: {what}"
        _worst.append((wall, cpu, what))
        _worst.sort(reverse=True)
        while len(_worst) > WORST:
            busiest = max(_worst, key=lambda each: each[1])
            _worst.remove(next(each for each in reversed(_worst) if each is not busiest))


def _write(figures: Path) -> None:
    fresh, start = figures.with_suffix(".new"), figures.with_suffix(".start")
    while True:
        time.sleep(0.5)
        if start.exists():  # what came before does not count
            _worst.clear()
            start.unlink()
        rows = [{"wall_ms": round(wall, 2), "cpu_ms": round(cpu, 2), "what": what} for wall, cpu, what in list(_worst)]
        fresh.write_text(json.dumps(rows))
        fresh.rename(figures)


if __name__ == "__main__":
    raise SystemExit(main())
