"""Removes control characters of titles, file names and FFmpeg's messages from everything drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from textual.filter import LineFilter

from retrovue_tui.text.printable import without_controls

if TYPE_CHECKING:
    from textual.color import Color


class ControlFilter(LineFilter):
    """Removes control characters from every drawn line. They have no width, so the other characters keep their
    places."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments of one line without control characters."""
        return [
            each
            if each.control or each.text.isprintable()
            else Segment(without_controls(each.text), each.style, each.control)
            for each in segments
        ]


CONTROL_FILTER: Final = ControlFilter()
"""The one filter for all lines: Textual remembers a line's filtered form by the filter's identity."""
