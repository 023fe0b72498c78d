"""The pace of a stream of the past: real time, with a burst at the start."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.timecode import FrameRate


class Pacer:
    """Says how many pictures may be sent now. The client is at most `burst_s` ahead of real time, also after it has
    paused."""

    def __init__(self, rate: FrameRate, burst_s: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._burst_s = burst_s
        self._clock = clock
        self._began: float | None = None

    def lead_s(self, frame: int) -> float:
        """Return how much longer the client can play what it has been sent (s): everything before picture `frame`."""
        now, sent = self._clock(), float(self._rate.seconds(frame))
        if self._began is None or now - self._began > sent:  # the client has paused, or waited for the present
            self._began = now - sent
        return sent - (now - self._began)

    def wait_s(self, frame: int, count: int) -> float:
        """Return the time until the next `count` pictures, from picture `frame` on, may be sent (s); 0 if they may be
        sent now."""
        return max(0.0, self.lead_s(frame) + float(self._rate.seconds(count)) - self._burst_s)
