"""Finds the name of a client's program in its User-Agent header. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from retrovue_tui.text.printable import printable

UNKNOWN: Final = "unknown"
"""The name of a client that sends no User-Agent."""
LONGEST: Final = 24
"""The longest name, in characters."""
READ: Final = 512
"""How many characters of a User-Agent are read."""

_NAMES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"retrovue-tui", "retrovue-tui"),
        (r"tivimate", "TiviMate"),
        (r"jellyfin", "Jellyfin"),
        (r"\bemby", "Emby"),
        (r"\bplex", "Plex"),
        (r"\bkodi|\bxbmc", "Kodi"),
        (r"channels[ -]?dvr|\bchannels/", "Channels DVR"),
        (r"tvheadend", "TVHeadend"),
        (r"hdhomerun", "HDHomeRun"),
        (r"\bvlc\b|libvlc", "VLC"),
        (r"\bmpv\b|libmpv", "mpv"),
        (r"\blavf", "FFmpeg"),
        (r"^curl\b", "curl"),
        (r"^wget\b", "Wget"),
        (r"applecoremedia", "Apple player"),
        (r"\bexoplayer|\bstagefright", "Android player"),
        (r"\bsmart-?tv\b|\btizen\b|\bweb0s\b|\bhbbtv/", "TV browser"),
        (r"\bfirefox/", "Firefox"),
        (r"\bedg(e|a|ios)?/", "Edge"),
        (r"\bchrome/|\bcrios/", "Chrome"),
        (r"^mozilla/.*\bsafari/", "Safari"),
        (r"^mozilla/", "browser"),
    )
)
"""Patterns and names; the first pattern that matches decides. Programs come before the browsers and libraries that they
are made of."""
_PRODUCT: Final = re.compile(r"[^/(;,]+")
_VERSION: Final = re.compile(r"[ _-]v?\d[\w.]*( .*)?$")


@lru_cache(maxsize=256)
def client_name(user_agent: str) -> str:
    """Return the name of the program that sends this User-Agent, like `Kodi` or `VLC`; of a program that is not in the
    table, its first product name; `unknown` if there is none."""
    text = " ".join(printable(user_agent[:READ]).split())
    for pattern, name in _NAMES:
        if pattern.search(text):
            return name
    product = _PRODUCT.match(text)
    name = _VERSION.sub("", product[0].strip()) if product else ""
    return name[:LONGEST].strip() or UNKNOWN
