"""Cleans the text of file names: separators become spaces, and words about the release are removed. Pure."""

from __future__ import annotations

import re
from typing import Final

_RELEASE: Final = re.compile(
    r"(?<=[ ._\-(\[])(?:"
    r"(?:480|540|576|720|1080|1440|2160|4320)[pi]|\d{3,4}x\d{3,4}|[48]k(?=[ ._)\]]|$)|uhd"
    r"|blu-?ray|bd-?rip|br-?rip|web-?dl|web-?rip|web(?=[ ._-]+[xh]\.?26[45])|hdtv|pdtv|sdtv"
    r"|dvd-?rip|dvd-?scr|vhs-?rip|tv-?rip|remux"
    r"|xvid|divx|[xh][. ]?26[45]|hevc|av1|aac[0-9.]*|ac3|e-?ac-?3|dts(?:-?hd)?|flac|10-?bit|hdr(?:10)?"
    r")(?![a-z]).*$",
    re.IGNORECASE,
)
"""Matches everything from the first word about the release on: the size of the picture, its origin, or a codec."""
_SQUARE: Final = re.compile(r"\[[^\[\]]{0,80}\]")
_EDGES: Final = " ._-–—,+#"


def cut_release_words(text: str) -> str:
    """Return the text before the first word about the release (`1080p`, `BluRay`, `x264`), without `[…]`."""
    text = _SQUARE.sub(" ", text)
    return text if (found := _RELEASE.search(text)) is None else text[: found.start()].rstrip(" ._-([")


def spaced(text: str) -> str:
    """Return a part of a file's name as a title: underscores are spaces, and so are dots if there is no space."""
    text = _SQUARE.sub(" ", text).replace("_", " ").strip(_EDGES)
    if " " not in text:
        text = text.replace(".", " ")
    return " ".join(text.split()).strip(_EDGES)
