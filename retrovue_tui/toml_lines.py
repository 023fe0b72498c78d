"""Finds the line of a key in a TOML file, for messages that name the line."""

from __future__ import annotations

import re


def line_of(text: str, key: str) -> int | None:
    """Return the line (from 1) of a key, quoted or bare, or of a table of that name; None if there is none."""
    name = re.escape(key)
    found = re.search(rf"""^[ \t]*(?:["']?{name}["']?[ \t]*=|\[["']?{name}["']?\])""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else None
