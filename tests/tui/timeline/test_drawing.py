"""The lanes of the timeline, cell by cell."""

from __future__ import annotations

import pytest

from retrovue_tui.tui.timeline.drawing import Scene, break_rows, programme_rows
from retrovue_tui.tui.timeline.geometry import View, steps
from tests.tui.timeline.scene import RATE, plan


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
