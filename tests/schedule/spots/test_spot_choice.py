"""Spots for a break that an operator asks for: near enough to its length, by turns, within the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.schedule.spots.exact_fill import BreakRequest, GivenWay, fill_exactly
from retrovue_tui.schedule.spots.spot_choice import NEAR, choose, warning_of
from retrovue_tui.schedule.spots.spot_rules import PoolSpot, Rule, SpotHistory

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def spot(name: str, frames: int, **rules: object) -> PoolSpot:
    return PoolSpot(Path("/ads") / name, name, frames, **rules)  # type: ignore[arg-type]  # each test gives its rules


def titles(spots: tuple[PoolSpot, ...]) -> list[str]:
    return [each.title for each in spots]


def test_a_length_that_is_near_enough_does_not_decide_but_the_turn_does() -> None:
    pool, history = (
        [spot(name, frames) for name, frames in (("a", 900), ("b", 905), ("c", 895), ("d", 910))],
        SpotHistory(),
    )
    aired: list[str] = []
    for number in range(6):
        at = NOON + number * HOUR
        filled = choose(pool, BreakRequest(at, 1_800), history)
        assert abs(filled.rest) <= 1_800 // NEAR
        for each in filled.spots:
            history.add(each, at)
        aired += titles(filled.spots)
    assert sorted(aired) == sorted("abcd" * 3)


def test_a_spot_may_be_slightly_too_long() -> None:
    filled = choose([spot("a", 901), spot("b", 901)], BreakRequest(NOON, 1_800), SpotHistory())
    assert (titles(filled.spots), filled.rest) == (["a", "b"], -2)
    assert choose([spot("a", 1_831)], BreakRequest(NOON, 1_800), SpotHistory()).spots == ()


def test_a_rule_gives_way_only_for_more_than_the_tolerance() -> None:
    pool = [spot("a", 1_775), spot("b", 1_800, cooldown=HOUR)]
    history = SpotHistory(last={pool[1].file: NOON})
    assert titles(choose(pool, BreakRequest(NOON, 1_800), history).spots) == ["a"]
    filled = choose(pool[1:], BreakRequest(NOON, 1_800), history)
    assert (titles(filled.spots), filled.gave_way) == (["b"], (GivenWay("cooldown", pool[1]),))


def test_a_spot_that_has_begun_does_not_air_again_in_its_break() -> None:
    begun = spot("a", 900, advertiser="Cola")
    pool = [begun, spot("b", 900, advertiser="Cola"), spot("c", 900), spot("d", 900, position="first")]
    filled = choose(pool, BreakRequest(NOON, 900), SpotHistory(), [begun])
    assert (titles(filled.spots), filled.gave_way) == (["c"], ())
    filled = choose(pool[:2], BreakRequest(NOON, 900), SpotHistory(), [begun])
    assert (titles(filled.spots), filled.gave_way) == (["b"], (GivenWay("one per advertiser and tag", pool[1]),))
    assert choose(pool[:1], BreakRequest(NOON, 900), SpotHistory(), [begun]).spots == ()


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("cooldown", "a rule gave way for Cola (cooldown): it airs again within 1h"),
        ("most per day", "a rule gave way for Cola (most per day): it airs more than 3 times that day"),
        ("separation", "a rule gave way for Cola (separation): it airs less than 10m from a spot of its advertiser or"
                       " with its tag"),
        ("one per advertiser and tag", "a rule gave way for Cola (one per advertiser and tag): another spot of its"
                                       " advertiser or with its tag is in the same break"),
    ],
)  # fmt: skip
def test_the_warning_names_the_rule_and_the_spot(rule: Rule, text: str) -> None:
    given = GivenWay(rule, spot("Cola", 900, cooldown=HOUR, most_per_day=3))
    assert warning_of(given, timedelta(minutes=10)) == text


def test_a_large_pool_with_many_rules_takes_little_time() -> None:
    pool = [spot(f"{n}", 200 + n * 37 % 800, advertiser=f"A{n % 50}", tags=(f"t{n % 7}",)) for n in range(3_000)]
    before = perf_counter()
    filled = choose(pool, BreakRequest(NOON, 1_800), SpotHistory())
    assert abs(filled.rest) <= 30
    assert filled.gave_way == ()
    assert perf_counter() - before < 5


spots = st.lists(st.tuples(st.integers(50, 400), st.sampled_from(["", "A", "B"])), max_size=8)


@settings(max_examples=60)
@given(spots, st.integers(0, 1_000), st.integers(0, 60))
def test_a_tolerance_never_leaves_more_open(rows: list[tuple[int, str]], frames: int, near: int) -> None:
    pool = [spot(f"{n}", length, advertiser=name) for n, (length, name) in enumerate(rows)]
    exact = fill_exactly(pool, BreakRequest(NOON, frames), SpotHistory())
    rough = fill_exactly(pool, BreakRequest(NOON, frames, near=near), SpotHistory())
    assert rough.rest == frames - sum(each.frames for each in rough.spots)
    assert -near <= rough.rest <= max(near, exact.rest)
    assert len({each.file for each in rough.spots}) == len(rough.spots)
