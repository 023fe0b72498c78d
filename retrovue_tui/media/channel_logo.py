"""The logo of a channel: drawn from its number and name, or read from a file of the operator. Blocking."""

from __future__ import annotations

import hashlib
import os
import stat
from io import BytesIO
from typing import TYPE_CHECKING, Final, NamedTuple

from PIL import ImageDraw

from retrovue_tui.errors import MediaError
from retrovue_tui.media.cards.card import colours_from, colours_of
from retrovue_tui.media.title_cards import gradient, write

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 2 * 1024 * 1024
"""The most bytes of a logo file."""
SIZE: Final = (512, 384)
"""The size of a drawn logo (pixels)."""
_SIGNATURES: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class Logo(NamedTuple):
    """A picture file in memory, its media type, and a digest of its bytes."""

    data: bytes
    media_type: str
    digest: str


def draw_logo(name: str, number: int, colour: str | None = None) -> Logo:
    """Return a logo with a channel's number and name. `colour`: the channel's own colour, `#rrggbb`; None: a colour
    that depends on its name."""
    colours = colours_from(colour) if colour else colours_of(name)
    width, height = SIZE
    picture = gradient(SIZE, colours.top, colours.bottom)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, height * 0.94, width, height), fill=colours.accent)
    write(draw, (width / 2, height * 0.36), str(number), height * 0.5, colours.accent, width * 0.84)
    write(draw, (width / 2, height * 0.75), name, height * 0.16, colours.text, width * 0.84)
    file = BytesIO()
    picture.save(file, "PNG")
    return _logo(file.getvalue(), "image/png")


def read_logo(path: Path) -> Logo:
    """Return a logo file. It is not decoded: its first bytes decide what it is. Raises `MediaError` if it cannot be
    read, is no PNG or JPEG file, or has more than `MOST_BYTES`."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise MediaError("a logo is a file", path)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # the file may have become a pipe since
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise MediaError(f"the logo cannot be read: {error.strerror or error}", path) from error
    if len(data) > MOST_BYTES:
        raise MediaError(f"the logo has more than {MOST_BYTES // 1024 // 1024} MiB, which is the limit", path)
    for signature, media_type in _SIGNATURES.items():
        if data.startswith(signature):
            return _logo(data, media_type)
    raise MediaError("the logo is neither a PNG nor a JPEG file; save it as one of these", path)


def _logo(data: bytes, media_type: str) -> Logo:
    return Logo(data, media_type, hashlib.sha256(data).hexdigest()[:20])
