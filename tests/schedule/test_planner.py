"""A plan has no hole, keeps its rules, is exact to the frame, and is the same each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from retrovue_tui.config.plan import Block, ChannelPlan, Days, PlanRules, read_days
from retrovue_tui.schedule.air_calendar import AirCalendar
from retrovue_tui.schedule.break_builder import BreakBuilder
from retrovue_tui.schedule.planner import SchedulePlanner
from retrovue_tui.schedule.series_memory import Chooser, Programme, SeriesMemory
from retrovue_tui.schedule.spots.spot_rules import Hours, PoolSpot, SpotHistory
from retrovue_tui.schedule.time_grid import TimeGrid
from retrovue_tui.timecode import FrameRate
from tests.schedule.plan_checker import faults, media, spots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.schedule.planned_slot import Slot

BERLIN = ZoneInfo("Europe/Berlin")
RATE = FrameRate.parse("30000/1001")
DAY = timedelta(days=1)
PROGRAMMES, SPOTS = media(400), spots(120)


def days(text: str) -> Days:
    found = read_days(text)
    assert found is not None
    return found


def planned(
    plan: ChannelPlan, start: datetime, length: timedelta, programmes: Sequence[Programme] = PROGRAMMES,
    pool: Sequence[PoolSpot] = SPOTS,
) -> tuple[list[Slot], TimeGrid]:  # fmt: skip
    grid = TimeGrid(start, RATE)
    breaks = BreakBuilder(RATE, pool, SpotHistory(), separation=timedelta(minutes=10))
    planner = SchedulePlanner(AirCalendar(plan, BERLIN), Chooser(programmes, plan.seed), grid, breaks, SeriesMemory())
    return list(planner.plan(0, grid.frame(start + length))), grid


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


HALF_HOURS = PlanRules(("Shows/*",), align_s=1_800.0)


@pytest.mark.parametrize("start", ["2026-03-28T20:00", "2026-10-24T20:00", "2026-06-01T00:00"])
def test_aligned_programmes_begin_on_the_grid_also_when_the_clocks_change(start: str) -> None:
    slots, grid = planned(ChannelPlan(HALF_HOURS), local(start), DAY)
    assert faults(slots, grid, SPOTS, BERLIN, 1_800.0) == []
    assert all(slot.fixed for slot in slots)
    assert len([slot for slot in slots if slot.programme]) > 20


def test_the_first_programme_waits_for_the_grid_but_not_long() -> None:
    slots, grid = planned(ChannelPlan(HALF_HOURS), local("2026-06-01T10:27:13"), timedelta(hours=1))
    assert slots[0].programme is None
    assert slots[0].why == "filled to the next full time"
    assert abs(grid.time(slots[1].start) - local("2026-06-01T10:30")) < timedelta(seconds=0.02)
    slots, grid = planned(ChannelPlan(HALF_HOURS), local("2026-06-01T10:07:13"), timedelta(hours=1))
    assert slots[0].programme is not None
    assert [slot.fixed for slot in slots] == [False] + [True] * (len(slots) - 1)
    assert faults(slots, grid, SPOTS, BERLIN, 1_800.0) == []


def test_one_after_another_without_a_grid() -> None:
    slots, grid = planned(ChannelPlan(PlanRules(("*",))), local("2026-06-01T10:00"), DAY)
    assert faults(slots, grid, SPOTS, BERLIN, 0) == []
    assert not any(row.kind == "card" for slot in slots for row in slot.rows)  # no card where nothing must be exact
    breaks = [row for slot in slots for row in slot.rows if row.kind == "spot"]
    assert sum(row.frames for row in breaks) > 0.1 * sum(slot.end - slot.start for slot in slots)


@pytest.mark.parametrize("overrun", ["skip", "cut"])
def test_the_next_block_begins_on_time(overrun: str) -> None:
    evening = Block("evening", days("daily"), 18 * 60, 20 * 60, PlanRules(("Shows/*",), overrun=overrun))  # type: ignore[arg-type]
    films = Block("films", days("daily"), 20 * 60, 0, PlanRules(("Movies",), overrun=overrun))  # type: ignore[arg-type]
    rules = PlanRules(("Shows/*",), overrun=overrun)  # type: ignore[arg-type]
    slots, grid = planned(ChannelPlan(rules, (evening, films)), local("2026-06-01T12:00"), 2 * DAY)
    assert faults(slots, grid, SPOTS, BERLIN, 0) == []
    for day in (1, 2):
        for hour in (18, 20):
            wanted = grid.frame(local(f"2026-06-0{day}T{hour}:00"))
            (slot,) = [each for each in slots if each.start == wanted]
            assert slot.block == {18: "evening", 20: "films"}[hour]
            assert slot.fixed
    for slot in slots:
        if slot.programme is not None and slot.block == "films":
            assert slot.programme.place[0] == "Movies"
            if overrun == "skip":
                assert slot.rows[-1].out_frame or slot.programme.frames
    whole = [
        max(row.out_frame for row in slot.rows if row.kind == "programme") == slot.programme.frames
        for slot in slots if slot.programme
    ]  # fmt: skip
    assert all(whole) is (overrun == "skip")


def test_a_programme_that_overruns_is_finished() -> None:
    films = Block("films", days("daily"), 20 * 60, 21 * 60, PlanRules(("Movies",)))
    slots, grid = planned(ChannelPlan(PlanRules(("Shows/*",)), (films,)), local("2026-06-01T20:00"), timedelta(hours=3))
    assert slots[0].block == "films"
    assert slots[0].end > grid.frame(local("2026-06-01T21:00"))
    assert slots[1].block == "plan"


def test_a_rerun_repeats_the_evening_before() -> None:
    evening = Block("evening", days("daily"), 18 * 60, 22 * 60, PlanRules(("Shows/*",), overrun="skip"))
    morning = Block(
        "morning", days("daily"), 8 * 60, 12 * 60,
        PlanRules(("Movies",), rerun_of="evening", after_s=14 * 3_600.0, overrun="skip"),
    )  # fmt: skip
    plan = ChannelPlan(PlanRules(("Shows/*",)), (evening, morning))
    slots, _ = planned(plan, local("2026-06-01T17:00"), 3 * DAY)
    first = [slot.programme for slot in slots if slot.block == "evening" and slot.programme][:5]
    again = [slot.programme for slot in slots if slot.block == "morning" and slot.programme][:5]
    assert again == first
    assert next(slot.why for slot in slots if slot.block == "morning").startswith("repeat of evening of 2026-06-01")


def episodes(series: str, minutes: float = 25.0) -> list[Programme]:
    names = [("Shows", series, f"{number:02}.mp4") for number in range(1, 30)]
    return [
        Programme(PROGRAMMES[0].file.with_name("".join(name)), name, RATE.count(minutes * 60), name[2], series, 1, n)
        for n, name in enumerate(names, 1)
    ]


def numbers(slots: Sequence[Slot], block: str) -> list[int | None]:
    """Return the numbers of the episodes that a block airs."""
    return [slot.programme.episode for slot in slots if slot.block == block and slot.programme]


EVENING = Block("evening", days("daily"), 18 * 60, 19 * 60, PlanRules(("Shows/Court",), overrun="skip"))
TWO_SHOWS = [*episodes("Court"), *episodes("Taxi")]


@pytest.mark.parametrize(("days_later", "at"), [(1, 9), (2, 9), (3, 20)])
def test_a_rerun_does_not_take_its_series_back(days_later: int, at: int) -> None:
    rules = PlanRules((), rerun_of="evening", after_s=days_later * 86_400.0, overrun="skip")
    again = Block("again", days("daily"), at * 60, at * 60 + 60, rules)
    plan = ChannelPlan(PlanRules(("Shows/Taxi",)), (EVENING, again))
    slots, _ = planned(plan, local("2026-06-01T17:00"), 6 * DAY, TWO_SHOWS)
    premieres, repeats = numbers(slots, "evening"), numbers(slots, "again")
    assert premieres == list(range(1, len(premieres) + 1))
    assert len(premieres) > 5
    assert repeats[: len(premieres)] == premieres[: len(repeats)]
    taxi = numbers(slots, "plan")
    assert taxi == [1 + number % 29 for number in range(len(taxi))]


def test_a_rerun_goes_on_where_an_earlier_plan_ends_in_its_middle() -> None:
    late = Block("late", days("daily"), 23 * 60, 60, EVENING.rules)  # until 01:00
    rules = PlanRules((), rerun_of="late", after_s=11.5 * 3_600, overrun="skip")
    again = Block("again", days("daily"), 11 * 60, 13 * 60, rules)
    plan = ChannelPlan(PlanRules(("Shows/Taxi",)), (late, again))
    start = local("2026-06-01T22:00")
    whole, grid = planned(plan, start, 3 * DAY, TWO_SHOWS)
    assert len(numbers(whole, "late")) == 9
    assert numbers(whole, "again") == numbers(whole, "late")
    parts: list[Slot] = []
    memory, frame = SeriesMemory(), 0
    while frame < whole[-1].end:  # each slot is planned by a planner of its own, as after a restart
        breaks = BreakBuilder(RATE, (), SpotHistory())
        planner = SchedulePlanner(AirCalendar(plan, BERLIN), Chooser(TWO_SHOWS, 0), grid, breaks, memory)
        parts.append(next(planner.plan(frame, frame + 1)))
        frame = parts[-1].end
    assert numbers(parts, "again")[:9] == numbers(parts, "late")[:9]


def test_a_rerun_leaves_out_files_that_are_gone() -> None:
    rules = PlanRules((), rerun_of="evening", after_s=60, overrun="skip")
    again = Block("again", days("daily"), 20 * 60, 22 * 60, rules)
    plan = ChannelPlan(PlanRules(("Shows/Taxi",)), (EVENING, again))
    grid = TimeGrid(local("2026-06-01T17:50"), RATE)
    memory, calendar = SeriesMemory(), AirCalendar(plan, BERLIN)
    aired = list(SchedulePlanner(calendar, Chooser(TWO_SHOWS, 0), grid, BreakBuilder(RATE, (), SpotHistory()), memory)
                 .plan(0, grid.frame(local("2026-06-01T19:50"))))  # fmt: skip
    first = numbers(aired, "evening")
    left = [each for each in TWO_SHOWS if each.series != "Court" or each.episode != first[0]]
    planner = SchedulePlanner(calendar, Chooser(left, 0), grid, BreakBuilder(RATE, (), SpotHistory()), memory)
    more = list(planner.plan(aired[-1].end, grid.frame(local("2026-06-01T21:00"))))
    assert numbers([slot for slot in more if slot.why.startswith("repeat")], "again") == first[1:]


def test_a_programme_that_fills_a_hole_does_not_move_its_series() -> None:
    grid, memory = TimeGrid(local("2026-06-01T10:00"), RATE), SeriesMemory()
    plan = ChannelPlan(PlanRules(("Shows/Court",), order="series"))
    calendar, breaks = AirCalendar(plan, BERLIN), BreakBuilder(RATE, SPOTS, SpotHistory())
    planner = SchedulePlanner(calendar, Chooser(TWO_SHOWS, 0), grid, breaks, memory)
    slots = list(planner.plan(0, grid.frame(local("2026-06-01T13:00"))))
    before = numbers(slots, "plan")
    fill = list(planner.fill(slots[-1].end, slots[-1].end + 60 * 60 * 30, ()))
    assert numbers(fill, "plan")[0] == 1, "the episode that aired longest ago"
    (following, *_) = planner.plan(fill[-1].end, fill[-1].end + 1)
    assert following.programme is not None
    assert following.programme.episode == (before[-1] or 0) + 1


def test_without_spots_there_are_no_breaks_and_no_black() -> None:
    slots, grid = planned(ChannelPlan(PlanRules(("Shows/*",))), local("2026-06-01T10:00"), DAY / 4, pool=[])
    assert {row.kind for slot in slots for row in slot.rows} == {"programme"}
    slots, grid = planned(ChannelPlan(HALF_HOURS), local("2026-06-01T10:00"), DAY / 4, pool=[])
    assert faults(slots, grid, [], BERLIN, 1_800.0) == []
    assert {row.kind for slot in slots for row in slot.rows} == {"programme", "card"}


def test_without_programmes_the_time_is_filled_and_a_warning_says_so() -> None:
    slots, grid = planned(ChannelPlan(PlanRules(("Nothing",))), local("2026-06-01T10:00"), DAY / 24, programmes=[])
    assert faults(slots, grid, SPOTS, BERLIN, 0) == []
    assert all("plan: no programmes in Nothing" in slot.warnings for slot in slots)


def test_a_break_in_which_no_spot_may_air_is_left_out_and_said() -> None:
    evening = [replace(spot, hours=(Hours(18 * 60, 24 * 60),)) for spot in SPOTS]
    rules = ChannelPlan(PlanRules(("Shows/*",), unnatural_breaks=True))
    slots, _ = planned(rules, local("2026-06-01T10:00"), DAY / 12, pool=evening)
    for slot in slots:
        assert {row.kind for row in slot.rows} == {"programme"}
        (said,) = [each for each in slot.warnings if "left out" in each]
        assert said.endswith(" breaks left out: no spot may air in them")
        count, _, of = said.rpartition(": ")[0].rpartition(": ")[2].partition(" of ")
        assert of.startswith(f"{count} breaks")
    for pool in ((), SPOTS):
        slots, _ = planned(rules, local("2026-06-01T10:00"), DAY / 12, pool=pool)
        assert not any("left out" in each for slot in slots for each in slot.warnings)


@pytest.mark.parametrize(("breaks", "warned"), [("natural", False), ("every", False), ("chapters", True)])
def test_missing_places_are_no_warning_before_the_analysis(breaks: str, warned: bool) -> None:
    rules = PlanRules(("Shows/Court",), breaks=breaks)  # type: ignore[arg-type]
    programmes = [replace(each, analysed=False) for each in episodes("Court")]
    slots, _ = planned(ChannelPlan(rules), local("2026-06-01T10:00"), DAY / 12, programmes)
    assert any(slot.warnings for slot in slots) is warned
    slots, _ = planned(ChannelPlan(rules), local("2026-06-01T10:00"), DAY / 12, episodes("Court"))
    assert all(slot.warnings for slot in slots)


def bumpers(plan: ChannelPlan, start: str) -> list[tuple[str, str]]:
    """Return the block and the titles of the bumpers of each break, for four hours."""
    grid = TimeGrid(local(start), RATE)
    pools = {name: [PoolSpot(PROGRAMMES[0].file.with_name(name), name, 90)] for name in ("in", "out", "night")}
    pools["both"] = [*pools["in"], *pools["out"]]
    breaks = BreakBuilder(RATE, SPOTS, SpotHistory(), pools)
    planner = SchedulePlanner(AirCalendar(plan, BERLIN), Chooser(PROGRAMMES, 0), grid, breaks, SeriesMemory())
    found = []
    for slot in planner.plan(0, grid.frame(local(start) + DAY / 6)):
        for number in {row.break_number for row in slot.rows if row.break_number is not None}:
            rows = [row for row in slot.rows if row.break_number == number]
            assert all(row.kind != "bumper" for row in rows[1:-1])
            found.append((slot.block, " ".join(row.title for row in (rows[0], rows[-1]) if row.kind == "bumper")))
    return found


def test_bumpers_open_and_close_a_break() -> None:
    plan = ChannelPlan(replace(HALF_HOURS, break_in="in", break_out="out"))
    assert set(bumpers(plan, "2026-06-01T10:00")) == {("plan", "in out")}


def test_one_pool_opens_and_closes_a_break_with_different_bumpers() -> None:
    plan = ChannelPlan(replace(HALF_HOURS, break_in="both", break_out="both"))
    assert {titles for _, titles in bumpers(plan, "2026-06-01T10:00")} <= {"in out", "out in"}


def test_a_block_has_bumpers_of_its_own() -> None:
    base = replace(HALF_HOURS, break_in="in")
    late = Block("late", days("daily"), 22 * 60, 0, replace(base, break_in="night", break_out="out"))
    found = bumpers(ChannelPlan(base, (late,)), "2026-06-01T20:00")
    assert set(found) == {("plan", "in"), ("late", "night out")}


def test_the_same_inputs_give_the_same_plan() -> None:
    plan = ChannelPlan(PlanRules(("*",), order="shuffle"), seed=3)
    one, _ = planned(plan, local("2026-06-01T10:00"), DAY)
    other, _ = planned(plan, local("2026-06-01T10:00"), DAY, PROGRAMMES[::-1], SPOTS[::-1])
    assert one == other
    assert one != planned(ChannelPlan(PlanRules(("*",), order="shuffle"), seed=4), local("2026-06-01T10:00"), DAY)[0]
