"""Reads typed values from a hand-written TOML file, and collects every problem with its line.

The caller decides which keys exist; this module decides how to report a wrong one.
"""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from retrovue_tui.errors import ConfigError
from retrovue_tui.text.durations import HOW_TO_WRITE, duration_text, parse_duration
from retrovue_tui.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

T = TypeVar("T")
_FRACTION: Final = re.compile(r"\d+(/\d+)?")

_KIND_NAMES: Final[dict[type, str]] = {
    str: "a text in quotes", int: "a whole number", dict: "a table", bool: "true or false",
}  # fmt: skip


class Form:
    """Reads values from one parsed file, and collects all problems instead of stopping at the first.

    `where` names a table: "" is the top level, "channel.0" the first [[channel]]. `keys`: table → the keys that it may
    contain.
    """

    def __init__(
        self,
        path: Path,
        text: str,
        keys: Mapping[str, Sequence[str]],
        *,
        partial: bool = False,
        lines: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        """`partial`: a part of the file could not be read, so a missing key is not a problem. `lines`: the line of each
        (table, key), if `lines_of_keys` cannot find them."""
        self.partial = partial
        self.problems: list[ConfigError] = []
        self._home = path.parent
        self._path = path
        self._keys = keys
        self._lines = lines_of_keys(text) if lines is None else lines

    def text(self, table: dict[str, Any], where: str, key: str, default: T) -> str | T:
        """Return a text without control characters. An empty text is a problem, except for a token, `group` and
        `ffmpeg`."""
        value: str | T = self._typed(table, where, key, default, str, lambda text: _fault_of_text(key, text))
        return value

    def whole(self, table: dict[str, Any], where: str, key: str, default: T, low: int, high: int) -> int | T:
        """Return a whole number from `low` to `high`, both included."""

        def fault(number: int) -> str | None:
            return None if low <= number <= high else f"{key} {number} is not between {low} and {high}"

        value: int | T = self._typed(table, where, key, default, int, fault)
        return value

    def flag(self, table: dict[str, Any], where: str, key: str, default: bool) -> bool:
        """Return true or false."""
        value: bool = self._typed(table, where, key, default, bool, lambda _: None)
        return value

    def one_of(self, table: dict[str, Any], where: str, key: str, default: str, choices: Sequence[str]) -> str:
        """Return one of the texts in `choices`; a whole number counts as its text."""
        value = table.get(key, default)
        if isinstance(value, int) and str(value) in choices:
            value = str(value)
        if isinstance(value, str) and value in choices:
            return value
        near = nearest(value, choices) if isinstance(value, str) else _nearest_number(key, value, choices)
        self.problem(f"{key} {shown(value)} is not one of {', '.join(choices)}{near}", where, key)
        return default

    def number(self, table: dict[str, Any], where: str, key: str, default: float, low: float, high: float) -> float:
        """Return a number from `low` to `high`, both included."""
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.problem(f"{key} is a number from {low:g} to {high:g}, not {shown(value)}", where, key)
            return default
        return float(value)

    def bitrate(self, table: dict[str, Any], where: str, key: str, default: T, low: int, high: int) -> int | T:
        """Return a bitrate in kbit/s, written as a whole number or as a text like "3M" or "800k"."""
        value = table.get(key)
        if isinstance(value, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKmM])", value.strip())):
            value = round(float(match[1]) * (1_000 if match[2] in "mM" else 1))
        elif value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            self.problem(f'{key} is a number of kbit/s like 3000, or a text like "3M"', where, key)
            return default
        if value is not None and not low <= value <= high:
            self.problem(f"{key} {value} is not between {low} and {high} kbit/s", where, key)
        return default if value is None else value

    def duration(
        self, table: dict[str, Any], where: str, key: str, default: T, low: timedelta, high: timedelta
    ) -> timedelta | T:
        """Return a length of time from `low` to `high`, both included, written like "90s" or "1h30m"."""
        if key not in table:
            return default
        value = table[key]
        length = parse_duration(value) if isinstance(value, str) else None
        if length is None:
            self.problem(f"{key} {shown(value)} is not a length of time; {HOW_TO_WRITE}", where, key)
            return default
        if not low <= length <= high:
            ends = f"{duration_text(low)} and {duration_text(high)}"
            self.problem(f"{key} {shown(value)} is not between {ends}", where, key)
            return default
        return length

    def texts(
        self, table: dict[str, Any], where: str, key: str, example: str, *, unique: bool = True
    ) -> tuple[str, ...]:
        """Return a text, or a list of texts; without repetition if `unique`. `example` is how a list is written, for
        messages."""
        value = table.get(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            self.problem(f"{key} is a list of texts, such as {key} = {example}", where, key)
            return ()
        for each in values:
            if (fault := _fault_of_text(key, each)) is not None:
                self.problem(fault, where, key)
                return ()
        return tuple(dict.fromkeys(values)) if unique else tuple(values)

    def paths(self, table: dict[str, Any], where: str, key: str) -> tuple[Path, ...]:
        """Return a folder, or a list of folders; relative paths start at the folder of the file."""
        value = table.get(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(each, str) and each for each in values):
            self.problem(f"{key} is a folder in quotes, or a list of folders", where, key)
            return ()
        if any("\n" in each or "\0" in each for each in values):
            self.problem(f"{key} names a folder with a line break; rename the folder", where, key)
            return ()
        return tuple(self.resolve(each) for each in values)

    def table(self, data: dict[str, Any], key: str) -> dict[str, Any]:
        """Return a table of the top level; empty if the file does not have it."""
        value: dict[str, Any] = self._typed(data, "", key, {}, dict, lambda _: None)
        return value

    def resolve(self, text: str) -> Path:
        """Return a written path as an absolute path."""
        return Path(os.path.normpath(self._home / Path(text).expanduser()))

    def unknown(self, table: dict[str, Any], where: str) -> None:
        """Record a problem for every key that this table may not contain, with the most similar allowed key."""
        known = self._keys[_kind(where)]
        for key in table:
            if key not in known:
                self.problem(f"unknown key {key!r}{self.place_of(where)}{self._advice(key, known)}", where, key)

    def problem(self, message: str, where: str = "", key: str = "") -> None:
        """Record a problem at a key, at the header of a table, or for the file as a whole."""
        line = self._lines.get((where, key)) or self._lines.get((where, "")) if where or key else None
        self.problems.append(ConfigError(message, self._path, line))

    def place_of(self, where: str) -> str:
        """Return ` in [table]` for a message; empty for the top level."""
        if not where:
            return ""
        kind = _kind(where)
        return f" in [[{kind}]]" if kind != where and where[-1].isdecimal() else f" in [{kind}]"

    def header_of(self, table: str) -> str:
        """Return the header of a table as a person writes it."""
        return f"[[{table}]]" if table in ("channel", "channel.block", "channel.output") else f"[{table}]"

    def _typed(
        self, table: dict[str, Any], where: str, key: str, default: Any, kind: type, fault: Callable[[Any], str | None]
    ) -> Any:
        if key not in table:
            return default
        value = table[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            hint = f'; write {key} = "{value}"' if kind is str and type(value) is int else ""
            self.problem(f"{key} is {_KIND_NAMES[kind]}, not {shown(value)}{hint}", where, key)
            return default
        if (problem := fault(value)) is not None:
            self.problem(problem, where, key)
            return default
        return value

    def _advice(self, key: str, known: Sequence[str]) -> str:
        homes = [table for table, keys in self._keys.items() if key in keys]
        if homes:
            home = f"below {self.header_of(homes[0])}" if homes[0] else "at the top of the file, above all tables"
            return f"; it belongs {home}"
        if near := nearest(key, known):
            return near
        return f"; the known keys are {', '.join(known)}"


def _fault_of_text(key: str, text: str) -> str | None:
    if not text.strip() and key not in ("token", "viewer_token", "group", "ffmpeg"):
        return f"{key} is empty"
    if any(ord(letter) < 32 for letter in text):
        return f"{key} contains a line break or another control character"
    return None


def _kind(where: str) -> str:
    """Return the kind of a table: "channel.0.block.2" is a "channel.block"."""
    return ".".join(part for part in where.split(".") if not part.isdecimal())


def nearest(word: str, known: Sequence[str]) -> str:
    """Return `; did you mean …?`; empty if no known word is similar."""
    hint = did_you_mean(word, known)
    return f"; {hint}" if hint else ""


def _nearest_number(key: str, value: object, choices: Sequence[str]) -> str:
    """Return `; write …` with the choice (such as 30000/1001) that differs from the number by at most a hundredth;
    empty if there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not all(map(_FRACTION.fullmatch, choices)):
        return ""
    near = [each for each in choices if abs(float(Fraction(each)) - value) < 0.01]
    return f'; write {key} = "{near[0]}"' if near else ""


def shown(value: object) -> str:
    """Return a value roughly as a person writes it in TOML."""
    return ("true" if value else "false") if isinstance(value, bool) else repr(value)


def lines_of_keys(text: str) -> dict[tuple[str, str], int]:
    """Return (table, key) → line number (1-based); ("table", "") is the header of the table. Channels are "channel.0",
    "channel.1" and so on; their plans "channel.0.plan", their blocks "channel.0.block.0" and so on, and their outputs
    "channel.0.output.0" and so on.

    Only the beginnings of lines are read. That is enough for usual files, and for a hint in a message.
    """
    lines: dict[tuple[str, str], int] = {}
    where, channels = "", -1
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\[?\s*([\w\s.\"'-]+?)\s*\]\]?", line):
            where = header[1].strip("\"' ")
            if where == "channel" and line.lstrip().startswith("[["):
                channels, counts = channels + 1, {}
                where = f"channel.{channels}"
            elif where == "channel.plan":
                where = f"channel.{channels}.plan"
            elif where in ("channel.block", "channel.output"):
                kind = where.partition(".")[2]
                counts[kind] = counts.get(kind, -1) + 1
                where = f"channel.{channels}.{kind}.{counts[kind]}"
            lines.setdefault((where, ""), number)
            if "." not in where:
                lines.setdefault(("", where), number)
            elif where.startswith("channel."):
                lines.setdefault(("", "channel"), number)
            else:
                parent, _, leaf = where.rpartition(".")
                lines.setdefault((parent, leaf), number)
        elif pair := re.match(r"\s*([\w-]+|\"[^\"]+\"|'[^']+')\s*=", line):
            lines.setdefault((where, pair[1].strip("\"'")), number)
        elif dotted := re.match(r"\s*([\w-]+)\s*\.\s*([\w-]+)\s*=", line):
            lines.setdefault((dotted[1], dotted[2]), number)
    return lines
