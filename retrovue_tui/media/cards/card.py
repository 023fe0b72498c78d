"""The contents of a card: its kind, its words, and its colours. Plain values."""

from __future__ import annotations

import colorsys
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    Colour = tuple[int, int, int]

CardKind = Literal["next", "back", "now", "sign-off"]
"""`next`: the programme that follows, and when. `back`: the break goes on. `now`: the programme on air. `sign-off`: the
end of the channel's day."""
LONGEST_S: Final = 600
"""The longest card (s)."""
MOST_TEXT: Final = 200
"""The maximum number of characters of each text on a card; a longer text is cut."""


@dataclass(frozen=True)
class Colours:
    """The colours of a channel's cards (RGB): the ground at the top and at the bottom, the text, and the accent."""

    top: Colour
    bottom: Colour
    text: Colour
    accent: Colour


@dataclass(frozen=True)
class Card:
    """A card of a channel. `channel` is the channel's name.

    `title` is the title of a programme. `at` is a time of day such as 18:30: the start of the next programme or, on a
    sign-off card, the time at which the channel returns. `background` is a picture file; it is shown behind the text.
    `music` is a sound file; it plays from its beginning, again and again. `colours` None: the colours that
    `colours_of` returns. Raises `ValueError` for a length (s) that is not between 1 and `LONGEST_S`.
    """

    kind: CardKind
    channel: str
    title: str = ""
    at: str = ""
    colours: Colours | None = None
    background: Path | None = None
    music: Path | None = None
    seconds: int = 60

    def __post_init__(self) -> None:
        if not 1 <= self.seconds <= LONGEST_S:
            raise ValueError(f"a card lasts from 1 to {LONGEST_S} s, not {self.seconds} s")

    @property
    def palette(self) -> Colours:
        """The card's colours."""
        return self.colours or colours_of(self.channel)


@dataclass(frozen=True)
class CardTexts:
    """The texts of a card, each on one line or empty: the channel's name at the top, a label, the headline, and a
    detail below it."""

    channel: str
    label: str
    headline: str
    detail: str

    def __str__(self) -> str:
        return " ".join(text for text in (f"{self.label}:" if self.label else "", self.headline, self.detail) if text)


def texts_of(card: Card) -> CardTexts:
    """Return the texts of a card, without control characters, each at most `MOST_TEXT` characters long."""
    channel, title, at = (printable(text, MOST_TEXT).strip() for text in (card.channel, card.title, card.at))
    match card.kind:
        case "next":
            return CardTexts(channel, "Up next", title or at, at if title else "")
        case "now":
            return CardTexts(channel, "Now", title or channel, "")
        case "back":
            return CardTexts(channel, "", "We'll be right back", "")
        case "sign-off":
            return CardTexts(channel, "", "Good night", f"We are back at {at}" if at else "")


def colours_of(channel: str) -> Colours:
    """Return the colours for a channel without colours of its own: dark, with a hue that depends on its name."""
    hue = hashlib.sha256(channel.encode(errors="replace")).digest()[0] / 256
    return Colours(
        _rgb(hue, 0.09, 0.55), _rgb((hue + 0.06) % 1, 0.22, 0.50), (240, 238, 248), _rgb((hue + 0.45) % 1, 0.62, 0.95)
    )


def colours_from(colour: str) -> Colours:
    """Return the colours for a channel whose own colour is `#rrggbb`: a ground of that hue, dark enough for the text,
    and an accent that stands out from it."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    ground = min(lightness, 0.30)
    accent = _rgb((hue + 0.45) % 1, 0.62, max(0.6, saturation))
    return Colours(_rgb(hue, ground * 0.4, saturation), _rgb(hue, ground, saturation), (240, 238, 248), accent)


def _rgb(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return round(255 * red), round(255 * green), round(255 * blue)
