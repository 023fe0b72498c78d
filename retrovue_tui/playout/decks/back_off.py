"""The back-off of a deck queue: the delays before new decks after failures, and the pieces that are given up."""

from __future__ import annotations

from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

FIRST_DELAY_S: Final = 0.2
"""The delay after the second failure in a row (s). After the first one there is no delay."""
LONGEST_DELAY_S: Final = 5.0
"""The longest delay (s). Each further failure doubles the delay, up to this limit."""
TRIES: Final = 3
"""`BackOff.gives_up` gives up a piece after it has delivered nothing this many times."""


class BackOff:
    """Counts the failures of decks. If the failed deck was healthy, the next deck may start at once."""

    def __init__(self) -> None:
        self._failures = 0
        self._retry_at = 0.0
        self._fruitless: Counter[Path] = Counter()

    def may_start(self, now: float) -> bool:
        """Return whether the delay after the last failure is over, at monotonic time `now`."""
        return now >= self._retry_at

    def failed(self, *, healthy: bool) -> None:
        """Count a failure of a deck. `healthy` is True if the deck had delivered enough before it failed; then earlier
        failures no longer count."""
        self._failures = 0 if healthy else self._failures + 1
        doubled = FIRST_DELAY_S * 2 ** min(self._failures - 2, 8)
        self._retry_at = monotonic() + (0.0 if self._failures <= 1 else min(LONGEST_DELAY_S, doubled))

    def delivered(self) -> None:
        """Forget which pieces have delivered nothing, because the failed deck had delivered something."""
        self._fruitless.clear()

    def gives_up(self, file: Path) -> bool:
        """Count a failure of a deck at the beginning of a piece that delivered nothing. Return whether to pass the
        piece over; then the next deck may start at once, because the piece was at fault."""
        self._fruitless[file] += 1
        if self._fruitless[file] < TRIES:
            return False
        self._fruitless.clear()
        self._failures, self._retry_at = 0, 0.0
        return True
