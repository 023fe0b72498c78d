"""Gets a planned channel back on time: shortens or lengthens coming planned breaks until the next fixed start is met to
the frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

from retrovue_tui.rundown.plan_marks import START, is_planned, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.protocol.answers.rundown import RundownRow
    from retrovue_tui.rundown.entries import Entry, Rundown
    from retrovue_tui.schedule.time_grid import TimeGrid

TOLERANCE: Final = 1
"""A fixed start that is off by at most this many frames is on time: clocks round."""
MARGIN_S: Final = 20.0
"""A break that begins sooner is left as it is (s)."""
SHORTEST_S: Final = 10.0
"""A break that would become shorter than this is left out (s)."""
LONGEST_S: Final = 300.0
"""A break is not lengthened to more than this (s). A longer time is filled with programmes."""
LABEL: Final = "on time: "
"""The beginning of the labels of these changes in the history."""


@dataclass(frozen=True)
class FixedStart:
    """The next fixed start of a channel: the index of its entry, when it was promised (UTC), how late it would be
    (frames; early if negative)."""

    index: int
    wanted: datetime
    late: int


@dataclass(frozen=True)
class PlannedBreak:
    """A coming break that the plan wrote: its entries [first, end) of the rundown, its start (Unix time, s), and its
    length in frames."""

    first: int
    end: int
    start_at: float
    frames: int


@dataclass(frozen=True)
class BreakChange:
    """A break's new length (frames). `exact`: a card closes the rest; the last change of a break has it. `is_fill`:
    programmes fill the time, not a break."""

    block: PlannedBreak
    frames: int
    exact: bool
    is_fill: bool = False


def next_fixed_start(entries: Sequence[Entry], rows: Sequence[RundownRow], grid: TimeGrid) -> FixedStart | None:
    """Return the next fixed start that is still to come; None if there is none."""
    for index, (entry, row) in enumerate(zip(entries, rows, strict=False)):
        if row.status not in ("planned", "locked") or row.start_at is None or not is_planned(entry):
            continue
        try:
            wanted = datetime.fromisoformat(tag(entry, START) or "").astimezone(UTC)
        except ValueError:
            continue
        late = grid.frame(datetime.fromtimestamp(row.start_at, UTC)) - grid.frame(wanted)
        return FixedStart(index, wanted, late)
    return None


def coming_breaks(
    entries: Sequence[Entry], rows: Sequence[RundownRow], before: int, now: float, grid: TimeGrid
) -> list[PlannedBreak]:
    """Return the planned breaks, or the rests of them, before the entry with index `before` that may still be
    changed."""
    found, index = [], 0
    for break_id, block in groupby(entries[:before], key=lambda entry: entry.break_id):
        part = list(block)
        first, index = index, index + len(part)
        while first < index and not _may_change(rows[first], now):
            first += 1
        start = rows[first].start_at if first < index else None
        if break_id is None or start is None or not all(is_planned(entry) for entry in part):
            continue
        frames = sum(grid.rate.nearest(row.duration_s) for row in rows[first:index])
        found.append(PlannedBreak(first, index, start, frames))
    return found


def _may_change(row: RundownRow, now: float) -> bool:
    return row.status == "planned" and row.start_at is not None and row.start_at > now + MARGIN_S


def new_break(start: FixedStart, rows: Sequence[RundownRow]) -> PlannedBreak:
    """Return an empty break before a fixed start, for a channel that is early and has no break left to lengthen."""
    return PlannedBreak(start.index, start.index, rows[start.index].start_at or 0.0, 0)


def changes_for(breaks: Sequence[PlannedBreak], late: int, grid: TimeGrid) -> tuple[list[BreakChange], int]:
    """Share out `late` frames among breaks: together they become `late` frames shorter (longer if negative). Return the
    changes, and how many frames could not be absorbed."""
    if not breaks:
        return [], late
    shortest, longest = grid.rate.count(SHORTEST_S), grid.rate.count(LONGEST_S)
    total = sum(each.frames for each in breaks)
    wanted = min(max(0, total - late), sum(max(longest, each.frames) for each in breaks))
    changes, left, old_left = [], wanted, total
    for number, block in enumerate(breaks):
        last = number == len(breaks) - 1
        frames = left if last else left * block.frames // max(1, old_left)
        if frames < shortest and not last:
            frames = 0
        changes.append(BreakChange(block, frames, exact=last))
        left, old_left = left - frames, old_left - block.frames
    return changes, late - (total - wanted)


def with_breaks(
    rundown: Rundown,
    changes: Sequence[BreakChange],
    build: Callable[[BreakChange, int], tuple[Sequence[Entry], int]],
) -> tuple[Rundown, int]:
    """Return the rundown with changed breaks, and how many frames could not be filled. `build` returns the entries of a
    break that should have a number of frames, and how many it has; what is left open is added to the next break."""
    entries: list[Entry] = []
    at, over = 0, 0
    for change in changes:
        entries += rundown.entries[at : change.block.first]
        frames = change.frames + over
        made, length = build(change, frames) if frames > 0 else ((), 0)
        over = frames - length
        entries += made
        at = change.block.end
    entries += rundown.entries[at:]
    return replace(rundown, entries=tuple(entries)), over


def way_of(late: int, start: FixedStart, grid: TimeGrid) -> str:
    """Return how late or early a fixed start would be, in words."""
    seconds = abs(float(grid.rate.seconds(late)))
    return f"{seconds:.1f} s {'late' if late > 0 else 'early'}{_for(start)}"


def _for(start: FixedStart) -> str:
    wanted = (start.wanted + timedelta(seconds=0.5)).astimezone()  # the frame may begin a moment before the full minute
    return f" for {wanted:%H:%M:%S}"


def is_label_of(label: str, start: FixedStart) -> bool:
    """Return whether a change in the history was made to meet this fixed start."""
    return label.startswith(LABEL) and f"{_for(start)}," in label


def label_of(late: int, start: FixedStart, missing: int, grid: TimeGrid) -> str:
    """Return the name of the change for the receipt and the history."""
    said = f"{LABEL}{way_of(late, start, grid)}, absorbed before it"
    rest = abs(float(grid.rate.seconds(missing)))
    return said if not missing else f"{said}, except {rest:.1f} s"
