"""Writes an export to a local file that the operator names. An existing file is replaced only after a confirmation."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from collections.abc import Iterable

UNNAMED: Final = "type a file name"


class ExportError(RetrovueError):
    """The export file cannot be written."""

    title = "Export"


@dataclass(frozen=True)
class Export:
    """An export to write. `format`: the format's suffix, such as `csv`. `whole`: export everything that the station
    has, not only what is on screen. `replace`: overwrite an existing file."""

    path: Path
    format: str
    whole: bool = False
    replace: bool = False


def resolved(text: str) -> Path:
    """Return the absolute path for a path that the operator typed; it may be relative to the working folder. Raises
    `ExportError`."""
    if not text.strip():
        raise ExportError(UNNAMED)
    if "\0" in text or "\n" in text:
        raise ExportError("a file name cannot contain a NUL character or a line break")
    try:
        return Path(text.strip()).expanduser().absolute()
    except RuntimeError as error:
        raise ExportError(f"there is no such home folder: {error}") from error


def is_taken(path: Path) -> bool:
    """Return whether the file exists. Blocking; raises `ExportError` if no file can be written at this path."""
    try:
        if path.is_dir():
            raise ExportError(f"{path} is a folder: name a file in it")
        if not path.parent.is_dir():
            raise ExportError(f"there is no folder {path.parent}")
        return path.exists()
    except OSError as error:
        raise ExportError(f"{path}: {error.strerror or error}") from error


def write(export: Export, text: Iterable[str]) -> None:
    """Write the whole file from parts of its text. After an error, an existing file is unchanged, and no new file is
    left. Blocking; raises `ExportError`."""
    fresh = export.path.with_name(f".{export.path.name}.{os.getpid()}")
    try:
        try:
            with fresh.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                file.writelines(text)
            _put(fresh, export)
        finally:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
    except FileExistsError as error:
        raise ExportError(f"{export.path} exists already, and was not changed") from error
    except OSError as error:
        raise ExportError(f"{export.path} cannot be written: {error.strerror or error}") from error


def _put(fresh: Path, export: Export) -> None:
    """Move the complete file to the export's path. If that fails, leave no file there that was not there before."""
    if export.replace:
        fresh.replace(export.path)
        return
    # Opening with "x" fails if another program has created the file meanwhile; a rename alone would overwrite it.
    export.path.open("x").close()
    try:
        fresh.replace(export.path)
    except OSError:
        with contextlib.suppress(OSError):
            export.path.unlink()
        raise
