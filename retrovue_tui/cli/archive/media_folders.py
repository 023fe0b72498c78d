"""Finds the media folders of a config that do not exist on this machine. Blocking."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

from retrovue_tui.config.config_file import read_draft
from retrovue_tui.config.form import Form, lines_of_keys
from retrovue_tui.config.station_config import FILE_NAME
from retrovue_tui.files.silent_mounts import SilentMounts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class MissingFolder(NamedTuple):
    """A folder that does not exist, or does not answer. `line`: the line of the config that names it (1-based)."""

    folder: Path
    line: int | None


def missing_folders(home: Path, text: str) -> list[MissingFolder]:
    """Return the folders of programmes and pools in the text of a home's config that are not on this machine."""
    named = list(_named(home, text))
    there = set(SilentMounts().present(str(each.folder) for each in named))
    return [each for each in named if str(each.folder) not in there]


def _named(home: Path, text: str) -> Iterator[MissingFolder]:
    config, _ = read_draft(home, text=text)
    lines, keys = text.splitlines(), lines_of_keys(text)
    form = Form(home / FILE_NAME, text, {})
    tables = (("library", {"programmes": config.library.programmes}), ("pools", config.pools))
    for table, folders in tables:
        for key, paths in folders.items():
            first = keys.get((table, key))
            written = {form.resolve(each): each for each in _written(text, table, key)}
            for path in paths:
                yield MissingFolder(path, _line_of(written.get(path), lines, first))


def _written(text: str, table: str, key: str) -> list[str]:
    """Return the folders of a key as the file names them."""
    try:
        value: Any = tomllib.loads(text).get(table, {}).get(key, [])
    except (tomllib.TOMLDecodeError, AttributeError):
        return []
    return [each for each in ([value] if isinstance(value, str) else value) if isinstance(each, str)]


def _line_of(written: str | None, lines: list[str], first: int | None) -> int | None:
    """Return the line with this text at or after the line of its key; otherwise that line."""
    if first is None or written is None:
        return first
    return next((number for number, line in enumerate(lines, 1) if number >= first and written in line), first)
