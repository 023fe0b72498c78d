"""The layout of a card: every text fits, whatever it is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.cards.card import LONGEST_S, MOST_TEXT, Card, CardTexts, colours_of, texts_of
from retrovue_tui.media.cards.layout import MARGIN, fitted, lines_of, shortened, wrapped

SIZE = (1280, 720)


def measure(text: str, size: float) -> float:
    """Each letter is half as wide as it is high."""
    return len(text) * size / 2


def test_a_short_text_has_its_usual_size_on_one_line() -> None:
    assert fitted("Late Film", 90, 1_000, measure) == (["Late Film"], 90)
    assert fitted("", 90, 1_000, measure) == ([], 90)


def test_a_longer_text_is_smaller_then_wrapped_then_shortened() -> None:
    smaller, points = fitted("x" * 30, 90, 1_000, measure)
    assert (smaller, 54 <= points < 90) == (["x" * 30], True)
    assert fitted("abc " * 6 + "abc", 90, 1_000, measure, most_lines=2) == (["abc abc abc abc abc", "abc abc"], 90)
    lines, points = fitted("word " * 50, 90, 1_000, measure, most_lines=2)
    assert (len(lines), points, lines[0][-1], lines[1][-1]) == (2, 54, "d", "…")


def test_lines_break_at_spaces() -> None:
    assert wrapped("aa bb  cc", 2, 5, measure) == ["aa bb", "cc"]
    assert wrapped("aaaaaaaaaa b", 2, 5, measure) == ["aaaaaaaaaa", "b"]
    assert shortened("aa bbbbbb", 2, 5, measure) == "aa b…"


@given(st.builds(CardTexts, *[st.text(max_size=MOST_TEXT)] * 4), st.sampled_from([SIZE, (854, 480), (1920, 1080)]))
def test_every_line_is_inside_the_picture_and_no_two_lie_on_each_other(words: CardTexts, size: tuple[int, int]) -> None:
    lines = lines_of(words, size, measure)
    for line in lines:
        half = measure(line.text, line.size) / 2
        assert line.x - half >= size[0] * MARGIN - 1
        assert line.x + half <= size[0] * (1 - MARGIN) + 1
        assert line.size / 2 <= line.y <= size[1] * 0.94 - line.size / 2
    for above, below in pairwise(lines):
        assert above.y + above.size / 2 <= below.y - below.size / 2


@pytest.mark.parametrize(
    ("card", "text"),
    [
        (Card("next", "One", "Late Film", "18:30"), "Up next: Late Film 18:30"),
        (Card("next", "One", "", "18:30"), "Up next: 18:30"),
        (Card("now", "One", "Late\nFilm\x1b"), "Now: Late Film�"),
        (Card("now", "One"), "Now: One"),
        (Card("back", "One", "Late Film"), "We'll be right back"),
        (Card("sign-off", "One", at="06:00"), "Good night We are back at 06:00"),
        (Card("sign-off", "One"), "Good night"),
    ],
)
def test_the_words_of_each_kind(card: Card, text: str) -> None:
    assert str(texts_of(card)) == text


def test_words_have_a_limit() -> None:
    assert len(texts_of(Card("now", "One", "x" * 100_000)).headline) == MOST_TEXT


@pytest.mark.parametrize("seconds", [0, -1, LONGEST_S + 1])
def test_a_card_has_a_limited_length(seconds: int) -> None:
    with pytest.raises(ValueError, match="lasts from 1 to 600 s"):
        Card("back", "One", seconds=seconds)


def test_a_channel_keeps_its_colours() -> None:
    assert colours_of("One") == colours_of("One") == Card("back", "One").palette
    assert colours_of("One") != colours_of("Two")
