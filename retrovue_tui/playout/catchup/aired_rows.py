"""Follows the rows of a channel's as-run log from a time on, up to the row on air and beyond."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrovue_tui.playout.asrun.schema import NumberedRow
    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from retrovue_tui.timecode import FrameRate

MOST_AT_ONCE: Final = 30
"""How many rows are read from the log at once."""
ROUNDING_S: Final = 0.002
"""The log has times in milliseconds: an entry that begins this little before the end (s) may begin at it."""
SEARCHED: Final = 50
"""How many rows before the start are searched for the one on air at the start: entries that could not air have rows
without frames."""

LEAST_FRAMES: Final = 300
"""The shortest row whose frame rate is computed; times in the log are rounded to milliseconds."""


class Log(Protocol):
    """The as-run log, as catch-up uses it."""

    async def rows_until(self, channel: str, at: float, most: int) -> Sequence[NumberedRow]:
        """Return the channel's newest rows that began at Unix time `at` or before, the newest first."""

    async def rows_after(self, channel: str, number: int, most: int) -> Sequence[NumberedRow]:
        """Return the channel's rows that follow row `number`, in the order in which they began."""

    def frames_so_far(self, id: str) -> int | None:
        """Return how many frames of the row on air have aired so far; None for any other row."""


@dataclass
class AiredRow:
    """A row of the log. `frames`: how many of its frames have aired and are wanted, as far as is known. `complete`: no
    more will follow. `offset`: the first wanted frame, counted from the row's first one."""

    number: int
    entry: AsRunEntry
    frames: int
    complete: bool
    offset: int = 0

    @property
    def asset_end(self) -> int:
        """The asset frame after the last one that is known to have aired."""
        return self.entry.asset_frame + self.frames


class AiredRows:
    """The rows of one channel that aired from `seek` on, one after another. Rows without frames are left out. `end` is
    the Unix time at which the last wanted frame ends; None: there is none. The methods raise `OSError` when the log
    cannot be read."""

    def __init__(self, log: Log, channel: str, rate: FrameRate, end: float | None = None) -> None:
        self._log = log
        self._channel = channel
        self._rate = rate
        self._end = end
        self._after = 0
        self._waiting: deque[AiredRow] = deque()
        self.ended = False
        """Whether the end is reached, so that no more rows follow."""

    async def seek(self, at: float) -> None:
        """Begin with the frame that aired at Unix time `at`; if none did, with the first one that aired later."""
        rows = await self._log.rows_until(self._channel, at, SEARCHED)
        self._after = rows[0].number if rows else 0
        for number, entry in rows:
            row = self._row(number, entry)
            offset = int((at - entry.started_at) * float(self._rate.fraction) + 0.01)
            if offset < row.frames or not row.complete:
                row.offset = min(offset, row.frames)
                self._after = number
                self._waiting.append(row)
                return
            if row.frames:
                return

    async def next(self) -> AiredRow | None:
        """Return the next row; None if there is none yet, or none before the end."""
        while True:
            if not self._waiting and not self.ended:
                over = self._end is not None and time.time() >= self._end
                await self._fetch()
                self.ended = self.ended or (over and not self._waiting)
            if not self._waiting:
                return None
            row = self._waiting.popleft()
            if row.frames or not row.complete:
                return row

    async def is_empty(self) -> bool:
        """Return whether nothing aired before the end. Call it before the first `next`."""
        row = await self.next()
        if row is not None:
            self._waiting.appendleft(row)
        return row is None and self.ended

    async def refresh(self, row: AiredRow) -> None:
        """Bring a row up to date: the row on air grows with every picture."""
        if row.complete:
            return
        if self._log.frames_so_far(row.entry.id) is None:
            found = await self._log.rows_after(self._channel, row.number - 1, 1)
            row.entry = next((each.row for each in found if each.number == row.number), row.entry)
        fresh = self._row(row.number, row.entry)
        row.frames, row.complete = fresh.frames, fresh.complete

    def coming(self) -> Iterator[AiredRow]:
        """Yield the following rows that have been read already."""
        return iter(tuple(self._waiting))

    async def _fetch(self) -> None:
        for number, entry in await self._log.rows_after(self._channel, self._after, MOST_AT_ONCE):
            if self._end is not None and entry.started_at >= self._end - ROUNDING_S:
                self.ended = True
                return
            self._after = number
            self._waiting.append(self._row(number, entry))

    def _row(self, number: int, entry: AsRunEntry) -> AiredRow:
        on_air = self._log.frames_so_far(entry.id)
        frames = entry.frames_aired if on_air is None else on_air
        complete = on_air is None and entry.ended is not None
        if self._end is not None:
            wanted = max(0, math.ceil((self._end - ROUNDING_S - entry.started_at) * float(self._rate.fraction)))
            if wanted <= frames:
                frames, complete = wanted, True
        return AiredRow(number, entry, frames, complete)


def aired_at_other_rate(entry: AsRunEntry, rate: FrameRate) -> bool:
    """Return whether an entry's frames aired at another rate than the house rate of today, so that they cannot be found
    by their numbers."""
    if entry.ended_at is None or entry.frames_aired < LEAST_FRAMES:
        return False
    expected = float(rate.seconds(entry.frames_aired))
    return abs(entry.ended_at - entry.started_at - expected) > 0.0005 * expected + 0.002


def programme_start(rows: Sequence[NumberedRow]) -> float | None:
    """Return the Unix time at which the programme that aired last began. `rows` are the newest rows, the newest first.
    Its breaks are passed over. None if no row is part of a programme."""
    first: AsRunEntry | None = None
    for _, entry in rows:
        if entry.kind != "programme" or (not entry.frames_aired and entry.ended is not None):
            continue
        if first is not None and (
            entry.file != first.file or entry.asset_frame + entry.frames_aired > first.asset_frame
        ):
            break
        first = entry
    return None if first is None else first.started_at
