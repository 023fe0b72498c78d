"""Terminals that draw pixels: encodes pictures for them.

The library `textual-image` is optional (the extra `pictures`). It encodes Sixel.
"""

from __future__ import annotations

import base64
import fcntl
import importlib
import importlib.util
import itertools
import re
import struct
import sys
import termios
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.protocol.answers.pictures import Picture

PixelProtocol = Literal["sixel", "kitty"]
PROTOCOLS: Final[tuple[PixelProtocol, ...]] = ("sixel", "kitty")
"""Sixel (DEC; also iTerm2, WezTerm, foot, xterm with `-ti vt340`) and the graphics protocol of Kitty (also Konsole)."""
LIBRARY: Final = "textual_image"
COLOURS: Final = 128
"""Colours of a Sixel picture: more cost time, and are not seen in a picture of this size."""
BAND: Final = 6
"""A Sixel picture consists of bands of this height (pixels); a part of a band would be drawn over the next cells."""
CHUNK: Final = 4_096
"""The most bytes of base64 in one message of Kitty's protocol, as it states."""
USUAL_CELL: Final = (10, 20)
"""The size of a cell (pixels) if the terminal does not report it: that of the VT340."""
LARGEST: Final = (640, 360)
"""The largest picture that is fetched and encoded (pixels)."""
_DEFINITION: Final = re.compile(r"#(\d+);2;\d+;\d+;\d+")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class PixelTerminal:
    """A terminal that draws pixels by a protocol, with cells of `cell` (width, height) pixels."""

    protocol: PixelProtocol
    cell: tuple[int, int] = USUAL_CELL

    def pixels(self, columns: int, lines: int) -> tuple[int, int]:
        """Return the size (pixels) of a picture that fills these cells, at most `LARGEST`."""
        width, height = max(1, columns * self.cell[0]), max(1, lines * self.cell[1])
        scale = min(1.0, LARGEST[0] / width, LARGEST[1] / height)
        return max(2, round(width * scale)), max(2, round(height * scale))

    def encoded(self, picture: Picture, columns: int, lines: int, number: int) -> str:
        """Return the sequence that draws a picture over `columns` × `lines` cells from the cursor on. `number`: the
        picture's place, from `new_number`; a new picture replaces the old one of that place. Takes tens of
        milliseconds: call this in a thread."""
        image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
        if self.protocol == "kitty":
            return _kitty(image, columns, lines, number)
        height = max(BAND, lines * self.cell[1] // BAND * BAND)
        return _sixel(image.resize((columns * self.cell[0], height), Image.Resampling.BILINEAR))

    def erased(self, number: int) -> str:
        """Return the sequence that removes the picture of a place. Sixel needs none: text replaces its pixels."""
        return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\" if self.protocol == "kitty" else ""


def new_number() -> int:
    """Return a number for a place of pictures that no other widget has."""
    return next(_numbers)


def library_is_there() -> bool:
    """Return whether `textual-image` is installed."""
    return importlib.util.find_spec(LIBRARY) is not None


def cell_size() -> tuple[int, int]:
    """Return the size of a cell of this terminal (pixels)."""
    try:
        answer = fcntl.ioctl(cast("Any", sys.__stdout__), termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError, TypeError, AttributeError):
        return USUAL_CELL
    lines, columns, width, height = struct.unpack("HHHH", answer)
    return (
        (width // columns, height // lines)
        if lines and columns and width >= columns and height >= lines
        else USUAL_CELL
    )


def _sixel(image: Image.Image) -> str:
    module = importlib.import_module(f"{LIBRARY}._sixel")
    encode = cast("Callable[[Image.Image, object], str]", module.image_to_sixels)
    # The encoder defines a colour where it is used first. XTerm does not select a colour that it defines.
    return _DEFINITION.sub(r"\g<0>#\1", encode(image, module.SixelOptions(colors=COLOURS)))


def _kitty(image: Image.Image, columns: int, lines: int, number: int) -> str:
    """Return a picture in RGB (f=24), drawn at once (a=T) without an answer (q=2) and without moving the cursor
    (C=1)."""
    data = base64.standard_b64encode(image.tobytes()).decode("ascii")
    parts = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    head = f"a=T,f=24,s={image.width},v={image.height},c={columns},r={lines},i={number},p=1,C=1,q=2,"
    return "".join(
        f"\x1b_G{head if not at else ''}m={int(at < len(parts) - 1)};{part}\x1b\\" for at, part in enumerate(parts)
    )
