"""Where in a TOML file something stands, for messages that say the line."""

from __future__ import annotations

import re


def line_of(text: str, key: str) -> int | None:
    """The line (from 1) on which a key, quoted or bare, or a table of that name is written; None: on none."""
    name = re.escape(key)
    found = re.search(rf"""^[ \t]*(?:["']?{name}["']?[ \t]*=|\[["']?{name}["']?\])""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else None
