"""The natural order of names: `Part 2` comes before `Part 10`, and capital letters do not matter. Pure."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = re.compile(r"([0-9]{1,18})")

NaturalKey = tuple[tuple[int, int, str], ...]


def natural_key(text: str) -> NaturalKey:
    """Return a key for `sorted`. Numbers are compared as numbers, and stand before letters."""
    parts = (part for part in _DIGITS.split(text.casefold()) if part)
    return tuple((0, int(part), part) if _DIGITS.fullmatch(part) else (1, 0, part) for part in parts)
