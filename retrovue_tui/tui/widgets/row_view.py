"""A widget that draws rows of cells, each cell with the name of its style."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.widget import Widget

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import RenderResult

    from retrovue_tui.tui.widgets.canvas import Row


class RowView(Widget):
    """Turns rows into what Textual draws. A subclass draws its lines in `render_line`."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._styles: dict[str, Style] = {}

    def notify_style_update(self) -> None:
        """Look up all styles again, because the theme has changed."""
        self._styles.clear()
        super().notify_style_update()

    def render(self) -> RenderResult:
        """Never called: Textual calls `render_line` instead."""
        return ""

    def segments(self, row: Row) -> list[Segment]:
        """Return a row in the colours of the theme."""
        return [Segment(text, self.style_of(style)) for text, style in row.runs()]

    def style_of(self, name: str) -> Style:
        """Return a style by its name, such as `bold $primary`; an empty name is the widget's own style."""
        style = self._styles.get(name)
        if style is None:
            visual = self.visual_style
            if name:
                visual += self.app.stylesheet.parse_style(name)
            style = self._styles[name] = visual.rich_style
        return style
