"""Converts between the names of files in a script and their paths."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path


def local_path(written: str) -> str:
    """Return the path that a script's `file` line names. The line may contain a `file:` URL."""
    return written.removeprefix("file:") if written.startswith("file:/") else written


@lru_cache(maxsize=32_768)
def resolved(local: str, folder: str) -> Path:
    """Return the absolute path for a path that is relative to a folder. `..` is resolved textually, without following
    links."""
    return Path(os.path.normpath(local if local[0] == "/" else f"{folder}/{local}"))


def folder_of(path: Path) -> str:
    """Return the absolute path of a script's folder, at which its relative paths start."""
    return str(Path(os.path.normpath(path.absolute())).parent)


@lru_cache(maxsize=4_096)
def plain_text(path_text: str) -> str:
    """Return a path as written, but without the parts that have no effect: `./`, `//`, `file:`."""
    return os.path.normpath(local_path(path_text))
