"""The grid lines of a plan: every multiple of `align`, in the blocks that have one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.config.plan import Block, ChannelPlan, PlanRules, read_days
from retrovue_tui.schedule.air_calendar import AirCalendar
from retrovue_tui.schedule.grid_lines import MOST_LINES, grid_lines

BERLIN = ZoneInfo("Europe/Berlin")


def lines(plan: ChannelPlan, first: str, end: str) -> list[str]:
    """The grid lines between two local times of Berlin, in local time."""
    moments = (datetime.fromisoformat(text).replace(tzinfo=BERLIN) for text in (first, end))
    return [f"{line.astimezone(BERLIN):%H:%M}" for line in grid_lines(plan, BERLIN, *moments)]


def test_only_blocks_with_align_have_lines() -> None:
    days = read_days("daily")
    assert days is not None
    plan = ChannelPlan(PlanRules(), (Block("late", days, 18 * 60, 20 * 60, PlanRules(align_s=1_800.0)),))
    assert lines(plan, "2026-11-26T12:00", "2026-11-27T12:00") == ["18:00", "18:30", "19:00", "19:30"]
    base = replace(plan, rules=PlanRules(align_s=3_600.0))
    assert lines(base, "2026-11-26T16:10", "2026-11-26T21:00") == ["17:00", "18:00", "18:30", "19:00", "19:30", "20:00"]
    assert lines(ChannelPlan(PlanRules()), "2026-11-26T12:00", "2026-11-27T12:00") == []


@pytest.mark.parametrize(("day", "count"), [("2026-10-25", 25), ("2026-03-29", 23), ("2026-11-26", 24)])
def test_days_on_which_the_clocks_change(day: str, count: int) -> None:
    after = (datetime.fromisoformat(day) + timedelta(days=1)).date()
    assert len(lines(ChannelPlan(PlanRules(align_s=3_600.0)), f"{day}T00:00", f"{after}T00:00")) == count


def test_there_is_a_limit() -> None:
    assert len(lines(ChannelPlan(PlanRules(align_s=60.0)), "2026-11-26T00:00", "2026-11-27T00:00")) == MOST_LINES


@settings(max_examples=20)
@given(st.integers(0, 400 * 86_400), st.sampled_from([900.0, 1_200.0, 3_600.0, 14_400.0]))
def test_each_line_is_the_next_multiple_after_the_one_before(start: int, every: float) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=start)
    plan = ChannelPlan(PlanRules(align_s=every))
    found = grid_lines(plan, BERLIN, first, first + timedelta(hours=6))
    calendar, at, expected = AirCalendar(plan, BERLIN), first, []
    while (at := calendar.next_multiple(at, every)) < first + timedelta(hours=6):
        expected.append(at)
        at += timedelta(microseconds=1)
    assert found == expected
