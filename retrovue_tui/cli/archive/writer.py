"""Writes the archive of a home, even while its station runs. Blocking."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui import __version__
from retrovue_tui.cli.archive.blank_tokens import with_blank_tokens
from retrovue_tui.cli.archive.contents import (
    HOME,
    MANIFEST,
    MOST_BYTES,
    MOST_FILE_BYTES,
    MOST_FILES,
    OPERATOR,
    POOLS,
    files_of,
)
from retrovue_tui.cli.archive.manifest import ArchivedFile, Manifest
from retrovue_tui.config.station_config import FILE_NAME
from retrovue_tui.errors import StationError
from retrovue_tui.files.atomic_write import replacing
from retrovue_tui.files.file_watch import stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.config.station_config import Config
    from retrovue_tui.files.file_watch import Stamp

_ROUNDS: Final = 5
"""How often a file is copied again that has changed while the others were copied."""
_BROKEN: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_WITH_TOKENS: Final = (f"{HOME}/{FILE_NAME}", f"{HOME}/state/{FILE_NAME}.before")


def write_archive(config: Config, target: Path, operator: Path, *, tokens: bool = True) -> Manifest:
    """Write all files of the home, and the operator's own files in `operator`, to a tar file, compressed if its name
    ends with `.gz` or `.tgz`. Return its manifest. Without `tokens`, the config in it has none.

    All files are copied, and those that changed meanwhile are copied again, so that a rundown and its history belong
    together. Raises `StationError` if there is too much, and `OSError`.
    """
    with _folder_beside(target) as folder:
        copied = _Copies(config, folder, operator, tokens=tokens).all()
        manifest = Manifest(
            __version__, time.strftime("%Y-%m-%dT%H:%M:%S%z"), config.name, str(config.home), tokens,
            tuple(each.entry() for each in copied),
        )  # fmt: skip
        with replacing(target) as fresh:
            _pack(fresh, copied, manifest, compressed=target.suffix in (".gz", ".tgz"))
    return manifest


@contextlib.contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}.", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class _Copy:
    name: str
    source: Path
    copy: Path
    stamp: Stamp | None = None

    def entry(self) -> ArchivedFile:
        with self.copy.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        origin = str(self.source) if self.name.startswith((f"{POOLS}/", f"{OPERATOR}/")) else ""
        return ArchivedFile(self.name, self.copy.stat().st_size, digest, origin)


class _Copies:
    """Copies of all files of a home in a folder."""

    def __init__(self, config: Config, folder: Path, operator: Path, *, tokens: bool) -> None:
        self._config, self._folder, self._operator, self._tokens = config, folder, operator, tokens

    def all(self) -> list[_Copy]:
        """Make the copies, and return those whose file still exists."""
        copies = [_Copy(name, source, self._folder / f"{number}")
                  for number, (name, source) in enumerate(files_of(self._config, self._operator))]  # fmt: skip
        if len(copies) > MOST_FILES:
            raise StationError(f"the home has {len(copies)} files to export; the limit is {MOST_FILES}")
        due = copies
        for _ in range(_ROUNDS):
            for each in due:
                self._copy(each)
            due = [each for each in copies if each.copy.exists() and stamp_of(each.source) != each.stamp]
            if not due:
                break
        there = [each for each in copies if each.copy.exists()]
        total = sum(each.copy.stat().st_size for each in there)
        if total > MOST_BYTES:
            raise StationError(f"the home has {total} bytes to export; the limit is {MOST_BYTES}")
        return there

    def _copy(self, each: _Copy) -> None:
        each.copy.unlink(missing_ok=True)
        try:
            each.stamp = stamp_of(each.source)
            if each.source.stat().st_size > MOST_FILE_BYTES:
                raise StationError(f"{each.source} is larger than {MOST_FILE_BYTES} bytes, the limit of an export")
            if each.source.suffix == ".db" and _copy_database(each.source, each.copy):
                each.stamp = stamp_of(each.source)  # an open log changes all the time, and its copy is whole
            elif not self._tokens and each.name in _WITH_TOKENS:
                text = each.source.read_bytes().decode("utf-8-sig")
                each.copy.write_bytes(with_blank_tokens(text).encode())
            else:
                shutil.copyfile(each.source, each.copy)
        except FileNotFoundError:
            each.copy.unlink(missing_ok=True)
        except UnicodeDecodeError as error:
            raise StationError(f"{each.source} is not UTF-8 text, so its tokens are not found; correct it") from error


def _copy_database(source: Path, copy: Path) -> bool:
    """Copy an SQLite database as it is at one moment, while others may write to it. Return False if it is damaged."""
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as before,
            contextlib.closing(sqlite3.connect(copy)) as after,
        ):
            before.backup(after)
            after.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) not in _BROKEN:
            raise StationError(f"{source} cannot be copied: {error}") from error
        copy.unlink(missing_ok=True)
        return False
    return True


def _pack(target: Path, copies: list[_Copy], manifest: Manifest, *, compressed: bool) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(
            fileobj=file, mode="w:gz" if compressed else "w", format=tarfile.PAX_FORMAT, errors="surrogateescape"
        ) as tar:
            data = manifest.encoded()
            tar.addfile(_header(MANIFEST, len(data), time.time()), BytesIO(data))
            for each, facts in zip(copies, manifest.files, strict=True):
                with each.copy.open("rb") as copy:
                    written = each.stamp[2] / 1e9 if each.stamp else time.time()
                    tar.addfile(_header(each.name, facts.size, written), copy)
        file.flush()
        os.fsync(descriptor)


def _header(name: str, size: int, written: float) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mtime, header.mode = size, int(written), 0o600
    return header
