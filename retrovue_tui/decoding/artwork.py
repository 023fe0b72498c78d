"""Reads the picture of a programme, and makes it small enough for a guide."""

from __future__ import annotations

import io
import os
import stat
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageOps

from retrovue_tui.errors import MediaError

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 20_000_000
"""The maximum size of a picture file (bytes)."""
MOST_PIXELS: Final = 50_000_000
QUALITY: Final = 85
_FORMATS: Final = ("JPEG", "PNG", "WEBP")


def artwork(path: Path, width: int, height: int) -> bytes:
    """Return the picture in a file as JPEG, at most `width` × `height` pixels. Raises `MediaError`."""
    try:
        with Image.open(io.BytesIO(_contents(path)), formats=_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise MediaError(
                    f"the picture has {picture.width}×{picture.height} pixels; the limit is {MOST_PIXELS:,}", path
                )
            picture.draft("RGB", (width, height))  # JPEG is decoded at about this size
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((width, height))
            file = io.BytesIO()
            upright.convert("RGB").save(file, "JPEG", quality=QUALITY)
    except MediaError:
        raise
    except Exception as error:  # Pillow raises many kinds for files that are not pictures
        raise MediaError("the picture cannot be read", path) from error
    return file.getvalue()


def _contents(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not block
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            raise MediaError(f"the picture is not a file of at most {MOST_BYTES:,} bytes", path)
        return file.read(MOST_BYTES)
