"""Replaces a file of a rundown: its script, its history, or an air list. Errors name the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.errors import RundownError
from retrovue_tui.files.atomic_write import write_atomically

if TYPE_CHECKING:
    from pathlib import Path


def write_file(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace a file's contents, as `write_atomically` does. Raises `RundownError` if that fails; the old file is then
    untouched. Blocking."""
    try:
        write_atomically(path, data, durable=durable)
    except OSError as error:
        raise RundownError(f"cannot be written: {error.strerror or error}; the file is as before", path) from error
