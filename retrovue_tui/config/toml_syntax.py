"""Finds all syntax errors in a TOML file; each gets its line and a correction."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrovue_tui.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_MOST: Final = 20
"""The most errors that are listed. A file with more errors is probably not TOML."""
_SKIPPED: Final = "skipped-table-"
_WHERE: Final = re.compile(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", re.DOTALL)
_PAIR: Final = re.compile(r"\s*([\w-]+)\s*=\s*(.*?)\s*$")
_COLON: Final = re.compile(r"\s*([\w-]+)\s*:\s*(.+?)\s*$")
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([\w-]+)")
_FILE_HEADER: Final = re.compile(r"\s*(\[)\[?\s*[\"']?([^\"'\[\]=#]*[^\"'\[\]=#\s])")
_QUOTED_HEADER: Final = re.compile(r"\s*\[(\"[^\"]+\"|'[^']+')\]\s*(#|$)")
_NUMBER: Final = re.compile(r"[+-]?[\d._]+")


class TomlText(NamedTuple):
    """The data of a file, its syntax errors, and its text. Statements with errors are blank in the text, so the line
    numbers stay the same."""

    data: dict[str, Any]
    problems: list[ConfigError]
    text: str


def read_toml(text: str, path: Path, *, file_tables: bool = False) -> TomlText:
    """Read the text of a file. Leave out each statement with an error, and read the others. With `file_tables`, the
    tables have the names of files, such as ["cola 30.mp4"]."""
    lines = text.split("\n")
    problems: list[ConfigError] = []
    while len(problems) < _MOST:
        try:
            data = tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as error:
            match = _WHERE.fullmatch(str(error))
            reason, number = (str(error), None) if match is None else (match[1], match[2])
            last = min(int(number or len(lines)), len(lines))
            first = _begin(lines, last)
            header = _header_in(lines[first - 1], file_tables)
            problems.append(ConfigError(_advice(lines[first - 1], reason, header), path, first))
            if header is not None:
                _replace_header(lines, first, header, len(problems))
            else:
                _leave_out(lines, first, last)
        else:
            kept = {key: value for key, value in data.items() if not key.startswith(_SKIPPED)}
            return TomlText(kept, problems, "\n".join(lines))
    return TomlText({}, problems, "")


def _begin(lines: list[str], last: int) -> int:
    """Return the index of the line (1-based) in which the statement begins that has an error in line `last`."""
    for first in range(last, 1, -1):
        if _is_right(lines[: first - 1]):
            return first
    return 1


def _header_in(line: str, file_tables: bool) -> str | None:
    """Return the table header that a line probably means; None if it means none."""
    found = (_FILE_HEADER if file_tables else _HEADER).match(line)
    if found is None or _PAIR.match(line):
        return None
    if file_tables:
        return f'["{found[2]}"]'
    return f"[[{found[2]}]]" if found[1] == "[[" else f"[{found[2]}]"


def _replace_header(lines: list[str], first: int, header: str, number: int) -> None:
    """Replace a broken table header by the header that was probably meant, so that the keys below it do not become keys
    of the table before."""
    meant = "[[channel]]" if header == "[channel]" else header
    right = meant != lines[first - 1].strip() and _is_right([*lines[: first - 1], meant])
    lines[first - 1] = meant if right else f"[{_SKIPPED}{number}]"


def _leave_out(lines: list[str], first: int, last: int) -> None:
    """Blank the lines of a statement."""
    end = first
    while last > first and end < len(lines) and not _begins_statement(lines[end]):
        end += 1  # the rest of a list or a text that spans several lines
    lines[first - 1 : end] = [""] * (end - first + 1)


def _is_right(lines: list[str]) -> bool:
    try:
        tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _begins_statement(line: str) -> bool:
    return bool(_PAIR.match(line) or _HEADER.match(line) or _QUOTED_HEADER.match(line))


def _advice(line: str, reason: str, header: str | None) -> str:
    """Return what is wrong in a statement, and how to write it. `header`: the table header that it means, if any."""
    if pair := _PAIR.match(line):
        return _advice_on_value(pair[1], pair[2], reason)
    if header is not None:
        if "twice" in reason or "overwrite" in reason:
            return f"{header} appears a second time; put all of its keys below the first"
        return f"this is not a table header; write: {header}"
    if colon := _COLON.match(line):
        return f"a key and its value are joined by =; write: {colon[1]} = {_as_value(colon[2])}"
    shown = line.strip()[:60]
    return f'{shown!r} is neither key = value nor a [table]; write it like: name = "…", or begin a comment with #'


def _advice_on_value(key: str, value: str, reason: str) -> str:
    inner = value[1:-1] if value[-1:] == value[:1] else value[1:]
    if "overwrite" in reason:
        return f"{key} appears twice in this table; keep one of them"
    if not value or value.startswith("#"):
        return f'{key} has no value; write it like: {key} = "…", or remove the line'
    if value[0] == '"':
        if "\\" in value:
            return f"a \\ begins an escape in double quotes; write: {key} = '{inner}'"
        if value.count('"') > 2:
            return f"there are quotes inside the quotes; write: {key} = '{inner}'"
        return f'the quote is not closed; write: {key} = "{inner}"'
    if value[0] == "'":
        if value.count("'") > 2:
            return f'there are quotes inside the quotes; write: {key} = "{inner}"'
        return f"the quote is not closed; write: {key} = '{inner}'"
    if value[0] == "[":
        return f'this list is not valid; write it like: {key} = ["one", "two"]'
    if value.lower() in ("true", "false"):
        return f"write: {key} = {value.lower()}"
    if value.lower() in ("yes", "no", "on", "off"):
        return f"write: {key} = {'true' if value.lower() in ('yes', 'on') else 'false'}"
    if key != "rate" and (number := _NUMBER.match(value)) and re.fullmatch(r"\s*[A-Za-z%]*", value[number.end() :]):
        return f'{value!r} is not a number; write: {key} = {number[0]}, or put it in quotes with its unit: "{value}"'
    return f"text needs quotes; write: {key} = {_as_value(value)}"


def _as_value(text: str) -> str:
    if text[:1] in "\"'[" or re.fullmatch(r"[+-]?\d+(\.\d+)?|true|false", text):
        return text
    return f"'{text}'" if '"' in text else f'"{text}"'
