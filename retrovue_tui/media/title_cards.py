"""Pictures with text. The text is drawn with the font that Pillow contains, so no installed font is needed.

Everything here is blocking; call it in a thread.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from retrovue_tui.errors import MediaError

if TYPE_CHECKING:
    from pathlib import Path

    Colour = tuple[int, int, int]

FONT_NAME: Final = "aileron.ttf"
_NIGHT: Final = (10, 14, 34)
_DUSK: Final = (44, 28, 84)
_WARM: Final = (255, 176, 59)
_PALE: Final = (236, 233, 247)
_MACHINE_FONTS: Final = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial Unicode.ttf", "Arial.ttf",
)  # fmt: skip


def font_file(folder: Path) -> Path:
    """Return the path of Pillow's own TrueType font in `folder`, for FFmpeg's `drawtext`. If the font is not there yet,
    write it first.

    Raises `MediaError` if Pillow was built without FreeType.
    """
    path = folder / FONT_NAME
    data = _font_bytes()
    if not path.is_file() or path.stat().st_size != len(data):
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return path


def font(size: float, text: str = "") -> ImageFont.FreeTypeFont:
    """Return a font of `size` pixels that can show `text`. This is the built-in font if it has all the characters.

    The built-in font has few characters beyond ASCII. For other letters, installed fonts are tried by name.
    """
    built_in = ImageFont.truetype(BytesIO(_font_bytes()), size)
    if all(_shows(letter) for letter in text):
        return built_in
    for name in _MACHINE_FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return built_in


def showable(text: str) -> str:
    """Replace the characters that no font here can show: é becomes e, a character without such a plain form becomes a
    dot."""
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    face = font(20, text)
    if isinstance(face.path, str):  # an installed font
        return "".join(letter if _shows(letter, face.path) else "." for letter in text)
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return "".join(letter if _shows(letter) else "." for letter in plain)


@lru_cache(maxsize=1)
def _font_bytes() -> bytes:
    face = ImageFont.load_default(20)
    source = getattr(face, "path", None)
    if not isinstance(source, BytesIO):
        raise MediaError("this Pillow was built without FreeType, so it has no font; install Pillow from PyPI")
    return source.getvalue()


@lru_cache(maxsize=4_096)
def _shows(letter: str, installed: str | None = None) -> bool:
    """Return whether a font has a letter: the built-in font, or the installed one with this path."""
    if letter.isspace():
        return True
    face = ImageFont.truetype(installed or BytesIO(_font_bytes()), 24)
    missing, glyph = face.getmask("\U0010fffd"), face.getmask(letter)
    return glyph.size != missing.size or bytes(glyph) != bytes(missing)


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: float,
    fill: Colour,
    width: float,
    anchor: str = "mm",
) -> None:
    """Write one line of text at a point, in a smaller size if it is wider than `width` pixels."""
    text = showable(text)
    face = font(size, text)
    while (length := face.getlength(text)) > width and size > 8:
        size = max(8.0, min(size - 1, size * width / length))
        face = font(size, text)
    draw.text(at, text, fill=fill, font=face, anchor=anchor)


def gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    """Return a picture that fades from one colour at the top to another at the bottom."""
    mask = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)


def slate_card(station: str, channel: str, size: tuple[int, int], message: str = "Please stand by") -> Image.Image:
    """Return the picture that a channel shows when it has nothing to air."""
    width, height = size
    unit = height / 36
    card = gradient(size, _NIGHT, _DUSK)
    rings = Image.new("L", size, 0)
    pen = ImageDraw.Draw(rings)
    for ring in range(9):
        radius = unit * (4 + 4 * ring)
        centre = (width / 2, height * 0.42)
        pen.ellipse(
            (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius),
            outline=max(8, 60 - 6 * ring), width=max(1, round(unit / 6)),
        )  # fmt: skip
    card = ImageChops.add(card, Image.merge("RGB", (rings, rings, rings)))
    draw = ImageDraw.Draw(card)
    write(draw, (width / 2, height * 0.42), channel, unit * 5, _PALE, width * 0.86)
    draw.rectangle((width * 0.42, height * 0.52, width * 0.58, height * 0.52 + unit / 3), fill=_WARM)
    write(draw, (width / 2, height * 0.60), message, unit * 2.2, _WARM, width * 0.8)
    if station and station != channel:
        write(draw, (width / 2, height * 0.12), station, unit * 1.6, (150, 146, 186), width * 0.8)
    draw.rectangle((width * 0.25, height * 0.78, width * 0.75, height * 0.78 + unit / 2), fill=(30, 26, 66))
    return card
