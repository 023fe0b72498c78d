"""Frame rates, positions and SMPTE timecode (SMPTE ST 12-1).

A position is a 0-based, whole number of frames at the house rate, never a float. The transport stream states it in 90
kHz ticks (ISO/IEC 13818-1, 2.4.2.2), the screen as timecode.
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
    """The text is not a timecode of this rate, or not a frame rate."""

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
        object.__setattr__(self, "num", self.num // divisor)  # thus the rates 50/2 and 25 are equal
        object.__setattr__(self, "den", self.den // divisor)

    @classmethod
    def parse(cls, text: str) -> FrameRate:
        """Return the frame rate that a text like `"25"` or `"30000/1001"` states. Raises `TimecodeError` for any other
        text."""
        match = re.fullmatch(r"(\d{1,9})(?:/(\d{1,9}))?", text.strip(), re.ASCII)
        if match is None or int(match[1]) == 0 or (match[2] is not None and int(match[2]) == 0):
            raise TimecodeError(f"not a frame rate: {text!r}; write it like 25 or 30000/1001")
        value = Fraction(int(match[1]), int(match[2] or 1))
        return cls(value.numerator, value.denominator)

    def __str__(self) -> str:
        return str(self.num) if self.den == 1 else f"{self.num}/{self.den}"

    @cached_property
    def fraction(self) -> Fraction:
        """The exact number of frames in a second."""
        return Fraction(self.num, self.den)

    @cached_property
    def nominal(self) -> int:
        """The number of frames that timecode counts in a second: 30 for 30000/1001."""
        return round(self.fraction)

    @property
    def drops(self) -> bool:
        """Whether timecode at this rate is drop-frame: at 29.97 and 59.94 (SMPTE ST 12-1, 5.2.2)."""
        return self.den == 1001 and self.nominal in (30, 60)

    def ticks(self, frame: int) -> int:
        """Return the start of a frame in 90 kHz ticks, rounded to the nearest tick."""
        return (2 * frame * TICKS_PER_SECOND * self.den + self.num) // (2 * self.num)

    def seconds(self, frame: int) -> Fraction:
        """Return the exact start of a frame in seconds."""
        return Fraction(frame * self.den, self.num)

    def nearest(self, seconds: Fraction | float) -> int:
        """Return the frame whose start is nearest to a time in seconds; of two equally near frames, the later one."""
        above, below = seconds.as_integer_ratio()
        return (2 * above * self.num + below * self.den) // (2 * below * self.den)

    def count(self, seconds: Fraction | float) -> int:
        """Return the number of whole frames in a duration in seconds. A frame that lacks at most a millionth of a
        second counts, because durations are often rounded."""
        above, below = seconds.as_integer_ratio()
        return max(0, (1_000_000 * above + below) * self.num // (1_000_000 * below * self.den))

    def timecode(self, frame: int) -> str:
        """Return the timecode of a frame: `HH:MM:SS:FF`; at drop-frame rates `HH:MM:SS;FF`, which skips labels to stay
        with the clock."""
        if frame < 0:
            raise TimecodeError(f"timecode of a negative frame: {frame}")
        label = self._dropped_label(frame) if self.drops else frame
        seconds, frames = divmod(label, self.nominal)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        mark = ";" if self.drops else ":"
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:02d}"

    def frame(self, timecode: str) -> int:
        """Return the frame that a timecode names. Raises `TimecodeError` if the text is not a timecode, or if
        drop-frame timecode skips this label.

        At a drop-frame rate, every text counts as drop-frame timecode, whether `;`, `:` or `.` stands before the
        frames.
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
