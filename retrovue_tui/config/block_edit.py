"""Changes the blocks of a channel in the text of `retrovue.toml`. All other lines, with their comments, stay as they
are."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLAN: Final = -1
"""The number of [channel.plan] among the blocks of a channel."""
_BLOCK: Final = ("channel", "block")
_PLAN: Final = ("channel", "plan")
_BY_HAND: Final = "this part of the file is written in a form that cannot be changed from here; use a text editor"


class ConfigEditError(RetrovueError):
    """A block cannot be changed in the text."""

    title = "Configuration"


@dataclass(frozen=True)
class _Table:
    """The lines of one table, from its header to before the next header. `path` is the table's name in parts."""

    path: tuple[str, ...]
    first: int
    end: int


def with_block_changed(text: str, channel: int, block: int, changes: Mapping[str, Any]) -> str:
    """Return the text with other values for some keys of a block; None as the value removes the key. `channel` counts
    the [[channel]] tables from 0, `block` the blocks of that channel; `PLAN` is its [channel.plan]. Raises
    `ConfigEditError`."""
    lines = _lines(text)
    table = _table_of(lines, channel, block)
    last = _last_value(lines, table)
    body = "".join(lines[table.first + 1 : last])
    changed = [lines[table.first], _with_values(body, changes)]
    new = _joined([*lines[: table.first], *changed, *lines[last:]])
    expected = tomllib.loads(text.replace("\r\n", "\n"))
    _apply(_values_of(expected, channel, block), changes)
    return _checked(new, expected)


def with_block_added(text: str, channel: int, values: Mapping[str, Any]) -> str:
    """Return the text with one more block after those of a channel. Raises `ConfigEditError`."""
    lines = _lines(text)
    own = _tables_of_channel(lines, channel)
    last = _last_value(lines, own[-1])
    new = _with_values("", values)
    header = ["\n", "[[channel.block]]\n", new]
    lines[last - 1] = lines[last - 1] if lines[last - 1].endswith("\n") else lines[last - 1] + "\n"
    if "\r\n" in text:
        header = [each.replace("\r\n", "\n").replace("\n", "\r\n") for each in header]
    expected = tomllib.loads(text.replace("\r\n", "\n"))
    added = {key: value for key, value in values.items() if value is not None}
    _channel_in(expected, channel).setdefault("block", []).append(added)
    return _checked(_joined([*lines[:last], *header, *lines[last:]]), expected)


def with_block_removed(text: str, channel: int, block: int) -> str:
    """Return the text without a block, and without the comment lines directly above its header. Raises
    `ConfigEditError`."""
    lines = _lines(text)
    table = _table_of(lines, channel, block)
    parts = [each for each in _tables_of_channel(lines, channel) if table.first <= each.first]
    whole = [table]
    for each in parts[1:]:
        if each.path[: len(_BLOCK)] != _BLOCK or each.path == _BLOCK:
            break
        whole.append(each)
    first, end = table.first, _last_value(lines, whole[-1])
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    while first > 0 and not lines[first - 1].strip():
        first -= 1
    expected = tomllib.loads(text.replace("\r\n", "\n"))
    blocks = _channel_in(expected, channel)["block"]
    del blocks[block]
    if not blocks:
        del _channel_in(expected, channel)["block"]
    return _checked(_joined([*lines[:first], *lines[end:]]), expected)


def values_of_blocks(data: Mapping[str, Any], channel: int) -> list[dict[str, Any]]:
    """Return the values of a channel's blocks as the parsed file has them; the first are those of [channel.plan]."""
    tables = data.get("channel", [])
    table = tables[channel] if isinstance(tables, list) and channel < len(tables) else {}
    plan, blocks = table.get("plan"), table.get("block")
    return [
        dict(each)
        for each in (plan if isinstance(plan, dict) else {}, *(blocks if isinstance(blocks, list) else ()))
        if isinstance(each, dict)
    ]


# ── lines and tables ─────────────────────────────────────────────────────────────────────────────


def _lines(text: str) -> list[str]:
    """Return the lines of a text with their ends. Only `\\n` ends a line of TOML."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _tables(lines: Sequence[str]) -> list[_Table]:
    """Return all tables of the file in order. Raises `ConfigEditError` if the file is not TOML."""
    if _parsed(_joined(lines)) is None:
        raise ConfigEditError("the file is not valid TOML; correct it first")
    headers: list[tuple[tuple[str, ...], int]] = []
    at = 0
    while at < len(lines):
        end = at + 1
        while (data := _parsed(_joined(lines[at:end]))) is None and end < len(lines):
            end += 1
        assert data is not None, "the whole file was parsed above"
        if lines[at].lstrip().startswith("["):
            headers.append((_path_of(data), at))
        at = end
    ends = [*(first for _, first in headers[1:]), len(lines)]
    return [_Table(path, first, end) for (path, first), end in zip(headers, ends, strict=False)]


def _parsed(statement: str) -> dict[str, Any] | None:
    """Return the values of a statement; None if it is not complete."""
    try:
        return tomllib.loads(statement.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError:
        return None


def _path_of(data: dict[str, Any]) -> tuple[str, ...]:
    """Return the name of the table whose header alone was parsed."""
    path: list[str] = []
    value: Any = data
    while value:
        value = value[0] if isinstance(value, list) else value
        for key in value:
            path.append(key)
            value = value[key]
            break
        else:
            break
    return tuple(path)


def _tables_of_channel(lines: Sequence[str], channel: int) -> list[_Table]:
    """Return the table of a channel, and those below it."""
    tables, number = _tables(lines), -1
    own: list[_Table] = []
    for each in tables:
        number += each.path == ("channel",)
        if number == channel and each.path[:1] == ("channel",):
            own.append(each)
    if not own:
        raise ConfigEditError(_BY_HAND)
    return own


def _table_of(lines: Sequence[str], channel: int, block: int) -> _Table:
    own = _tables_of_channel(lines, channel)
    wanted = [each for each in own if each.path == (_PLAN if block == PLAN else _BLOCK)]
    number = 0 if block == PLAN else block
    if not 0 <= number < len(wanted):
        raise ConfigEditError(_BY_HAND)
    return wanted[number]


def _last_value(lines: Sequence[str], table: _Table) -> int:
    """Return the index after the last line of a table that is neither blank nor a comment."""
    end = table.end
    while end > table.first + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _joined(lines: Sequence[str]) -> str:
    return "".join(lines)


# ── values ───────────────────────────────────────────────────────────────────────────────────────


def _with_values(body: str, changes: Mapping[str, Any]) -> str:
    """Return the lines of a table with other values. A line whose value stays is not touched."""
    windows = "\r\n" in body
    try:
        table = tomlkit.parse(body.replace("\r\n", "\n"))
        for key, value in changes.items():
            if value is None:
                table.pop(key, None)
            elif key not in table or table[key] != value or type(table[key].unwrap()) is not type(value):
                table[key] = _inline(value)
        made = tomlkit.dumps(table)
        made.encode()
    except (TOMLKitError, ValueError, TypeError) as error:
        raise ConfigEditError(f"{_BY_HAND}: {error}") from error
    made += "" if not made or made.endswith("\n") else "\n"
    return made.replace("\n", "\r\n") if windows else made


def _inline(value: Any) -> Any:
    """Return a value as TOML writes it on one line."""
    if not isinstance(value, dict):
        return value
    table = tomlkit.inline_table()
    table.update(value)
    return table


def _apply(values: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value


def _channel_in(data: dict[str, Any], channel: int) -> dict[str, Any]:
    table: dict[str, Any] = data["channel"][channel]
    return table


def _values_of(data: dict[str, Any], channel: int, block: int) -> dict[str, Any]:
    table = _channel_in(data, channel)
    found: dict[str, Any] = table["plan"] if block == PLAN else table["block"][block]
    return found


def _checked(text: str, expected: dict[str, Any]) -> str:
    """Return the new text if it means what it should; otherwise nothing may be written."""
    if _parsed(text) != expected:
        raise ConfigEditError(_BY_HAND)
    return text
