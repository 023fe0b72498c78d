"""An entry that a person changes is no longer planned; all others keep their marks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.plan_marks import BY_PLAN, START, is_planned, tag, without_marks


def entry(id: str, *, planned: bool = True) -> Entry:
    tags = (BY_PLAN, (START, "2026-11-26T18:00:00+00:00")) if planned else ()
    return Entry(id, "programme", Path(f"/m/{id}.mp4"), tags=tags)


ROWS = [entry(str(number)) for number in range(6)]


def marked(entries: list[Entry]) -> list[str]:
    return [each.id for each in entries if is_planned(each)]


def test_an_unchanged_entry_keeps_its_mark() -> None:
    assert marked(without_marks(ROWS, ROWS)) == ["0", "1", "2", "3", "4", "5"]
    assert marked(without_marks(ROWS, ROWS[:2] + ROWS[4:])) == ["0", "1", "4", "5"]
    assert tag(without_marks(ROWS, ROWS)[0], START) == "2026-11-26T18:00:00+00:00"


def test_a_changed_entry_loses_its_mark() -> None:
    cut = replace(ROWS[2], out_frame=100)
    rest = replace(ROWS[2], id="new", in_frame=100)
    after = without_marks(ROWS, [*ROWS[:2], cut, entry("spot", planned=False), rest, *ROWS[3:]])
    assert marked(after) == ["0", "1", "3", "4", "5"]
    assert [each.id for each in after] == ["0", "1", "2", "spot", "new", "3", "4", "5"]
    assert tag(after[2], START) is not None  # only the mark goes


def test_a_moved_entry_loses_its_mark_and_its_neighbours_do_not() -> None:
    assert marked(without_marks(ROWS, [ROWS[4], *ROWS[:4], ROWS[5]])) == ["0", "1", "2", "3", "5"]


def test_a_rundown_without_a_plan_stays_as_it_is() -> None:
    rows = [entry(str(number), planned=False) for number in range(6)]
    assert without_marks(ROWS, rows[::-1]) == rows[::-1]


@given(st.permutations(range(6)))
def test_the_marks_that_stay_are_in_the_old_order(order: list[int]) -> None:
    after = without_marks(ROWS, [ROWS[number] for number in order])
    assert [each.id for each in after] == [str(number) for number in order]
    kept = marked(after)
    assert kept == sorted(kept)
    assert kept
