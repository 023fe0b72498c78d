"""The calendar of a channel over days: local days, changes of the clocks, and the stretches of blocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrovue_tui.config.plan import Block, ChannelPlan, Days, PlanRules
from retrovue_tui.schedule.air_calendar import AirCalendar
from retrovue_tui.schedule.block_spans import block_number, block_spans, clock_offsets, local_days

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana")
PLAN = ChannelPlan(
    PlanRules(("*",)),
    (
        Block("Night", Days(), 23 * 60, 3 * 60, PlanRules(("a",))),
        Block("Weekend", Days(frozenset({5, 6})), 120, 600, PlanRules(("b",))),
    ),
)
times = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1))  # noqa: DTZ001  # hypothesis takes naive ones


@given(st.sampled_from(ZONES), times, st.integers(1, 14))
@example("America/Havana", datetime(2026, 11, 1, 12), 1)  # noqa: DTZ001  # a day with two midnights
def test_days_begin_at_local_midnight_and_follow_one_another(zone: str, now: datetime, count: int) -> None:
    moment = now.replace(tzinfo=UTC)
    calendar = AirCalendar(PLAN, ZoneInfo(zone))
    days = local_days(calendar, moment, count)
    assert len(days) == count
    assert days[0].start <= moment < days[0].end
    assert all(before.end == after.start for before, after in pairwise(days))
    for day in days:
        assert calendar.local(day.start).date() == day.date
        assert calendar.local(day.start - timedelta(seconds=1)).date() == day.date - timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "hours"), [("2026-03-29T12:00", 23), ("2026-10-25T12:00", 25), ("2026-06-01T12:00", 24)]
)
def test_a_day_has_as_many_hours_as_it_has(now: str, hours: int) -> None:
    calendar = AirCalendar(PLAN, ZoneInfo("Europe/Berlin"))
    day = local_days(calendar, datetime.fromisoformat(now).replace(tzinfo=UTC), 1)[0]
    assert day.end - day.start == timedelta(hours=hours)
    changes = clock_offsets(calendar, day.start, day.end)
    assert len(changes) == (1 if hours == 24 else 2)
    if hours != 24:
        assert changes[1][0] == datetime.fromisoformat(now).replace(hour=1, tzinfo=UTC)


@given(st.sampled_from(ZONES), times)
def test_the_stretches_of_blocks_say_what_holds_at_each_moment(zone: str, now: datetime) -> None:
    calendar = AirCalendar(PLAN, ZoneInfo(zone))
    days = local_days(calendar, now.replace(tzinfo=UTC), 3)
    spans = block_spans(calendar, PLAN, days[0].start, days[-1].end)
    assert (spans[0].start, spans[-1].end) == (days[0].start, days[-1].end)
    for before, after in pairwise(spans):
        assert before.end == after.start
        assert before.block != after.block
    for span in spans:
        for moment in (span.start, span.start + (span.end - span.start) / 2, span.end - timedelta(seconds=1)):
            assert block_number(PLAN, calendar.at(moment)) == span.block


def test_two_blocks_of_equal_rules_are_told_apart() -> None:
    rules = PlanRules(("a",))
    twins = ChannelPlan(PlanRules(), (Block("A", Days(), 0, 60, rules), Block("B", Days(), 60, 120, PlanRules(("a",)))))
    calendar = AirCalendar(twins, UTC)
    start = datetime(2026, 5, 1, tzinfo=UTC)
    spans = block_spans(calendar, twins, start, start + timedelta(hours=3))
    assert [span.block for span in spans] == [0, 1, -1]
