"""Lays plans out as a grid: a column for each day or channel, a row for each part of an hour. Pure.

A cell is a stretch between two moments, so a day of 23 hours has a hole and a day of 25 hours has a row more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.protocol.answers.plan import PlannedSlot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.plan import ClockChange, PlanGap, PlanSnapshot

STEPS: Final = (15, 30, 60, 120)
"""The possible heights of a row, in minutes."""
QUARTER_S: Final = 900.0
"""Clocks are ahead of UTC by a multiple of this (s)."""
NEAR_S: Final = 0.5
"""A slot that begins this much before a cell (s) begins in it: frames do not begin at full minutes."""


class RowKey(NamedTuple):
    """The time that clocks show at the beginning of a row: minutes after midnight. `again`: 1 in the hour that is
    repeated when clocks are set back."""

    minute: int
    again: int = 0

    @property
    def text(self) -> str:
        """The time, like `20:30`."""
        return f"{self.minute // 60:02}:{self.minute % 60:02}"


class Cell(NamedTuple):
    """A stretch of time, Unix time (s)."""

    start: float
    end: float


@dataclass(frozen=True)
class Column:
    """One day of one channel. `items`: everything that is planned in it, and gaps as slots without a title, in order
    and without overlap."""

    title: str
    channel: str
    start: float
    end: float
    clock: tuple[ClockChange, ...]
    items: tuple[PlannedSlot, ...]

    def item_at(self, at: float) -> PlannedSlot | None:
        """Return the slot or gap at a moment."""
        place = bisect_right(self.items, at + NEAR_S, key=lambda each: each.start_at) - 1
        return self.items[place] if place >= 0 and at < self.items[place].end_at else None

    def item_after(self, at: float, by: int) -> PlannedSlot | None:
        """Return the item that begins next after a moment (`by` 1), or that began last before it (-1)."""
        if by > 0:
            return next((each for each in self.items if each.start_at > at + NEAR_S), None)
        return next((each for each in reversed(self.items) if each.start_at < at - NEAR_S), None)

    def begin_in(self, cell: Cell) -> list[PlannedSlot]:
        """Return the items that begin in a cell."""
        first = bisect_left(self.items, cell.start - NEAR_S, key=lambda each: each.start_at)
        return list(self.items[first : bisect_left(self.items, cell.end - NEAR_S, key=lambda each: each.start_at)])


@dataclass(frozen=True)
class Grid:
    """Columns side by side, with the rows that at least one of them has. `cells`: (row, column) → its stretch."""

    columns: tuple[Column, ...]
    rows: tuple[RowKey, ...]
    cells: dict[tuple[RowKey, int], Cell]

    def row_of(self, column: int, at: float) -> int:
        """Return the index of the row that contains a moment; the nearest one for a moment of another day."""
        best = 0
        for number, key in enumerate(self.rows):
            cell = self.cells.get((key, column))
            if cell is not None and cell.start <= at:
                best = number
        return best

    def beside(self, column: int, at: float, by: int) -> tuple[int, float]:
        """Return the column beside another one, and the moment in it at which clocks show the same time; stop at both
        ends."""
        other = min(max(0, column + by), len(self.columns) - 1)
        row = self.row_of(column, at)
        here, there = self.cells.get((self.rows[row], column)), self.cells.get((self.rows[row], other))
        if here is None:
            return other, self.columns[other].start
        if there is None:  # clocks skip this time on that day
            later = (self.cells.get((key, other)) for key in self.rows[row:])
            there = next((cell for cell in later if cell is not None), None)
        if there is None:
            return other, self.columns[other].start
        return other, min(there.start + (at - here.start), there.end - 1)


def offset_at(clock: Sequence[ClockChange], at: float) -> float:
    """Return how far clocks are ahead of UTC at a moment (s); 0 if that is not known."""
    found = 0.0
    for change in clock:
        if change.at > at:
            break
        found = change.offset_s
    return found if clock and clock[0].at <= at else (clock[0].offset_s if clock else 0.0)


def layout(columns: Sequence[Column], step: int) -> Grid:
    """Return the grid with rows of `step` minutes."""
    cells: dict[tuple[RowKey, int], Cell] = {}
    for number, column in enumerate(columns):
        for key, cell in _cells_of(column, step):
            cells[key, number] = cell
    rows = sorted({key for key, _ in cells}, key=lambda key: _place(key, cells))
    return Grid(tuple(columns), tuple(rows), cells)


def _place(key: RowKey, cells: dict[tuple[RowKey, int], Cell]) -> tuple[int, int]:
    """Return the key by which rows are sorted. The rows of a repeated hour follow the last row that is repeated."""
    if not key.again:
        return key.minute, 0
    repeated = [each.minute for each, _ in cells if each.again]
    return max(repeated), 1 + key.minute


def _cells_of(column: Column, step: int) -> list[tuple[RowKey, Cell]]:
    """Return the cells of a column in the order of time, by steps of a quarter of an hour."""
    found: list[tuple[RowKey, Cell]] = []
    repeated: set[RowKey] = set()
    at, before = column.start, -1
    while at < column.end:
        minute = round((at + offset_at(column.clock, at)) % 86_400) // 60
        if minute < before:
            repeated = {key for key, _ in found}
        row = minute // step * step
        key = RowKey(row, int(RowKey(row) in repeated))
        end = min(at + QUARTER_S, column.end)
        if found and found[-1][0] == key:
            found[-1] = key, Cell(found[-1][1].start, end)
        else:
            found.append((key, Cell(at, end)))
        at, before = at + QUARTER_S, minute
    return found


def items_of(plan: PlanSnapshot, start: float, end: float) -> tuple[PlannedSlot, ...]:
    """Return the slots of a plan from `start` to `end`, and the gaps between them."""
    slots = [slot for slot in plan.slots if slot.end_at > start and slot.start_at < end]
    gaps = [_as_slot(gap) for gap in plan.gaps if gap.end_at > start and gap.start_at < end]
    covered = [gap for gap in gaps if not any(_overlap(slot, gap) for slot in slots)]
    return tuple(sorted((*slots, *covered), key=lambda each: each.start_at))


def _as_slot(gap: PlanGap) -> PlannedSlot:
    return PlannedSlot(gap.start_at, gap.end_at, "", gap.why)


def _overlap(slot: PlannedSlot, gap: PlannedSlot) -> bool:
    return slot.start_at < gap.end_at - 1 and slot.end_at > gap.start_at + 1
