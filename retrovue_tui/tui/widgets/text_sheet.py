"""A widget that consists of lines of styled text, and repaints only the changed lines."""

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
    """Return a line as a strip of exactly `width` cells, in the widget's colours. `style`: an additional style for the
    whole line.

    The styles of a line never overlap, because `line` makes them. So this function can skip Textual's general text
    layout, which takes five times as long.
    """
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
    """Return a line from plain texts and (text, style) pairs. Markup in the texts stays as it is."""
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
    """A widget that consists of lines. Subclasses return the lines for a width; `redraw` compares them with the old
    ones and repaints."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: Sequence[Content] = ()

    @abstractmethod
    def lines(self, width: int) -> Sequence[Content]:
        """Return the lines, each at most `width` cells wide."""

    def redraw(self) -> None:
        """Repaint the changed lines. Lay out the screen again only if the number of lines has changed."""
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
        """Make the lines again for the new width."""
        self._lines = self.lines(self.size.width)
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines."""
        return len(self.lines(width))

    def render(self) -> RenderResult:
        """Never called: Textual calls `render_line` instead."""
        return ""

    def render_line(self, y: int) -> Strip:
        """Return line `y`."""
        content = self._lines[y] if y < len(self._lines) else Content("")
        return draw(content, self.size.width, self)
