"""The commands on a channel, as they are written by whoever gives them: names, arguments, and what is wrong with them.

The control room, `ctl` and every script say the same things in the same form, so that they are checked in one place.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

LONGEST_BREAK_S: Final = 6 * 3_600.0


class CommandError(RetrovueError):
    """A command is not written as it should be: an unknown name, a missing argument, a value of another type."""

    title = "Command"


@dataclass(frozen=True)
class Form:
    """What a command takes. `needs`: must be there; `takes`: may be; `needs_place`: one of `at_s` and `at_frame`."""

    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    needs_place: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every argument that the command knows."""
        return (*self.needs, *(("at_s", "at_frame") if self.needs_place else ()), *self.takes)


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "break_now": Form(takes=("spots", "seconds")),
        "return": Form(),
        "skip": Form(),
        "hold": Form(),
        "release": Form(),
        "insert_break": Form(needs=("entry",), takes=("spots", "seconds"), needs_place=True),
        "move_break": Form(needs=("break",), takes=("entry",), needs_place=True),
        "remove_break": Form(needs=("break",)),
        "replace_spot": Form(needs=("entry", "file")),
        "undo": Form(),
        "redo": Form(),
        "stop": Form(),
        "start": Form(),
    }
)
"""Every command on a channel, by its name."""

_ONE_OF: Final = (("spots", "seconds"), ("at_s", "at_frame"))


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Command:
    """One command on a channel. In `arguments`, `spots` is a tuple of file names, `seconds` and `at_s` are floats (s),
    `at_frame` is an int (house frames), all else text. `dry_run`: only say what it would do. `revision`: the
    rundown's revision that it was made against; another one by now refuses it."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=_nothing)
    dry_run: bool = False
    revision: int | None = None

    @classmethod
    def parse(cls, data: Any) -> Self:
        """The command in a JSON object `{"command": NAME, …}`; an argument that is null counts as left out.
        Raises `CommandError` when it is not a command as it should be."""
        if not isinstance(data, dict):
            raise CommandError(f'a command is an object like {{"command": "skip"}}, not {_kind(data)}')
        given = {key: value for key, value in data.items() if value is not None}
        name = given.pop("command", None)
        if name is None:
            raise CommandError('the command\'s name is missing: write "command": NAME')
        form = form_of(name)
        dry_run = given.pop("dry_run", False)
        if not isinstance(dry_run, bool):
            raise CommandError(f"dry_run is true or false, not {_kind(dry_run)}")
        revision = given.pop("revision", None)
        if revision is not None and not _is_count(revision):
            raise CommandError(f"revision is the number of a rundown's revision, not {_kind(revision)}")
        _check_names(name, form, given)
        arguments = {key: _VALUES[key](key, value) for key, value in given.items()}
        return cls(name, MappingProxyType(arguments), dry_run, revision)

    @classmethod
    def from_words(
        cls,
        name: str,
        words: Iterable[str],
        *,
        spots: Sequence[str] | None = None,
        dry_run: bool = False,
        revision: int | None = None,
    ) -> Self:
        """The command as it is typed: `name`, then `key=value` words. Raises `CommandError`."""
        data: dict[str, Any] = {}
        form_of(name)
        for word in words:
            key, sign, value = word.partition("=")
            if not sign:
                raise CommandError(f"{word!r} is not an argument: write key=value, like {_example(name)}")
            if key == "spots":
                raise CommandError("spots are named with --spots FILE …")
            if key in data:
                raise CommandError(f"{key} is given twice")
            data[key] = _NUMBERS[key](key, value) if key in _NUMBERS else value
        if spots:
            data["spots"] = list(spots)
        return cls.parse(data | {"command": name, "dry_run": dry_run, "revision": revision})

    def to_json(self) -> dict[str, Any]:
        """What `parse` reads."""
        data: dict[str, Any] = {"command": self.name}
        data.update((key, list(value) if isinstance(value, tuple) else value) for key, value in self.arguments.items())
        if self.dry_run:
            data["dry_run"] = True
        if self.revision is not None:
            data["revision"] = self.revision
        return data


def form_of(name: Any) -> Form:
    """What the command of this name takes. Raises a `CommandError` that says the nearest name there is."""
    form = FORMS.get(name) if isinstance(name, str) else None
    if form is None:
        raise CommandError(f"there is no command {name!r}: {_nearest(str(name).replace('-', '_'), FORMS)}")
    return form


def _check_names(name: str, form: Form, given: Mapping[str, Any]) -> None:
    for key in given:
        if key not in form.names:
            if not form.names:
                raise CommandError(f"{name} takes no arguments, but has {key!r}")
            raise CommandError(f"{name} takes no {key!r}: {_nearest(str(key), form.names)}")
    for key in form.needs:
        if key not in given:
            raise CommandError(f"{name} needs {key}: write it as in {_example(name)}")
    for one, other in _ONE_OF:
        if one in given and other in given:
            raise CommandError(f"{name} takes {one} or {other}, not both")
    if form.needs_place and not ("at_s" in given or "at_frame" in given):
        raise CommandError(f"{name} needs at_s (seconds of its file) or at_frame (house frames of it)")


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name.lower(), names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"


def _example(name: str) -> str:
    values = {
        "entry": "entry=k3f9", "break": "break=b2", "file": "file=cola.mp4", "at_s": "at_s=12.5",
        "seconds": "seconds=60",
    }  # fmt: skip
    words = [values[key] for key in FORMS[name].names if key in values]
    return " ".join([name, *words])


# ── values ───────────────────────────────────────────────────────────────────────────────────────


def _kind(value: Any) -> str:
    names = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return f"{names.get(type(value), type(value).__name__)} ({str(value)[:40]})"


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CommandError(f"{key} is text, not {_kind(value)}")
    if any(char in value for char in "\n\r\0"):
        raise CommandError(f"{key} holds a line break, which no rundown can")
    return value


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise CommandError(f'{key} is a list of files, like ["cola.mp4"], not {_kind(value)}')
    if not value:
        raise CommandError(f"{key} is empty: name one file at least, or leave it out")
    return tuple(_text(f"each of {key}", each) for each in value)


def _seconds(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise CommandError(f"{key} is a number of seconds from 0 on, not {_kind(value)}")
    return float(value)


def _length(key: str, value: Any) -> float:
    seconds = _seconds(key, value)
    if not 0 < seconds <= LONGEST_BREAK_S:
        raise CommandError(f"{key} is a break's length, above 0 and up to {LONGEST_BREAK_S:.0f} seconds, not {value}")
    return seconds


def _frame(key: str, value: Any) -> int:
    if not _is_count(value):
        raise CommandError(f"{key} is a whole number of frames from 0 on, not {_kind(value)}")
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


_VALUES: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "spots": _texts, "seconds": _length, "at_s": _seconds, "at_frame": _frame,
    "entry": _text, "break": _text, "file": _text,
}  # fmt: skip
_NUMBERS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    "seconds": _float_of, "at_s": _float_of, "at_frame": _int_of,
}  # fmt: skip
