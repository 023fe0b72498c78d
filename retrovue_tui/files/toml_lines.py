"""Reads TOML files, and finds the line of a key, for error messages."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from retrovue_tui.files.disk_errors import reason_of

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.errors import FileError


def read_text(path: Path, fault: type[FileError]) -> str:
    """Return the text of a file. If it is not UTF-8, raises `fault` with the line of the first wrong byte. Blocking."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise fault(f"cannot be read: {reason_of(error)}", path) from error
    return decoded(data, path, fault)


def decoded(data: bytes, path: Path, fault: type[FileError]) -> str:
    """Return the text in the bytes of a file, with `\\n` at the end of each line. If they are not UTF-8, raises `fault`
    with the line of the first wrong byte."""
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise fault(
            "is not UTF-8 text; save it as UTF-8", path, error.object.count(b"\n", 0, error.start) + 1
        ) from error


def parse(text: str, path: Path, fault: type[FileError], hint: str = "") -> dict[str, Any]:
    """Return the table in the text of a TOML file. For a syntax error, raises `fault` with the line and the reason;
    `hint` follows the reason."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise fault(f"is not TOML: {error}{hint}", path, _line_of_fault(str(error), text)) from error


def _line_of_fault(reason: str, text: str) -> int | None:
    found = re.search(r"at line (\d+)", reason)
    if found is not None:
        return int(found[1])
    return text.count("\n") + 1 if "end of document" in reason else None


def line_of(text: str, key: str) -> int | None:
    """Return the line (1-based) of a key, quoted or bare, or of a table with that name; None if there is none."""
    name = re.escape(key)
    found = re.search(rf"""^[ \t]*(?:["']?{name}["']?[ \t]*=|\[["']?{name}["']?\])""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else None
