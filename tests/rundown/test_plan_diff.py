"""How long two plans air the same."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.rundown.plan_diff import Plan, first_difference, until
from retrovue_tui.rundown.positions import Lengths, Position, Stretch, stretches
from tests.rundown.test_airlist import a_list, entry, positions

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.rundown.entries import Entry


@given(a_list(), a_list(), positions, st.booleans())
def test_frames_are_counted_up_to_the_first_that_differs(
    one: tuple[list[Entry], Lengths], other: tuple[list[Entry], Lengths], start: Position, same: bool
) -> None:
    entries: list[Entry] = one[0]

    def lengths(each: Entry) -> int:
        return 40

    edited = entries if same else [*entries[:2], *other[0][2:]]  # alike at first, as after an edit
    count = 400

    def aired(rows: list[Entry]) -> list[tuple[Path, int]]:
        parts = itertools.islice(stretches(rows, start, lengths, 1), count)
        return [(part.entry.file, part.first) for part in parts]

    before, after = aired(entries), aired(edited)
    found = first_difference(Plan(entries, start), Plan(edited, start), lengths)
    if found is None:
        assert before == after
    else:
        assert before[: min(found, count)] == after[: min(found, count)]
        if found < count:
            assert before[found : found + 1] != after[found : found + 1]


def test_cuts_that_nobody_sees_are_no_difference() -> None:
    whole, gone = [entry("a"), entry("b")], Position(0, 0, 7)
    cut = [entry("a", 0, 20), entry("a", 20, None), entry("b")]
    assert first_difference(Plan(whole, gone), Plan(cut, gone), lambda one: 50) is None


def test_plans_that_agree_for_a_round_may_differ_later() -> None:
    one, other = [entry("a"), entry("b")], [entry(id) for id in "ababa"]
    top = Position(0, 0, 0)
    assert first_difference(Plan(one, top), Plan(other, top), lambda each: 10) == 50
    assert first_difference(Plan(one, top), Plan(one * 2, top), lambda each: 10) is None


def test_the_frames_before_the_rundown_are_compared_too() -> None:
    gone, rows, top = Stretch(0, -1, entry("c"), 5, 25), [entry("a"), entry("b")], Position(0, 0, 0)
    plan = Plan(rows, top, (gone,))
    assert first_difference(plan, Plan(rows, top), lambda each: 10) == 0
    assert first_difference(plan, Plan(rows[::-1], top, (gone,)), lambda each: 10) == 20
    back = Plan([entry("c"), *rows], Position(0, 0, 5))
    assert first_difference(plan, back, lambda each: 25) == 20 + 25 + 25, "the next round begins with another entry"


def test_the_first_frames_of_a_plan() -> None:
    parts = stretches([entry("a"), entry("b")], Position(0, 0, 3), lambda each: 10, 100)
    first, second = until(parts, 12)
    assert (first.first, first.end, second.first, second.end) == (3, 10, 0, 5)
    assert until(iter([]), 5) == ()
