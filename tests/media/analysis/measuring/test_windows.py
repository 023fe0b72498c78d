"""Only the few most promising windows are decoded."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.analysis.measuring.signals import FileMark, PacketFacts, PacketRun, Span
from retrovue_tui.media.analysis.measuring.sound_track import Silence
from retrovue_tui.media.analysis.measuring.windows import choose_windows, groups, merged, survey_frames
from retrovue_tui.timecode import FrameRate

PAL = FrameRate(25)
HOUR = 90_000
KEYS = tuple(range(0, HOUR, 250))
SPAN = st.tuples(st.integers(0, HOUR), st.integers(1, 300)).map(lambda pair: (pair[0], sum(pair)))
SPANS = st.lists(SPAN, max_size=80)


def inside(frame: int, windows: list[Span]) -> bool:
    return any(first <= frame < end for first, end in windows)


def test_flat_pictures_in_silence_come_first_and_the_edges_are_left_out() -> None:
    runs = tuple(PacketRun(at, at + 20, 0.01) for at in range(500, HOUR, 400))
    silences = [Silence(40_100, 40_125, 1.0), Silence(60_110, 60_140, 1.2)]
    marks = [FileMark(30_003, "chapter")]
    windows = choose_windows(PacketFacts(HOUR, KEYS, (), runs), silences, marks, PAL, HOUR)
    assert all(inside(frame, windows) for frame in (40_100, 60_120, 30_003))
    assert not any(inside(frame, windows) for frame in (500, 900, HOUR - 500))
    assert sum(end - first for first, end in windows) < HOUR * 0.12


def test_a_dark_key_frame_is_looked_at() -> None:
    assert inside(50_000, choose_windows(PacketFacts(HOUR, KEYS), [], [], PAL, HOUR, dark=[50_000]))


def test_windows_without_a_key_frame_between_them_are_one_group() -> None:
    assert groups([(10, 20), (100, 110), (260, 270)], KEYS) == [[(10, 20), (100, 110)], [(260, 270)]]
    assert groups([], KEYS) == []


def test_the_survey_takes_more_key_frames_from_the_end_and_many_where_sizes_say_nothing() -> None:
    plain = survey_frames(PacketFacts(HOUR, KEYS), HOUR, PAL)
    assert set(plain) <= set(KEYS)
    assert 30 <= len(plain) <= 42
    assert sum(frame > HOUR * 0.9 for frame in plain) > 10
    assert len(survey_frames(PacketFacts(HOUR, KEYS, even=True), HOUR, PAL)) == len(KEYS)
    assert len(survey_frames(PacketFacts(), HOUR, PAL)) <= 3001


@given(SPANS, SPANS, st.lists(st.integers(0, HOUR), max_size=20), st.booleans())
def test_windows_are_sorted_apart_inside_and_bounded(
    runs: list[Span], quiet: list[Span], marked: list[int], with_keys: bool
) -> None:
    facts = PacketFacts(HOUR, KEYS if with_keys else (), (), tuple(PacketRun(*span, 0.02) for span in sorted(runs)))
    silences = [Silence(*span, (span[1] - span[0]) / 25) for span in merged(quiet)]
    marks = [FileMark(frame, "edl") for frame in sorted(marked)]
    windows = choose_windows(facts, silences, marks, PAL, HOUR)
    assert all(0 <= first < end <= HOUR for first, end in windows)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(windows))
    assert sum(end - first for first, end in windows) <= HOUR * 0.12
    assert [window for group in groups(windows, facts.keys) for window in group] == windows
