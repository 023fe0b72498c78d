"""Breaks are filled exactly, within the rules, and with the best choice there is."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.schedule.spots.exact_fill import BreakRequest, fill_exactly
from retrovue_tui.schedule.spots.spot_rules import SOFTEST_FIRST, Hours, PoolSpot, SpotHistory, broken_rules, by_turn

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def spot(name: str, frames: int, **rules: object) -> PoolSpot:
    return PoolSpot(Path("/ads") / name, name, frames, **rules)  # type: ignore[arg-type]  # each test gives its rules


def names(spots: object) -> list[str]:
    return [each.title for each in spots]  # type: ignore[attr-defined]


def test_the_sum_is_exact_where_it_can_be() -> None:
    pool = [spot("a", 899), spot("b", 450), spot("c", 449), spot("d", 300)]
    filled = fill_exactly(pool, BreakRequest(NOON, 1_349), SpotHistory())
    assert (sum(each.frames for each in filled.spots), filled.rest, filled.gave_way) == (1_349, 0, ())
    assert fill_exactly(pool, BreakRequest(NOON, 1_000), SpotHistory()).rest == 1_000 - 899
    assert fill_exactly([], BreakRequest(NOON, 1_000), SpotHistory()).rest == 1_000


def test_no_spot_airs_twice_in_a_break() -> None:
    filled = fill_exactly([spot("a", 100)], BreakRequest(NOON, 200), SpotHistory())
    assert (names(filled.spots), filled.rest) == (["a"], 100)


def test_spots_come_in_their_turn_by_weight() -> None:
    pool, history = [spot("a", 100), spot("b", 100, weight=2.0), spot("c", 100)], SpotHistory()
    aired: list[str] = []
    for number in range(8):
        at = NOON + number * 10 * MINUTE
        (chosen,) = fill_exactly(pool, BreakRequest(at, 100), history).spots
        history.add(chosen, at)
        aired.append(chosen.title)
    assert sorted(aired) == ["a", "a", "b", "b", "b", "b", "c", "c"]


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ({"first_day": datetime(2026, 11, 27, tzinfo=UTC).date()}, False),
        ({"last_day": datetime(2026, 11, 25, tzinfo=UTC).date()}, False),
        ({"first_day": NOON.date(), "last_day": NOON.date()}, True),
        ({"hours": (Hours(12 * 60, 13 * 60),)}, True),
        ({"hours": (Hours(13 * 60, 14 * 60),)}, False),
        ({"hours": (Hours(22 * 60, 6 * 60),)}, False),
        ({"hours": (Hours(22 * 60, 12 * 60 + 1),)}, True),
    ],
)
def test_flight_dates_and_hours_always_hold(rules: dict[str, object], allowed: bool) -> None:
    filled = fill_exactly([spot("a", 100, **rules)], BreakRequest(NOON, 100), SpotHistory())
    assert bool(filled.spots) is allowed


def test_an_advertiser_and_a_tag_occur_once_in_a_break() -> None:
    pool = [spot("a", 100, advertiser="Cola"), spot("b", 100, advertiser="COLA"), spot("c", 100, tags=("drinks",))]
    filled = fill_exactly(pool, BreakRequest(NOON, 200), SpotHistory())
    assert (names(filled.spots), filled.gave_way) == (["a", "c"], ())


def test_the_softest_rule_gives_way_first_and_is_named() -> None:
    pool = [
        spot("apart", 100, advertiser="Cola"),
        spot("rested", 100, cooldown=60 * MINUTE),
        spot("counted", 100, most_per_day=1),
    ]
    history = SpotHistory()
    for each in pool:
        history.add(each, NOON - 5 * MINUTE)
    filled = fill_exactly(pool, BreakRequest(NOON, 100, separation=10 * MINUTE), history)
    assert [(each.rule, each.spot.title) for each in filled.gave_way] == [("separation", "apart")]
    filled = fill_exactly(pool, BreakRequest(NOON, 200, separation=10 * MINUTE), history)
    assert [each.rule for each in filled.gave_way] == ["separation", "cooldown"]
    filled = fill_exactly(pool, BreakRequest(NOON, 300, separation=10 * MINUTE), history)
    assert {each.rule for each in filled.gave_way} == {"separation", "cooldown", "most per day"}
    assert fill_exactly(pool, BreakRequest(NOON, 100, 100, 10 * MINUTE), history).spots == ()  # the card may close it


def test_one_per_advertiser_gives_way_before_the_most_per_day() -> None:
    pool = [spot("a", 100, advertiser="Cola"), spot("b", 100, advertiser="Cola"), spot("c", 100, most_per_day=0)]
    filled = fill_exactly(pool, BreakRequest(NOON, 200), SpotHistory())
    assert [(each.rule, each.spot.title) for each in filled.gave_way] == [("one per advertiser and tag", "b")]


def test_fixed_positions_hold_and_are_given_once() -> None:
    pool = [
        spot("z", 100, position="last"), spot("y", 100, position="first"), spot("x", 100),
        spot("w", 100, position="first"),
    ]  # fmt: skip
    filled = fill_exactly(pool, BreakRequest(NOON, 300), SpotHistory())
    assert names(filled.spots) == ["w", "x", "z"]
    assert fill_exactly(pool, BreakRequest(NOON, 400), SpotHistory()).rest == 100


KEYS = ["", "", "", "a", "b"]


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[PoolSpot], BreakRequest, SpotHistory]:
    """A small pool, a break, and what aired before."""
    pool = [
        spot(
            str(number), draw(st.integers(1, 12)), advertiser=draw(st.sampled_from(KEYS)),
            tags=tuple(draw(st.lists(st.sampled_from(["x", "y", "z"]), max_size=2, unique=True))),
            cooldown=draw(st.sampled_from([None, None, 20 * MINUTE])), most_per_day=draw(st.sampled_from([None, 1])),
            position=draw(st.sampled_from(["any", "any", "any", "first", "last"])),
            weight=draw(st.sampled_from([1.0, 2.0])),
        )
        for number in range(draw(st.integers(0, 8)))
    ]  # fmt: skip
    history = SpotHistory()
    for each in pool:
        for ago in draw(st.lists(st.integers(1, 90), max_size=2)):
            history.add(each, NOON - ago * MINUTE)
    separation = draw(st.sampled_from([0, 15])) * MINUTE
    return pool, BreakRequest(NOON, draw(st.integers(1, 40)), draw(st.integers(0, 3)), separation), history


def _best(pool: list[PoolSpot], request: BreakRequest, history: SpotHistory) -> tuple[set[str], int]:
    """The best choice of all there are, found by trying each."""
    ranked_all = by_turn([each for each in pool if each.frames <= request.frames], history)
    broken = broken_rules(ranked_all, NOON, history, request.separation)
    best: tuple[set[str], int] | None = None
    for level in range(len(SOFTEST_FIRST) + 1):
        hard = set(SOFTEST_FIRST[level:])
        ranked = [each for each in ranked_all if not broken[each.file] & hard]
        apart = "one per advertiser and tag" in hard
        found: list[tuple[int, list[int], set[str]]] = []
        for size in range(len(ranked) + 1):
            for chosen in itertools.combinations(range(len(ranked)), size):
                spots = [ranked[n] for n in chosen]
                keys = [key for each in spots for key in (each.keys if apart else ())]
                keys += [each.position for each in spots if each.position != "any"]
                total = sum(each.frames for each in spots)
                if len(keys) == len(set(keys)) and total <= request.frames:
                    order = [0 if n in chosen else 1 for n in range(len(ranked))]  # the first difference decides
                    found.append((request.frames - total, order, {each.title for each in spots}))
        rest, _, titles = min(found, key=lambda each: (each[0], each[1]))
        if best is None or rest < best[1]:
            best = titles, rest
        if best[1] <= request.card_most:
            break
    assert best is not None
    return best


@settings(max_examples=150, deadline=None)
@given(cases())
def test_no_better_choice_exists(case: tuple[list[PoolSpot], BreakRequest, SpotHistory]) -> None:
    pool, request, history = case
    filled = fill_exactly(pool, request, history)
    assert (set(names(filled.spots)), filled.rest) == _best(pool, request, history)
    assert filled == fill_exactly(pool[::-1], request, history)
