"""Replaces non-ASCII characters in everything drawn, for terminals that can show only ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

from retrovue_tui.tui.text.glyphs import LOWER_HALF, RAMP, UPPER_HALF, plain

if TYPE_CHECKING:
    from rich.color import Color as RichColor
    from rich.style import Style
    from textual.color import Color


def _light(colour: RichColor | None) -> float | None:
    """Return the brightness of a colour, 0 to 1; None if the terminal chooses the colour."""
    if colour is None or colour.is_default:
        return None
    red, green, blue = colour.get_truecolor()
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def _shade(style: Style | None) -> str:
    """Return an ASCII character about as bright as a half block with the style's two colours."""
    lights = [each for each in (_light(style.color), _light(style.bgcolor)) if each is not None] if style else []
    return RAMP[round(sum(lights) / len(lights) * (len(RAMP) - 1))] if lights else RAMP[-1]


class AsciiFilter(LineFilter):
    """Turns every character into ASCII of the same width. Half blocks, which pictures consist of, become characters of
    similar brightness."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments of one line in ASCII."""
        return [
            each if each.text.isascii() else Segment(_plain(each.text, each.style), each.style, each.control)
            for each in segments
        ]


def _plain(text: str, style: Style | None) -> str:
    if UPPER_HALF in text or LOWER_HALF in text:
        shade = _shade(style)
        text = text.replace(UPPER_HALF, shade).replace(LOWER_HALF, shade)
    return plain(text)
