"""Decides when the station gives a sign of life to systemd's watchdog. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Heartbeat:
    """Gives a sign of life every half of the watchdog's time, but only if the station's clock has ticked since the last
    look.

    After a standstill, the sign comes with the first look that finds new ticks. So the watchdog ends the station only
    if the clock, or the event loop that looks, stands still for nearly `watchdog_s` seconds. `now` must not run while
    the machine is asleep, and the watchdog's own clock does not either.
    """

    def __init__(self, watchdog_s: float, ticks: Callable[[], int], now: Callable[[], float]) -> None:
        self._every_s = watchdog_s / 2
        self._ticks, self._now = ticks, now
        self._seen = ticks()
        self._given: float | None = None
        self.look_s = min(1.0, watchdog_s / 8)
        """The time between two looks (s)."""

    def look(self) -> bool:
        """Return whether a sign of life is due now."""
        ticks, now = self._ticks(), self._now()
        ticked, self._seen = ticks != self._seen, ticks
        if not ticked or (self._given is not None and now - self._given < self._every_s - self.look_s / 2):
            return False
        self._given = now
        return True
