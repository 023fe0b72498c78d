"""Resume points: record which frame of a rundown was due at which time, so that a channel can resume on schedule.

A resume point pairs a frame of the rundown with the Unix time at which the channel's frame clock had it due. Both come
from the same count of frames, so timers and the disk add no jitter.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from dataclasses import asdict, dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.rundown.positions import Position, advance, span
from retrovue_tui.threads import AIR

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.config.station_config import OnStart
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Lengths
    from retrovue_tui.timecode import FrameRate

SAVE_EVERY_S: Final = 5.0
_IN_A_ROW: Final = 10
"""How many points are computed, and saved by the thread, in a row; then other work may be done."""
SET_BACK_S: Final = 1.0
"""The furthest into the future that a resume point may lie (s). If it lies further, the wall clock was set back
meanwhile."""

_SMALL: Final = 1e-3
"""The tolerance of a frame's time, in frames, so that a float's rounding error does not make it one frame later."""


@dataclass(frozen=True)
class ResumePoint:
    """A frame and its time: frame `frame` of the entry's asset is due at Unix time `at`. `loop` is the number of the
    pass through the rundown, which goes on over restarts. `rotates`: the rundown had spots whose variants air in turn.
    """

    entry: str
    index: int
    frame: int
    at: float
    loop: int = 0
    rotates: bool = False

    def save(self, path: Path) -> None:
        """Write the point to a file. Blocking; raises `OSError` when that fails."""
        write_atomically(path, json.dumps(asdict(self)).encode())

    @classmethod
    def load(cls, path: Path) -> ResumePoint | None:
        """Read a point from a file; None when there is no file, or when it contains no resume point. Blocking."""
        try:
            data = json.loads(path.read_bytes())
            place = str(data["entry"]), int(data["index"]), int(data["frame"])
            passes = int(data.get("loop", 0)), bool(data.get("rotates"))  # older versions saved neither
            point = cls(*place, float(data["at"]), *passes)
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None
        return point if math.isfinite(point.at) else None

    def position(self, entries: Sequence[Entry]) -> Position | None:
        """Return the frame's position in a rundown; None when the entry is not in it."""
        index = next((number for number, entry in enumerate(entries) if entry.id == self.entry), None)
        return None if index is None else Position(self.loop, index, self.frame)

    @property
    def next_top(self) -> Position:
        """The start of the rundown, as the pass after the point's."""
        return Position(self.loop + 1, 0, 0)


@dataclass(frozen=True)
class Aim:
    """A frame to begin with, and its time: the frame at `position` is due at Unix time `at`. If `at` is None, the frame
    has no set time: begin with it at once."""

    position: Position
    at: float | None


class ClockAim:
    """Computes which frame of a rundown is due at a given time, and the next frame with which a deck can begin."""

    def __init__(self, rate: FrameRate, gop: int, piece_frames: int) -> None:
        self._rate = rate
        self._gop = gop
        self._piece = piece_frames

    def first_key_frame(
        self, point: ResumePoint, entries: Sequence[Entry], lengths: Lengths, *, loop: bool, earliest: float
    ) -> Aim | None:
        """Return the first key frame that is due at Unix time `earliest` or later, on the assumption that the channel
        has played on without a stop since `point`.

        None while no entry of the rundown can air. If the rundown no longer has the point's entry, or if it does not
        loop and is over by then, return the rundown's first frame, without a time. If the wall clock was set back,
        calculate as if no time had passed.
        """
        start = point.position(entries)
        if start is None:
            return Aim(point.next_top, None)
        if not any(lengths(entry) for entry in entries):
            return None
        at = point.at if point.at <= earliest + SET_BACK_S else earliest
        gone = max(0, math.ceil((earliest - at) * self._rate.num / self._rate.den - _SMALL))
        named = advance(entries, start, gone, lengths, loop)
        if named is None:
            return Aim(point.next_top, None)
        gone += self._to_key_frame(named, entries[named.index], lengths)
        moved = advance(entries, start, gone, lengths, loop)
        if moved is None:
            return Aim(point.next_top, None)
        return Aim(moved, at + float(self._rate.seconds(gone)))

    def _to_key_frame(self, position: Position, entry: Entry, lengths: Lengths) -> int:
        """Return the number of frames from a position to the next key frame. A key frame begins every piece, and every
        GOP in a piece."""
        first, end = span(entry, lengths(entry))
        grid = position.frame - position.frame % self._piece
        begins, ends = max(first, grid), min(end, grid + self._piece)
        into = (position.frame - begins) % self._gop
        return min(self._gop - into, ends - position.frame) if into else 0


def start_position(point: ResumePoint | None, how: OnStart, entries: Sequence[Entry]) -> Position:
    """Return the position at which a channel begins if it does not start by the clock: the position at which it
    stopped, or the start of the rundown."""
    if point is None:
        return Position(0, 0, 0)
    return (None if how == "top" else point.position(entries)) or point.next_top


class ResumePoints:
    """Saves every channel's newest resume point to the disk."""

    def __init__(self, folder: Path, points: Callable[[], Mapping[str, Callable[[], ResumePoint | None]]]) -> None:
        """`points` returns, by channel id, what returns the channel's current resume point. If that point is None, the
        saved one stays on the disk."""
        self._folder = folder
        self._points = points
        self._due: set[str] = set()
        self._save_due = asyncio.Event()

    async def load(self, channel_id: str) -> ResumePoint | None:
        """Return the resume point that an earlier run of the station has saved; None if there is none."""
        return await AIR.run(ResumePoint.load, self._path(channel_id))

    def save_soon(self, channel_id: str) -> None:
        """Request that the point of a channel is saved, because it has jumped to another place in its rundown."""
        self._due.add(channel_id)
        self._save_due.set()

    async def run(self) -> None:
        """Save all points every few seconds, and those of single channels when that is requested. Runs until
        cancelled."""
        all_due = monotonic() + SAVE_EVERY_S
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, all_due - monotonic())):
                    await self._save_due.wait()
            self._save_due.clear()
            due, self._due = self._due, set()
            if monotonic() < all_due:
                await self.save(due)
            else:
                all_due = monotonic() + SAVE_EVERY_S
                await self.save()

    async def save(self, channel_ids: Collection[str] | None = None) -> None:
        """Save the points of these channels now (None: of all). If the disk refuses, the older points stay, and the
        next save tries again."""
        all_points = self._points()
        chosen = [each for each in all_points if channel_ids is None or each in channel_ids]
        for at in range(0, len(chosen), _IN_A_ROW):
            points = [(self._path(each), all_points[each]()) for each in chosen[at : at + _IN_A_ROW]]
            await AIR.run(_save, [(path, point) for path, point in points if point is not None])

    def _path(self, channel_id: str) -> Path:
        return self._folder / f"{channel_id}.anchor.json"


def _save(points: Sequence[tuple[Path, ResumePoint]]) -> None:
    for path, point in points:
        with contextlib.suppress(OSError):
            point.save(path)
