"""A widget that draws a picture in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from retrovue_tui.tui.text import formats, tally
from retrovue_tui.tui.widgets.picture_cells import Depth, Frame, cell_rows, depth_of, segments
from retrovue_tui.tui.widgets.pixel_overlay import PixelOverlay
from retrovue_tui.tui.widgets.text_sheet import draw, line

if TYPE_CHECKING:
    from textual.app import RenderResult

    from retrovue_tui.protocol.answers.pictures import Picture

NO_PICTURE = "no picture"


class PictureView(Widget):
    """Draws its picture as large as fits, in its aspect ratio. Without a picture, it draws a caption with the reason.

    Each cell shows two pixels, one above the other, in as many colours as the console has. Without colours, or in ASCII
    only, it uses characters of different brightness. A terminal that draws pixels gets them over the cells.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = "PictureView { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._picture: Picture | None = None
        self._caption = ""
        self._alarm = ""
        self._frame = Frame(0, 0, 1, 2)
        self._rows: list[bytes] = []
        self._strips: dict[int, Strip] = {}
        self._overlay = PixelOverlay(self)

    @property
    def pixels(self) -> tuple[int, int]:
        """The width and height (pixels) of the picture to fetch; a larger picture would only be scaled down."""
        if terminal := self._overlay.terminal:
            return terminal.pixels(self.size.width, self.size.height)
        return self._halves

    @property
    def _halves(self) -> tuple[int, int]:
        """The width and height in half cells."""
        return max(2, self.size.width), max(2, 2 * self.size.height)

    @property
    def picture(self) -> Picture | None:
        """The picture on screen."""
        return self._picture

    def show(self, picture: Picture | None, caption: str = "") -> None:
        """Draw another picture, with the caption over its last line. Without a picture (None), the caption gives the
        reason. Repaints only changed lines."""
        if picture == self._picture and caption == self._caption:
            return
        whole = picture is None or self._picture is None or caption != self._caption
        before, frame = self._rows, self._frame
        self._picture, self._caption = picture, caption
        self._measure()
        self._draw_pixels()
        if self._overlay.drawn and not whole and frame == self._frame:
            self._strips.clear()  # drawn when the pixels are removed
            return
        if whole or frame != self._frame or len(before) != len(self._rows):
            self._strips.clear()
            self.refresh()
            return
        changed = [at for at, (old, new) in enumerate(zip(before, self._rows, strict=True)) if old != new]
        top = self._frame.y // 2
        for at in changed:
            self._strips.pop(top + at, None)
        if changed:
            self.refresh(*(Region(0, top + at, self.size.width, 1) for at in changed))

    def warn(self, alarm: str) -> None:
        """Show an alarm as a bright bar in the last line; empty: remove the bar."""
        if alarm != self._alarm:
            self._alarm = alarm
            self._draw_pixels()
            self._strips.pop(self.size.height - 1, None)
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    def on_resize(self) -> None:
        """Lay out the picture for the new size."""
        self._measure()
        self._strips.clear()
        self._draw_pixels()
        self.refresh()

    def on_hide(self) -> None:
        """Remove the pixels."""
        self._overlay.remove()

    def on_unmount(self) -> None:
        """Remove the pixels."""
        self._overlay.remove()

    def cover(self) -> None:
        """Remove the pixels, because another screen opens over this one."""
        self._overlay.remove()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines in `crop`; the pixels over them must then be drawn again."""
        self._overlay.repaired()
        return super().render_lines(crop)

    def notify_style_update(self) -> None:
        """Draw the bars around the picture again, because the theme has changed."""
        self._strips.clear()
        super().notify_style_update()

    def render(self) -> RenderResult:
        """Never called: Textual calls `render_line` instead."""
        return ""

    def render_line(self, y: int) -> Strip:
        """Return line `y`; an unchanged line is drawn only once."""
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._drawn(y)
        return strip

    @property
    def _depth(self) -> Depth:
        return depth_of(self.app.console.color_system, no_color=self.app.no_color)

    def _measure(self) -> None:
        self._rows = []
        if self._picture is not None and self.size.width and self.size.height:
            self._frame = Frame.of(self._picture.width, self._picture.height, self._halves)
            self._rows = cell_rows(self._picture, self._frame, self._depth)

    def _draw_pixels(self) -> None:
        """Draw the picture as pixels, if the terminal can; not over the line of a caption or an alarm."""
        frame, height = self._frame, self.size.height
        place = Region(frame.x, frame.y // 2, frame.width, frame.height // 2)
        picture = self._picture if self._rows else None
        if picture is not None and (self._caption or self._alarm) and place.bottom >= height > 1:
            lines = max(1, height - 1 - place.y)
            picture = picture.top(max(1, picture.height * lines // place.height))
            place = Region(place.x, place.y, place.width, lines)
        self._overlay.show(picture, place)

    def _drawn(self, y: int) -> Strip:
        width, height = self.size.width, self.size.height
        if self._alarm and y == height - 1:
            text = formats.fit(self._alarm, min(width, cell_len(self._alarm)))
            return draw(_centred(text, width, ""), width, self, "bold reverse $tally-air")
        if self._picture is None or (self._caption and y == height - 1):
            return draw(self._words(y), width, self)
        row = y - self._frame.y // 2
        if not 0 <= row < len(self._rows):
            return draw(Content(""), width, self)
        blank = self.visual_style.rich_style
        cells = segments(self._rows[row], self._depth)
        if self._depth == "none":
            cells = [Segment(each.text, blank) for each in cells]
        left, right = self._frame.x, width - self._frame.x - self._frame.width
        bars = [Segment(" " * left, blank)] if left else []
        return Strip([*bars, *cells, Segment(" " * right, blank)] if right > 0 else [*bars, *cells], width)

    def _words(self, y: int) -> Content:
        width, height = self.size.width, self.size.height
        if self._picture is not None:
            return _centred(self._caption, width, "$foreground")
        middle = (height - 1) // 2
        if y == middle:
            return _centred(NO_PICTURE, width, tally.QUIET)
        if y == middle + 1 and self._caption:
            return _centred(self._caption, width, tally.QUIET)
        return Content("")


def _centred(text: str, width: int, style: str) -> Content:
    text = formats.clean(text)
    text = formats.fit(text, width) if cell_len(text) > width else text
    return line(" " * ((width - cell_len(text)) // 2), (text, style))
