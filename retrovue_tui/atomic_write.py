"""Writes a file so that a reader, or a crash, sees the old file or the new one and nothing in between."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from retrovue_tui.errors import RundownError


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace a file's contents; they are on the disk when this returns. Mode and owner stay; a symlink is followed.

    With `durable` False a loss of power may lose the file: for files that are made again at every start and must be
    written quickly. Raises `RundownError` if writing fails; the old file is then untouched. Blocking.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.tmp")
    try:
        _write(temporary, data, like=target, durable=durable)
        temporary.replace(target)
        if durable:
            _sync_folder(target.parent)
    except OSError as error:
        raise RundownError(f"cannot be written: {error.strerror or error}; the file is as before", path) from error
    finally:
        with contextlib.suppress(OSError):  # already renamed if all went well
            temporary.unlink(missing_ok=True)


def _write(temporary: Path, data: bytes, like: Path, *, durable: bool) -> None:
    try:
        before: os.stat_result | None = like.stat()
    except FileNotFoundError:
        before = None
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    with os.fdopen(descriptor, "wb") as file:
        if before is not None:
            if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                with contextlib.suppress(OSError):
                    os.fchown(descriptor, before.st_uid, before.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
        file.write(data)
        file.flush()
        if durable:
            os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
