"""Each moment has exactly one set of rules, also on the days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from retrovue_tui.config.plan import Block, ChannelPlan, Days, PlanRules, read_days
from retrovue_tui.schedule.air_calendar import AirCalendar

BERLIN = ZoneInfo("Europe/Berlin")


def block(name: str, at: str, until: str, days: str = "daily") -> Block:
    found = read_days(days)
    assert found is not None
    first, last = (60 * int(text[:2]) + int(text[3:]) for text in (at, until))
    return Block(name, found, first % 1_440, last % 1_440, PlanRules())


def calendar(*blocks: Block) -> AirCalendar:
    return AirCalendar(ChannelPlan(PlanRules(), blocks), BERLIN)


def local(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def test_blocks_by_time_and_day() -> None:
    found = calendar(block("news", "18:00", "20:00", "mon-fri"), block("late", "22:00", "02:00", "sat"))
    assert found.at(local("2026-11-26T18:00")).name == "news"  # a Thursday
    assert found.at(local("2026-11-26T20:00")).name == "plan"
    assert found.at(local("2026-11-28T18:00")).name == "plan"
    assert found.at(local("2026-11-29T01:59")).name == "late"  # after midnight it still is Saturday's block
    assert found.at(local("2026-11-28T01:00")).name == "plan"
    assert found.until(local("2026-11-26T18:30")) == local("2026-11-26T20:00")
    assert found.until(local("2026-11-28T23:00")) == local("2026-11-29T02:00")


def test_dates_win_over_weekdays_and_later_blocks_over_earlier_ones() -> None:
    found = calendar(
        block("christmas", "18:00", "22:00", "12-24..12-26"), block("daily", "17:00", "21:00"),
        block("films", "20:00", "21:00", "fri"),
    )  # fmt: skip
    assert found.at(local("2026-12-24T18:30")).name == "christmas"
    assert found.at(local("2026-12-24T17:30")).name == "daily"
    assert found.at(local("2026-12-25T20:30")).name == "christmas"
    assert found.at(local("2026-12-18T20:30")).name == "films"
    assert found.at(local("2027-12-26T21:59")).name == "christmas"


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_no_hole_and_no_double_when_the_clocks_change(day: str, hours: int) -> None:
    blocks = [block(f"{hour:02}", f"{hour:02}:00", f"{hour + 1:02}:00") for hour in range(24)]
    found = calendar(*blocks)
    moment, names, covered = local(f"{day}T00:00").astimezone(UTC), [], timedelta(0)
    midnight = local(f"{day}T00:00") + timedelta(days=1)
    while moment < midnight.astimezone(UTC):
        end = found.until(moment)
        names.append(found.at(moment).name)
        covered, moment = covered + (end - moment), end
    assert covered == timedelta(hours=hours)
    assert names == sorted(names)
    skipped = {"02"} if hours == 23 else set()
    assert set(names) == {f"{hour:02}" for hour in range(24)} - skipped


def test_a_grid_of_half_hours_over_the_changes() -> None:
    found = calendar()
    moment, starts = local("2026-10-25T01:45").astimezone(UTC), []
    for _ in range(6):
        moment = found.next_multiple(moment, 1_800)
        starts.append(found.local(moment).strftime("%H:%M"))
        moment += timedelta(seconds=1)
    assert starts == ["02:00", "02:30", "02:00", "02:30", "03:00", "03:30"]
    assert found.next_multiple(local("2026-03-29T01:45"), 1_800) == local("2026-03-29T03:00")
    assert found.next_multiple(local("2026-03-29T03:00"), 1_800) == local("2026-03-29T03:00")


def test_days() -> None:
    assert read_days("sat-mon") == Days(frozenset({5, 6, 0}))
    assert read_days("2026-12-24") == read_days("2026-12-24..2026-12-24")
    for text in ("", "mon-", "mon-fri-sun", "2026-13-01", "2026-12-24..2026-12-20", "12-24..2026-01-01", "someday"):
        assert read_days(text) is None, text


def test_the_day_of_a_block_is_that_on_which_it_began() -> None:
    found = calendar(
        block("late", "22:00", "02:00", "mon-fri"),
        block("late", "23:00", "01:00", "sat,sun"),
        block("day", "08:00", "20:00"),
    )
    for moment, name, day in (
        ("2026-11-26T23:30", "late", "2026-11-26"), ("2026-11-27T01:30", "late", "2026-11-26"),
        ("2026-11-29T00:30", "late", "2026-11-28"), ("2026-11-29T01:30", "late", "2026-11-29"),  # not in it
        ("2026-11-26T12:00", "day", "2026-11-26"), ("2026-11-26T12:00", "plan", "2026-11-26"),
    ):  # fmt: skip
        assert found.day_of(name, local(moment)).isoformat() == day, (moment, name)
    begins = {day: found.begin_of("late", datetime.fromisoformat(day).date()) for day in ("2026-11-26", "2026-11-28")}
    assert {day: f"{at:%H:%M}" for day, at in begins.items()} == {"2026-11-26": "22:00", "2026-11-28": "23:00"}
    assert found.begin_of("plan", datetime(2026, 11, 26, tzinfo=UTC).date()) == local("2026-11-26T00:00")
    skipped = calendar(block("early", "02:30", "04:00"))
    assert skipped.begin_of("early", datetime(2026, 3, 29, tzinfo=UTC).date()) == local("2026-03-29T03:00")
