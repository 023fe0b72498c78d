"""The times of a channel's pictures for playlists: steady, although the machine's clock is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.timecode import FrameRate


class FrameTimes:
    """Counts times from one picture on, at the frame rate, so that the dates of segments fit their lengths. If the
    machine's clock is then more than a frame away, it counts from there on again."""

    def __init__(self, rate: FrameRate, air_time: Callable[[int], float]) -> None:
        """`air_time` returns the Unix time at which a picture is due, by the machine's clock (s)."""
        self._rate, self._air_time = rate, air_time
        self._from: tuple[int, float] | None = None

    def at(self, frame: int) -> float:
        """Return the Unix time at which a picture is due (s)."""
        now = self._air_time(frame)
        if self._from is not None:
            counted = self._from[1] + float(self._rate.seconds(frame - self._from[0]))
            if abs(counted - now) <= float(self._rate.seconds(1)):
                return counted
        self._from = (frame, now)
        return now

    def follow(self, other: FrameTimes) -> None:
        """Count from the same picture on as another one."""
        self._from = other._from

    def forget(self) -> None:
        """Count from the next picture on."""
        self._from = None
