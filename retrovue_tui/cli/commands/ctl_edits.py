"""Reads the edits for `ctl apply` from a file or from standard input, in the JSON of the station's API."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.protocol.commands import Command, CommandError, edit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIPED: Final = "-"
EXPECTED: Final = 'expected a list of edits, like [{"command": "remove", "entry": "k3f9"}]'
_BETWEEN: Final = re.compile(r"[\s,]*")


def read_edits(named: str, file_of: Callable[[str], str]) -> list[Command]:
    """Return the edits in the file `named` (`-`: standard input). `file_of` converts the name of each media file in the
    edits. Raises a `CommandError` with the file, the line, and the expected form."""
    name = "standard input" if named == PIPED else named
    edits: list[Command] = []
    for line, value in _values(name, _text(named, name)):
        try:
            edits.append(edit_of(_with_files(value, file_of)))
        except CommandError as error:
            raise CommandError(f"{name}, line {line}: {error.message}") from error
    if not edits:
        raise CommandError(f"{name} has no edits: {EXPECTED}")
    return edits


def _text(named: str, name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if named == PIPED else Path(named).expanduser().read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}; {EXPECTED}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CommandError(f"{name}, line {line}: this is not UTF-8 text; {EXPECTED}") from error


def _values(name: str, text: str) -> Iterator[tuple[int, Any]]:
    """Yield (line number, value) for each value of the list."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        reason = error.msg[0].lower() + error.msg[1:]
        raise CommandError(f"{name}, line {error.lineno}, column {error.colno}: {reason}; {EXPECTED}") from error
    except RecursionError as error:
        raise CommandError(f"{name} is nested too deeply; {EXPECTED}") from error
    if not isinstance(whole, list):
        raise CommandError(f"{name}, line 1: {EXPECTED}")
    at = text.index("[") + 1
    for _ in whole:
        between = _BETWEEN.match(text, at)
        begins = at if between is None else between.end()
        value, at = json.JSONDecoder().raw_decode(text, begins)
        yield text.count("\n", 0, begins) + 1, value


def _with_files(value: Any, file_of: Callable[[str], str]) -> Any:
    if not isinstance(value, dict):
        return value
    named = dict(value)
    if isinstance(file := value.get("file"), str):
        named["file"] = file_of(file)
    if isinstance(spots := value.get("spots"), list):
        named["spots"] = [file_of(spot) if isinstance(spot, str) else spot for spot in spots]
    return named
