"""What stands on a terminal that is too small for a room to mean anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.widgets import Static

from retrovue_tui.tui.text import glyphs

if TYPE_CHECKING:
    from textual.geometry import Size

LEAST: Final = (40, 10)
"""Columns and lines from which there is a room to be seen."""


def is_cramped(size: Size) -> bool:
    """Whether nothing of use fits."""
    return size.width < LEAST[0] or size.height < LEAST[1]


class Cramped(Static):
    """Covers the room. The keys still work, and the air goes on."""

    DEFAULT_CSS = """
    Cramped {
        layer: cramped;
        width: 100%;
        height: 100%;
        background: $background;
        color: $foreground;
        content-align: center middle;
        text-align: center;
    }
    """

    def show(self, size: Size) -> None:
        """Say what there is, and what it takes."""
        self.display = is_cramped(size)
        here, least = (glyphs.TIMES.join(map(str, each)) for each in (size, LEAST))
        self.update(f"Too small: {here}\n{least} will do\nThe air goes on", layout=False)
