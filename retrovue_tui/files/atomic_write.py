"""Writes a file so that every reader, even after a crash, finds the old contents or the new contents and nothing in
between."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace a file's contents. Mode and owner stay the same; a symlink is followed.

    With `durable`, the contents are on the disk when this returns. Without it, a loss of power may lose the file; use
    that for files that are written at every start and must be written quickly. Raises `OSError` if writing fails; the
    old contents then stay. Blocking.
    """
    target = Path(os.path.realpath(path))
    with replacing(target) as fresh:
        _write(fresh, data, like=target, durable=durable)
    if durable:
        _sync_folder(target.parent)


@contextlib.contextmanager
def replacing(path: Path, *, unique: bool = True) -> Iterator[Path]:
    """Yield the path of a new file in the folder of `path`, for the caller to write. At the end of the `with` block the
    new file replaces `path`; if the block raises, the new file is removed.

    The new file is hidden and has the suffix of `path`. Without `unique`, its name is always the same, so that the next
    write overwrites a file left by a crash; only one writer may exist at a time. Raises `OSError`. Blocking at the end.
    """
    mark = f"-{os.getpid()}-{secrets.token_hex(4)}" if unique else ""
    fresh = path.with_name(f".{path.name[:200]}{mark}.part{path.suffix}")
    try:
        yield fresh
        fresh.replace(path)
    finally:
        with contextlib.suppress(OSError):  # the file no longer exists if it was renamed
            fresh.unlink(missing_ok=True)


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
