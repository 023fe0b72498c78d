"""The lanes of the timeline, cell by cell."""

from __future__ import annotations

import dataclasses

import pytest

from retrovue_tui.tui.rooms.timeline.inspector import Look, TimelineInspector
from retrovue_tui.tui.rooms.timeline.model.geometry import View, steps
from retrovue_tui.tui.rooms.timeline.model.grid_lines import draw_grid, grid_columns
from retrovue_tui.tui.rooms.timeline.model.lane_drawing import MISSING, Scene, break_rows, clock_rows, programme_rows
from retrovue_tui.tui.text import glyphs, tally
from tests.tui.rooms.timeline.scene import RATE, ROWS, plan


@pytest.mark.parametrize("shift", range(0, 60, 7))
@pytest.mark.parametrize("step", [step for step in steps(RATE) if step >= 15][:8])
def test_a_segment_is_named_once_wherever_its_end_falls_in_a_column(step: int, shift: int) -> None:
    laid = plan()
    view = View((laid.base - shift) // step, step, 240)
    names, _ = programme_rows(Scene(laid, view))
    text = "".join(names.chars)
    shown = [
        item for item in laid.items(view.left, view.end) if not item.is_spot and item.row.file.endswith("late.mkv")
    ]
    assert text.count("Late") <= len(shown)


def test_breaks_bear_their_name_and_length() -> None:
    laid = plan()
    heads, spots = break_rows(Scene(laid, View(laid.base // 60, 60, 240)))
    assert "b1 0:35" in "".join(heads.chars)
    assert "Cola" in "".join(spots.chars)


@pytest.mark.parametrize("step", [1_800, 60])
@pytest.mark.parametrize("gone", ["s1", "s2", "s3", "e3"])
def test_a_missing_file_is_marked_however_narrow_its_entry_is(gone: str, step: int) -> None:
    rows = tuple(dataclasses.replace(row, status="missing") if row.id == gone else row for row in ROWS)
    laid = plan(rows)
    scene = Scene(laid, View(laid.base // step, step, 38_000 // step + 1))
    names, _ = programme_rows(scene)
    _, spots = break_rows(scene)
    row = names if gone == "e3" else spots
    assert glyphs.MISSING in row.chars
    assert row.styles[row.chars.index(glyphs.MISSING)] == MISSING


@pytest.mark.parametrize("step", [60, 300])
def test_a_spot_of_which_groups_see_other_versions_is_marked(step: int) -> None:
    rows = tuple(dataclasses.replace(row, split="cola.mp4 50 %, b.mp4 50 %") if row.id == "s1" else row for row in ROWS)
    laid = plan(rows)
    for entries, marks in ((laid, 1), (plan(), 0)):
        _, spots = break_rows(Scene(entries, View(laid.base // step, step, 38_000 // step + 1)))
        assert spots.chars.count(glyphs.SPLIT) == marks
    (item,) = [each for each in laid.items(0, laid.base + 40_000) if each.row.id == "s1"]
    look = Look(Scene(laid, View(laid.base // step, step, 100)), item.start + 5)
    shown = [line.plain for line in TimelineInspector.lines_of(look, 80)]
    assert any("split" in line and "cola.mp4 50 %, b.mp4 50 %" in line for line in shown)


@pytest.mark.parametrize("step", [15, 60, 600, 1_800, 18_000])
def test_each_break_is_headed_once(step: int) -> None:
    laid = plan()
    heads, _ = break_rows(Scene(laid, View(laid.base // step, step, -(-laid.length // step))))
    assert 1 <= "".join(heads.chars).count(tally.SPOT_GLYPH) <= 2


def test_the_grid_of_a_plan_is_drawn_where_its_lines_are_not_too_close() -> None:
    laid = plan()
    every = laid.axis.frames(600)
    laid.grid = tuple(range(laid.base + every, laid.base + 3 * every, every))
    view = View(laid.base // 600, 600, 100)
    ticks, spots = clock_rows(Scene(laid, view))[1], break_rows(Scene(laid, view))[1]
    blank = list(spots.chars)
    for lane, row in (("ticks", ticks), ("spots", spots)):
        draw_grid(Scene(laid, view), lane, row)
    columns = [view.column(frame) for frame in laid.grid]
    assert [ticks.chars[column] for column in columns] == [glyphs.GRID_TICK] * 2
    assert [at for at, char in enumerate(spots.chars) if char == glyphs.GRID_LINE] == [
        column for column in columns if blank[column] == " "
    ]
    assert grid_columns(Scene(laid, View(laid.base // 9_000, 9_000, 100))) == []
