"""The airings by which spots are judged: for each rule, the one nearest in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.schedule.spots.airing_times import AiringTimes, nearest
from retrovue_tui.schedule.spots.spot_rules import PoolSpot, broken_rules

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
COLA, SOAP = Path("/ads/cola.mp4"), Path("/ads/soap.mp4")


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_the_nearest_airing_counts_whether_it_has_aired_or_is_planned() -> None:
    cola = PoolSpot(COLA, "Cola", 900, cooldown=timedelta(minutes=30))
    times = AiringTimes([(COLA, after(-60)), (COLA, after(-40))])
    for minutes in (20, 300):
        times.plan(COLA, after(minutes))
    history = times.history([cola], NOON)
    assert history.last[COLA] == after(20)
    assert (history.count[COLA], history.by_day[NOON.date()][COLA]) == (2, 4)
    assert broken_rules([cola], NOON, history, timedelta(0))[cola.file] == {"cooldown"}
    assert broken_rules([cola], after(150), times.history([cola], after(150)), timedelta(0))[cola.file] == frozenset()


def test_the_separation_counts_over_all_spots_of_an_advertiser() -> None:
    pool = [PoolSpot(COLA, "Cola", 900, advertiser="Fizz"), PoolSpot(SOAP, "Soap", 900, advertiser="FIZZ")]
    times = AiringTimes([(COLA, after(-50)), (SOAP, after(-5))])
    assert times.history(pool, NOON).last_key == {"advertiser fizz": after(-5)}
    assert broken_rules(pool, NOON, times.history(pool, NOON), timedelta(minutes=10))[COLA] == {"separation"}


def test_added_airings_count_as_aired() -> None:
    times = AiringTimes()
    times.add(COLA, NOON)
    times.add(COLA, after(-1_440))
    history = times.history([PoolSpot(COLA, "Cola", 900)], NOON)
    assert (history.last[COLA], history.count[COLA], history.by_day[NOON.date()][COLA]) == (NOON, 2, 1)
    assert times.history([PoolSpot(SOAP, "Soap", 1)], NOON).last == {}


@given(st.lists(st.integers(-500, 500), min_size=1), st.integers(-500, 500))
def test_no_other_time_is_nearer(minutes: list[int], at: int) -> None:
    found = nearest(sorted(map(after, minutes)), after(at))
    assert abs(found - after(at)) == min(abs(after(each) - after(at)) for each in minutes)


def test_old_airings_are_forgotten_and_copies_stay_as_they_are() -> None:
    pool = [PoolSpot(COLA, "Cola", 900), PoolSpot(SOAP, "Soap", 900)]
    times = AiringTimes([(SOAP, after(-600)), (COLA, after(-500)), (COLA, after(-5))])
    copy = times.copy()
    times.forget(after(-60))
    assert (times.history(pool, NOON).count, times.history(pool, NOON).last) == ({COLA: 1}, {COLA: after(-5)})
    assert copy.history(pool, NOON).count == {COLA: 2, SOAP: 1}
    times.merge(AiringTimes([(SOAP, after(-1)), (COLA, after(-9))]))
    assert times.history(pool, NOON).count == {COLA: 2, SOAP: 1}
    assert times.history(pool, NOON).last == {COLA: after(-5), SOAP: after(-1)}


@given(st.lists(st.integers(-4_000, 4_000)), st.integers(-4_000, 4_000))
def test_airings_of_a_day_are_counted(minutes: list[int], at: int) -> None:
    times = AiringTimes((COLA, after(each)) for each in minutes)
    history = times.history([PoolSpot(COLA, "Cola", 900)], after(at))
    day = after(at).date()
    assert history.by_day[day][COLA] == sum(after(each).date() == day for each in minutes)
