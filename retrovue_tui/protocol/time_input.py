"""Reads points in time as people type them: `20:15`, `2h`, an ISO date."""

from __future__ import annotations

import re
import time
from datetime import datetime
from datetime import time as time_of_day
from typing import Final

from retrovue_tui.errors import RetrovueError

_AGO: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def moment(text: str) -> float:
    """Return the Unix time (s) that a typed text stands for: `2026-03-01`, `2026-03-01T20:15`, `20:15` (today), `2h`
    (two hours ago; units s, m, h, d), or a Unix time. A time without a zone is local time. Raises `RetrovueError`."""
    written = text.strip()
    try:
        if ago := _AGO.fullmatch(written):
            return time.time() - float(ago[1]) * _UNITS[ago[2]]
        if re.fullmatch(r"\d{9,}(\.\d+)?", written):
            return float(written)
        if re.fullmatch(r"\d\d?:\d\d(:\d\d)?", written):
            today = datetime.now().astimezone().date()
            return datetime.combine(today, time_of_day.fromisoformat(written.zfill(5))).astimezone().timestamp()
        return datetime.fromisoformat(written).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise RetrovueError(
            f"{text!r} is not a time: write 2026-03-01, 2026-03-01T20:15, 20:15 (today), 2h (ago) or Unix time"
        ) from None
