"""The values that commands take: what each may be, and what is said of one that is something else."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, get_args

from retrovue_tui.control.snapshots import EntryKind
from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_BREAK_S: Final = 6 * 3_600.0


class CommandError(RetrovueError):
    """A command is not written as it should be: an unknown name, a missing argument, a value of another type."""

    title = "Command"


def kind_of(value: Any) -> str:
    """What a value is, for a message: its type and its beginning."""
    names = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return f"{names.get(type(value), type(value).__name__)} ({str(value)[:40]})"


def is_count(value: Any) -> bool:
    """Whether it is a whole number from 0 on."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CommandError(f"{key} is text, not {kind_of(value)}")
    if any(char in value for char in "\n\r\0"):
        raise CommandError(f"{key} holds a line break, which no rundown can")
    return value


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise CommandError(f'{key} is a list of files, like ["cola.mp4"], not {kind_of(value)}')
    if not value:
        raise CommandError(f"{key} is empty: name one file at least, or leave it out")
    return tuple(_text(f"each of {key}", each) for each in value)


def _ids(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise CommandError(
            f'{key} is a list of what a dry run called the new, like ["b2", "k3f9"], not {kind_of(value)}'
        )
    return tuple(_text(f"each of {key}", each) for each in value)


def _entry_kind(key: str, value: Any) -> str:
    if value not in get_args(EntryKind):
        raise CommandError(f"{key} is one of {', '.join(get_args(EntryKind))}, not {kind_of(value)}")
    return str(value)


def _seconds(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise CommandError(f"{key} is a number of seconds from 0 on, not {kind_of(value)}")
    return float(value)


def _length(key: str, value: Any) -> float:
    seconds = _seconds(key, value)
    if not 0 < seconds <= LONGEST_BREAK_S:
        raise CommandError(f"{key} is a break's length, above 0 and up to {LONGEST_BREAK_S:.0f} seconds, not {value}")
    return seconds


def _frame(key: str, value: Any) -> int:
    if not is_count(value):
        raise CommandError(f"{key} is a whole number of frames from 0 on, not {kind_of(value)}")
    return int(value)


def _float_of(key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise CommandError(f"{key} is a number of seconds, not {text!r}") from None


def _int_of(key: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise CommandError(f"{key} is a whole number of frames, not {text!r}")
    return int(text)


VALUES: Final[Mapping[str, Callable[[str, Any], Any]]] = MappingProxyType(
    {
        "spots": _texts, "seconds": _length, "at_s": _seconds, "at_frame": _frame, "in_frame": _frame,
        "out_frame": _frame, "entry": _text, "break": _text, "file": _text, "before": _text, "after": _text,
        "kind": _entry_kind, "ids": _ids,
    }
)  # fmt: skip
"""How each argument is read, by its name; raises `CommandError`."""
NUMBERS: Final[Mapping[str, Callable[[str, str], Any]]] = MappingProxyType(
    {"seconds": _float_of, "at_s": _float_of, "at_frame": _int_of, "in_frame": _int_of, "out_frame": _int_of}
)
"""How those that are numbers are read where they are typed."""
EXAMPLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "entry": "entry=k3f9", "break": "break=b2", "file": "file=cola.mp4", "at_s": "at_s=12.5",
        "seconds": "seconds=60", "in_frame": "in_frame=30", "out_frame": "out_frame=900", "after": "after=k3f9",
    }
)  # fmt: skip
"""What is shown of how an argument is written."""
