"""The plan of a channel as clients see it: slots of its rundown and of a forecast, gaps, and what a change makes
different."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.answers.plan import PlanDifference, PlanGap, PlannedSlot
from retrovue_tui.rundown.plan_marks import START, WHY, is_planned, tag
from retrovue_tui.schedule.planner import LONGEST_WAIT_S
from retrovue_tui.schedule.series_memory import NEW, REPEAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from retrovue_tui.protocol.answers.rundown import RundownRow
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.time_grid import TimeGrid

BY_HAND: Final = "by hand"
HAND_WHY: Final = "a person wrote or changed it"
LEAST_GAP_S: Final = 1.0
"""A shorter time between two slots (s) is no gap."""
SAME_S: Final = 60.0
"""A programme that begins at most this much earlier or later (s) than before counts as unchanged."""

Row = tuple["Entry", "RundownRow", float]
"""An entry, its row, and the Unix time at which it begins."""


def rundown_slots(entries: Sequence[Entry], rows: Sequence[RundownRow]) -> list[PlannedSlot]:
    """Return the slots of a rundown that air from now on, in the order in which they air."""
    found = [(entry, row, row.start_at) for entry, row in zip(entries, rows, strict=True) if row.start_at is not None]
    return [_slot(group) for group in _groups(sorted(found, key=lambda each: each[2]))]


def _groups(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the rows of each slot. A slot begins where the plan marked its beginning, and with another programme that
    a person put there."""
    group: list[Row] = []
    for each in rows:
        if group and _begins(each[0], group):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _begins(entry: Entry, group: Sequence[Row]) -> bool:
    if tag(entry, WHY) is not None:
        return True
    shown = next((each.file for each, _, _ in group if each.kind == "programme"), None)
    return not is_planned(entry) and entry.kind == "programme" and entry.file != shown


def _slot(group: Sequence[Row]) -> PlannedSlot:
    programme = next((each for each in group if each[1].kind == "programme"), None)
    first, by_hand = group[0][0], any(not is_planned(entry) for entry, _, _ in group)
    breaks = [row for _, row, _ in group if row.kind == "spot"]
    why = tag(first, WHY) or (HAND_WHY if by_hand else "")
    return PlannedSlot(
        group[0][2],
        max(at + row.duration_s for _, row, at in group),
        programme[1].title if programme else "",
        why,
        programme[1].file if programme else "",
        breaks=len({row.break_id or row.id for row in breaks}),
        break_s=round(sum(row.duration_s for row in breaks), 3),
        fixed=tag(first, START) is not None,
        marks=(*marks_of(why), *((BY_HAND,) if by_hand else ())),
        warnings=tuple(f"{row.title}: the file is missing" for _, row, _ in group if row.status == "missing"),
    )


def forecast_slots(slots: Sequence[Slot], grid: TimeGrid) -> list[PlannedSlot]:
    """Return planned slots that are not written."""
    return [
        PlannedSlot(
            grid.time(slot.start).timestamp(),
            grid.time(slot.end).timestamp(),
            slot.programme.name if slot.programme else "",
            slot.why,
            str(slot.programme.file) if slot.programme else "",
            source="forecast",
            breaks=len({row.break_number for row in slot.rows if row.break_number is not None}),
            break_s=round(float(grid.rate.seconds(sum(r.frames for r in slot.rows if r.kind != "programme"))), 3),
            fixed=slot.fixed,
            marks=marks_of(slot.why),
            warnings=slot.warnings,
        )
        for slot in slots
    ]


def marks_of(why: str) -> tuple[str, ...]:
    """Return `premiere` or `repeat` if the reason for a programme says so."""
    if why.startswith(REPEAT):
        return ("repeat",)
    return ("premiere",) if why.endswith(NEW) else ()


def in_blocks(slots: Sequence[PlannedSlot], block: Callable[[float], int]) -> list[PlannedSlot]:
    """Return the slots with the numbers of their blocks. `block`: Unix time (s) → number."""
    return [replace(slot, block=block(slot.start_at)) for slot in slots]


def gaps_of(slots: Sequence[PlannedSlot], start: float, end: float) -> list[PlanGap]:
    """Return the stretches from `start` to `end` (Unix time, s) in which no programme airs. Filling up to the next full
    time is no gap."""
    gaps: list[PlanGap] = []
    at = start
    for slot in slots:
        if slot.start_at - at > LEAST_GAP_S:
            gaps.append(PlanGap(at, min(slot.start_at, end), "nothing is planned here"))
        if not slot.title and slot.end_at - max(slot.start_at, start) > LONGEST_WAIT_S:
            why = slot.why or "spots and cards only"
            if gaps and gaps[-1].why == why and abs(gaps[-1].end_at - slot.start_at) <= LEAST_GAP_S:
                gaps[-1] = PlanGap(gaps[-1].start_at, min(slot.end_at, end), why)
            else:
                gaps.append(PlanGap(max(slot.start_at, start), min(slot.end_at, end), why))
        at = max(at, slot.end_at)
    if end - at > LEAST_GAP_S:
        gaps.append(PlanGap(at, end, "nothing is planned here"))
    return [gap for gap in gaps if gap.end_at > gap.start_at]


def differences(before: Sequence[PlannedSlot], after: Sequence[PlannedSlot]) -> list[PlanDifference]:
    """Return the times at which another programme begins than before, in order."""
    gone, come = _unmatched(before, after), _unmatched(after, before)
    made: list[PlanDifference] = []
    number = 0
    for slot in come:
        while number < len(gone) and gone[number].start_at < slot.start_at - SAME_S:
            made.append(PlanDifference(gone[number].start_at, gone[number].title, ""))
            number += 1
        old = ""
        if number < len(gone) and gone[number].start_at <= slot.start_at + SAME_S:
            old, number = gone[number].title, number + 1
        made.append(PlanDifference(slot.start_at, old, slot.title, slot.why))
    made += [PlanDifference(slot.start_at, slot.title, "") for slot in gone[number:]]
    return made


def _unmatched(slots: Sequence[PlannedSlot], others: Sequence[PlannedSlot]) -> list[PlannedSlot]:
    """Return the programmes of one plan that do not begin at about the same time in the other plan."""
    starts: defaultdict[str, list[float]] = defaultdict(list)
    for slot in others:
        starts[slot.title].append(slot.start_at)

    def has(slot: PlannedSlot) -> bool:
        times = starts[slot.title]
        place = bisect_left(times, slot.start_at - SAME_S)
        return place < len(times) and times[place] <= slot.start_at + SAME_S

    return [slot for slot in slots if slot.title and not has(slot)]
