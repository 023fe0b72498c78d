"""Tasks that this process gives to its worker processes: probing, piece checks, pictures of files.

Each process has one set of workers, whoever uses them. It starts with the first request, ends when it is idle, and ends
with the process, however that ends.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from retrovue_tui.media.workers.pool import FileStamp, WorkerPool

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_index import Piece
    from retrovue_tui.protocol.pictures import Picture
    from retrovue_tui.timecode import FrameRate

PROBE_S: Final = 20.0
BYTES_PER_S: Final = 100_000_000
"""A probe may have to read all of a file: its limit grows by a second for this many bytes."""
CHECK_S: Final = 30.0
PICTURE_S: Final = 20.0

_PIECES, _NAMED, _BROWSED = 0, 1, 2  # priorities: what airs soon, what a rundown names, what lies in the folders

_killers: dict[FileStamp, str] = {}
FILES: Final = WorkerPool("file", 2, _killers)
"""Probes and piece checks."""
PREVIEWS: Final = WorkerPool("preview", 1, _killers)
"""Pictures of files. Its process keeps files open, and pictures that were decoded on the way."""
MONITORS: Final = WorkerPool("monitor", 1)
"""What the channels' own buses show. Its process keeps a decoder for each."""
FOLDERS: Final = WorkerPool("folder", 1, idle_s=600)
"""What lies in the library's folders. Its process watches them, and remembers what it has reported."""
_POOLS: Final = (FILES, PREVIEWS, MONITORS, FOLDERS)


@dataclass(frozen=True)
class Place:
    """A prepared piece: its file, and the asset frame that it begins with."""

    path: Path
    first: int


def submit_probe(
    path: Path,
    stamp: tuple[int, int] | None = None,
    *,
    ffmpeg: Path | None = None,
    named: bool = True,
    audio: tuple[str, ...] = (),
) -> Future[Asset]:
    """Probe a media file; the future raises `MediaError` if the file cannot be used.

    `stamp`: the file's size and date, by which a file that kills its worker is remembered. Such a file is described by
    FFmpeg instead (`ffmpeg`, or the one that `find_ffmpeg` finds), so that it airs if FFmpeg can read it. `audio`: the
    preferred languages.
    """
    size = 0 if stamp is None else stamp[0]
    about = None if stamp is None else FileStamp(path, *stamp)
    return cast("Future[Asset]", FILES.submit(
        "retrovue_tui.decoding.probe:probe", path, audio, limit_s=PROBE_S + size / BYTES_PER_S,
        priority=_NAMED if named else _BROWSED, about=about,
        rescue=("retrovue_tui.media.ffmpeg.probe:describe", (path, ffmpeg, audio)),
    ))  # fmt: skip


async def probe(
    path: Path,
    stamp: tuple[int, int] | None = None,
    *,
    ffmpeg: Path | None = None,
    named: bool = True,
    audio: tuple[str, ...] = (),
) -> Asset:
    """Return what `submit_probe` finds out."""
    return await asyncio.wrap_future(submit_probe(path, stamp, ffmpeg=ffmpeg, named=named, audio=audio))


async def verify(path: Path, house: HouseFormat, first: int) -> Piece:
    """Check a rendered piece that should begin with asset frame `first`: see `piece_check.verify`."""
    task = "retrovue_tui.decoding.piece_check:verify"
    return cast("Piece", await FILES.run(task, path, house, first, limit_s=CHECK_S, priority=_PIECES))


async def surplus(path: Path, house: HouseFormat, piece: Piece) -> int:
    """Return how many AAC frames of a piece lie after its last picture."""
    task = "retrovue_tui.decoding.piece_check:surplus"
    return cast("int", await FILES.run(task, path, house, piece, limit_s=CHECK_S, priority=_PIECES))


def submit_preview(
    rate: FrameRate, asset: Asset, number: int, width: int, height: int, piece: Place | None, *, ahead: bool = False
) -> Future[Picture]:
    """Decode frame `number` (of `rate`) of an asset, scaled to at most `width` by `height`; the future raises
    `MediaError`. `ahead`: nobody waits for it yet."""
    about = FileStamp(asset.path, asset.size, asset.mtime_ns) if piece is None else None
    return cast("Future[Picture]", PREVIEWS.submit(
        "retrovue_tui.decoding.frame_grabber:frame", rate, asset, number, width, height, piece,
        limit_s=PICTURE_S, priority=_BROWSED if ahead else _NAMED, about=about,
    ))  # fmt: skip


def recall_killers(stamps: dict[FileStamp, str]) -> None:
    """Take over, from an earlier run, which files killed workers."""
    _killers.update(stamps)


def release() -> None:
    """End workers that are idle, and busy ones after their request."""
    for pool in _POOLS:
        pool.release()


def end() -> None:
    """End all workers, whatever they do. Blocking, for a moment."""
    for pool in _POOLS:
        pool.end()


def _reset() -> None:
    for pool in _POOLS:
        pool.reset()


os.register_at_fork(after_in_child=_reset)
