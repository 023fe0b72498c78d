"""All special characters of the screen by name, and the ASCII characters that replace them on simple terminals.

Widgets write the characters below. For an ASCII terminal all output passes through `plain`, including texts from
outside. Every replacement has the same width in cells.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Mapping

# States
AIR: Final = "▶"
NEXT: Final = "»"
HOLD: Final = "‖"
SLATE: Final = "▣"
STOPPED: Final = "■"
STARTING: Final = "◌"
MISSING: Final = "✗"
DONE: Final = "✓"
WARNING: Final = "!"
UNSURE: Final = "?"
CONNECTED: Final = "●"
LOCKED: Final = "▪"
STAGED: Final = "✎"
ALARM: Final = "▲"

# Things
SPOT: Final = "◆"
SPLIT: Final = "◈"
CUE: Final = "▽"
CUE_STRONG: Final = "▼"
CUE_WEAK: Final = "╵"
MARKED: Final = "◉"
UNMARKED: Final = "○"
MARK_IN: Final = "⟦"
MARK_OUT: Final = "⟧"

# Text
NOTHING: Final = "–"
DOT: Final = "·"
ELLIPSIS: Final = "…"
TIMES: Final = "×"
UP: Final = "↑"
DOWN: Final = "↓"
LEFT: Final = "←"
RIGHT: Final = "→"
OPEN: Final = "▾"
SHUT: Final = "▸"
SORT_UP: Final = "▴"
SORT_DOWN: Final = "▾"
PLUS_MINUS: Final = "±"
POINT: Final = "•"

# Lines and bars
CURSOR: Final = "▌"
CURSOR_HEAD: Final = "▼"
BAR_FULL: Final = "━"
BAR_HALF: Final = "╸"
BAR_REST: Final = "─"
RULE: Final = "─"
TICK: Final = "┴"
TICK_SMALL: Final = "╵"
WALL: Final = "│"
PLAYHEAD: Final = "┃"
LOCK_LINE: Final = "╎"
GRID_LINE: Final = "┊"
GRID_TICK: Final = "╫"
LEVELS: Final = "▁▂▃▄▅▆▇█"
"""Blocks of growing height, from one eighth to a full cell, for sparklines, meters and envelopes."""
EIGHTHS: Final = "▏▎▍▌▋▊▉█"
"""Blocks of growing width, from one eighth to a full cell, left-aligned."""
SHADES: Final = "░▒▓"
FULL: Final = "█"
UPPER_HALF: Final = "▀"
LOWER_HALF: Final = "▄"

RAMP: Final = " .:-=+*#%@"
"""Characters of growing brightness, for pictures in ASCII."""

_ASCII: Final[Mapping[str, str]] = {
    AIR: ">", NEXT: "+", HOLD: "=", SLATE: "#", STOPPED: "_", STARTING: "~", MISSING: "X", DONE: "v", CONNECTED: "o",
    LOCKED: "L", STAGED: "*", ALARM: "!",
    SPOT: "$", SPLIT: "%", CUE: "v", CUE_STRONG: "V", MARKED: "x", UNMARKED: ".", MARK_IN: "[", MARK_OUT: "]",
    NOTHING: "-", DOT: ".", ELLIPSIS: "~", TIMES: "x", UP: "^", DOWN: "v", LEFT: "<", RIGHT: ">",
    OPEN: "v", SHUT: ">", SORT_UP: "^", PLUS_MINUS: "~",
    CURSOR: "|", BAR_FULL: "=", TICK: "+", TICK_SMALL: "'", PLAYHEAD: "|",
    LOCK_LINE: ":", "▔": "-", "▕": "|", "▐": "|",
    "░": ".", "▒": ":", "▓": "%", UPPER_HALF: "\"", LOWER_HALF: "_", FULL: "#",
    "▁": "_", "▂": "_", "▃": "-", "▅": "=", "▆": "+", "▇": "*", "▏": "|", "▎": "|", "▍": "|", "▋": "#", "▊": "#",
    "▉": "#", "▘": "'", "▝": "'", "▖": ".", "▗": ".", "▚": "%", "▞": "%", "▙": "#", "▛": "#", "▜": "#", "▟": "#",
    "◀": "<", "△": "^", "◁": "<", "▷": ">", "□": "#", "◇": "$", "◎": "o", POINT: "*", "⏎": "<", "⌕": "?",
    "—": "-", "‐": "-", "−": "-", "‘": "'", "’": "'", "“": "\"", "”": "\"", "„": "\"", "«": "<", "°": "o", "µ": "u",
    "≥": ">", "≤": "<", "≈": "~", "∞": "8", "⚠": "!", "✔": "v", "✕": "X", "✘": "X", "⚑": "P", "⌂": "^",
}  # fmt: skip
_HORIZONTAL: Final = "─━═╌╍┄┅┈┉╴╶╸╺╼╾⎯"
_VERTICAL: Final = "│┃║╎╏┆┇┊┋╵╷╹╻╽╿⎸⎹"


@lru_cache(4096)
def plain_character(char: str) -> str:
    """Return the ASCII replacement of one character, in the same number of cells: none for a combining character, two
    for a wide character."""
    if char.isascii():
        return char
    if stands := _ASCII.get(char):
        return stands
    if char in _HORIZONTAL:
        return "-"
    if char in _VERTICAL:
        return "|"
    if "\u2500" <= char <= "\u257f":
        return "+"
    width = cell_len(char)
    base = unicodedata.normalize("NFKD", char)[:1]
    if width == 1 and base.isascii() and base.isprintable():
        return base
    if 0x2800 <= ord(char) <= 0x28FF:  # Braille: by the number of dots
        return RAMP[1 + (ord(char) - 0x2800).bit_count()] if char != "\u2800" else " "
    return "?" * width


def plain(text: str) -> str:
    """Return the text in ASCII, in the same number of cells."""
    return text if text.isascii() else "".join(map(plain_character, text))
