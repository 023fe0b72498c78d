"""Resume points: which frame of a rundown was due when, so that a channel goes on where its clock says.

A resume point pairs a frame of the rundown with the Unix time at which the channel's frame clock had it due. Both come
from the same count of frames, so they contain no jitter of a timer or of the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.rundown.positions import Position, advance, span
from retrovue_tui.threads import AIR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from retrovue_tui.config import OnStart
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Lengths
    from retrovue_tui.timecode import FrameRate

SAVE_EVERY_S: Final = 5.0
_IN_A_ROW: Final = 10
"""The number of points that are saved before the thread is free for other work."""
SET_BACK_S: Final = 1.0
"""The furthest that a resume point may lie in the future. If it is further, the wall clock was set back meanwhile."""

_SMALL: Final = 1e-3
"""The tolerance of a frame's time, in frames: a float's rounding error must not make it one frame later."""


@dataclass(frozen=True)
class ResumePoint:
    """A frame and its time: frame `frame` of the entry's asset is due at Unix time `at`."""

    entry: str
    index: int
    frame: int
    at: float

    def save(self, path: Path) -> None:
        """Write the point to a file. Blocking; raises `OSError` when that fails."""
        write_atomically(path, json.dumps(asdict(self)).encode())

    @classmethod
    def load(cls, path: Path) -> ResumePoint | None:
        """Read a point from a file; None when there is no file, or no resume point in it. Blocking."""
        try:
            data = json.loads(path.read_bytes())
            point = cls(str(data["entry"]), int(data["index"]), int(data["frame"]), float(data["at"]))
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None
        return point if math.isfinite(point.at) else None

    def position(self, entries: Sequence[Entry]) -> Position | None:
        """Return the frame's position in a rundown; None when the entry is not in it."""
        index = next((number for number, entry in enumerate(entries) if entry.id == self.entry), None)
        return None if index is None else Position(0, index, self.frame)


@dataclass(frozen=True)
class Aim:
    """A place to begin, and its time: the frame at `position` is due at Unix time `at`. `at` None: the clock names no
    frame; begin there at once."""

    position: Position
    at: float | None


class ClockAim:
    """Computes the frame that a rundown's clock names, and the next frame with which a deck can begin."""

    def __init__(self, rate: FrameRate, gop: int, piece_frames: int) -> None:
        self._rate = rate
        self._gop = gop
        self._piece = piece_frames

    def first_key_frame(
        self, point: ResumePoint, entries: Sequence[Entry], lengths: Lengths, *, loop: bool, earliest: float
    ) -> Aim | None:
        """Return the first key frame that is due at Unix time `earliest` or later, by the clock of `point`.

        None while no entry of the rundown can air. A rundown that no longer has the point's entry, or that does not
        loop and is over by then, begins at its top, at once. If the wall clock was set back, no time has passed.
        """
        start = point.position(entries)
        if start is None:
            return Aim(Position(0, 0, 0), None)
        if not any(lengths(entry) for entry in entries):
            return None
        at = point.at if point.at <= earliest + SET_BACK_S else earliest
        gone = max(0, math.ceil((earliest - at) * self._rate.num / self._rate.den - _SMALL))
        named = advance(entries, start, gone, lengths, loop)
        if named is None:
            return Aim(Position(0, 0, 0), None)
        gone += self._to_key_frame(named, entries[named.index], lengths)
        moved = advance(entries, start, gone, lengths, loop)
        if moved is None:
            return Aim(Position(0, 0, 0), None)
        return Aim(Position(0, moved.index, moved.frame), at + float(self._rate.seconds(gone)))

    def _to_key_frame(self, position: Position, entry: Entry, lengths: Lengths) -> int:
        """Return the number of frames from a position to the next key frame. Every piece, and every GOP of a piece,
        begins with one."""
        first, end = span(entry, lengths(entry))
        grid = position.frame - position.frame % self._piece
        begins, ends = max(first, grid), min(end, grid + self._piece)
        into = (position.frame - begins) % self._gop
        return min(self._gop - into, ends - position.frame) if into else 0


def start_position(point: ResumePoint | None, how: OnStart, entries: Sequence[Entry]) -> Position:
    """Return the position at which a channel begins when its clock does not decide: where it stopped, or at the top."""
    if point is None or how == "top":
        return Position(0, 0, 0)
    return point.position(entries) or Position(0, 0, 0)


class ResumePoints:
    """Keeps every channel's newest resume point on the disk."""

    def __init__(self, folder: Path, points: Callable[[], Iterable[tuple[str, ResumePoint | None]]]) -> None:
        """`points` returns each channel's id and its current resume point. None keeps the point on the disk."""
        self._folder = folder
        self._points = points
        self._save_due = asyncio.Event()

    async def load(self, channel_id: str) -> ResumePoint | None:
        """Return the resume point that an earlier run of the station has saved."""
        return await AIR.run(ResumePoint.load, self._path(channel_id))

    def save_soon(self) -> None:
        """Request a save, because a channel has jumped to another place in its rundown."""
        self._save_due.set()

    async def run(self) -> None:
        """Save every few seconds, and when requested. Runs until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SAVE_EVERY_S):
                    await self._save_due.wait()
            self._save_due.clear()
            await self.save()

    async def save(self) -> None:
        """Save all points now. If the disk refuses, the older points stay, and the next save tries again."""
        points = [(self._path(channel_id), point) for channel_id, point in self._points() if point is not None]
        for at in range(0, len(points), _IN_A_ROW):
            await AIR.run(_save, points[at : at + _IN_A_ROW])

    def _path(self, channel_id: str) -> Path:
        return self._folder / f"{channel_id}.anchor.json"


def _save(points: Sequence[tuple[Path, ResumePoint]]) -> None:
    for path, point in points:
        with contextlib.suppress(OSError):
            point.save(path)
