"""The difference between the machine's two clocks: Unix time, and the monotonic clock that times the pictures."""

from __future__ import annotations

import time
from typing import Final

CLOSE_ENOUGH_S: Final = 50e-6
"""Two readings of the monotonic clock closer than this (s) have no pause between them."""
TRIES: Final = 5


def unix_offset() -> float:
    """Return what must be added to a monotonic time to get the Unix time (s).

    The two clocks cannot be read at the same moment, and on a busy machine the process may have to wait between the
    readings. So Unix time is read between two readings of the monotonic clock, and again if these are far apart.
    """
    shortest, offset = float("inf"), 0.0
    for _ in range(TRIES):
        before = time.monotonic()
        unix = time.time()
        after = time.monotonic()
        if after - before < shortest:
            shortest, offset = after - before, unix - (before + after) / 2
        if shortest <= CLOSE_ENOUGH_S:
            break
    return offset
