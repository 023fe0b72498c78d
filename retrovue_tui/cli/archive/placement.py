"""Puts unpacked files in their places: all of them, or none. Blocking."""

from __future__ import annotations

import contextlib
import errno
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.files.atomic_write import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KEPT: Final = ".before-import"
"""The suffix for the name of a file that another one replaces."""


class FilePlacement:
    """Moves files to their places, and remembers how to undo it.

    In a `with` block: if the block raises, every file that was there before is back, and every new one is gone.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] = []

    def __enter__(self) -> FilePlacement:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: object) -> None:
        if kind is not None:
            while self._undo:
                with contextlib.suppress(OSError):
                    self._undo.pop()()

    def put(self, file: Path, target: Path) -> None:
        """Move a file to its place. A file that is there is kept under another name; so are the parts of a database
        (`-wal`, `-shm`), which must never meet another database. Raises `OSError`."""
        self._make_folders(target.parent)
        for old in (target, *_parts_of_database(target)):
            if old.exists() or old.is_symlink():
                self._rename(old, kept_name(old))
        try:
            self._rename(file, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._undo.append(lambda: target.unlink(missing_ok=True))
            with replacing(target) as fresh:
                shutil.copyfile(file, fresh)

    def put_folder(self, folder: Path, target: Path) -> None:
        """Move a whole folder to a path that does not exist yet, or that is an empty folder. Raises `OSError`."""
        self._make_folders(target.parent)
        empty = target.is_dir()
        folder.rename(target)
        if empty:
            self._undo.append(target.mkdir)
        self._undo.append(lambda: target.rename(folder))

    def _make_folders(self, folder: Path) -> None:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir()
            self._undo.append(each.rmdir)

    def _rename(self, before: Path, after: Path) -> None:
        before.rename(after)
        self._undo.append(lambda: after.rename(before))


def kept_name(path: Path) -> Path:
    """Return a free name for the file that another replaces."""
    name = path.with_name(path.name + KEPT)
    number = 1
    while name.exists() or name.is_symlink():
        number += 1
        name = path.with_name(f"{path.name}{KEPT}-{number}")
    return name


def _parts_of_database(path: Path) -> Iterable[Path]:
    return (Path(f"{path}-wal"), Path(f"{path}-shm")) if path.suffix == ".db" else ()
