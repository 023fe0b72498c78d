"""The growing delay before another attempt to reach a scheduler, or to start a process again."""

from __future__ import annotations

from typing import Final

FIRST_S: Final = 0.5
MOST_S: Final = 30.0


class Delay:
    """Half a second, then twice as long each time, up to 30 s."""

    def __init__(self) -> None:
        self._next = FIRST_S

    def next(self) -> float:
        """Return the delay before the next attempt (s)."""
        now, self._next = self._next, min(MOST_S, 2 * self._next)
        return now

    def reset(self) -> None:
        """Begin again with the shortest delay, after a success."""
        self._next = FIRST_S
