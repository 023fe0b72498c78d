"""The files of the pages for the browser: read once, and sent with their type, a digest and the rules for browsers."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

TYPES: Final = {
    "index.html": "text/html", "watch.html": "text/html", "token.html": "text/html",
    "style.css": "text/css", "common.js": "text/javascript", "index.js": "text/javascript",
    "watch.js": "text/javascript", "hls.light.min.js": "text/javascript", "hls.LICENSE.txt": "text/plain",
    "icon.svg": "image/svg+xml",
}  # fmt: skip
"""All files, and their media types. `hls.light.min.js` is that of hls.js 1.7.4 from npm, and is never edited."""
VERSIONED: Final = frozenset({"hls.light.min.js"})
"""Files that the pages name with their version (`?1.7.4`). A browser keeps these, and need not compile them again."""
RULES: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "media-src 'self' blob: data:; worker-src 'self' blob:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",  # the address of a page may contain the viewer's token
    "X-Content-Type-Options": "nosniff",
}
"""The headers that limit a browser: a page loads nothing from other machines, and runs no script but these files."""


@dataclass(frozen=True)
class PageFile:
    """A file as it is sent. `tag`: for the ETag, without quotes."""

    body: bytes
    gzipped: bytes
    media_type: str
    tag: str


@cache
def page_file(name: str) -> PageFile:
    """Return one of the files in `TYPES`. Blocking at the first call for a file."""
    body = files("retrovue_tui.server").joinpath("pages", name).read_bytes()
    return PageFile(body, gzip.compress(body, 9, mtime=0), TYPES[name], hashlib.sha256(body).hexdigest()[:20])
