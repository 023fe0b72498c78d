"""The back-off of a deck queue: when a deck may start after failures, and which piece is passed over for them."""

from __future__ import annotations

from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

FIRST_DELAY_S: Final = 0.2
"""The delay of `BackOff` after the second failure in a row; the first costs none."""
LONGEST_DELAY_S: Final = 5.0
"""The delay of `BackOff` doubles with each further failure, up to this."""
TRIES: Final = 3
"""How often a piece may deliver nothing before `BackOff.gives_up` says to pass it over."""


class BackOff:
    """Counts failures of decks. After a deck that was healthy the next one may start at once."""

    def __init__(self) -> None:
        self._failures = 0
        self._retry_at = 0.0
        self._fruitless: Counter[Path] = Counter()

    def may_start(self, now: float) -> bool:
        """Return whether the delay after the last failure is over, at monotonic time `now`."""
        return now >= self._retry_at

    def failed(self, *, healthy: bool) -> None:
        """Count a failure of a deck; `healthy`: it had delivered enough before, so that only this failure counts."""
        self._failures = 0 if healthy else self._failures + 1
        doubled = FIRST_DELAY_S * 2 ** min(self._failures - 2, 8)
        self._retry_at = monotonic() + (0.0 if self._failures <= 1 else min(LONGEST_DELAY_S, doubled))

    def delivered(self) -> None:
        """Forget which pieces have delivered nothing: the failed deck had delivered something."""
        self._fruitless.clear()

    def gives_up(self, file: Path) -> bool:
        """Count a deck that failed at the beginning of a piece and had delivered nothing; return whether to pass the
        piece over. What follows it may then start at once: the piece was at fault."""
        self._fruitless[file] += 1
        if self._fruitless[file] < TRIES:
            return False
        self._fruitless.clear()
        self._failures, self._retry_at = 0, 0.0
        return True
