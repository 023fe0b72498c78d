"""Formats values as text for the screen. Pure: no widget, no clock, no state."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final

from rich.cells import cell_len, set_cell_size

from retrovue_tui.timecode import FrameRate, TimecodeError
from retrovue_tui.tui.text import glyphs

NOTHING: Final = glyphs.NOTHING
"""The text for an unknown or missing value."""
_BAR_FULL, _BAR_HALF, _BAR_REST = glyphs.BAR_FULL, glyphs.BAR_HALF, glyphs.BAR_REST


def clean(text: str) -> str:
    """Return a text from outside made safe for one line of the screen: unprintable characters become middle dots."""
    return text if text.isprintable() else "".join(char if char.isprintable() else glyphs.DOT for char in text)


def fit(text: str, width: int) -> str:
    """Return the text in exactly `width` cells: padded, or cut with an ellipsis. A wide character takes two cells."""
    text = clean(text)
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + glyphs.ELLIPSIS, width)


def fit_right(text: str, width: int) -> str:
    """Return the text in exactly `width` cells: right-aligned, or cut with an ellipsis."""
    text = clean(text)
    room = width - cell_len(text)
    return " " * room + text if room >= 0 else fit(text, width)


def fit_end(text: str, width: int) -> str:
    """Return the text in at most `width` cells; if it is too long, cut its beginning. For paths and addresses."""
    text = clean(text)
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[1:]
    return f"{glyphs.ELLIPSIS}{text}" if width > 0 else ""


def _whole(seconds: float) -> int:
    """Return a time in whole seconds, never negative; 0 for NaN and infinity."""
    return max(0, math.floor(seconds + 1e-6)) if math.isfinite(seconds) else 0


def countdown(seconds: float) -> str:
    """Return a remaining time (s) as `HH:MM:SS`, rounded up."""
    hours, rest = divmod(_whole(seconds), 3600)
    return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"


def short(seconds: float) -> str:
    """Return a length (s) as `MM:SS`; from an hour on, as `HH:MM:SS`."""
    whole = _whole(seconds)
    return countdown(whole) if whole >= 3600 else f"{whole // 60:02d}:{whole % 60:02d}"


def uptime(seconds: float) -> str:
    """Return a length (s) as `HH:MM:SS`; from a day on, with the number of days before it."""
    days, rest = divmod(_whole(seconds), 86_400)
    return f"{days}d {countdown(rest)}" if days else countdown(rest)


def lateness(late_s: float) -> str:
    """Return how late something is (s; early if negative) as `2m10s late`; below a second as `on time`."""
    whole = _whole(abs(late_s))
    if not whole:
        return "on time"
    hours, rest = divmod(whole, 3_600)
    minutes, seconds = divmod(rest, 60)
    length = f"{hours}h{minutes:02}m" if hours else f"{minutes}m{seconds:02}s" if minutes else f"{seconds} s"
    return f"{length} {'late' if late_s > 0 else 'early'}"


def wall_time(at: float) -> str:
    """Return Unix time (s) as `HH:MM:SS` in this machine's time zone."""
    return datetime.fromtimestamp(at, tz=UTC).astimezone().strftime("%H:%M:%S")


def wall_date(at: float) -> str:
    """Return Unix time (s) as `Mon 23 Nov` in this machine's time zone; always in English, like the rest of the
    screen."""
    then = datetime.fromtimestamp(at, tz=UTC).astimezone()
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[then.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[then.month - 1]
    return f"{day} {then.day:2d} {month}"


def iso_date(at: float) -> str:
    """Return Unix time (s) as `2026-11-23` in this machine's time zone."""
    return datetime.fromtimestamp(at, tz=UTC).astimezone().date().isoformat()


def position(seconds: float, rate: str) -> str:
    """Return a position in an entry (s) as timecode (SMPTE ST 12-1) at the house rate `rate`; as `HH:MM:SS` if the rate
    is unknown."""
    try:
        parsed = FrameRate.parse(rate)
    except TimecodeError:
        return countdown(seconds)
    return parsed.timecode(max(0, parsed.nearest(Fraction(seconds)))) if math.isfinite(seconds) else NOTHING


def frame_rate(rate: str) -> FrameRate | None:
    """Return the frame rate that a text like `30000/1001` states; None if it states none."""
    try:
        return FrameRate.parse(rate)
    except TimecodeError:
        return None


def rate_label(rate: str) -> str:
    """Return `29.97` for `30000/1001`, `25` for `25`."""
    try:
        value = float(FrameRate.parse(rate).fraction)
    except TimecodeError:
        return clean(rate)
    return f"{value:.2f}".rstrip("0").rstrip(".") if value != round(value, 2) else f"{value:g}"


def rate_value(rate: str) -> float | None:
    """Return the frames per second that a text like `30000/1001` states; None if it states none."""
    try:
        return float(FrameRate.parse(rate).fraction)
    except TimecodeError:
        return None


def number(value: int) -> str:
    """Return a number with thousands separators."""
    return f"{value:,}"


def bitrate(kbps: float) -> str:
    """Return a bit rate as `3.12 Mb/s`; below a megabit as `940 kb/s`; a dash for 0."""
    if not math.isfinite(kbps) or kbps <= 0:
        return NOTHING
    return f"{kbps / 1000:.2f} Mb/s" if kbps >= 1000 else f"{kbps:.0f} kb/s"


def speed(times: float) -> str:
    """Return a speed as `1.00×`; from ten on with fewer decimals; a dash for 0."""
    if not math.isfinite(times) or times <= 0:
        return NOTHING
    return f"{times:.2f}×" if times < 10 else f"{times:.1f}×" if times < 100 else f"{times:.0f}×"


def percent(fraction: float) -> str:
    """Return a fraction as `42 %`. Below 1 it is at most `99 %`."""
    return f"{math.floor(100 * min(1.0, max(0.0, fraction)) + 1e-9)} %" if math.isfinite(fraction) else NOTHING


def version(text: str) -> str:
    """Return FFmpeg's version without the build: `9.0.2` for `n9.0.2-17-g2a571b6068-20260930`. A build without a number
    keeps its name."""
    match = re.search(r"\d+\.\d+(\.\d+)*", text)
    return match[0] if match else clean(text)


def size(count: int) -> str:
    """Return a number of bytes in decimal units, like `1.2 GB`."""
    value = float(max(0, count))
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.95:
            return f"{value:.0f} {unit}" if unit in ("B", "kB") else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 viewer`, `2 viewers`. `many`: the plural if it is not `one` with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def bar(fraction: float, width: int) -> tuple[str, str]:
    """Return a progress bar of `width` cells, exact to half a cell: the text of its done part, and the text of the
    rest."""
    fraction = min(1.0, max(0.0, fraction)) if math.isfinite(fraction) else 0.0
    halves = math.floor(fraction * 2 * width + 1e-9)
    done = _BAR_FULL * (halves // 2) + _BAR_HALF * (halves % 2)
    return done, _BAR_REST * (width - len(done))
