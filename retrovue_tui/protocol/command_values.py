"""The values of command arguments: checks each value, and describes wrong ones in an error."""

from __future__ import annotations

import math
import reprlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, get_args

from retrovue_tui.entry_kind import EntryKind  # read at run time, by `from_json`
from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_BREAK_S: Final = 6 * 3_600.0
MOST_SPOTS: Final = 2_000
"""The most spots that one command may name."""
LONGEST_ID: Final = 64
"""The most bytes of an entry's or a break's id."""
LONGEST_FILE: Final = 4_096
"""The most bytes of a file name; the kernel has the same limit for a path."""
LATEST_S: Final = 1_000 * 3_600.0
"""The latest position inside a file that a command may name (s). `LAST_FRAME` is the same position as a frame number at
60 frames a second."""
LAST_FRAME: Final = 1_000 * 3_600 * 60


class CommandError(RetrovueError):
    """A malformed command: an unknown name, a missing argument, or a value of a wrong type."""

    title = "Command"


_SHORT: Final = reprlib.Repr()
"""Formats the start of a value, however long or deeply nested the value is."""
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother, _SHORT.maxlong = 3, 60, 60, 60


def kind_of(value: Any) -> str:
    """Return a description of a value for an error message: its type and its start."""
    if value is None:
        return "null"
    names = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return f"{names.get(type(value), type(value).__name__)} ({beginning_of(value)[:40]})"


def beginning_of(value: Any) -> str:
    """Return the start of a value as text. This is quick even for a huge or deeply nested value."""
    return value[:60] if isinstance(value, str) else _SHORT.repr(value)


def is_count(value: Any) -> bool:
    """Return whether a value is a whole number of at least 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(key: str, value: Any, longest: int = LONGEST_FILE) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CommandError(f"{key} is text, not {kind_of(value)}")
    if any(char in value for char in "\n\r\0"):
        what = "a NUL character" if "\0" in value else "a line break"
        raise CommandError(f"{key} contains {what}, which a rundown cannot express")
    try:
        size = len(value.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        raise CommandError(f"{key} contains half a character (a lone surrogate), which is not valid text") from None
    if size > longest:
        raise CommandError(f"{key} has {size} bytes; at most {longest} are accepted")
    return value


def _id(key: str, value: Any) -> str:
    return _text(key, value, LONGEST_ID)


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise CommandError(f'{key} is a list of files, like ["cola.mp4"], not {kind_of(value)}')
    if not value:
        raise CommandError(f"{key} is empty: name at least one file, or leave it out")
    if len(value) > MOST_SPOTS:
        raise CommandError(f"{key} names {len(value)} files; at most {MOST_SPOTS} are accepted in one command")
    return tuple(_text(f"each of {key}", each) for each in value)


def _ids(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise CommandError(
            f'{key} is a list of the new ids that a dry run gave, like ["b2", "k3f9"], not {kind_of(value)}'
        )
    if len(value) > 2 * MOST_SPOTS:
        raise CommandError(f"{key} has {len(value)} ids; at most {2 * MOST_SPOTS} are accepted")
    return tuple(_id(f"each of {key}", each) for each in value)


def _entry_kind(key: str, value: Any) -> str:
    if not isinstance(value, str) or value not in get_args(EntryKind):
        raise CommandError(f"{key} is one of {', '.join(get_args(EntryKind))}, not {kind_of(value)}")
    return str(value)


def _seconds(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _finite(value):
        raise CommandError(f"{key} is a number of seconds from 0 on, not {kind_of(value)}{_like(key)}")
    if value < 0:
        raise CommandError(f"{key} is a number of seconds from 0 on, not {value:g}{_like(key)}")
    if value > LATEST_S:
        raise CommandError(f"{key} is at most {LATEST_S:.0f} seconds, not {value:g}")
    return float(value)


def _like(key: str) -> str:
    """Return a hint on how to write an argument, for an error message; empty if there is no example."""
    return f"; write it like {EXAMPLES[key]}" if key in EXAMPLES else ""


def _finite(value: float) -> bool:
    """Return whether the number fits into a float; JSON allows integers of any length."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _length(key: str, value: Any) -> float:
    seconds = _seconds(key, value)
    if not 0 < seconds <= LONGEST_BREAK_S:
        most = f"{LONGEST_BREAK_S:.0f}"
        raise CommandError(f"{key} is a break's length, above 0 and up to {most} seconds, not {seconds:g}{_like(key)}")
    return seconds


def _frame(key: str, value: Any) -> int:
    if not is_count(value):
        raise CommandError(f"{key} is a whole number of frames from 0 on, not {kind_of(value)}{_like(key)}")
    if value > LAST_FRAME:
        raise CommandError(f"{key} is at most {LAST_FRAME}, not {kind_of(value)}")
    return int(value)


def _float_of(key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise CommandError(f"{key} is a number of seconds, not {text!r}{_like(key)}") from None


def _int_of(key: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise CommandError(f"{key} is a whole number of frames, not {text!r}{_like(key)}")
    return int(text)


VALUES: Final[Mapping[str, Callable[[str, Any], Any]]] = MappingProxyType(
    {
        "spots": _texts, "seconds": _length, "at_s": _seconds, "at_frame": _frame, "in_frame": _frame,
        "out_frame": _frame, "entry": _id, "break": _id, "file": _text, "before": _id, "after": _id,
        "kind": _entry_kind, "ids": _ids,
    }
)  # fmt: skip
"""Argument name → the function that checks and converts its value; the function raises `CommandError`."""
NUMBERS: Final[Mapping[str, Callable[[str, str], Any]]] = MappingProxyType(
    {"seconds": _float_of, "at_s": _float_of, "at_frame": _int_of, "in_frame": _int_of, "out_frame": _int_of}
)
"""Argument name → the function that converts a typed number; the function raises `CommandError`."""
EXAMPLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "entry": "entry=k3f9", "break": "break=b2", "file": "file=cola.mp4", "at_s": "at_s=12.5",
        "at_frame": "at_frame=900",
        "seconds": "seconds=60", "in_frame": "in_frame=30", "out_frame": "out_frame=900", "after": "after=k3f9",
    }
)  # fmt: skip
"""Argument name → an example of how to write it, for error messages."""
