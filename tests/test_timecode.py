from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.timecode import HOUSE_RATES, FrameRate, TimecodeError

RATES = [FrameRate.parse(text) for text in HOUSE_RATES]
NTSC = FrameRate(30_000, 1_001)
rates = st.sampled_from(RATES)
frames = st.integers(0, 60 * 3600 * 200)


def dropped_labels(nominal: int, skipped: int, minutes: int) -> list[str]:
    """Drop-frame labels by the words of ST 12-1: no minute but every tenth has its first numbers."""
    return [
        f"{minute // 60:02d}:{minute % 60:02d}:{second:02d};{frame:02d}"
        for minute in range(minutes)
        for second in range(60)
        for frame in range(nominal)
        if not (second == 0 and frame < skipped and minute % 10)
    ]


@pytest.mark.parametrize(("rate", "skipped"), [(NTSC, 2), (FrameRate(60_000, 1_001), 4)])
def test_drop_frame_skips_the_labels_that_the_standard_skips(rate: FrameRate, skipped: int) -> None:
    expected = dropped_labels(rate.nominal, skipped, 22)
    assert [rate.timecode(frame) for frame in range(len(expected))] == expected
    assert [rate.frame(label) for label in expected] == list(range(len(expected)))


@pytest.mark.parametrize(
    ("rate", "frame", "label"),
    [
        ("30000/1001", 1_799, "00:00:59;29"),
        ("30000/1001", 1_800, "00:01:00;02"),
        ("30000/1001", 17_982, "00:10:00;00"),
        ("30000/1001", 107_892, "01:00:00;00"),
        ("30000/1001", 2_589_408, "24:00:00;00"),
        ("60000/1001", 3_599, "00:00:59;59"),
        ("60000/1001", 3_600, "00:01:00;04"),
        ("60000/1001", 215_784, "01:00:00;00"),
        ("24000/1001", 86_400, "01:00:00:00"),
        ("25", 90_000, "01:00:00:00"),
        ("50", 49, "00:00:00:49"),
        ("25", 25 * 3600 * 100, "100:00:00:00"),
    ],
)
def test_known_labels(rate: str, frame: int, label: str) -> None:
    assert FrameRate.parse(rate).timecode(frame) == label
    assert FrameRate.parse(rate).frame(label) == frame


@given(rates, frames)
def test_a_label_names_one_frame(rate: FrameRate, frame: int) -> None:
    assert rate.frame(rate.timecode(frame)) == frame


@given(st.sampled_from([rate for rate in RATES if rate.drops]), st.integers(0, 2_589_408))
def test_drop_frame_tells_the_time(rate: FrameRate, frame: int) -> None:
    hours, minutes, rest = rate.timecode(frame).split(":")
    seconds, frames_of_second = rest.split(";")
    told = 3600 * int(hours) + 60 * int(minutes) + int(seconds) + Fraction(int(frames_of_second), rate.nominal)
    # By 24 hours the label has drifted 2.6 frames; within a minute it runs ahead by up to what that minute drops.
    assert abs(told - rate.seconds(frame)) < Fraction(6, 30) + Fraction(1, 1000) * 90


@given(rates, frames)
def test_ticks_and_seconds_are_the_frame_start(rate: FrameRate, frame: int) -> None:
    assert abs(rate.ticks(frame) - 90_000 * rate.seconds(frame)) <= Fraction(1, 2)
    assert rate.nearest(rate.seconds(frame)) == frame
    assert rate.nearest(Fraction(rate.ticks(frame), 90_000)) == frame
    assert rate.count(rate.seconds(frame)) == frame


@given(rates, frames, st.fractions(min_value=Fraction(-49, 100), max_value=Fraction(49, 100)))
def test_the_nearest_frame_is_at_most_half_a_frame_away(rate: FrameRate, frame: int, off: Fraction) -> None:
    assert rate.nearest((frame + off) / rate.fraction) == frame


def test_of_two_nearest_frames_the_later() -> None:
    assert [FrameRate(25).nearest(Fraction(half, 50)) for half in (1, 3, 5)] == [1, 2, 3]


def test_counting_never_goes_below_nothing() -> None:
    assert FrameRate(25).count(-1.0) == 0
    assert FrameRate(25).count(Fraction(399_999, 10_000_000)) == 1


@pytest.mark.parametrize("text", ["00:01:00;00", "00:01:00;01", "00:59:00:01"])
def test_a_label_that_is_skipped_is_refused(text: str) -> None:
    with pytest.raises(TimecodeError, match="skips"):
        NTSC.frame(text)


@pytest.mark.parametrize("text", ["", "1", "00:60:00:00", "00:00:60:00", "00:00:00:30", "-0:00:00:00", "٠٠:00:00:00"])
def test_other_text_is_no_timecode(text: str) -> None:
    with pytest.raises(TimecodeError):
        NTSC.frame(text)


def test_a_negative_frame_has_no_timecode() -> None:
    with pytest.raises(TimecodeError):
        NTSC.timecode(-1)


@pytest.mark.parametrize("text", ["", "0", "25/0", "29.97", "-25", "25/1/1", "٢٥"])
def test_other_text_is_no_frame_rate(text: str) -> None:
    with pytest.raises(TimecodeError, match="not a frame rate"):
        FrameRate.parse(text)


@pytest.mark.parametrize("pair", [(0, 1), (25, 0), (-25, 1)])
def test_a_rate_is_positive(pair: tuple[int, int]) -> None:
    with pytest.raises(TimecodeError):
        FrameRate(*pair)


@pytest.mark.parametrize("text", HOUSE_RATES)
def test_a_rate_reads_as_it_is_written(text: str) -> None:
    assert str(FrameRate.parse(text)) == text


def test_equal_rates_are_equal() -> None:
    assert FrameRate(60_000, 2_002) == NTSC
    assert FrameRate(60_000, 2_002).drops
