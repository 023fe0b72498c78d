"""The frames of a plan on the clock: frame 0 is at a fixed moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from retrovue_tui.timecode import FrameRate

_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class TimeGrid:
    """Converts between moments and frame numbers. `epoch` is the moment of frame 0, aware."""

    epoch: datetime
    rate: FrameRate

    def frame(self, moment: datetime) -> int:
        """Return the frame that begins nearest to a moment."""
        return self.rate.nearest(Fraction((moment - self.epoch) // _MICROSECOND, 1_000_000))

    def time(self, frame: int) -> datetime:
        """Return the moment, in UTC, at which a frame begins, to the microsecond."""
        return self.epoch.astimezone(UTC) + round(self.rate.seconds(frame) * 1_000_000) * _MICROSECOND

    def clock(self, frame: int) -> datetime:
        """Return the whole second nearest to the beginning of a frame, in UTC, for texts: a frame that begins on the
        full minute may begin a moment before it."""
        return (self.time(frame) + timedelta(seconds=0.5)).replace(microsecond=0)

    def within(self, frame: int) -> datetime:
        """Return the moment in the middle of a frame. It is never before the moment to which the frame is nearest."""
        return self.time(frame) + round(self.rate.seconds(1) * 500_000 + 1) * _MICROSECOND

    def before(self, frame: int) -> datetime:
        """Return the moment half a frame before a frame begins: the first one to which this frame is nearest."""
        return self.time(frame) - round(self.rate.seconds(1) * 500_000 - 1) * _MICROSECOND
