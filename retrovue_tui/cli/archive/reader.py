"""Reads an archive that anybody may have made: nothing in it can reach a place outside, or use more than the limits.
Blocking."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import tarfile
import zlib
from typing import IO, TYPE_CHECKING, Final, cast

from retrovue_tui.cli.archive.contents import MANIFEST, MOST_BYTES, MOST_FILE_BYTES, MOST_FILES, belongs
from retrovue_tui.cli.archive.manifest import MOST_MANIFEST_BYTES, decode_manifest
from retrovue_tui.errors import StationError
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrovue_tui.cli.archive.manifest import Manifest

_CHUNK: Final = 256 * 1024
_MOST_READ: Final = 1_000_000
"""The most bytes in one read. `tarfile` reads an extended header as a whole, whatever size it claims to have."""
_HEADERS: Final = 2_048
"""The bytes of headers and padding that a file in an archive may need, besides its contents."""
_GZIP: Final = b"\x1f\x8b"
_DAMAGED: Final = (tarfile.TarError, ValueError, OverflowError, EOFError, zlib.error, gzip.BadGzipFile, RecursionError,
                   IndexError, KeyError, TypeError, AttributeError)  # fmt: skip
"""The exceptions of `tarfile` for bytes that are not a tar file."""


def read_archive(path: Path, folder: Path | None) -> Manifest:
    """Check all of an archive, and return its manifest. Its files are written below `folder` if that is not None, with
    the names that they have in the archive.

    Raises `StationError` with the reason if the archive is damaged or not one of `retrovue-tui export`, if anything in
    it is unsafe, or beyond a limit; `OSError` if a file cannot be read or written.
    """
    try:
        with _opened(path) as tar:
            manifest = _manifest(tar)
            found = _contents(tar, folder)
    except StationError as error:
        raise StationError(f"{path}: {error.message}") from error
    except _DAMAGED as error:
        raise StationError(f"{path}: it is damaged, or not a tar file: {printable(str(error), 200)}") from error
    expected = {each.name: (each.size, each.sha256) for each in manifest.files}
    for name in sorted({*expected, *found}):
        if expected.get(name) != found.get(name):
            raise StationError(f"{path}: {_mismatch(name, name in expected, name in found)}; the archive is damaged")
    return manifest


def _mismatch(name: str, expected: bool, found: bool) -> str:
    if expected and found:
        return f"{name} has other contents than its manifest says"
    return f"{name} is missing" if expected else f"{name} is not in its manifest"


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        with contextlib.ExitStack() as stack:
            data = stack.enter_context(gzip.GzipFile(fileobj=raw, mode="rb")) if packed else raw
            limited = cast(IO[bytes], _Limited(cast(IO[bytes], data)))
            yield stack.enter_context(
                tarfile.open(fileobj=limited, mode="r:", errors="surrogateescape", encoding="utf-8")
            )


class _Limited:
    """A file whose single reads, and whose end, have limits."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, count: int = -1) -> bytes:
        if not 0 <= count <= _MOST_READ:
            raise StationError(f"it has a header of more than {_MOST_READ} bytes")
        if self._file.tell() > MOST_BYTES + MOST_FILES * _HEADERS + MOST_MANIFEST_BYTES:
            raise StationError(f"it unpacks to more than {MOST_BYTES} bytes, the limit")
        return self._file.read(count)

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()


def _manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    if first is None or first.name != MANIFEST:
        raise StationError(f"it is not an archive of `retrovue-tui export`: it does not begin with {MANIFEST}")
    _require_plain(first)
    if first.size > MOST_MANIFEST_BYTES:
        raise StationError(f"its manifest is larger than {MOST_MANIFEST_BYTES} bytes, the limit")
    return decode_manifest(b"".join(_chunks(tar, first)))


def _contents(tar: tarfile.TarFile, folder: Path | None) -> dict[str, tuple[int, str]]:
    """Check the files after the manifest, and write them below the folder. Return the size and the SHA-256 of each."""
    found: dict[str, tuple[int, str]] = {}
    total = 0
    while (member := tar.next()) is not None:
        tar.members.clear()  # type: ignore[attr-defined]  # tarfile keeps all headers there, which its types do not tell
        _require_plain(member)
        if not belongs(member.name):
            raise StationError(f"{_shown(member)} does not belong into an archive of a home; nothing was written")
        if member.name in found:
            raise StationError(f"it has {_shown(member)} twice")
        total += member.size
        if len(found) >= MOST_FILES or total > MOST_BYTES or member.size > MOST_FILE_BYTES:
            raise StationError(
                f"it is too large at {_shown(member)}; the limits are {MOST_FILES} files, {MOST_FILE_BYTES} bytes each"
                f" and {MOST_BYTES} in all"
            )
        found[member.name] = (member.size, _unpacked(tar, member, folder))
    return found


def _require_plain(member: tarfile.TarInfo) -> None:
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        raise StationError(f"{_shown(member)} is not a plain file; links, devices and folders are never unpacked")
    if member.size < 0:
        raise StationError(f"{_shown(member)} has a negative size")


def _unpacked(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path | None) -> str:
    digest = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        file = None
        if folder is not None:
            file = stack.enter_context(os.fdopen(_created(folder / member.name), "wb"))
        for chunk in _chunks(tar, member):
            digest.update(chunk)
            if file is not None:
                file.write(chunk)
        if file is not None:
            file.flush()
            os.fsync(file.fileno())
    return digest.hexdigest()


def _created(path: Path) -> int:
    """Return the descriptor of a new file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except (FileExistsError, NotADirectoryError) as error:
        raise StationError(f"two of its files exclude each other: {printable(path.name, 120)!r}") from error


def _chunks(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    """Yield the contents of a file in parts. Raises `StationError` if the archive ends before the file does."""
    assert tar.fileobj is not None
    tar.fileobj.seek(member.offset_data)
    left = member.size
    while left:
        chunk = tar.fileobj.read(min(left, _CHUNK))
        if not chunk:
            raise StationError(f"it ends in the middle of {_shown(member)}")
        left -= len(chunk)
        yield chunk


def _shown(member: tarfile.TarInfo) -> str:
    return repr(printable(member.name, 120))
