"""The places at which segments are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.media.house_format import GOP
from retrovue_tui.playout.hls.segmenter import Cut, Segmenter
from retrovue_tui.timecode import HOUSE_RATES, FrameRate

NTSC = FrameRate(30_000, 1_001)


def cuts(segmenter: Segmenter, keys: set[int], count: int, begins: set[int] = frozenset()) -> list[Cut]:  # type: ignore[assignment]
    found = []
    for frame in range(count):
        cut = segmenter.push(frame, b"%d," % frame, key=frame in keys, begins=frame in begins)
        found += [] if cut is None else [cut]
    return found


def test_whole_pieces_become_segments_of_six_seconds() -> None:
    found = cuts(Segmenter(NTSC, 6, short_first=False), set(range(0, 2_000, GOP)), 1_000)
    assert [(each.first, each.frames) for each in found] == [(0, 180), (180, 180), (360, 180), (540, 180), (720, 180)]
    assert b"".join(found[1].parts) == b"".join(b"%d," % frame for frame in range(180, 360))


@pytest.mark.parametrize("target_s", [6, 12])
def test_the_first_twenty_target_durations_for_a_viewer_are_cut_at_each_key_frame(target_s: int) -> None:
    short = 10 * target_s - 1
    found = cuts(Segmenter(NTSC, target_s, short_first=True), set(range(0, 9_600, GOP)), 9_600)
    assert [each.frames for each in found[:short]] == [60] * short
    assert {each.frames for each in found[short + 2 :]} == {30 * target_s}


def test_a_segment_begins_where_an_entry_does() -> None:
    found = cuts(Segmenter(NTSC, 6, short_first=False), {0, 60, 120, 137, 197, 257, 317}, 400, {137})
    assert [(each.first, each.frames) for each in found] == [(0, 137), (137, 180)]


def test_an_entry_right_behind_a_cut_makes_no_tiny_segment() -> None:
    found = cuts(Segmenter(NTSC, 6, short_first=False), {0, 60, 120, 180, 183, 243, 303}, 400, {183})
    assert [(each.first, each.frames) for each in found] == [(0, 180)]


def test_pictures_before_the_first_key_frame_and_after_a_gap_are_left_out() -> None:
    segmenter = Segmenter(NTSC, 6, short_first=True)
    assert cuts(segmenter, {60}, 100) == []
    assert segmenter.push(120, b"x", key=False) is None
    assert segmenter.push(180, b"x", key=True) is None
    cut = segmenter.push(181, b"y", key=True, begins=True)
    assert cut is None
    for frame in range(182, 240):
        segmenter.push(frame, b"", key=False)
    cut = segmenter.push(240, b"", key=True)
    assert cut is not None
    assert (cut.first, cut.frames) == (180, 60)


@pytest.mark.parametrize("rate", HOUSE_RATES)
@settings(max_examples=30)
@given(st.data())
def test_no_segment_is_longer_than_the_target_and_none_is_lost(rate: str, data: st.DataObject) -> None:
    frames = FrameRate.parse(rate)
    target = data.draw(st.integers(3, 30))
    steps = data.draw(st.lists(st.integers(1, GOP), min_size=1, max_size=60))
    keys = {0} | {sum(steps[:count]) for count in range(1, len(steps) + 1)}
    begins = data.draw(st.sets(st.sampled_from(sorted(keys))))
    found = cuts(Segmenter(frames, target, short_first=data.draw(st.booleans())), keys, max(keys) + 1, begins)
    assert all(each.frames > 0 and each.first in keys for each in found)
    assert all(round(float(frames.seconds(each.frames))) <= target for each in found)
    assert all(before.first + before.frames == each.first for before, each in pairwise(found))
    if found:
        end = found[-1].first + found[-1].frames
        assert b"".join(part for each in found for part in each.parts) == b"".join(b"%d," % n for n in range(end))
