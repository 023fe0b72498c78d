"""Places on the line, as pure functions."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as some

from retrovue_tui.tui.rooms.timeline.model import edit_requests
from retrovue_tui.tui.rooms.timeline.model.changes import between
from retrovue_tui.tui.rooms.timeline.model.cursor import Mark, carried, choosing, finding
from retrovue_tui.tui.rooms.timeline.model.geometry import Axis, View, fitting, programme_ticks, snapped, steps
from retrovue_tui.tui.rooms.timeline.spot_picker import seconds_in
from tests.tui.rooms.timeline.scene import RATE, ROWS, laid, plan
from tests.tui.station import NOW

FRAMES = some.integers(-(10**7), 10**7)
VIEWS = some.builds(View, some.integers(-1_000, 10_000), some.sampled_from(steps(RATE)), some.integers(1, 300))


@given(VIEWS, FRAMES)
def test_a_frame_lies_in_its_column(view: View, frame: int) -> None:
    column = view.column(frame)
    assert view.frame(column) <= frame < view.frame(column + 1)
    assert view.holds(frame) == (0 <= column < view.width)


@given(VIEWS, FRAMES)
def test_a_frame_to_show_is_in_the_view(view: View, frame: int) -> None:
    assert view.showing(frame).holds(frame)
    assert view.showing(frame).showing(frame) == view.showing(frame)


@given(VIEWS, some.sampled_from(steps(RATE)), some.floats(0, 1, exclude_max=True))
def test_a_zoom_keeps_its_frame_in_its_column(view: View, step: int, part: float) -> None:
    frame = view.left + int(part * (view.end - view.left))
    assert view.zoomed(step, frame).column(frame) == view.column(frame)


@given(FRAMES, some.integers(1, 2_000_000), some.integers(1, 300))
def test_a_range_is_shown_whole_if_a_zoom_step_fits(first: int, length: int, width: int) -> None:
    view = fitting(first, first + length, width, RATE)
    assert view.holds(first)
    assert view.step == steps(RATE)[-1] or view.holds(first + length - 1)


@given(VIEWS, FRAMES, some.integers(1, 100_000), some.integers(0, 100_000))
def test_a_ruler_of_a_programme_is_within_it(view: View, start: int, length: int, asset: int) -> None:
    for tick in programme_ticks(RATE, view, start, start + length, asset):
        assert start <= tick.frame < start + length


def test_snapping_reaches_so_far() -> None:
    assert snapped(100, (90, 108), 8) == 108
    assert snapped(100, (90, 109), 8) == 100


@given(some.integers(-5_000, 120_000))
def test_every_frame_to_come_is_in_exactly_one_entry(offset: int) -> None:
    shown = plan()
    item = shown.at(shown.base + offset)
    if offset < 0:
        assert item is None or item.end <= shown.base
    else:
        assert item is not None
        assert item.start <= shown.base + offset < item.end


@given(some.integers(0, 37_349), some.integers(-300, 300))
def test_the_cursor_goes_with_what_it_stands_on(offset: int, later: int) -> None:
    before = plan()
    frame = before.base + offset
    item = before.at(frame)
    assert item is not None
    rows = tuple(dataclasses.replace(row, start_at=(row.start_at or 0.0) + later) for row in ROWS)
    after = plan(rows)
    assert carried(after, Mark.at(item, frame), frame) - after.base == offset


def test_choosing_goes_from_the_break_to_its_spot_to_nothing() -> None:
    shown = plan()
    frame = shown.base + 9_100
    whole = choosing(shown, frame, None)
    assert whole is not None
    assert (whole.kind, whole.name) == ("break", "b1")
    single = choosing(shown, frame, whole)
    assert single is not None
    assert (single.kind, single.name) == ("entry", "s1")
    assert choosing(shown, frame, single) is None


def test_finding_goes_round() -> None:
    shown = plan()
    found = finding(shown, "late", shown.base + 10)
    assert found is not None
    assert found.row.id == "e2"
    assert finding(shown, "nowhere", shown.base) is None


def test_a_moved_break_is_listed_as_moved() -> None:
    film = "/m/late.mkv"
    moved = laid(
        ("e1", "programme", film, 0, 8_000, None), ("s1", "spot", "/m/cola.mp4", 0, 450, "b1"),
        ("s2", "spot", "/m/soap.webm", 0, 600, "b1"), ("e2", "programme", film, 8_000, 27_000, None),
        ("s3", "spot", "/m/tyres.mp4", 0, 300, "b2"), ("e3", "programme", "/m/count.mpg", 0, 9_000, None),
    )  # fmt: skip
    assert between(plan(), plan(moved)).by_id == {"s1": "moved", "s2": "moved", "e1": "cut", "e2": "cut"}
    assert not between(plan(), plan())


def test_impossible_edits_say_why() -> None:
    shown = plan()
    with pytest.raises(edit_requests.CannotEdit, match="a break is here already"):
        edit_requests.insert_break(shown, shown.base + 9_010)
    with pytest.raises(edit_requests.CannotEdit, match="no entry of the rundown airs here"):
        edit_requests.split(shown, shown.base - 10)


@pytest.mark.parametrize(
    ("text", "seconds"), [("60", 60.0), ("1:30", 90.0), ("2.5", 2.5), ("cola", None), ("7up cola", None), ("", None)]
)
def test_the_prompt_distinguishes_seconds_from_words(text: str, seconds: float | None) -> None:
    assert seconds_in(text, RATE) == seconds


def test_midnight_is_the_line_s_zero() -> None:
    axis = Axis.of_day(NOW, RATE)
    assert axis.frame(axis.midnight) == 0
    assert 0 <= axis.frame(NOW) <= axis.day
