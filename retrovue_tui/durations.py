"""Durations as people write them: "90s", "2m", "1h30m", "7d"."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
_DURATION: Final = re.compile(
    r"(?:([0-9]{1,6})d)?(?:([0-9]{1,7})h)?(?:([0-9]{1,8})m)?(?:([0-9]{1,9}(?:\.[0-9]{1,3})?)s)?"
)


def parse_duration(text: str) -> float | None:
    """Return a duration in seconds; None if the text is not one. Each unit (d, h, m, s) occurs at most once, the
    largest first; only seconds may have decimals."""
    match = _DURATION.fullmatch(text.strip().replace(" ", ""))
    if match is None or not any(match.groups()):
        return None
    return sum(float(number) * unit for number, unit in zip(match.groups(), _UNITS.values(), strict=True) if number)


def duration_text(seconds: float) -> str:
    """Return a duration as `parse_duration` reads it, to the millisecond: 5400.0 → "1h30m"."""
    left, parts = round(seconds * 1_000), []
    for unit, size in _UNITS.items():
        if unit == "s":
            break
        count, left = divmod(left, round(size * 1_000))
        parts += [f"{count}{unit}"] if count else []
    if left or not parts:
        parts.append(f"{left / 1_000:.3f}".rstrip("0").rstrip(".") + "s")
    return "".join(parts)
