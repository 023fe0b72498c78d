"""Frame rates, positions and SMPTE timecode (SMPTE ST 12-1).

A position is an integer count of frames at the house rate. In the transport stream it becomes 90 kHz ticks (ISO/IEC
13818-1, 2.4.2.2), and on the screen timecode. No position is ever a float.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from retrovue_tui.errors import RetrovueError

TICKS_PER_SECOND = 90_000
HOUSE_RATES = ("24000/1001", "25", "30000/1001", "50", "60000/1001")

_TIMECODE = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)([:;.])(\d\d)", re.ASCII)


class TimecodeError(RetrovueError):
    """Raised for a text that is not a timecode of this rate, or not a frame rate."""

    title = "Timecode"


@dataclass(frozen=True)
class FrameRate:
    """A constant frame rate, `num / den` frames a second."""

    num: int
    den: int = 1

    def __post_init__(self) -> None:
        if self.num <= 0 or self.den <= 0:
            raise TimecodeError(f"a frame rate is positive, not {self.num}/{self.den}")
        divisor = math.gcd(self.num, self.den)
        object.__setattr__(self, "num", self.num // divisor)  # so that equal rates are equal
        object.__setattr__(self, "den", self.den // divisor)

    @classmethod
    def parse(cls, text: str) -> FrameRate:
        """Return the frame rate in a text like `"25"` or `"30000/1001"`. Raises `TimecodeError` for any other text."""
        match = re.fullmatch(r"(\d{1,9})(?:/(\d{1,9}))?", text.strip(), re.ASCII)
        if match is None or int(match[1]) == 0 or (match[2] is not None and int(match[2]) == 0):
            raise TimecodeError(f"not a frame rate: {text!r}; write it like 25 or 30000/1001")
        value = Fraction(int(match[1]), int(match[2] or 1))
        return cls(value.numerator, value.denominator)

    def __str__(self) -> str:
        return str(self.num) if self.den == 1 else f"{self.num}/{self.den}"

    @cached_property
    def fraction(self) -> Fraction:
        """Return the exact number of frames a second."""
        return Fraction(self.num, self.den)

    @cached_property
    def nominal(self) -> int:
        """Return the number of frames that timecode counts in a second: 30 for 30000/1001."""
        return round(self.fraction)

    @property
    def drops(self) -> bool:
        """Return whether timecode of this rate is drop-frame, as for 29.97 and 59.94 (ST 12-1, 5.2.2)."""
        return self.den == 1001 and self.nominal in (30, 60)

    def ticks(self, frame: int) -> int:
        """Return the 90 kHz time of a frame's start, rounded to the nearest tick."""
        return (2 * frame * TICKS_PER_SECOND * self.den + self.num) // (2 * self.num)

    def seconds(self, frame: int) -> Fraction:
        """Return the exact time of a frame's start, in seconds."""
        return Fraction(frame * self.den, self.num)

    def nearest(self, seconds: Fraction | float) -> int:
        """Return the frame whose start is nearest to a time in seconds. If two are equally near, return the later
        one."""
        above, below = seconds.as_integer_ratio()
        return (2 * above * self.num + below * self.den) // (2 * below * self.den)

    def count(self, seconds: Fraction | float) -> int:
        """Return how many whole frames fit into a duration in seconds. It allows a slack of a millionth of a second for
        rounded durations."""
        return max(0, math.floor((Fraction(seconds) + Fraction(1, 1_000_000)) * self.num / self.den))

    def timecode(self, frame: int) -> str:
        """Return `HH:MM:SS:FF`, or `HH:MM:SS;FF` in drop-frame, which skips labels to follow the clock."""
        if frame < 0:
            raise TimecodeError(f"timecode of a negative frame: {frame}")
        label = self._dropped_label(frame) if self.drops else frame
        seconds, frames = divmod(label, self.nominal)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        mark = ";" if self.drops else ":"
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:02d}"

    def frame(self, timecode: str) -> int:
        """Return the frame that a timecode names. Raises `TimecodeError` if the text is no timecode, or if its label
        does not exist.

        At a drop-frame rate every label is read as drop-frame, with any mark before the frames: `;`, `:` or `.`.
        """
        match = _TIMECODE.fullmatch(timecode.strip())
        if match is None:
            raise TimecodeError(f"not a timecode: {timecode!r}; write it like 01:10:00{';' if self.drops else ':'}00")
        hours, minutes, seconds, frames = int(match[1]), int(match[2]), int(match[3]), int(match[5])
        if frames >= self.nominal:
            raise TimecodeError(f"{timecode!r}: frames run from 00 to {self.nominal - 1} at {self}")
        total_minutes = 60 * hours + minutes
        label = (60 * total_minutes + seconds) * self.nominal + frames
        if not self.drops:
            return label
        skipped = self._skipped_a_minute
        if seconds == 0 and frames < skipped and minutes % 10:
            raise TimecodeError(f"{timecode!r} is a label that drop-frame timecode skips; the next is ;{skipped:02d}")
        return label - skipped * (total_minutes - total_minutes // 10)

    @property
    def _skipped_a_minute(self) -> int:
        return self.nominal // 15

    def _dropped_label(self, frame: int) -> int:
        skipped = self._skipped_a_minute
        a_minute = 60 * self.nominal - skipped
        ten_minutes = 10 * a_minute + skipped
        tens, rest = divmod(frame, ten_minutes)
        label = frame + 9 * skipped * tens
        if rest >= 60 * self.nominal:
            label += skipped * (1 + (rest - 60 * self.nominal) // a_minute)
        return label
