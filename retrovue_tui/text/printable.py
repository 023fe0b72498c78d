"""Makes text from files, streams and requests safe to print.

Anybody can put any title into a file. Printed unchanged, it could clear the screen, retitle the terminal, forge a line
of a log, or become a formula in a spreadsheet.
"""

from __future__ import annotations

import re
from typing import Final

_CONTROLS: Final = (
    r"\x00-\x1f\x7f-\x9f"  # C0 and C1: escape sequences begin with these
    r"\u2028\u2029"  # line ends of Unicode
    r"\u202a-\u202e\u2066-\u2069"  # these reverse the direction of the text after them
    r"\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations and tags, which are invisible
    r"\ud800-\udfff"  # bytes of a file's name that are not text
)
_UNSAFE: Final = re.compile(f"[{_CONTROLS}]")
_UNSAFE_BUT_LINES: Final = re.compile(rf"(?![\n\t])[{_CONTROLS}]")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
REPLACEMENT: Final = "\ufffd"


def printable(text: str, most: int | None = None) -> str:
    """Return the text as one line without control characters: white space becomes a space, other control characters
    become `�`. A text of more than `most` characters is cut there and gets an ellipsis."""
    if _UNSAFE.search(text):
        text = _UNSAFE.sub(_instead, text)
    return text if most is None or len(text) <= most else f"{text[: most - 1]}…"


def without_controls(text: str) -> str:
    """Return the text without its control characters, for a column whose width does not count them."""
    return _UNSAFE.sub("", text)


def lines_safe(text: str) -> str:
    """Return text of several lines without control characters, except line ends and tabs."""
    return _UNSAFE_BUT_LINES.sub(_instead, text) if _UNSAFE_BUT_LINES.search(text) else text


def json_safe(text: str) -> str:
    """Return JSON with all control characters escaped, even those that JSON allows unescaped. The values stay the same,
    and the JSON is safe in a terminal."""
    return _UNSAFE_BUT_LINES.sub(_escaped, text) if _UNSAFE_BUT_LINES.search(text) else text


def csv_cell(text: str) -> str:
    """Return a text as a spreadsheet cell that is not read as a formula."""
    text = printable(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _instead(match: re.Match[str]) -> str:
    return " " if match[0] in "\t\n\v\f\r\x85\u2028\u2029" else REPLACEMENT


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"\\u{int.from_bytes(pair, 'big'):04x}" for pair in _units(match[0]))


def _units(char: str) -> list[bytes]:
    """Return the UTF-16 code units of a character, each as two bytes; JSON escapes state these units."""
    data = char.encode("utf-16-be", "surrogatepass")
    return [data[at : at + 2] for at in range(0, len(data), 2)]
