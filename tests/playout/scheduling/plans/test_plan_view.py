"""A rundown and planned slots as clients see them: slots, gaps, and what a change makes different."""

from __future__ import annotations

from pathlib import Path

from retrovue_tui.playout.scheduling.plans.plan_view import differences, gaps_of, marks_of, rundown_slots
from retrovue_tui.protocol.answers.plan import PlanDifference, PlanGap, PlannedSlot
from retrovue_tui.protocol.answers.rundown import RundownRow
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.plan_marks import BY_PLAN, START, WHY


def entry(id: str, kind: str = "programme", file: str = "", *tags: tuple[str, str], block: str | None = None) -> Entry:
    return Entry(id, kind, Path(file or f"/m/{id}"), break_id=block, tags=tags)  # type: ignore[arg-type]


def row(entry: Entry, at: float | None, length: float, status: str = "planned") -> RundownRow:
    return RundownRow(
        entry.id, entry.kind, entry.id.upper(), str(entry.file), 0, None, length, at, status, entry.break_id  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_slot_is_a_programme_with_its_breaks() -> None:
    entries = [
        entry("old", "programme", "/m/old", BY_PLAN, (WHY, "next in order; not planned before")),
        entry(
            "a1", "programme", "/m/a", BY_PLAN, (START, "2026-01-01T00:00:00Z"), (WHY, "turn of A; not planned before")
        ),
        entry("s1", "spot", "/s/1", BY_PLAN, block="b1"),
        entry("s2", "spot", "/s/2", BY_PLAN, block="b1"),
        entry("a2", "programme", "/m/a", BY_PLAN),
        entry("s3", "spot", "/s/3", BY_PLAN, block="b2"),
        entry("fill", "spot", "/s/4", BY_PLAN, (WHY, "filled to the next full time")),
        entry("mine", "programme", "/m/mine"),
        entry("gone", "spot", "/s/5"),
    ]
    starts = [None, 100.0, 200.0, 230.0, 260.0, 400.0, 430.0, 500.0, 600.0]
    lengths = [50.0, 100.0, 30.0, 30.0, 140.0, 30.0, 70.0, 100.0, 0.0]
    rows = [row(each, at, length) for each, at, length in zip(entries, starts, lengths, strict=True)]
    rows[-1] = row(entries[-1], 600.0, 0.0, "missing")
    found = rundown_slots(entries, rows)
    assert found[0] == PlannedSlot(
        100.0, 430.0, "A1", "turn of A; not planned before", "/m/a", breaks=2, break_s=90.0, fixed=True,
        marks=("premiere",),
    )  # fmt: skip
    assert (found[1].title, found[1].why, found[1].end_at) == ("", "filled to the next full time", 500.0)
    assert (found[2].title, found[2].marks, found[2].warnings) == ("MINE", ("by hand",), ("GONE: the file is missing",))
    assert len(found) == 3


def test_a_gap_is_time_without_a_programme() -> None:
    slots = [
        PlannedSlot(50.0, 1_000.0, "A"),
        PlannedSlot(1_000.0, 1_200.0, "", "filled to the next full time"),
        PlannedSlot(1_200.0, 3_000.0, "", "no programmes found"),
        PlannedSlot(3_000.0, 4_800.0, "", "no programmes found"),
        PlannedSlot(5_000.0, 6_000.0, "B"),
    ]
    assert gaps_of(slots, 100.0, 7_000.0) == [
        PlanGap(1_200.0, 4_800.0, "no programmes found"),
        PlanGap(4_800.0, 5_000.0, "nothing is planned here"),
        PlanGap(6_000.0, 7_000.0, "nothing is planned here"),
    ]
    assert gaps_of(slots, 100.0, 1_100.0) == []
    assert gaps_of([], 0.0, 10.0) == [PlanGap(0.0, 10.0, "nothing is planned here")]


def test_differences_are_the_programmes_that_begin_elsewhere() -> None:
    before = [PlannedSlot(at * 1_800.0, 0.0, title) for at, title in enumerate("ABCDE")]
    after = [PlannedSlot(at * 1_800.0 + 20, 0.0, title, "why") for at, title in enumerate("ABXDF")]
    after.append(PlannedSlot(5_000.0, 0.0, "N"))
    after.sort(key=lambda each: each.start_at)
    assert differences(before, after) == [
        PlanDifference(3_620.0, "C", "X", "why"),
        PlanDifference(5_000.0, "", "N"),
        PlanDifference(7_220.0, "E", "F", "why"),
    ]
    assert differences(before, before) == []
    assert differences(before, []) == [PlanDifference(each.start_at, each.title, "") for each in before]


def test_marks_come_from_the_reason() -> None:
    assert marks_of("repeat of Evening of 2026-11-25") == ("repeat",)
    assert marks_of("turn of A; not planned before") == ("premiere",)
    assert marks_of("turn of A; 3 days since last") == ()
