"""Lengths of time as people write them in files: `90s`, `2m`, `1h30m`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

LONGEST: Final = timedelta(days=3_650)
"""The longest length of time that `parse_duration` accepts."""
HOW_TO_WRITE: Final = 'write it like "90s", "2m" or "1h30m"'
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_WRITTEN: Final = re.compile(
    r"(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9}(?:\.[0-9]{1,6})?)s)?"
)


def parse_duration(text: str) -> timedelta | None:
    """Return the length of time that a text like `1h30m` states. The units are d, h, m and s, in this order, each at
    most once; only seconds may have decimals. None if the text has another form, or states more than `LONGEST`."""
    found = _WRITTEN.fullmatch(text.strip().lower().replace(" ", ""))
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds = found.groups(default="0")
    length = timedelta(days=int(days), hours=int(hours), minutes=int(minutes), seconds=float(seconds))
    return length if length <= LONGEST else None


def duration_text(length: timedelta) -> str:
    """Return a length of time, rounded to milliseconds, as `parse_duration` reads it; `0s` if it is zero or less."""
    left = max(0, round(length / timedelta(milliseconds=1)))
    text = ""
    for unit, seconds in _UNITS[:-1]:
        count, left = divmod(left, 1_000 * seconds)
        text += f"{count}{unit}" if count else ""
    seconds_text = f"{left // 1_000}.{left % 1_000:03}".rstrip("0").rstrip(".")
    return text + (f"{seconds_text}s" if left or not text else "")
