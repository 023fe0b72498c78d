"""Reads the coded pictures of a whole piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.mpegts.access_units import PictureAssembler

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.playout.mpegts.access_units import CodedPicture

MOST_BYTES: Final = 64 * 1024 * 1024
"""A piece is never larger than this."""


def read_pictures(path: Path) -> list[CodedPicture]:
    """Return the coded pictures of a piece, each with its sound. Raises `OSError`. Blocking, about 10 ms."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES)
    assembler = PictureAssembler()
    assembler.feed(data)
    assembler.finish(complete=True)
    found = []
    while (picture := assembler.pop()) is not None:
        found.append(picture)
    return found
