"""No text reaches the terminal with a control character in it."""

from __future__ import annotations

from rich.segment import ControlType, Segment
from textual.color import Color

from retrovue_tui.tui.terminal.control_filter import ControlFilter


def test_titles_cannot_command_the_terminal() -> None:
    line = [Segment("Plain ü"), Segment("a\x1b]0;x\x07b\u202e"), Segment("\x1b[1A", None, [(ControlType.CURSOR_UP, 1)])]
    made = ControlFilter().apply(line, Color(0, 0, 0))
    assert [each.text for each in made] == ["Plain ü", "a]0;xb", "\x1b[1A"]
    assert made[0] is line[0]
    assert [each.cell_length for each in made] == [each.cell_length for each in line]
