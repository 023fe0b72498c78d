"""Draws the picture of a programme that has none of its own, for guides. Blocking; call it in a thread."""

from __future__ import annotations

import io
from typing import Final

from PIL import ImageDraw

from retrovue_tui.media.cards.card import colours_of
from retrovue_tui.media.title_cards import gradient, write

SIZE: Final = (640, 360)
MOST_LINES: Final = 3
MOST_LETTERS: Final = 18
"""The title is broken into lines of about this many characters, if it has more."""


def programme_card(title: str, detail: str) -> bytes:
    """Return a picture with a title and a detail below it, as PNG. Its colours depend on the title."""
    width, height = SIZE
    colours = colours_of(title)
    card = gradient(SIZE, colours.top, colours.bottom)
    draw = ImageDraw.Draw(card)
    lines = _lines(title)
    size = height * (0.2 if len(lines) == 1 else 0.15)
    middle = height * (0.45 if detail else 0.5)
    for number, line in enumerate(lines):
        at = middle + (number - (len(lines) - 1) / 2) * size * 1.15
        write(draw, (width / 2, at), line, size, colours.text, width * 0.9)
    if detail:
        write(draw, (width / 2, height * 0.8), detail, height * 0.075, colours.accent, width * 0.9)
    draw.rectangle((0, height * 0.96, width, height), fill=colours.accent)
    file = io.BytesIO()
    card.save(file, "PNG", optimize=True)
    return file.getvalue()


def _lines(title: str) -> list[str]:
    """Return a title on as few lines as it needs."""
    lines: list[str] = []
    for word in title.split():
        if lines and (len(lines[-1]) + len(word) < MOST_LETTERS or len(lines) == MOST_LINES):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or ["-"]
