"""The times of pictures in playlists."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.playout.hls.frame_times import FrameTimes
from retrovue_tui.timecode import FrameRate

NTSC = FrameRate(30_000, 1_001)
FRAME_S = float(NTSC.seconds(1))


@given(st.lists(st.floats(-0.9, 0.9), min_size=1, max_size=50), st.integers(1, 300))
def test_a_clock_that_trembles_moves_nothing(errors: list[float], step: int) -> None:
    offset = 0.0
    times = FrameTimes(NTSC, lambda frame: 1e9 + float(NTSC.seconds(frame)) + offset)
    assert times.at(0) == 1e9
    for index, error in enumerate(errors, 1):
        offset = error * FRAME_S
        assert abs(times.at(index * step) - 1e9 - float(NTSC.seconds(index * step))) < 1e-6


def test_a_clock_that_was_set_is_followed_and_from_then_on_counted() -> None:
    offset = 0.0
    times = FrameTimes(NTSC, lambda frame: 1e9 + float(NTSC.seconds(frame)) + offset)
    times.at(0)
    offset = 3_600.0
    assert times.at(30) == 1e9 + float(NTSC.seconds(30)) + 3_600
    offset += FRAME_S / 2
    assert abs(times.at(60) - 1e9 - float(NTSC.seconds(60)) - 3_600) < 1e-6
    times.forget()
    assert abs(times.at(60) - 1e9 - float(NTSC.seconds(60)) - offset) < 1e-6
