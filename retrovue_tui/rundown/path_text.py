"""How a script names a file, and which file a name stands for."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path


def local_path(written: str) -> str:
    """Return the path of a script's `file`, which may be a `file:` URL."""
    return written.removeprefix("file:") if written.startswith("file:/") else written


@lru_cache(maxsize=32_768)
def resolved(local: str, folder: str) -> Path:
    """Return the absolute path of a path that starts at a folder; `..` is resolved by name."""
    return Path(os.path.normpath(local if local[0] == "/" else f"{folder}/{local}"))


def folder_of(path: Path) -> str:
    """Return the absolute folder of a script. Its relative paths start there."""
    return str(Path(os.path.normpath(path.absolute())).parent)


@lru_cache(maxsize=4_096)
def plain_text(path_text: str) -> str:
    """Return a path as written, without the parts that have no effect: `./`, `//`, `file:`."""
    return os.path.normpath(local_path(path_text))
