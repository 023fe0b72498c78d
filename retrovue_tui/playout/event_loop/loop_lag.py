"""Measures how late the event loop runs its tasks."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL_S: Final = 10.0


class LoopLag:
    """Keeps the worst delay of the current and of the previous interval, so that a reader that asks once per interval
    misses no delay. The station's clock records its own delay at every tick."""

    def __init__(self, interval_s: float = INTERVAL_S, clock: Callable[[], float] = monotonic) -> None:
        self._interval, self._clock = interval_s, clock
        self._began = clock()
        self._before = self._now = 0.0

    def note(self, late_s: float) -> None:
        """Record that a task ran this many seconds after it was due."""
        self._turn()
        self._now = max(self._now, late_s)

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
