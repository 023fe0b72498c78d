"""Draws cards. The text is drawn with the font that Pillow contains, so no installed font is needed. Blocking."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from retrovue_tui.media.cards.card import CardTexts, texts_of
from retrovue_tui.media.cards.layout import lines_of
from retrovue_tui.media.title_cards import font, gradient, showable

if TYPE_CHECKING:
    from retrovue_tui.media.cards.card import Card
    from retrovue_tui.media.cards.layout import Role
    from retrovue_tui.media.title_cards import Colour

_MEASURED: Final = 100.0
_SHADE: Final = 150
"""The opacity (0 to 255) of the dark ground below the text of a card with a background picture."""


def draw_card(card: Card, size: tuple[int, int]) -> Image.Image:
    """Return the picture of a card. If the card has a background, the picture is transparent wherever the background
    shows."""
    colours, (width, height) = card.palette, size
    if card.background is None:
        picture = gradient(size, colours.top, colours.bottom).convert("RGBA")
    else:
        picture = Image.new("RGBA", size, (0, 0, 0, _SHADE))
    draw = ImageDraw.Draw(picture)
    words = shown_texts(card)
    draw.rectangle((0, height * 0.94, width, height), fill=colours.accent)
    if words.label:
        draw.rectangle((width * 0.46, height * 0.34, width * 0.54, height * 0.345), fill=colours.accent)
    fills: dict[Role, Colour] = {
        "channel": colours.accent, "label": colours.accent, "headline": colours.text, "detail": colours.text,
    }  # fmt: skip
    for line in lines_of(words, size, measure):
        draw.text((line.x, line.y), line.text, fills[line.role], font(max(4.0, line.size), line.text), anchor="mm")
    return picture if card.background is not None else picture.convert("RGB")


def shown_texts(card: Card) -> CardTexts:
    """Return the texts of a card as they can be drawn. A title is left out if less than half of its characters can be
    drawn."""
    title = _readable(card.title)
    words = texts_of(replace(card, title=title, channel=_readable(card.channel)))
    return CardTexts(*(showable(text) for text in (words.channel, words.label, words.headline, words.detail)))


def _readable(text: str) -> str:
    shown = showable(text)
    lost = shown.count(".") - text.count(".")
    letters = sum(not letter.isspace() for letter in text)
    return "" if letters and lost > letters / 2 else text


@lru_cache(maxsize=4_096)
def _width(text: str) -> float:
    return font(_MEASURED, text).getlength(text)


def measure(text: str, size: float) -> float:
    """Return the width in pixels of a text in a font size (pixels)."""
    return _width(text) * size / _MEASURED
