"""The end of a series is found before it airs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from retrovue_tui.config.plan import Block, ChannelPlan, Days, PlanRules
from retrovue_tui.schedule.air_calendar import AirCalendar
from retrovue_tui.schedule.break_builder import BreakBuilder
from retrovue_tui.schedule.planner import SchedulePlanner
from retrovue_tui.schedule.series_ends import SeriesEnd, SeriesEnds, without_spots
from retrovue_tui.schedule.series_memory import Chooser, Programme, SeriesMemory
from retrovue_tui.schedule.spots.spot_rules import SpotHistory
from retrovue_tui.schedule.time_grid import TimeGrid
from retrovue_tui.timecode import FrameRate

RATE = FrameRate.parse("25")
START = datetime(2026, 11, 26, 12, tzinfo=UTC)
GRID = TimeGrid(START, RATE)
HOURLY = PlanRules(("Court", "Taxi"), breaks="none", align_s=3_600.0)


def series(name: str, count: int) -> list[Programme]:
    return [
        Programme(Path(f"/m/{name} {n}.mp4"), (name, f"{n:02}.mp4"), RATE.count(3_000), f"{n}", name, 1, n)
        for n in range(1, count + 1)
    ]


def ends(plan: ChannelPlan, programmes: list[Programme], days: int = 7) -> list[SeriesEnd]:
    planner = SchedulePlanner(
        AirCalendar(plan, UTC), Chooser(programmes, 0), GRID, BreakBuilder(RATE, (), SpotHistory()), SeriesMemory()
    )
    found = SeriesEnds(planner.chooser, plan, {})
    for slot in without_spots(planner).plan(0, GRID.frame(START + timedelta(days=days))):
        if slot.airing is not None:
            found.add(slot.airing)
    return found.found


def test_the_last_episode_of_each_series() -> None:
    court, taxi = series("Court", 30), series("Taxi", 80)
    found = ends(ChannelPlan(HOURLY), [*court, *taxi])
    assert [(each.series, each.at, each.last, each.first, each.others) for each in found] == [
        ("Court", START + timedelta(hours=58), court[-1], court[0], 1),
        ("Taxi", START + timedelta(hours=159), taxi[-1], taxi[0], 1),
    ]
    assert [each.series for each in ends(ChannelPlan(HOURLY), [*court, *taxi], days=4)] == ["Court"]


def test_a_series_that_repeats_within_a_day_has_no_end() -> None:
    assert ends(ChannelPlan(HOURLY), series("Court", 20)) == []
    assert len(ends(ChannelPlan(HOURLY), series("Court", 26))) == 1


def test_each_block_by_its_own_rules() -> None:
    evening = Block("evening", Days(), 20 * 60, 22 * 60, PlanRules(("Taxi",), breaks="none", align_s=3_600.0))
    again = Block("again", Days(), 2 * 60, 4 * 60, PlanRules((), rerun_of="evening", breaks="none"))
    plan = ChannelPlan(PlanRules(("Court",), order="shuffle", breaks="none", overrun="skip"), (evening, again))
    (end,) = ends(plan, [*series("Court", 5), *series("Taxi", 6)])
    assert (end.series, end.block, end.at, end.others) == (
        "Taxi", "evening", datetime(2026, 11, 28, 21, tzinfo=UTC), 0,
    )  # fmt: skip


def test_the_times_are_those_of_the_real_plan() -> None:
    programmes, plan = [*series("Court", 26), *series("Taxi", 31)], ChannelPlan(HOURLY)
    planner = SchedulePlanner(
        AirCalendar(plan, UTC), Chooser(programmes, 0), GRID, BreakBuilder(RATE, (), SpotHistory()), SeriesMemory()
    )
    slots = list(planner.plan(0, GRID.frame(START + timedelta(days=3))))
    found = ends(plan, programmes, days=3)
    assert [each.series for each in found] == ["Court", "Taxi"]
    for end in found:
        assert next(slot.start for slot in slots if slot.programme == end.last) == GRID.frame(end.at)
