"""Explains disk errors, and says how to correct them."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import StationError

if TYPE_CHECKING:
    from pathlib import Path

_ADVICE: Final = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "this user's disk quota is used up; free some space",
    errno.EROFS: "it is on a read-only file system; mount that writable, or choose another place with --home DIR",
    errno.EACCES: "this user has no permission; change that, or choose another place with --home DIR",
    errno.EPERM: "this user has no permission; change that, or choose another place with --home DIR",
    errno.ENOTDIR: "a file is where a folder is needed; choose another place with --home DIR",
    errno.EEXIST: "a file is where a folder is needed; choose another place with --home DIR",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n)",
    errno.EIO: "the disk reports errors; check it",
}
_NEEDED: Final = 64 * 1024


def reason_of(error: OSError) -> str:
    """Return why a read or write failed and, if known, what to do about it."""
    return _ADVICE.get(error.errno or 0, error.strerror or str(error))


def disk_full(error: BaseException) -> bool:
    """Return whether the error means that the disk, or the user's quota on it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def is_fault_of_ours(error: OSError) -> bool:
    """Return whether an error is a bug of this program: no state of the disk explains it."""
    return error.errno not in _ADVICE


def unwritable(home: Path) -> str | None:
    """Return why a station cannot write into its home, judged without writing; None if it probably can."""
    folder = next((each for each in (home, *home.parents) if each.exists()), home)
    try:
        if not os.access(folder, os.W_OK | os.X_OK):
            return f"{folder} cannot be written; make it writable, or choose another place with --home DIR"
        if shutil.disk_usage(folder).free < _NEEDED:
            return f"{folder} cannot be written: {_ADVICE[errno.ENOSPC]}"
    except OSError as error:
        return f"{folder} cannot be read: {reason_of(error)}"
    return None


def require_writable(home: Path) -> None:
    """Create the home's folders, and write a test file into each. Raises `StationError` with the reason if that
    fails."""
    for folder in (home / "state", home / "logs", home / "cache"):
        trial = folder / f".write-test-{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                trial.write_bytes(bytes(_NEEDED))
            finally:
                trial.unlink(missing_ok=True)
        except OSError as error:
            raise StationError(f"{folder} cannot be written: {reason_of(error)}") from error
