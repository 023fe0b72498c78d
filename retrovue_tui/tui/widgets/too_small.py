"""The message that covers a room on a terminal that is too small for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.widgets import Static

from retrovue_tui.tui.text import glyphs

if TYPE_CHECKING:
    from textual.geometry import Size

LEAST: Final = (40, 10)
"""The least size of a terminal for a room (columns, lines)."""


def is_too_small(size: Size) -> bool:
    """Return whether a terminal of this size is too small for a room."""
    return size.width < LEAST[0] or size.height < LEAST[1]


class TooSmall(Static):
    """Covers the room. The keys keep working, and the channels stay on air."""

    DEFAULT_CSS = """
    TooSmall {
        layer: too-small;
        width: 100%;
        height: 100%;
        background: $background;
        color: $foreground;
        content-align: center middle;
        text-align: center;
    }
    """

    def show(self, size: Size) -> None:
        """Show the present size of the terminal, and the size that the room needs."""
        self.display = is_too_small(size)
        here, least = (glyphs.TIMES.join(map(str, each)) for each in (size, LEAST))
        self.update(f"Too small: {here}\nNeeds {least}\nChannels stay on air", layout=False)
