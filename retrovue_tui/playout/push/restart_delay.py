"""The delays before a failed output is tried again."""

from __future__ import annotations

from typing import Final

DELAYS_S: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
"""The delays after the first failure in a row, the second, and so on (s); the last one repeats."""
HEALTHY_S: Final = 60.0
"""An output that has sent for this long (s) was healthy: the delays then begin again."""


class RestartDelay:
    """Counts the failures in a row."""

    def __init__(self) -> None:
        self._failures = 0

    def failed(self, sent_s: float) -> float:
        """Return the delay before the next try (s). `sent_s`: how long the output had sent before it failed."""
        if sent_s >= HEALTHY_S:
            self._failures = 0
        delay = DELAYS_S[min(self._failures, len(DELAYS_S) - 1)]
        self._failures += 1
        return delay
