"""The best set of breaks is chosen, not the first that fits."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.break_candidate import BreakCandidate, CandidateKind
from retrovue_tui.schedule.break_placement import PlacementRules, place_breaks

RATE = 30
MINUTE = 60 * RATE
RULES = PlacementRules("natural", 10 * MINUTE, 4 * MINUTE, 3 * MINUTE, 3 * MINUTE)


def at(minute: float, score: float = 0.9, kind: CandidateKind = "black and silence") -> BreakCandidate:
    frame = round(minute * MINUTE)
    return BreakCandidate(frame, frame / RATE, kind, score, "")


def minutes(placed: tuple[BreakCandidate, ...]) -> list[float]:
    return [each.frame / MINUTE for each in placed]


def test_acts_are_even_and_good_points_win() -> None:
    placed = place_breaks([at(5), at(10), at(10.5, 0.2), at(19), at(20, 0.3), at(21)], 30 * MINUTE, RULES)
    assert minutes(placed.breaks) == [10, 19]
    assert placed.missing == ""


def test_a_greedy_choice_would_be_worse() -> None:
    """The single best point, in the middle, leaves no room for a second break at a usable distance."""
    placed = place_breaks([at(10, 0.8), at(12.5, 1.0), at(15.5, 0.8)], 24 * MINUTE, PlacementRules(
        "natural", 8 * MINUTE, 5 * MINUTE, 5 * MINUTE, 5 * MINUTE))  # fmt: skip
    assert minutes(placed.breaks) == [10, 15.5]


def test_none_near_the_ends() -> None:
    placed = place_breaks([at(1), at(2.9), at(27.1), at(29)], 30 * MINUTE, RULES)
    assert placed.breaks == ()
    assert placed.missing == "0 of 2 breaks: no usable point found"


def test_fewer_breaks_than_wanted_are_reported() -> None:
    placed = place_breaks([at(10), at(11)], 30 * MINUTE, RULES)
    assert minutes(placed.breaks) == [11]  # nearer to the middle
    assert placed.missing == "1 of 2 breaks: 2 usable points, too close together or to the ends"


def test_the_least_bad_point_only_where_it_is_allowed() -> None:
    points = [at(10, 0.3, "scene"), at(20)]
    assert minutes(place_breaks(points, 30 * MINUTE, RULES).breaks) == [10, 20]
    strict = PlacementRules("natural", 10 * MINUTE, 4 * MINUTE, 3 * MINUTE, 3 * MINUTE, least_bad=False)
    assert minutes(place_breaks(points, 30 * MINUTE, strict).breaks) == [20]


def test_chapters_alone_and_none() -> None:
    points = [at(10), at(9, 0.7, "chapter"), at(21, 0.7, "chapter")]
    chapters = PlacementRules("chapters", 10 * MINUTE, 4 * MINUTE, 3 * MINUTE, 3 * MINUTE)
    assert minutes(place_breaks(points, 30 * MINUTE, chapters).breaks) == [9, 21]
    nothing = PlacementRules("none", 10 * MINUTE, 4 * MINUTE, 3 * MINUTE, 3 * MINUTE)
    assert place_breaks(points, 30 * MINUTE, nothing).breaks == ()


def test_the_number_is_limited() -> None:
    rules = PlacementRules("natural", 5 * MINUTE, 2 * MINUTE, 2 * MINUTE, 2 * MINUTE, most_breaks=1)
    assert len(place_breaks([at(n) for n in range(30)], 30 * MINUTE, rules).breaks) == 1
    assert rules.count(3 * MINUTE) == 0


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1_000), st.sampled_from([0.2, 0.5, 0.7, 0.9])), max_size=9),
    st.integers(200, 1_000), st.integers(1, 150), st.integers(1, 200),
)  # fmt: skip
def test_no_better_set_exists(points: list[tuple[int, float]], length: int, shortest: int, edge: int) -> None:
    rules = PlacementRules("natural", 150, shortest, edge, edge)
    candidates = [BreakCandidate(frame, 0.0, "black", score, "") for frame, score in dict(points).items()]
    placed = place_breaks(candidates, length, rules).breaks

    def worth(chosen: tuple[BreakCandidate, ...]) -> float:
        ideal, total = length / (len(chosen) + 1), sum(each.score for each in chosen)
        for first, end in itertools.pairwise([0, *(each.frame for each in chosen), length]):
            off = max(end - first, ideal) / max(1, min(end - first, ideal))
            total -= (off - 1) ** 2
        return total

    def allowed(chosen: tuple[BreakCandidate, ...]) -> bool:
        frames = [each.frame for each in chosen]
        inner = all(end - first >= shortest for first, end in itertools.pairwise(frames))
        return inner and all(edge <= frame <= length - edge for frame in frames)

    ordered = sorted(candidates, key=lambda each: each.frame)
    assert allowed(placed)
    for count in range(rules.count(length), len(placed), -1):
        assert not any(map(allowed, itertools.combinations(ordered, count)))
    best = max((worth(each) for each in itertools.combinations(ordered, len(placed)) if allowed(each)), default=0.0)
    if placed:
        assert worth(placed) >= best - 1e-9
