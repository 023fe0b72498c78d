"""Lines of styled text that repaint only where they changed."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.content import Content, Span
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import RenderResult


def draw(content: Content, width: int, widget: Widget, style: str = "") -> Strip:
    """One line of a widget, exactly `width` cells, over the widget's own colours and perhaps a style of the line.

    The styles of a line lie side by side, never over each other, as `line` makes them: so it is drawn without what
    Textual does for texts in general, which takes five times as long."""
    base, parse = widget.visual_style, widget.app.stylesheet.parse_style
    if style:
        base += parse(style)
    text, blank = content.plain, base.rich_style
    segments, at = [], 0
    for start, end, over in content.spans:
        if start > at:
            segments.append(Segment(text[at:start], blank))
        segments.append(Segment(text[start:end], (base + parse(over)).rich_style))
        at = end
    if at < len(text):
        segments.append(Segment(text[at:], blank))
    return Strip(segments).adjust_cell_length(width, blank)


def line(*parts: str | tuple[str, str]) -> Content:
    """A line from plain texts and (text, style) pairs; no markup is read in them."""
    texts: list[str] = []
    spans: list[Span] = []
    at = 0
    for part in parts:
        text, style = part if isinstance(part, tuple) else (part, "")
        texts.append(text)
        if text and style:
            spans.append(Span(at, at + len(text), style))
        at += len(text)
    return Content("".join(texts), spans)


class Sheet(Widget):
    """A widget that is a list of lines. Subclasses say what the lines are at a width; `redraw` compares and paints."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: Sequence[Content] = ()

    @abstractmethod
    def lines(self, width: int) -> Sequence[Content]:
        """What to show in `width` cells."""

    def redraw(self) -> None:
        """Paint the lines that are not what they were; ask for a new layout only when their number changed."""
        if not self.size.width:
            if self.display:
                self.refresh(layout=True)
            return
        old, self._lines = self._lines, self.lines(self.size.width)
        if len(old) != len(self._lines):
            self.refresh(layout=self.styles.is_auto_height)
            return
        changed = [
            Region(0, y, self.size.width, 1)
            for y, (before, now) in enumerate(zip(old, self._lines, strict=True))
            if not before.is_same(now)
        ]
        if changed:
            self.refresh(*changed)

    def on_resize(self) -> None:
        """The lines depend on the width."""
        self._lines = self.lines(self.size.width)
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are lines."""
        return len(self.lines(width))

    def render(self) -> RenderResult:
        """Never asked: `render_line` paints."""
        return ""

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        content = self._lines[y] if y < len(self._lines) else Content("")
        return draw(content, self.size.width, self)
