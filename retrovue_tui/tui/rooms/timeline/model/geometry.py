"""Converts between frames of the timeline, columns of the screen, and times. Pure.

A position on the timeline is a whole number of house frames since local midnight of the day on which the room was
opened, so its timecode is the time of day. Columns count from that midnight, too: column n at a zoom step of `step`
frames holds the frames [n · step, (n + 1) · step), wherever the view is scrolled.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.timecode import FrameRate, TimecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_IN_FRAMES: Final = (1, 2, 5)
_IN_SECONDS: Final = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800)
_TICKS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600)
_MARGIN: Final = 8
"""The cursor stays at least 1/`_MARGIN` of the view's width away from the edges of the view."""
_CLOCK: Final = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})(?:\.(\d{1,3}))?", re.ASCII)
_FRAMES: Final = re.compile(r"(\d{1,9})f", re.ASCII)


class PlaceError(RetrovueError):
    """The text is not a place on the timeline, or not a length."""

    title = "Go to"


@dataclass(frozen=True)
class Axis:
    """The timeline's zero and rate. `midnight` is the Unix time (s) of frame 0."""

    midnight: float
    rate: FrameRate

    @classmethod
    def of_day(cls, at: float, rate: FrameRate) -> Axis:
        """Return the axis of the day of the Unix time `at`, in this machine's time zone."""
        then = datetime.fromtimestamp(at, tz=UTC).astimezone()
        return cls(then.replace(hour=0, minute=0, second=0, microsecond=0).timestamp(), rate)

    @property
    def day(self) -> int:
        """The number of frames in a day, as timecode counts them."""
        return self.rate.frame("23:59:59:00") + self.rate.nominal

    def frame(self, at: float) -> int:
        """Return the frame that is nearest to a Unix time (s)."""
        return self.rate.nearest(at - self.midnight)

    def at(self, frame: int) -> float:
        """Return the Unix time (s) at which a frame begins."""
        return self.midnight + float(self.rate.seconds(frame))

    def clock(self, frame: int) -> str:
        """Return the time of day at a frame as timecode."""
        return self.rate.timecode(frame % self.day)

    def frames(self, seconds: float) -> int:
        """Return the number of frames in a length in seconds."""
        return self.rate.nearest(seconds)


@dataclass(frozen=True)
class View:
    """The visible part of the timeline: `first` is the number of the leftmost column (see the module), `step` the
    frames per column, `width` the columns."""

    first: int
    step: int
    width: int

    @property
    def left(self) -> int:
        """The first visible frame."""
        return self.first * self.step

    @property
    def end(self) -> int:
        """The first frame after the visible ones."""
        return (self.first + self.width) * self.step

    def column(self, frame: int) -> int:
        """Return the column of a frame; 0 is the view's left edge. Outside [0, width) the frame is not visible."""
        return frame // self.step - self.first

    def frame(self, column: int) -> int:
        """Return the first frame of a column; 0 is the view's left edge."""
        return (self.first + column) * self.step

    def holds(self, frame: int) -> bool:
        """Return whether a frame is visible."""
        return self.left <= frame < self.end

    def scrolled(self, columns: int) -> View:
        """Return the view scrolled right by `columns`, or left if negative."""
        return replace(self, first=self.first + columns)

    def zoomed(self, step: int, about: int) -> View:
        """Return the view with another zoom step. The frame `about` stays in its column, or nearly so."""
        inside = min(self.width - 1, max(0, self.column(about)))
        return View(about // step - inside, step, self.width)

    def resized(self, width: int) -> View:
        """Return the view with another width and the same left edge."""
        return replace(self, width=max(1, width))

    def showing(self, frame: int) -> View:
        """Return the view in which the frame is visible and not close to an edge, scrolled as little as possible."""
        margin = min(self.width // _MARGIN, (self.width - 1) // 2)
        column = self.column(frame)
        if column < margin:
            return self.scrolled(column - margin)
        if column > self.width - 1 - margin:
            return self.scrolled(column - (self.width - 1 - margin))
        return self


def steps(rate: FrameRate) -> tuple[int, ...]:
    """Return the zoom steps, in frames per column: from one frame to half an hour."""
    seconds = (max(1, round(each * rate.nominal)) for each in _IN_SECONDS)
    return tuple(sorted({*_IN_FRAMES, *seconds}))


def nearer(step: int, rate: FrameRate) -> int:
    """Return the next smaller zoom step; for the smallest, the same step."""
    return max((each for each in steps(rate) if each < step), default=steps(rate)[0])


def further(step: int, rate: FrameRate) -> int:
    """Return the next larger zoom step; for the largest, the same step."""
    return min((each for each in steps(rate) if each > step), default=steps(rate)[-1])


def fitting(first: int, end: int, width: int, rate: FrameRate) -> View:
    """Return the view with the smallest zoom step that shows all of [first, end); `first` is at the left edge."""
    width = max(1, width)
    for step in steps(rate):
        if (max(first, end - 1) // step) - first // step < width:
            return View(first // step, step, width)
    step = steps(rate)[-1]
    return View(first // step, step, width)


@dataclass(frozen=True)
class Tick:
    """A mark of a ruler: its frame, and its label; a small mark has no label."""

    frame: int
    label: str = ""


def clock_ticks(axis: Axis, view: View, room: int = 10) -> tuple[Tick, ...]:
    """Return the marks of the time-of-day ruler. `room`: the least number of columns from one label to the next."""
    return _ticks(axis.rate, view, room, axis.clock, 0)


def programme_ticks(rate: FrameRate, view: View, start: int, end: int, asset: int, room: int = 13) -> tuple[Tick, ...]:
    """Return the marks of a programme's own ruler for the frames [start, end) of the timeline; `start` is frame `asset`
    of the programme's file. `room`: the least number of columns from one label to the next."""
    shift = start - asset

    def label(frame: int) -> str:
        return rate.timecode(frame - shift) if frame >= shift else ""

    found = _ticks(rate, view, room, label, shift)
    return tuple(tick for tick in found if max(start, shift) <= tick.frame < end)


def _ticks(rate: FrameRate, view: View, room: int, label: Callable[[int], str], zero: int) -> tuple[Tick, ...]:
    """Return the marks of a ruler. `label` returns the text for a frame; `zero`: the frame of the timeline where the
    labels start at zero."""
    first, end = math.floor(rate.seconds(view.left - zero)), math.floor(rate.seconds(view.end - zero)) + 1
    if room * view.step < rate.nominal:
        return _frame_ticks(rate, view, range(first, end + 1), label, zero)
    every = next((each for each in _TICKS_S if rate.nearest(each) >= room * view.step), _TICKS_S[-1])
    small = _part(every)
    shown = 5 if every >= 60 else 8  # all labels are HH:MM:SS:FF; within a second only the frames differ
    found = []
    for second in range(first // small * small, end + 1, small):
        frame = rate.nearest(second) + zero
        if view.left <= frame < view.end:
            found.append(Tick(frame, label(frame)[:shown] if second % every == 0 else ""))
    return tuple(found)


def _frame_ticks(
    rate: FrameRate, view: View, seconds: Iterable[int], label: Callable[[int], str], zero: int
) -> tuple[Tick, ...]:
    """Return a mark at every fifth frame. The first frame of each second has a label; if there is room, so has the
    middle of the second."""
    half = 5 * (rate.nominal // 10)
    with_half = half >= 13 * view.step
    found = []
    for second in seconds:
        for part in range(0, rate.nominal, 5):
            frame = rate.nearest(second) + zero + part
            if view.left <= frame < view.end:
                found.append(Tick(frame, label(frame) if part == 0 or (with_half and part == half) else ""))
    return tuple(found)


def _part(every: int) -> int:
    """Return the distance (s) of small marks between two labels that are `every` seconds apart."""
    for parts in (6, 5, 4, 3, 2):
        if every % parts == 0 and every // parts in (*_TICKS_S, 1):
            return every // parts
    return every


def snapped(frame: int, targets: Iterable[int], reach: int) -> int:
    """Return the nearest target within `reach` frames of a frame; if there is none, the frame itself."""
    near = min(targets, key=lambda target: (abs(target - frame), target), default=frame)
    return near if abs(near - frame) <= reach else frame


def following(marks: Sequence[int], frame: int) -> int | None:
    """Return the first of the sorted positions that is greater than `frame`; None if there is none."""
    return next((mark for mark in marks if mark > frame), None)


def length_of(text: str, rate: FrameRate) -> int:
    """Return the frames of a length that the operator typed: `90` (seconds), `1:30`, `0:01:30`, `1.5`, `00:01:30;12`,
    `12f`. Raises `PlaceError`."""
    text = text.strip()
    if match := _FRAMES.fullmatch(text):
        return int(match[1])
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups()[:3])
        thousandths = int((match[4] or "0").ljust(3, "0"))
        return rate.nearest(3_600 * hours + 60 * minutes + seconds + thousandths / 1_000)
    try:
        return rate.frame(text)
    except TimecodeError as error:
        raise PlaceError(
            f"{text!r} is not a time: write 20:15:00, 20:15:00;12, 90 (seconds), 1:30 or 12f (frames)"
            if ":" not in text
            else error.message
        ) from None


def place_of(text: str, axis: Axis, cursor: int, programme: int | None) -> int:
    """Return the frame of the timeline for a text that the operator typed: `20:15:00;12` (time of day), `+1:30` or
    `-12f` (from the cursor), `@00:12:30` (in the programme whose frame 0 is at `programme`). Raises `PlaceError`."""
    text = text.strip()
    if not text:
        raise PlaceError("write a time: 20:15:00, +1:30, -12f, or @00:12:30 of the programme")
    if text[0] in "+-":
        frames = length_of(text[1:], axis.rate)
        return cursor + frames if text[0] == "+" else cursor - frames
    if text[0] == "@":
        if programme is None:
            raise PlaceError("there is no programme under the cursor to count from")
        return programme + length_of(text[1:], axis.rate)
    written = text + ":00" if text.count(":") == 1 else text
    if text.count(":") == 0:
        raise PlaceError(f"{text!r} is not a time of day: write 20:15, 20:15:00 or +{text} from the cursor")
    of_day = length_of(written, axis.rate)
    return cursor // axis.day * axis.day + of_day
