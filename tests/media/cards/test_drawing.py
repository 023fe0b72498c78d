"""Drawn cards: any text, in any script, on any size."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from PIL import ImageChops

from retrovue_tui.media import title_cards
from retrovue_tui.media.cards.card import Card, CardKind
from retrovue_tui.media.cards.drawing import draw_card, shown_texts

SIZE = (640, 360)


def test_a_card_shows_its_words() -> None:
    one = draw_card(Card("next", "One", "Late Film", "18:30"), SIZE)
    assert (one.size, one.mode) == (SIZE, "RGB")
    assert ImageChops.difference(one, draw_card(Card("next", "One", "Late Film", "18:30"), SIZE)).getbbox() is None
    for other in (Card("next", "One", "Late Film", "18:31"), Card("now", "One", "Late Film"), Card("back", "One")):
        assert ImageChops.difference(one, draw_card(other, SIZE)).getbbox() is not None


@pytest.mark.parametrize(
    "text",
    [
        "", "W" * 300, "word " * 100, "שלום עולם", "你好，世界" * 20, "مرحبا", "a\nb\x1b[2J", "\U0001f4fa", "\ud800",
        "e\u0301" * 90,
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [(854, 480), (90, 50)])
def test_any_text_on_any_size(text: str, size: tuple[int, int]) -> None:
    for kind in get_args(CardKind):
        assert draw_card(Card(kind, text, text, text), size).size == size


def test_a_card_with_a_background_is_transparent() -> None:
    card = draw_card(Card("back", "One", background=Path("sea.jpg")), SIZE)
    assert card.mode == "RGBA"
    assert card.getpixel((5, 5)) == (0, 0, 0, 150)


def test_a_title_that_cannot_be_drawn_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(title_cards, "_MACHINE_FONTS", ())
    assert shown_texts(Card("next", "One", "你好，世界", "18:30")).headline == "18:30"
    assert shown_texts(Card("next", "One", "Film 世", "18:30")).headline == "Film ."


def test_letters_that_an_installed_font_lacks_are_dots() -> None:
    face = title_cards.font(20, "Ж")
    if not isinstance(face.path, str):
        pytest.skip("no font with Cyrillic letters is installed")
    assert title_cards.showable("Ж\u4e16") in ("Ж.", "Ж世")
