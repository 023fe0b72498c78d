"""Simulated airings of two variants, whose true retention is known."""

from __future__ import annotations

import random
from typing import NamedTuple

from retrovue_tui.audience.intervals import Airing, difference


class Scenario(NamedTuple):
    """`airings`: of each variant. `retention`: the true one of each. `alike`: the correlation of the viewers of one
    airing. `size`: the mean of the logarithm of the viewers of an airing."""

    airings: tuple[int, int]
    retention: tuple[float, float]
    alike: float
    size: float


SCENARIOS = (
    Scenario((12, 12), (0.8, 0.75), 0.03, 3), Scenario((10, 30), (0.9, 0.9), 0.02, 3),
    Scenario((30, 30), (0.95, 0.93), 0.01, 3), Scenario((60, 60), (0.9, 0.85), 0.05, 2),
    Scenario((20, 20), (0.97, 0.97), 0.005, 3.5), Scenario((100, 40), (0.7, 0.75), 0.1, 2.5),
    Scenario((10, 10), (0.85, 0.85), 0.0, 2.5), Scenario((40, 40), (0.6, 0.6), 0.2, 1.5),
)  # fmt: skip


def coverage(scenario: Scenario, runs: int, seed: int = 1) -> float:
    """Return in which share of the runs the interval contains the true difference."""
    dice = random.Random(seed)
    one, other = scenario.retention
    inside = outside = 0
    for _ in range(runs):
        first = [_airing(dice, one, scenario) for _ in range(scenario.airings[0])]
        found = difference(first, [_airing(dice, other, scenario) for _ in range(scenario.airings[1])])
        if found.low is None or found.high is None:
            continue
        within = found.low <= one - other <= found.high
        inside, outside = inside + within, outside + (not within)
    return inside / (inside + outside)


def _airing(dice: random.Random, retention: float, scenario: Scenario) -> Airing:
    viewers, share = int(dice.lognormvariate(scenario.size, 0.6)), retention
    if scenario.alike:
        worth = (1 - scenario.alike) / scenario.alike
        share = dice.betavariate(retention * worth, (1 - retention) * worth)
    return Airing(viewers, sum(dice.random() < share for _ in range(viewers)))
