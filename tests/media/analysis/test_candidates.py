"""Which break is better, where there is none, and what is always true."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.break_candidate import KINDS, NATURAL, BreakCandidate
from retrovue_tui.media.analysis.candidates import EDGE_S, find_candidates
from retrovue_tui.media.analysis.measuring.signals import FileMark, FrameLook, Signals
from retrovue_tui.timecode import FrameRate
from tests.media.analysis.looks import black, bright, faded, letters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAL = FrameRate(25)
FRAMES = 10_000
LOUD = -20.0


def signals(
    windows: list[list[FrameLook]], silent: Sequence[tuple[int, int]] = (), quiet: float = -90.0, **more: Any
) -> Signals:  # fmt: skip
    """A programme at 25 frames a second, so that each level is a frame; loud but for the spans `silent`."""
    levels = [LOUD] * FRAMES
    for first, end in silent:
        levels[first:end] = [quiet] * (end - first)
    survey = tuple(bright(frame) for frame in range(0, FRAMES, 250))
    made = Signals(PAL, FRAMES, tuple(levels), tuple(map(tuple, windows)), survey)
    return replace(made, **more)


def cut_to_black(at: int, count: int = 12, luma: int = 16) -> list[FrameLook]:
    dark = [black(at + n, luma, 60.0 if n == 0 else 0.0) for n in range(count)]
    after = [bright(at + count + n, 60.0 if n == 0 else 2.0) for n in range(12)]
    return [*(bright(at - 20 + n) for n in range(20)), *dark, *after]


def fade_to_black(at: int, count: int = 12) -> list[FrameLook]:
    return [*(faded(at - 20 + n, n / 20) for n in range(20)), *cut_to_black(at, count)[20:]]


def new_scene(at: int) -> list[FrameLook]:
    return [bright(at - 15 + n, 60.0 if n == 15 else 2.0) for n in range(30)]


def only(some: list[BreakCandidate]) -> BreakCandidate:
    (one,) = some
    return one


def test_the_order_of_the_reasons_for_a_break() -> None:
    fade = only(find_candidates(signals([fade_to_black(4000)], [(3995, 4020)])))
    hard = only(find_candidates(signals([cut_to_black(4000)], [(3995, 4020)])))
    chapter = only(find_candidates(signals([], [(4000, 4030)], marks=(FileMark(4010, "chapter", "Act 2"),))))
    both = only(find_candidates(signals([new_scene(4015)], [(4000, 4030)])))
    alone = only(find_candidates(signals([cut_to_black(4000)])))
    silence = only(find_candidates(signals([], [(4000, 4015)])))
    scene = only(find_candidates(signals([new_scene(4000)], [(3999, 4001)], quiet=-31)))
    found = [fade, hard, chapter, both, alone, silence, scene]
    kinds = ["fade", "black and silence", "chapter", "silence and scene", "black", "silence", "scene"]
    assert [each.kind for each in found] == kinds
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert [each.score >= NATURAL for each in found] == [True] * 4 + [False] * 3
    assert (fade.frame, hard.frame, both.frame, scene.frame) == (4005, 4006, 4015, 4000)


def test_a_grey_black_counts_and_says_so() -> None:
    grey = only(find_candidates(signals([cut_to_black(4000, luma=36)], [(3998, 4014)])))
    assert grey.score >= NATURAL
    assert grey.why == "grey black for 12 frames, in silence"


def test_the_most_silent_frame_of_a_black_is_chosen() -> None:
    made = signals([cut_to_black(4000, 40)], [(4025, 4060)])
    assert 4025 <= only(find_candidates(made)).frame < 4040


def test_flashes_word_pauses_and_cuts_in_music_are_no_breaks() -> None:
    assert find_candidates(signals([cut_to_black(4000, 2)])) == []
    assert find_candidates(signals([], [(4000, 4006)])) == []
    assert find_candidates(signals([new_scene(4000)])) == []
    assert only(find_candidates(signals([cut_to_black(4000, 40)], [(4010, 4016)]))).score < NATURAL


def test_a_mark_snaps_to_the_break_beside_it_and_keeps_its_name() -> None:
    made = signals([fade_to_black(4000)], [(3995, 4020)], marks=(FileMark(4030, "chapter", "Act 2"),))
    found = only(find_candidates(made))
    assert (found.frame, found.kind) == (4005, "chapter")
    assert found.why == 'chapter "Act 2"; fade to black for 13 frames, in silence'
    assert found.score > only(find_candidates(replace(made, marks=()))).score
    cut = only(find_candidates(signals([new_scene(4010)], marks=(FileMark(4000, "edl", "cut"),))))
    assert (cut.frame, cut.kind) == (4010, "edl")
    assert cut.score < NATURAL


def test_chapters_of_equal_length_are_made_by_a_program() -> None:
    marks = tuple(FileMark(frame, "chapter") for frame in (2000, 4000, 6000, 8000))
    assert {each.score for each in find_candidates(signals([], marks=marks))} == {0.3}
    uneven = (*marks[:3], FileMark(7900, "chapter"))
    assert {each.score for each in find_candidates(signals([], marks=uneven))} == {0.42}


def test_there_is_none_in_the_credits_and_none_without_measurements() -> None:
    end = [*(bright(frame) for frame in range(0, 7000, 250)), *map(letters, range(7000, FRAMES, 250))]
    made = signals([cut_to_black(7500), cut_to_black(5000)], [(7490, 7520), (4990, 5020)], survey=tuple(end))
    assert [each.frame for each in find_candidates(made)] == [5006]
    assert find_candidates(Signals(PAL, FRAMES)) == []


@pytest.mark.parametrize("at", [200, FRAMES - 1200])
def test_there_is_none_in_the_first_and_last_minute(at: int) -> None:
    assert find_candidates(signals([cut_to_black(at)], [(at - 5, at + 20)], marks=(FileMark(at, "chapter"),))) == []


PLACES = st.integers(30, FRAMES - 60)
EVENTS = st.lists(st.tuples(st.sampled_from([cut_to_black, fade_to_black, new_scene]), PLACES), max_size=12)
RATES = st.sampled_from([PAL, FrameRate(30_000, 1_001)])
QUIET = st.lists(st.tuples(st.integers(0, FRAMES - 100), st.integers(1, 90)).map(lambda pair: (pair[0], sum(pair))))


@given(EVENTS, QUIET, st.lists(st.integers(1, FRAMES - 1), max_size=8), RATES)
def test_candidates_are_sorted_apart_and_explained(
    events: list[tuple[Callable[[int], list[FrameLook]], int]],
    quiet: list[tuple[int, int]],
    marked: list[int],
    rate: FrameRate,
) -> None:
    windows = [make(at) for make, at in events]
    marks = tuple(FileMark(frame, "chapter") for frame in sorted(set(marked)))
    made = replace(signals(windows, quiet), rate=rate, marks=marks)
    found = find_candidates(made)
    frames = [each.frame for each in found]
    assert frames == sorted(set(frames))
    assert all(later - earlier >= rate.count(1) for earlier, later in pairwise(frames))
    for each in found:
        assert rate.count(EDGE_S) <= each.frame <= FRAMES - rate.count(EDGE_S)
        assert each.kind in KINDS
        assert 0 < each.score <= 1
        assert each.why
        assert each.at_s == round(float(rate.seconds(each.frame)), 3)
    assert find_candidates(made) == found
