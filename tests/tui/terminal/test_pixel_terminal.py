"""Pictures for terminals that draw pixels: the protocols, by a decoder that is not the encoder's."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.protocol.answers.pictures import Picture
from retrovue_tui.tui.terminal.pixel_terminal import BAND, LARGEST, PixelTerminal, new_number

TOKEN = re.compile(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|(\$)|(-)")


def two_halves(width: int, height: int) -> Picture:
    """Red above, blue below."""
    red, blue = bytes((255, 0, 0)) * width, bytes((0, 0, 255)) * width
    return Picture(width, height, red * (height // 2) + blue * (height - height // 2))


def sixel_pixels(text: str) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Decode Sixel like a terminal that does not select a colour which it defines: position → colour in percent."""
    assert text.startswith("\x1bP")
    assert text.endswith("\x1b\\")
    body = text[text.index("q") + 1 : -2]
    body = body[re.match(r'"[\d;]*', body).end() :] if body.startswith('"') else body  # type: ignore[union-attr]
    colours: dict[int, tuple[int, int, int]] = {}
    pixels: dict[tuple[int, int], tuple[int, int, int]] = {}
    chosen = x = y = 0
    at = 0
    while at < len(body):
        found = TOKEN.match(body, at)
        assert found, body[at : at + 20]
        at = found.end()
        number, red, green, blue, count, repeated, single, back, down = found.groups()
        if number is not None and red is not None:
            colours[int(number)] = (int(red), int(green), int(blue))
        elif number is not None:
            chosen = int(number)
        elif back:
            x = 0
        elif down:
            x, y = 0, y + BAND
        else:
            bits = ord(repeated or single) - 63
            run = range(x, x + int(count or 1))
            pixels |= {(column, y + bit): colours[chosen] for column in run for bit in range(BAND) if bits >> bit & 1}
            x = run.stop
    return pixels


def test_sixel_fills_the_cells_but_no_part_of_a_band_more() -> None:
    pytest.importorskip("textual_image")
    terminal = PixelTerminal("sixel", (9, 17))
    pixels = sixel_pixels(terminal.encoded(two_halves(40, 20), 20, 6, new_number()))
    width, height = 20 * 9, 6 * 17 // BAND * BAND
    assert set(pixels) == {(x, y) for x in range(width) for y in range(height)}
    assert {pixels[x, 5] for x in range(width)} == {(100, 0, 0)}
    assert {pixels[x, height - 5] for x in range(width)} == {(0, 0, 100)}
    assert terminal.erased(1) == "", "text replaces the pixels of Sixel"


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 90), st.integers(1, 60))
def test_kitty_gets_the_same_pixels_in_parts(width: int, height: int) -> None:
    picture = two_halves(width, height)
    text = PixelTerminal("kitty").encoded(picture, 30, 8, 7)
    messages = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert "".join(f"\x1b_G{keys};{part}\x1b\\" for keys, part in messages) == text
    assert messages[0][0].startswith(f"a=T,f=24,s={width},v={height},c=30,r=8,i=7,p=1,C=1,q=2,m=")
    assert [keys[-3:] for keys, _ in messages] == ["m=1"] * (len(messages) - 1) + ["m=0"]
    assert all(len(part) <= 4_096 for _, part in messages)
    assert base64.standard_b64decode("".join(part for _, part in messages)) == picture.rgb
    assert PixelTerminal("kitty").erased(7) == "\x1b_Ga=d,d=I,i=7,q=2\x1b\\"


@given(st.integers(0, 1_000), st.integers(0, 1_000), st.integers(1, 60), st.integers(1, 60))
def test_no_picture_is_larger_than_the_limit(columns: int, lines: int, wide: int, high: int) -> None:
    width, height = PixelTerminal("sixel", (wide, high)).pixels(columns, lines)
    assert 2 <= width <= LARGEST[0]
    assert 2 <= height <= LARGEST[1]
