"""The difference of two variants, with its uncertainty."""

from __future__ import annotations

import pytest

from retrovue_tui.audience.intervals import LEAST_AIRINGS, Airing, difference, statement, student_t
from tests.audience.simulated import SCENARIOS, Scenario, coverage


@pytest.mark.parametrize("scenario", SCENARIOS[:3])
def test_the_interval_contains_the_truth_as_often_as_it_says(scenario: Scenario) -> None:
    assert 0.925 < coverage(scenario, 600) < 0.975  # the bench has more runs, and narrower limits


@pytest.mark.parametrize(
    ("share", "freedom", "right"),
    [(0.975, 4, 2.7764), (0.975, 10, 2.2281), (0.975, 30, 2.0423), (0.975, 1e6, 1.9600), (0.95, 5, 2.0150)],
)
def test_the_quantiles_of_student_are_those_of_tables(share: float, freedom: float, right: float) -> None:
    assert student_t(share, freedom) == pytest.approx(right, rel=0.005)


def test_nothing_is_claimed_from_too_little() -> None:
    few = difference([Airing(100, 90)] * 3, [Airing(100, 20)] * 3)
    assert (few.low, few.high, few.conclusive, few.more) == (None, None, False, LEAST_AIRINGS - 3)
    assert "about 7 more" in statement("a", "b", few)
    nobody_left = difference([Airing(5, 5)] * 20, [Airing(5, 5)] * 20)
    assert (nobody_left.value, nobody_left.low) == (0.0, None)
    assert nobody_left.more is not None
    assert difference([Airing(0, 0)] * 20, [Airing(5, 4)] * 20).value is None


def test_a_clear_difference_is_shown_and_a_small_one_says_what_it_needs() -> None:
    clear = difference([Airing(50, 45 + n % 2) for n in range(20)], [Airing(50, 30 + n % 3) for n in range(20)])
    assert clear.conclusive
    assert clear.low is not None
    assert clear.high is not None
    assert clear.value is not None
    assert clear.low < clear.value < clear.high
    assert "more viewers stay" in statement("a", "b", clear)
    small = difference([Airing(10, 8 + n % 3) for n in range(15)], [Airing(10, 8 + (n + 1) % 3) for n in range(14)])
    assert not small.conclusive
    assert small.more
    assert statement("a", "b", small).startswith("No difference between a and b is shown")
