"""The source of a streamer: a media file, or a concat script of several files, checked before the stream starts."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError, RundownError
from retrovue_tui.media.asset import Asset, identity
from retrovue_tui.media.workers.tasks import submit_probe
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.file_format.ffconcat import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retrovue_tui.timecode import FrameRate

AnyPath = str | os.PathLike[str]
SCRIPTS: Final = (".txt", ".ffconcat", ".ffcat")
"""The file name extensions of concat scripts."""


class MissingFileError(MediaError, FileNotFoundError):
    """The file does not exist. Callers may also catch it as a `FileNotFoundError`."""

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Source:
    """The entries to play, in order, and the probed facts of every file in them."""

    entries: tuple[Entry, ...]
    assets: dict[Path, Asset]


def read_source(path: AnyPath, rate: FrameRate) -> Source:
    """Read a media file or a concat script as a source. Blocking.

    Raises `MediaError` for a file that cannot be played (`MissingFileError` if there is no such file), and
    `RundownError` with the line for a script that cannot be read or that names such a file.
    """
    file = absolute(path)
    if is_script(file):
        entries = tuple(_joined(_original(entry, rate) for entry in load(file, rate).entries))
        if not entries:
            raise RundownError("it names no file; write a line like: file 'film.mp4'", file)
        return Source(entries, _assets(entries, file))
    asset = facts(file)
    return Source((Entry("source", "programme", file, title=asset.title),), {file: asset})


def is_script(file: Path) -> bool:
    """Return whether a path names an existing concat script."""
    return file.suffix.lower() in SCRIPTS and file.exists()


def absolute(path: AnyPath) -> Path:
    """Return the absolute path, which stays valid if the working folder changes."""
    return Path(os.path.normpath(Path(path).absolute()))  # without `..`, which `absolute` leaves in it


def facts(file: Path) -> Asset:
    """Return the facts of a media file. Blocking, but quick for a file that was probed before. Raises `MediaError`
    (`MissingFileError` if there is no such file)."""
    if not os.path.lexists(file) and "\n" not in str(file):
        raise MissingFileError("no such file; correct the path", file)
    _, size, mtime_ns = identity(file)
    return _probed(file, size, mtime_ns)


@lru_cache(maxsize=1024)
def _probed(file: Path, size: int, mtime_ns: int) -> Asset:
    return submit_probe(file, (size, mtime_ns)).result()


def _assets(entries: Iterable[Entry], script: Path) -> dict[Path, Asset]:
    assets: dict[Path, Asset] = {}
    for entry in entries:
        if entry.file not in assets:
            assets[entry.file] = entry_facts(entry, script)
    return assets


def entry_facts(entry: Entry, script: Path) -> Asset:
    """Return the facts of an entry's file. Raises `RundownError` with the entry's line if the file cannot be played."""
    try:
        return facts(entry.file)
    except MediaError as error:
        raise RundownError(f"{entry.file}: {error.reason}", script, entry.line) from error


# ── segments ─────────────────────────────────────────────────────────────────────────────────────


def origin_tags(asset: Asset, first: int, end: int, rate: FrameRate) -> tuple[tuple[str, str], ...]:
    """Return the tags for a segment file in a script: they name the original file and the frames [first, end) that the
    segment holds. The streamer then plays the original, so nothing is encoded twice."""
    return (
        ("source", str(asset.path)), ("asset", asset.content_key), ("first", str(first)), ("end", str(end)),
        ("rate", str(rate)),
    )  # fmt: skip


def _original(entry: Entry, rate: FrameRate) -> Entry:
    """Return the entry that plays the same frames from the original file of a segment. If the entry is no segment, or
    the original has changed since, return the entry itself."""
    tags = dict(entry.tags)
    try:
        file, first, end = Path(tags["source"]), int(tags["first"]), int(tags["end"])
        if tags["rate"] != str(rate) or identity(file)[0] != tags["asset"]:
            return entry
    except (KeyError, ValueError, MediaError):
        return entry
    out = end if entry.out_frame is None else min(end, first + entry.out_frame)
    return replace(entry, file=file, in_frame=first + entry.in_frame, out_frame=out, tags=())


def _joined(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries; neighbours that continue each other in the same file become one entry."""
    held: Entry | None = None
    for entry in entries:
        if (
            held is not None
            and held.file == entry.file
            and held.out_frame == entry.in_frame
            and held.kind == entry.kind
        ):
            held = replace(held, out_frame=entry.out_frame)
            continue
        if held is not None:
            yield held
        held = entry
    if held is not None:
        yield held
