"""Marks and trims of the bin."""

from __future__ import annotations

from retrovue_tui.tui.rooms.bin.placement import Trim
from retrovue_tui.tui.rooms.bin.selection import MarkedFiles
from tests.tui.media_rows import a_bin

ROWS = a_bin()
ONE, TWO, THREE = (row.file for row in ROWS[:3])


def test_marks_keep_their_order_and_outlive_the_rows() -> None:
    chosen = MarkedFiles()
    for file in (TWO, ONE, THREE):
        chosen.mark(file)
    assert [row.file for row in chosen.marked(ROWS)] == [TWO, ONE, THREE]
    chosen.mark(ONE)
    assert [row.file for row in chosen.marked(ROWS)] == [TWO, THREE]
    chosen.unmark(but=(ONE, TWO))
    assert chosen.marks == {TWO}
    chosen.unmark()
    assert chosen.marked(ROWS) == []


def test_all_or_none() -> None:
    chosen = MarkedFiles()
    chosen.mark(THREE)
    chosen.mark_all([ONE, TWO])
    assert chosen.marks == {ONE, TWO, THREE}
    chosen.mark_all([ONE, TWO])
    assert chosen.marks == {THREE}


def test_the_other_end_gives_way() -> None:
    chosen = MarkedFiles()
    chosen.trim(ONE, "in", 300)
    assert chosen.trim_of(ONE) == Trim(300, None)
    chosen.trim(ONE, "out", 299)
    assert chosen.trim_of(ONE) == Trim(None, 300)
    chosen.trim(ONE, "in", 299)
    assert chosen.trim_of(ONE) == Trim(299, 300)
    chosen.trim(ONE, "in", 300)
    assert chosen.trim_of(ONE) == Trim(300, None)
    assert chosen.trimmed == {ONE}
    assert chosen.clip(ROWS[0]).trim == Trim(300, None)
    chosen.untrim(ONE)
    chosen.untrim(TWO)
    assert chosen.trimmed == frozenset()
