"""Silence is found relative to the programme's own sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.analysis.measuring.signals import LEVELS_PER_S
from retrovue_tui.media.analysis.measuring.sound_levels import read_levels
from retrovue_tui.media.analysis.measuring.sound_track import SoundTrack
from retrovue_tui.timecode import FrameRate

PAL = FrameRate(25)
LEVELS = st.lists(st.floats(-120, 0), min_size=1, max_size=400)


def track(*parts: tuple[int, float]) -> SoundTrack:
    """A track of (number of levels, dBFS) at 25 frames a second, so that each level is a frame."""
    return SoundTrack([level for count, level in parts for _ in range(count)], PAL)


@pytest.mark.parametrize(("quiet", "found"), [(-120.0, True), (-48.0, True), (-30.0, False)])
def test_silence_is_far_below_the_usual_level(quiet: float, found: bool) -> None:
    sound = track((500, -22), (25, quiet), (500, -22))
    assert [(each.first, each.end, each.seconds) for each in sound.silences] == ([(500, 525, 1.0)] if found else [])
    assert sound.silent_share((510, 512)) == found
    assert sound.silent_share((500, 550)) == found / 2
    assert sound.drop_db((500, 525)) == -22 - quiet


def test_hiss_is_silence_and_a_short_pause_is_none() -> None:
    hiss = track((400, -20), (40, -44), (400, -20), (2, -44), (400, -20))
    assert [(each.first, each.end) for each in hiss.silences] == [(400, 440)]


def test_a_track_without_sound_cannot_be_judged() -> None:
    for sound in (track(), track((500, -120))):
        assert not sound.there
        assert sound.silences == ()
        assert sound.quietest((10, 20)) == 15


def test_the_quietest_frame_is_near_the_middle() -> None:
    sound = track((100, -20), (10, -90), (10, -60), (100, -20))
    assert sound.quietest((100, 120)) == 109
    assert track((100, -20), (20, -90), (100, -20)).quietest((100, 120)) == 110


@given(LEVELS, st.sampled_from([PAL, FrameRate(30_000, 1_001), FrameRate(50)]), st.data())
def test_answers_lie_inside_the_question(levels: list[float], rate: FrameRate, data: st.DataObject) -> None:
    sound = SoundTrack(levels, rate)
    frames = rate.nearest(len(levels) / LEVELS_PER_S)
    first = data.draw(st.integers(0, frames + 10))
    span = first, first + data.draw(st.integers(1, 50))
    assert span[0] <= sound.quietest(span) < span[1]
    assert sound.drop_db(span) >= 0
    assert sound.silence_s(span) <= len(levels) / LEVELS_PER_S
    assert all(0 <= each.first <= each.end <= frames + 1 for each in sound.silences)


def test_the_levels_are_read_from_what_ffmpeg_prints() -> None:
    printed = (
        b"frame:0    pts:0       pts_time:0\nlavfi.astats.Overall.RMS_level=-21.3456\n"
        b"frame:1    pts:320     pts_time:0.04\nlavfi.astats.Overall.RMS_level=-inf\n"
        b"lavfi.astats.Overall.RMS_level=nan\nlavfi.astats.Overall.RMS_level=what\nlavfi.astats.Overall.RMS_level=3\n"
    )
    assert read_levels(printed, 10) == (-21.3, -120.0, -120.0, -120.0, 0.0)
    assert read_levels(printed, 2) == (-21.3, -120.0)
