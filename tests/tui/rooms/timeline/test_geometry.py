"""The place of a frame on the screen, and the time at that place."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.timecode import FrameRate
from retrovue_tui.tui.rooms.timeline.model.geometry import (
    Axis,
    PlaceError,
    View,
    clock_ticks,
    fitting,
    further,
    length_of,
    nearer,
    place_of,
    programme_ticks,
    snapped,
    steps,
)

NTSC = FrameRate.parse("30000/1001")
RATES = st.sampled_from([FrameRate.parse(text) for text in ("24000/1001", "25", "30000/1001", "50", "60000/1001")])
HOUR = NTSC.nearest(3_600)
views = st.builds(
    lambda rate, step, first, width: (rate, View(first // steps(rate)[step], steps(rate)[step], width)),
    RATES, st.integers(0, 10), st.integers(0, 90_000 * 60), st.integers(1, 220),
)  # fmt: skip


@given(views, st.integers(0, 10_000), st.integers(1, 200_000), st.integers(0, 500_000))
def test_the_ruler_of_a_programme_stays_within_it(
    drawn: tuple[FrameRate, View], away: int, frames: int, asset: int
) -> None:
    rate, view = drawn
    start = view.left + away
    for tick in programme_ticks(rate, view, start, start + frames, asset):
        assert start <= tick.frame < start + frames
        assert view.holds(tick.frame)
        assert rate.timecode(asset + tick.frame - start).startswith(tick.label)


@given(views)
def test_the_clocks_labels_stand_clear_of_one_another(drawn: tuple[FrameRate, View]) -> None:
    rate, view = drawn
    columns = [view.column(tick.frame) for tick in clock_ticks(Axis(0.0, rate), view) if tick.label]
    assert all(later - earlier >= 9 for earlier, later in pairwise(columns))


@given(views, st.data())
def test_a_frame_stays_in_its_column_when_zoomed(drawn: tuple[FrameRate, View], data: st.DataObject) -> None:
    rate, view = drawn
    frame = data.draw(st.integers(view.left, view.end - 1))
    for zoom in (nearer, further):
        zoomed = view.zoomed(zoom(view.step, rate), frame)
        assert zoomed.column(frame) == view.column(frame)


@given(RATES, st.integers(0, 10**6), st.integers(1, 10**6), st.integers(2, 220))
def test_all_of_a_stretch_is_seen_when_fitted(rate: FrameRate, first: int, frames: int, width: int) -> None:
    view = fitting(first, first + frames, width, rate)
    assert view.holds(first)
    assert view.holds(first + frames - 1) or view.step == steps(rate)[-1]


@given(views, st.integers(0, 10**7))
def test_showing_a_frame_brings_it_into_view(drawn: tuple[FrameRate, View], frame: int) -> None:
    _, view = drawn
    assert view.showing(frame).holds(frame)


@pytest.mark.parametrize(
    ("text", "frames"),
    [("90", 2_697), ("1:30", 2_697), ("0:01:30", 2_697), ("1.5", 45), ("00:00:10;00", 300), ("12f", 12)],
)
def test_lengths_as_people_write_them(text: str, frames: int) -> None:
    assert length_of(text, NTSC) == frames


@pytest.mark.parametrize("text", ["", "soon", "1:2:3:4:5", "20", "@", "+", "12:99:99:99"])
def test_a_text_that_is_no_place_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(PlaceError) as caught:
        place_of(text, Axis(0.0, NTSC), 100, None)
    assert caught.value.message


def test_places_by_the_clock_from_the_cursor_and_in_the_programme() -> None:
    axis = Axis(0.0, NTSC)
    assert place_of("20:15", axis, 0, None) == NTSC.nearest(20 * 3_600 + 15 * 60)
    assert place_of("+10f", axis, 100, None) == 110
    assert place_of("-10f", axis, 100, None) == 90
    assert place_of("@00:00:01", axis, 100, 1_000) == 1_030


def test_a_dragged_break_snaps_to_the_nearest_place_within_reach() -> None:
    assert snapped(100, [90, 105], 6) == 105
    assert snapped(100, [90, 110], 6) == 100
