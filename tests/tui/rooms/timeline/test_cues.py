"""Break candidates on the timeline: their lane, the one at the cursor, and the review that a key makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.protocol.answers.pictures import AssetCue, AssetFacts
from retrovue_tui.tui.rooms.timeline.model.cue_lane import cue_row
from retrovue_tui.tui.rooms.timeline.model.cue_review import review_at
from retrovue_tui.tui.rooms.timeline.model.cues import clicked_cue, cue_in, nearest_cue
from retrovue_tui.tui.rooms.timeline.model.cursor import attracting
from retrovue_tui.tui.rooms.timeline.model.edit_requests import CannotEdit
from retrovue_tui.tui.rooms.timeline.model.geometry import View
from retrovue_tui.tui.rooms.timeline.model.lane_drawing import Scene
from tests.tui.rooms.timeline.scene import FILM, plan

if TYPE_CHECKING:
    from retrovue_tui.break_candidate import CandidateState, ReviewDecision

FADE = AssetCue(3_000, "fade", score=0.96, why="fade to black for 12 frames, in silence")
SCENE = AssetCue(3_600, "scene", score=0.2)
GONE = AssetCue(4_200, "silence", score=0.5, state="rejected")
MOVED = AssetCue(5_010, "fade", score=1.0, state="moved", was=5_000)
OWN = AssetCue(6_000, "operator", score=1.0, state="accepted")
FACTS = {FILM: AssetFacts(FILM, 27_000, (FADE, SCENE, GONE, MOVED, OWN, AssetCue(7_000, "chapter", "Two", 0.7)))}


def row(step: int, width: int = 60) -> str:
    """The lane from the film's beginning, with this number of frames in each column."""
    laid = plan()
    return "".join(cue_row(Scene(laid, View(laid.base // step, step, width), facts=FACTS)).chars).rstrip()


def test_marks_show_score_and_decision_and_the_number_where_there_is_room() -> None:
    laid = plan()
    shift = laid.base % 150
    columns = [(shift + frame) // 150 for frame in (3_000, 3_600, 4_200, 5_010, 6_000, 7_000)]
    drawn = row(150)
    assert [drawn[column] for column in columns] == ["▼", "╵", "✗", "→", "✓", "▽"]
    assert drawn[columns[0] :].startswith("▼")
    assert row(60, 200)[(laid.base % 60 + 3_000) // 60 :].startswith("▼.96      ╵.20      ✗")


@pytest.mark.parametrize(
    ("states", "best"),
    [
        ((("rejected", 0.9), ("found", 0.2)), "╵"),
        ((("found", 0.6), ("found", 0.9), ("rejected", 1.0)), "▼"),
        ((("found", 0.9), ("accepted", 1.0)), "✓"),
        ((("moved", 1.0), ("found", 1.0)), "→"),
    ],
)
def test_in_one_column_the_best_is_shown(states: tuple[tuple[CandidateState, float], ...], best: str) -> None:
    laid = plan()
    cues = [AssetCue(3_000 + at, "fade", score=score, state=state) for at, (state, score) in enumerate(states)]
    view = View((laid.base + 3_000) // 1_800, 1_800, 10)
    lane = cue_row(Scene(laid, view, facts={FILM: AssetFacts(FILM, 27_000, tuple(cues))}))
    assert lane.chars[0] == best


@given(st.integers(1, 2_000), st.integers(-500, 500), st.integers(1, 200))
def test_any_view_has_a_lane_of_its_width(step: int, shift: int, width: int) -> None:
    laid = plan()
    lane = cue_row(Scene(laid, View(laid.base // step + shift, step, width), facts=FACTS))
    assert len(lane.chars) == len(lane.styles) == width
    assert all(len(char) == 1 for char in lane.chars)


def test_rejected_candidates_are_gone_to_but_attract_no_break() -> None:
    laid = plan()
    film = laid.item(0)
    assert cue_in(film, FACTS[FILM], laid.base + 3_600, 1) == laid.base + 4_200
    assert cue_in(film, FACTS[FILM], laid.base + 3_600, 1, usable=True) == laid.base + 5_010
    view = View(laid.base // 60, 60, 200)
    places = set(attracting(laid, view, FACTS, (), ()))
    assert laid.base + 3_000 in places
    assert laid.base + 4_200 not in places


def test_a_click_finds_the_candidate_nearby() -> None:
    laid = plan()
    view = View(laid.base // 60, 60, 200)
    assert clicked_cue(laid, view, FACTS, laid.base + 3_130, 2) == laid.base + 3_000
    assert clicked_cue(laid, view, FACTS, laid.base + 3_250, 2) is None
    assert clicked_cue(laid, view, FACTS, laid.base + 3_130, 0) is None
    near = nearest_cue(laid, FACTS, laid.base + 3_350)
    assert near is not None
    assert near.cue == SCENE
    assert nearest_cue(laid, FACTS, laid.base) is None


@pytest.mark.parametrize(
    ("frame", "decision", "expected"),
    [
        (3_000, "accept", (3_000, None, 3_000)),
        (3_010, "reject", (3_000, None, 3_000)),
        (3_300, "accept", (3_300, None, 3_300)),
        (3_020, "move", (3_000, 3_020, 3_020)),
        (5_010, "forget", (5_010, None, 5_000)),
        (5_010, "reject", (5_010, None, 5_000)),
        (5_010, "accept", (5_010, None, 5_010)),
        (5_020, "move", (5_010, 5_020, 5_020)),
        (4_200, "forget", (4_200, None, 4_200)),
    ],
)
def test_the_decision_of_each_key(frame: int, decision: ReviewDecision, expected: tuple[int, int | None, int]) -> None:
    laid = plan()
    view = View(laid.base, 1, 200)
    review = review_at(laid, view, FACTS, laid.base + frame, decision)
    assert (review.file, review.decision) == (FILM, decision)
    assert (review.frame, review.to, review.at - laid.base) == expected


@pytest.mark.parametrize(
    ("frame", "decision", "reason"),
    [
        (3_300, "reject", "no break candidate here"),
        (3_300, "forget", "no break candidate here"),
        (3_000, "move", "is here already"),
        (100, "move", "near enough"),
        (9_100, "accept", "break candidates are in programmes"),
    ],
)
def test_impossible_decisions_are_refused(frame: int, decision: ReviewDecision, reason: str) -> None:
    laid = plan()
    with pytest.raises(CannotEdit, match=reason):
        review_at(laid, View(laid.base, 1, 200), FACTS, laid.base + frame, decision)


def test_from_afar_a_candidate_in_the_cursors_column_is_meant() -> None:
    laid = plan()
    view = View(laid.base // 1_800, 1_800, 30)
    column = view.frame(view.column(laid.base + 7_000))
    review = review_at(laid, view, FACTS, max(column, laid.base + 6_600), "accept")
    assert review.frame in (7_000, 6_000)
