"""Break points in seconds become frames, and an episode with commercials becomes entries."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from retrovue_tui.media.asset import Asset
from retrovue_tui.streaming.break_points import BreakPointError, arrange, break_frames, segments, shared_out
from retrovue_tui.timecode import FrameRate

RATE = FrameRate(25, 1)


def asset(name: str, seconds: int = 60) -> Asset:
    return Asset(Path(f"/m/{name}.mp4"), name, 1, 1, Fraction(seconds))


def test_points_are_sorted_and_lie_on_the_nearest_frame() -> None:
    assert break_frames([20, 10.01, 30.03], asset("film"), RATE, 1_500) == [250, 500, 751]


@pytest.mark.parametrize("point", [0, -1, 60, 1_000])
def test_a_point_that_leaves_an_empty_segment_is_refused(point: float) -> None:
    with pytest.raises(BreakPointError, match=r"leaves an empty segment: the episode is 60\.000 s long"):
        break_frames([point], asset("film"), RATE, 1_500)


def test_two_points_on_one_frame_are_refused() -> None:
    with pytest.raises(BreakPointError, match="two break points at frame 250"):
        break_frames([10, 10.001], asset("film"), RATE, 1_500)


@pytest.mark.parametrize("point", [math.nan, math.inf, True, "10", None])
def test_a_break_point_must_be_a_number(point: Any) -> None:
    with pytest.raises(BreakPointError, match="is not a break point"):
        break_frames([point], asset("film"), RATE, 1_500)


@pytest.mark.parametrize(
    ("count", "breaks", "expected"),
    [(3, 3, [[0], [1], [2]]), (5, 2, [[0], [1, 2, 3, 4]]), (1, 3, [[0], [], []]), (0, 2, [[], []]), (4, 0, [])],
)
def test_each_break_gets_one_commercial_and_the_last_those_left_over(
    count: int, breaks: int, expected: list[list[int]]
) -> None:
    assert [list(share) for share in shared_out(count, breaks)] == expected


def test_segments_cover_the_episode() -> None:
    assert list(segments([250, 500], 1_500)) == [(0, 250), (250, 500), (500, 1_500)]
    assert list(segments([], None)) == [(0, None)]


def test_a_showing_is_the_segments_with_the_commercials_between_them() -> None:
    entries = arrange(asset("film"), [asset("cola"), asset("soap")], [250])
    assert [(each.kind, each.file.stem, each.in_frame, each.out_frame, each.break_id) for each in entries] == [
        ("programme", "film", 0, 250, None),
        ("spot", "cola", 0, None, "b250"),
        ("spot", "soap", 0, None, "b250"),
        ("programme", "film", 250, None, None),
    ]
    assert len({each.id for each in entries}) == len(entries)
