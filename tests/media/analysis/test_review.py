"""The operator's review of break candidates: what it does to the candidates that analysis found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.break_candidate import DECISIONS, BreakCandidate
from retrovue_tui.media.analysis.review import Review, offered, reviewed
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from retrovue_tui.break_candidate import ReviewDecision

PAL, NTSC = FrameRate(25), FrameRate(30_000, 1_001)
FADE = BreakCandidate(4_000, 160.0, "fade", 0.96, "fade to black for 12 frames, in silence")
SCENE = BreakCandidate(5_000, 200.0, "scene", 0.2, "a new scene")
FOUND = (FADE, SCENE)

Decided = tuple[int, "ReviewDecision", "int | None"]


def review_of(*decisions: Decided) -> Review:
    """The review after these decisions."""
    review = Review()
    for frame, decision, to in decisions:
        review = review.decided(frame, decision, to)
    return review


def shown(*decisions: Decided) -> list[tuple[int, str, float]]:
    """Frame, state and score of each candidate after these decisions."""
    found = reviewed(FOUND, review_of(*decisions), PAL)
    return [(each.frame, each.state, each.candidate.score) for each in found]


def test_without_a_review_the_candidates_are_those_that_were_found() -> None:
    assert offered(reviewed(FOUND, Review(), PAL)) == FOUND


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([(5_000, "accept", None)], [(4_000, "found", 0.96), (5_000, "accepted", 1.0)]),
        ([(4_000, "reject", None)], [(4_000, "rejected", 0.96), (5_000, "found", 0.2)]),
        ([(4_000, "move", 4_010)], [(4_010, "moved", 1.0), (5_000, "found", 0.2)]),
        ([(4_000, "move", 4_010), (4_010, "move", 4_020)], [(4_020, "moved", 1.0), (5_000, "found", 0.2)]),
        ([(4_000, "move", 4_010), (4_010, "reject", None)], [(4_000, "rejected", 0.96), (5_000, "found", 0.2)]),
        ([(4_000, "move", 4_010), (4_010, "forget", None)], [(4_000, "found", 0.96), (5_000, "found", 0.2)]),
        ([(4_000, "move", 4_010), (4_010, "accept", None)], [(4_010, "moved", 1.0), (5_000, "found", 0.2)]),
        ([(4_000, "move", 4_010), (4_010, "move", 4_000)], [(4_000, "accepted", 1.0), (5_000, "found", 0.2)]),
        ([(4_000, "move", 5_000)], [(5_000, "moved", 1.0)]),
        ([(5_000, "reject", None), (4_000, "move", 5_000)], [(5_000, "moved", 1.0)]),
        ([(4_000, "reject", None), (4_000, "accept", None)], [(4_000, "accepted", 1.0), (5_000, "found", 0.2)]),
        ([(4_000, "reject", None), (4_000, "forget", None)], [(4_000, "found", 0.96), (5_000, "found", 0.2)]),
        ([(100, "accept", None)], [(100, "accepted", 1.0), (4_000, "found", 0.96), (5_000, "found", 0.2)]),
        ([(100, "accept", None), (100, "forget", None)], [(4_000, "found", 0.96), (5_000, "found", 0.2)]),
    ],
)
def test_decisions(decisions: list[Decided], expected: list[tuple[int, str, float]]) -> None:
    assert shown(*decisions) == expected


def test_where_a_rejected_candidate_was_another_may_have_been_moved() -> None:
    """The first is moved away, the second to its place, and then the first is rejected."""
    review = review_of((4_000, "move", 4_010), (5_000, "move", 4_000), (4_010, "reject", None))
    assert [(each.frame, each.state, each.was) for each in reviewed(FOUND, review, PAL)] == [(4_000, "moved", 5_000)]


def test_each_candidate_says_what_the_operator_decided() -> None:
    review = review_of((4_000, "move", 4_010), (5_000, "reject", None), (100, "accept", None))
    own, moved, rejected = reviewed(FOUND, review, PAL)
    assert (own.candidate.kind, own.candidate.why) == ("operator", "set by the operator")
    assert (moved.was, moved.candidate.kind, moved.candidate.at_s) == (4_000, "fade", 160.4)
    assert moved.candidate.why == f"moved by the operator from 00:02:40:00; {FADE.why}"
    assert rejected.candidate.why == "rejected by the operator; a new scene"
    assert offered((own, moved, rejected)) == (own.candidate, moved.candidate)
    assert review.accepted == (100, 4_010)


def test_a_candidate_that_is_found_some_frames_later_stays_reviewed() -> None:
    later = BreakCandidate(4_003, 160.12, "fade", 0.9, "fade to black")
    (rejected,) = reviewed([later], review_of((4_000, "reject", None)), PAL)
    assert (rejected.frame, rejected.state, rejected.candidate.kind) == (4_000, "rejected", "fade")
    far = BreakCandidate(4_026, 161.04, "fade", 0.9, "fade to black")
    assert [each.state for each in reviewed([far], review_of((4_000, "reject", None)), PAL)] == ["rejected", "found"]


def test_another_house_rate_keeps_the_times() -> None:
    review = review_of((4_000, "reject", None), (5_000, "move", 5_025)).at_rate(PAL, NTSC)
    assert dict(review.places) == {4_795: None, 5_994: 6_024}


FRAMES = st.integers(1, 60)
MADE = st.lists(st.tuples(FRAMES, st.sampled_from(DECISIONS), FRAMES), max_size=25)


@given(st.lists(st.tuples(FRAMES, st.floats(0, 1)), max_size=12), MADE)
def test_any_review_of_any_candidates(found: list[tuple[int, float]], decisions: list[Decided]) -> None:
    candidates = [BreakCandidate(frame, frame / 25, "scene", score, "a new scene") for frame, score in found]
    review = review_of(*decisions)
    merged = reviewed(candidates, review, PAL)
    frames = [each.frame for each in merged]
    assert frames == sorted(set(frames))
    rejected = {frame for frame, to in review.places.items() if to is None}
    assert not (rejected - set(review.accepted)) & {each.frame for each in offered(merged)}
    assert set(review.accepted) == {each.frame for each in merged if each.state in ("accepted", "moved")}
    assert rejected <= set(frames)
    assert all(each.candidate.score == 1.0 for each in merged if each.frame in review.accepted)


@given(MADE, FRAMES, st.sampled_from(DECISIONS), FRAMES)
def test_the_last_decision_counts(decisions: list[Decided], frame: int, last: ReviewDecision, to: int) -> None:
    review = review_of(*decisions, (frame, last, to))
    targets = [each for each in review.places.values() if each is not None]
    assert len(targets) == len(set(targets))
    if last == "accept":
        assert frame in review.accepted
    elif last == "move":
        assert to in review.accepted
    else:
        assert frame not in review.accepted
