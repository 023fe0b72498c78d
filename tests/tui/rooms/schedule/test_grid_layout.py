"""The week as a grid: every moment of a day is in exactly one cell, also where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.protocol.answers.plan import PlanGap, PlannedSlot, PlanSnapshot
from retrovue_tui.tui.rooms.schedule.grid_layout import STEPS, Column, RowKey, items_of, layout, offset_at
from tests.tui.plans import a_plan, clock_of, days_of

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana")


def week(zone: str, first: datetime, slots: tuple[PlannedSlot, ...] = ()) -> list[Column]:
    days = days_of(zone, first, 7)
    clock = clock_of(zone, days)
    return [Column(day.date, "1", day.start_at, day.end_at, clock, slots) for day in days]


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)),  # noqa: DTZ001  # hypothesis takes naive ones
    st.sampled_from(STEPS),
)
def test_the_cells_of_a_day_follow_one_another_without_a_hole(zone: str, first: datetime, step: int) -> None:
    grid = layout(week(zone, first.replace(tzinfo=UTC)), step)
    assert len(grid.rows) == len(set(grid.rows))
    for number, column in enumerate(grid.columns):
        cells = [grid.cells[key, number] for key in grid.rows if (key, number) in grid.cells]
        assert (cells[0].start, cells[-1].end) == (column.start, column.end)
        assert all(before.end == after.start for before, after in pairwise(cells))
        for cell in cells:
            middle = (cell.start + cell.end) / 2
            key = grid.rows[grid.row_of(number, middle)]
            assert grid.cells[key, number] == cell
            wall = (cell.start + offset_at(column.clock, cell.start)) % 86_400 / 60
            assert key.minute <= wall < key.minute + step


@pytest.mark.parametrize(
    ("first", "rows", "skipped", "again"),
    [
        (datetime(2026, 10, 20, tzinfo=UTC), 25, [], [RowKey(120, 1)]),
        (datetime(2026, 3, 24, tzinfo=UTC), 24, [RowKey(120)], []),
        (datetime(2026, 6, 1, tzinfo=UTC), 24, [], []),
    ],
)
def test_a_repeated_hour_is_a_row_more_and_a_skipped_one_a_hole(
    first: datetime, rows: int, skipped: list[RowKey], again: list[RowKey]
) -> None:
    grid = layout(week("Europe/Berlin", first), 60)
    assert len(grid.rows) == rows
    holes = {key for key in grid.rows if not key.again for n in range(7) if (key, n) not in grid.cells}
    assert sorted(holes) == skipped
    assert [key for key in grid.rows if key.again] == again
    if again:
        place = grid.rows.index(again[0])
        assert [key.text for key in grid.rows[place - 1 : place + 2]] == ["02:00", "02:00", "03:00"]
        assert sum((again[0], number) in grid.cells for number in range(7)) == 1


def test_the_same_time_of_another_day_is_found_beside() -> None:
    grid = layout(week("Europe/Berlin", datetime(2026, 3, 26, tzinfo=UTC)), 60)
    saturday = grid.columns[2]
    at = saturday.start + 2.5 * 3_600
    column, there = grid.beside(2, at, 1)
    assert column == 3
    assert there == grid.columns[3].start + 2.5 * 3_600, "clocks skip 02:30, which is 03:30"
    assert grid.beside(3, there, -1) == (2, saturday.start + 3.5 * 3_600)
    assert grid.beside(0, grid.columns[0].start, -1) == (0, grid.columns[0].start)
    assert grid.beside(6, grid.columns[6].start + 60, 5) == (6, grid.columns[6].start + 60)


def test_items_are_slots_and_the_gaps_between_them() -> None:
    plan = PlanSnapshot(
        "1", 0.0, slots=(PlannedSlot(0.0, 100.0, "A"), PlannedSlot(400.0, 900.0, "", "no programmes found")),
        gaps=(PlanGap(100.0, 400.0, "nothing is planned here"), PlanGap(400.0, 900.0, "no programmes found")),
    )  # fmt: skip
    assert [(each.start_at, each.why) for each in items_of(plan, 0.0, 900.0)] == [
        (0.0, ""), (100.0, "nothing is planned here"), (400.0, "no programmes found"),
    ]  # fmt: skip
    column = Column("", "1", 0.0, 900.0, (), items_of(plan, 0.0, 900.0))
    found = column.item_at(100.0)
    assert found is not None
    assert found.why == "nothing is planned here"
    after, before = column.item_after(100.0, 1), column.item_after(100.0, -1)
    assert after is not None
    assert before is not None
    assert (after.start_at, before.start_at) == (400.0, 0.0)
    assert column.item_at(900.0) is None
    assert column.item_after(400.0, 1) is None


def test_a_slot_that_begins_a_frame_before_its_hour_is_in_that_hour() -> None:
    plan = a_plan()
    column = Column("", "1", plan.days[1].start_at, plan.days[1].end_at, plan.clock, ())
    grid = layout([column], 60)
    cell = grid.cells[RowKey(600), 0]
    early = PlannedSlot(cell.start - 0.02, cell.end, "A")
    column = Column("", "1", column.start, column.end, plan.clock, (early,))
    assert column.begin_in(cell) == [early]
    assert column.begin_in(grid.cells[RowKey(540), 0]) == []
