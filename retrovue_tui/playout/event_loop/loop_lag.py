"""Measures how late the event loop runs its tasks."""

from __future__ import annotations

from bisect import bisect_left
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL_S: Final = 10.0
BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""The upper bounds of the histogram's buckets (s)."""


class DelayHistogram:
    """Counts delays by their size since the start. `counts`: one number for each of `BOUNDS_S`, and one for longer
    delays. `sum_s`: the sum of all delays (s)."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one delay."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds


class LoopLag:
    """Keeps the worst delay of the current and of the previous interval, so that a reader that asks once per interval
    misses no delay. The station's clock records its own delay at every tick."""

    def __init__(self, interval_s: float = INTERVAL_S, clock: Callable[[], float] = monotonic) -> None:
        self.histogram = DelayHistogram()
        """All delays since the start."""
        self._interval, self._clock = interval_s, clock
        self._began = clock()
        self._before = self._now = 0.0

    def note(self, late_s: float) -> None:
        """Record that a task ran this many seconds after it was due."""
        self._turn()
        self._now = max(self._now, late_s)
        self.histogram.add(max(0.0, late_s))

    @property
    def worst_s(self) -> float:
        """The worst recent delay, in seconds."""
        self._turn()
        return max(self._before, self._now)

    def _turn(self) -> None:
        passed = self._clock() - self._began
        if passed < self._interval:
            return
        self._before = self._now if passed < 2 * self._interval else 0.0
        self._now = 0.0
        self._began = self._clock()
