"""A rundown laid out on the timeline: finds the entry at a frame, the breaks, and the edit points. Pure.

A rundown that loops airs again and again; a round is one pass through it. Round 0 is on air. The plan stores the frames
of round 0 only and adds a multiple of its length for the others, so a look-up in a day of two thousand entries costs no
more than in an hour.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.answers.rundown import RundownRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from retrovue_tui.protocol.answers.rundown import RundownSnapshot
    from retrovue_tui.tui.rooms.timeline.model.geometry import Axis

AHEAD_S: Final = 86_400
"""How far ahead of now the plan goes (s)."""
STEADY_S: Final = 0.25
"""If the start time of an entry changes by at most this (s), the entry keeps its place: the station's clock advances in
steps."""


@dataclass(frozen=True)
class Item:
    """A row of the rundown at its place: frames [start, end) of the timeline. `index`: its index in the rundown; -1 for
    a row of the as-run log. `round`: the pass through the rundown; 0 is on air."""

    row: RundownRow
    start: int
    end: int
    index: int
    round: int = 0

    @property
    def frames(self) -> int:
        """The number of frames that the row takes."""
        return self.end - self.start

    @property
    def is_spot(self) -> bool:
        """Whether the row is a spot of a break."""
        return in_break(self.row)

    def asset(self, frame: int) -> int:
        """Return the frame of the file that airs at a frame of the timeline."""
        return self.row.in_frame + frame - self.start


@dataclass(frozen=True)
class Break:
    """Consecutive spots: rows [first, end) of the rundown, at frames [start, stop) of the timeline. `name` is the
    station's id of the break."""

    name: str
    first: int
    end: int
    start: int
    stop: int
    round: int = 0

    @property
    def frames(self) -> int:
        """The length of the break in frames."""
        return self.stop - self.start


@dataclass(frozen=True)
class Show:
    """A programme in the rundown: its segments and the breaks between them, rows `first` to `last`, both included.
    `acts`: the indices of its segments. `number`: its 0-based rank among the programmes."""

    number: int
    first: int
    last: int
    acts: tuple[int, ...]


def in_break(row: RundownRow) -> bool:
    """Return whether a row is a spot of a break."""
    return row.kind == "spot" or row.break_id is not None


class LinePlan:
    """A rundown laid out on the timeline. Frames are frames of the timeline. A round is one pass through the rundown;
    round 0 is on air."""

    def __init__(
        self,
        snapshot: RundownSnapshot,
        axis: Axis,
        now: float,
        *,
        before: LinePlan | None = None,
        aired: Sequence[AsRunEntry] = (),
    ) -> None:
        """`now`: Unix time (s). `before`: the plan shown so far; entries whose start differs only a little keep their
        places in it. `aired`: rows of the as-run log, oldest first."""
        self.axis, self.revision, self.rows = axis, snapshot.revision, snapshot.entries
        lengths = [axis.frames(row.duration_s) if row.status != "missing" else 0 for row in self.rows]
        self._starts = [0, *accumulate(lengths)]
        self._spots = [0, *accumulate(n if in_break(row) else 0 for n, row in zip(lengths, self.rows, strict=True))]
        self.length = self._starts[-1]
        self.grid: tuple[int, ...] = tuple(map(axis.frame, snapshot.grid)) or (before.grid if before else ())
        """The frames at which aligned programmes of the channel's plan may begin, in order."""
        self.base = self._anchored(before)
        self.index_of = {row.id: index for index, row in enumerate(self.rows)}
        self.horizon = axis.frame(now) + axis.frames(AHEAD_S)
        self._blocks = _blocks(self.rows)
        self._block_at = [block.first for block in self._blocks]
        self._block_ends = [self._starts[block.end] for block in self._blocks]
        self._shows = _shows(self.rows)
        self._missing = [index for index, row in enumerate(self.rows) if row.status == "missing"]
        self.air_from = self.base
        self._past = self._logged(aired)
        self._past_starts = [item.start for item in self._past]

    # --- look-up --------------------------------------------------------------------------------------------------

    @property
    def start(self) -> int:
        """The first frame that the plan knows; it may be in the as-run log."""
        return min(self._past_starts[0], self.air_from) if self._past_starts else self.air_from

    @property
    def round_end(self) -> int:
        """The first frame after the present pass (round) through the rundown."""
        return self.base + self.length

    def at(self, frame: int) -> Item | None:
        """Return the entry at a frame; None if the plan has none there."""
        if frame < self.air_from:
            number = bisect_right(self._past_starts, frame) - 1
            past = self._past[number] if number >= 0 else None
            return past if past is not None and frame < past.end else None
        if not self.length or frame >= self.horizon:
            return None
        number, offset = divmod(frame - self.base, self.length)
        return self.item(bisect_right(self._starts, offset) - 1, number)

    def item(self, index: int, number: int = 0) -> Item:
        """Return the row with index `index` at its place in round (pass through the rundown) `number`."""
        begin = self.base + number * self.length
        return Item(self.rows[index], begin + self._starts[index], begin + self._starts[index + 1], index, number)

    def items(self, first: int, end: int) -> Iterator[Item]:
        """Yield the items that touch the frames [first, end), in order."""
        number = max(0, bisect_right(self._past_starts, first) - 1)
        for item in self._past[number:]:
            if item.start >= end:
                return
            if item.end > first:
                yield item
        frame = max(first, self.air_from)
        while frame < end and (found := self.at(frame)) is not None:
            yield found
            frame = found.end

    def missing(self, first: int, end: int) -> Iterator[Item]:
        """Yield the entries within the frames [first, end) whose files are missing. They have no length."""
        if not self.length or not self._missing:
            return
        low, high = max(first, self.air_from), min(end, self.horizon)
        for number in range((low - self.base) // self.length, (high - self.base) // self.length + 1):
            for index in self._missing:
                item = self.item(index, number)
                if low <= item.start < high:
                    yield item

    def spot_frames(self, first: int, end: int) -> int:
        """Return how many of the frames [first, end) belong to breaks; the as-run log does not count."""
        first, end = max(first, self.air_from), min(end, self.horizon)
        if end <= first or not self.length:
            return 0
        return self._spots_until(end) - self._spots_until(first)

    def past_items(self, first: int, end: int) -> Sequence[Item]:
        """Return the items of the as-run log that touch the frames [first, end)."""
        low = max(0, bisect_right(self._past_starts, first) - 1)
        return [each for each in self._past[low : bisect_left(self._past_starts, end)] if each.end > first]

    def show_of(self, index: int) -> Show | None:
        """Return the programme that contains a row, as a segment or in one of its breaks; None if there is none."""
        return self._shows.get(index)

    def start_of(self, entry: str, number: int = 0) -> int | None:
        """Return the frame at which an entry begins in round (pass through the rundown) `number`; None if the rundown
        does not contain it."""
        index = self.index_of.get(entry)
        return None if index is None else self.base + number * self.length + self._starts[index]

    # --- breaks ---------------------------------------------------------------------------------------------------

    def break_of(self, item: Item | None) -> Break | None:
        """Return the break that contains an item; None if there is none."""
        if item is None or item.index < 0 or not item.is_spot:
            return None
        block = self._blocks[bisect_right(self._block_at, item.index) - 1]
        return self._placed(block, item.round)

    def break_over(self, frame: int) -> Break | None:
        """Return the break at a frame, or else the next one after it; None if there is none."""
        if not self._blocks or not self.length:
            return None
        number, offset = divmod(max(frame, self.air_from) - self.base, self.length)
        at = bisect_right(self._block_ends, offset)
        number, at = (number + 1, 0) if at == len(self._blocks) else (number, at)
        found = self._placed(self._blocks[at], number)
        return found if found.start < self.horizon else None

    def break_named(self, name: str, number: int = 0) -> Break | None:
        """Return the break with this name, or the break that contains the entry with this id, in round (pass through
        the rundown) `number`; None if there is none."""
        for block in self._blocks:
            if block.name == name or any(row.id == name for row in self.rows[block.first : block.end]):
                return self._placed(block, number)
        return None

    def spots(self, block: Break) -> tuple[Item, ...]:
        """Return the spots of a break."""
        return tuple(self.item(index, block.round) for index in range(block.first, block.end))

    def next_break(self, frame: int) -> Break | None:
        """Return the first break that begins after a frame; None if there is none."""
        found = next((block for block in self._from(frame) if block.start > frame), None)
        return found if found is not None and found.start < self.horizon else None

    def previous_break(self, frame: int) -> Break | None:
        """Return the last break that begins before a frame and is not in the as-run log; None if there is none."""
        if not self._blocks or not self.length:
            return None
        number = (frame - self.base) // self.length
        while self.base + (number + 1) * self.length > self.air_from:
            for block in reversed(self._blocks):
                placed = self._placed(block, number)
                if self.air_from <= placed.start < frame:
                    return placed
            number -= 1
        return None

    def _from(self, frame: int) -> Iterator[Break]:
        if not self._blocks or not self.length:
            return
        number = (max(frame, self.air_from) - self.base) // self.length
        while self.base + number * self.length < self.horizon:
            for block in self._blocks:
                yield self._placed(block, number)
            number += 1

    def _placed(self, block: Break, number: int) -> Break:
        begin = self.base + number * self.length
        return Break(
            block.name, block.first, block.end,
            begin + self._starts[block.first], begin + self._starts[block.end], number,
        )  # fmt: skip

    # --- edit points ----------------------------------------------------------------------------------------------

    def next_edge(self, frame: int) -> int | None:
        """Return the next edit point after a frame: the start or end of an entry. None if there is none."""
        item = self.at(frame)
        if item is not None:
            return item.end if item.end < self.horizon else None
        for each in self.items(frame, self.horizon):
            return each.start if each.start > frame else each.end
        return None

    def previous_edge(self, frame: int) -> int | None:
        """Return the last edit point before a frame; None if there is none."""
        item = self.at(frame - 1)
        if item is not None:
            return item.start
        ends = [each.end for each in self._past if each.end < frame]
        return max(ends, default=None)

    # --- laying out -----------------------------------------------------------------------------------------------

    def _anchored(self, before: LinePlan | None) -> int:
        """Return the frame at which the present pass (round 0) through the rundown begins."""
        known = next(
            (n for n, row in enumerate(self.rows) if row.status == "on_air" and row.start_at is not None), None
        )
        if known is None:
            known = next((n for n, row in enumerate(self.rows) if row.start_at is not None), None)
        if known is None:
            return before.base if before else 0
        row = self.rows[known]
        station_start = self.axis.frame(row.start_at or 0.0)
        shown = before.start_of(row.id) if before else None
        if shown is not None and before and before.axis == self.axis:
            drift = station_start - shown
            around = before.length  # after a whole round the same entry airs at the same place
            turned = round(drift / around) * around if around and row.status == "on_air" else 0
            if abs(drift - turned) <= self.axis.frames(STEADY_S):
                station_start = shown + turned
        return station_start - self._starts[known]

    def _logged(self, aired: Sequence[AsRunEntry]) -> list[Item]:
        on_air = next((index for index, row in enumerate(self.rows) if row.status == "on_air"), None)
        if not aired or on_air is None:
            return []
        self.air_from = self.base + self._starts[on_air]
        found = [_of_log(entry, self.axis, self.air_from) for entry in aired]
        return sorted((item for item in found if item is not None), key=lambda item: item.start)

    def _spots_until(self, frame: int) -> int:
        number, offset = divmod(frame - self.base, self.length)
        index = bisect_right(self._starts, offset) - 1
        inside = offset - self._starts[index] if in_break(self.rows[index]) else 0
        return number * self._spots[-1] + self._spots[index] + inside


def _of_log(entry: AsRunEntry, axis: Axis, until: int) -> Item | None:
    start = axis.frame(entry.started_at)
    end = min(start + entry.frames_aired, until)
    if end <= start:
        return None
    row = RundownRow(
        entry.entry, entry.kind, entry.title, entry.file, entry.asset_frame, entry.asset_frame + entry.frames_aired,
        float(axis.rate.seconds(entry.frames_aired)), entry.started_at, "aired", entry.break_id,
    )  # fmt: skip
    return Item(row, start, end, -1)


def _blocks(rows: Sequence[RundownRow]) -> list[Break]:
    """Return the breaks, with frames 0 for now. Neighbouring spots without a break's name form one break."""
    found: list[Break] = []
    first: int | None = None
    for index in range(len(rows) + 1):
        row = rows[index] if index < len(rows) else None
        goes_on = first is not None and row is not None and in_break(row) and row.break_id == rows[first].break_id
        if goes_on:
            continue
        if first is not None:
            found.append(Break(rows[first].break_id or rows[first].id, first, index, 0, 0))
        first = index if row is not None and in_break(row) else None
    return found


def _shows(rows: Sequence[RundownRow]) -> dict[int, Show]:
    """Return row index → programme. A break between two programmes belongs to neither."""
    groups: list[list[int]] = []
    for index, row in enumerate(rows):
        if in_break(row):
            continue
        last = rows[groups[-1][-1]] if groups else None
        if last is not None and last.file == row.file and last.out_frame == row.in_frame:
            groups[-1].append(index)
        else:
            groups.append([index])
    found: dict[int, Show] = {}
    for number, acts in enumerate(groups):
        show = Show(number, acts[0], acts[-1], tuple(acts))
        found.update((index, show) for index in range(acts[0], acts[-1] + 1))
    return found
