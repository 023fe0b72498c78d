"""The tasks that this process gives to its worker processes: probing, checking pieces, decoding pictures of files,
measuring files for the search for breaks.

All parts of a process share one set of workers. A worker starts with the first request. It ends after a long idle time,
and always when this process ends.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from retrovue_tui.media.workers.pool import FileStamp, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.media.analysis.measuring.piece_signals import PieceSignals
    from retrovue_tui.media.analysis.measuring.signals import FileMark, FrameLook, PacketFacts, Span
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_index import Piece
    from retrovue_tui.media.rendering.proxy import ProxyPiece, ProxyState
    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.timecode import FrameRate

PROBE_S: Final = 20.0
BYTES_PER_S: Final = 100_000_000
"""The time limit of a probe grows by a second for each of this many bytes, because a probe may have to read all of a
file."""
CHECK_S: Final = 30.0
PICTURE_S: Final = 20.0
PACKETS_S: Final = 60.0
"""The time limit for reading a file's packets; it grows with the file's size like that of a probe."""
SURVEY_S, LOOKS_S = 600.0, 600.0
"""The time limits for looking at the key frames of a file, and at all pictures of some short spans."""
REFINE_S: Final = 300.0
"""The time limit for the search for breaks in a programme of which every frame is known; it takes seconds."""

_PIECES, _NAMED, _BROWSED = 0, 1, 2  # priorities: airs soon, named by a rundown, only in the folders

_killers: dict[FileStamp, str] = {}
FILES: Final = WorkerPool("file", 2, _killers)
"""The workers that probe files and check pieces."""
PREVIEWS: Final = WorkerPool("preview", 1, _killers)
"""The worker that decodes pictures of files. It keeps files open, and keeps pictures that it decoded on the way."""
MONITORS: Final = WorkerPool("monitor", 1)
"""The worker that decodes the channels' output for monitoring. It keeps decoders for each channel."""
FOLDERS: Final = WorkerPool("folder", 1, idle_s=600)
"""The worker that scans and watches the library's folders. It remembers which files it has reported."""
ANALYSES: Final = WorkerPool("analysis", 2)
"""The workers that measure files for the search for breaks. Their requests take long, so they have their own pool. A
file that kills them may air all the same, so they have their own record of such files."""
POOLS: Final = (FILES, PREVIEWS, MONITORS, FOLDERS, ANALYSES)
"""The pools of all workers of this process."""


@dataclass(frozen=True)
class PieceFile:
    """A prepared piece: its file, and the asset frame with which it begins."""

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
    """Probe a media file. The future raises `MediaError` if the file cannot be used.

    `stamp` is the file's size and date, under which a file that kills its worker is remembered. FFmpeg then describes
    that file instead: the program `ffmpeg`, or the one that `find_ffmpeg` returns. `audio` lists the preferred
    languages.
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
    """Probe a media file, and return its facts. Arguments and errors are those of `submit_probe`."""
    return await asyncio.wrap_future(submit_probe(path, stamp, ffmpeg=ffmpeg, named=named, audio=audio))


async def verify(path: Path, house: HouseFormat, first: int) -> Piece:
    """Check a rendered piece that should begin with asset frame `first`; see `piece_check.verify`."""
    task = "retrovue_tui.decoding.piece_check:verify"
    return cast("Piece", await FILES.run(task, path, house, first, limit_s=CHECK_S, priority=_PIECES))


async def surplus(path: Path, house: HouseFormat, piece: Piece) -> int:
    """Return how many AAC frames of a piece begin after its last picture."""
    task = "retrovue_tui.decoding.piece_check:surplus"
    return cast("int", await FILES.run(task, path, house, piece, limit_s=CHECK_S, priority=_PIECES))


def submit_preview(
    rate: FrameRate, asset: Asset, number: int, width: int, height: int, piece: PieceFile | None, *, ahead: bool = False
) -> Future[Picture]:
    """Decode frame `number` (counted from 0 at `rate`) of an asset, scaled to at most `width` × `height` pixels. The
    future raises `MediaError`. `ahead` is True if no client waits for this picture yet."""
    about = _stamp(asset) if piece is None else None
    return cast("Future[Picture]", PREVIEWS.submit(
        "retrovue_tui.decoding.frame_grabber:frame", rate, asset, number, width, height, piece,
        limit_s=PICTURE_S, priority=_BROWSED if ahead else _NAMED, about=about,
    ))  # fmt: skip


async def artwork(path: Path, width: int, height: int) -> bytes:
    """Return the picture in a file as JPEG, at most `width` × `height` pixels. Raises `MediaError`."""
    task = "retrovue_tui.decoding.artwork:artwork"
    return cast("bytes", await FILES.run(task, path, width, height, limit_s=PICTURE_S, priority=_BROWSED))


async def packet_facts(asset: Asset, rate: FrameRate) -> PacketFacts:
    """Read all packets of an asset's video; see `brightness.packet_facts`."""
    limit_s = PACKETS_S + asset.size / BYTES_PER_S * 4
    task = "retrovue_tui.decoding.brightness:packet_facts"
    return cast("PacketFacts", await ANALYSES.run(task, asset, rate, limit_s=limit_s, about=_stamp(asset)))


async def survey(
    asset: Asset, rate: FrameRate, frames: Sequence[int]
) -> tuple[tuple[int, int, int, int], list[FrameLook]]:
    """Look at some key frames of an asset; see `brightness.survey`."""
    task = "retrovue_tui.decoding.brightness:survey"
    found = await ANALYSES.run(task, asset, rate, tuple(frames), limit_s=SURVEY_S, about=_stamp(asset))
    return cast("tuple[tuple[int, int, int, int], list[FrameLook]]", found)


async def looks(
    asset: Asset, rate: FrameRate, groups: Sequence[Sequence[Span]], box: tuple[int, int, int, int]
) -> list[list[FrameLook]]:
    """Look at all pictures in some spans of an asset; see `brightness.looks`."""
    task = "retrovue_tui.decoding.brightness:looks"
    found = await ANALYSES.run(task, asset, rate, groups, box, limit_s=LOOKS_S, about=_stamp(asset))
    return cast("list[list[FrameLook]]", found)


async def measure_proxy(proxy: ProxyPiece, state: ProxyState) -> tuple[PieceSignals, ProxyState]:
    """Measure the proxy of a piece; see `proxy_looks.measure_proxy`."""
    task = "retrovue_tui.decoding.proxy_looks:measure_proxy"
    found = await FILES.run(task, proxy, state, limit_s=CHECK_S, priority=_PIECES)
    return cast("tuple[PieceSignals, ProxyState]", found)


async def refined_candidates(
    folder: Path, rate: FrameRate, frames: int, marks: tuple[FileMark, ...], *, sound: bool
) -> list[BreakCandidate] | None:
    """Return the candidates of a programme that was measured while it was prepared; see
    `refined_candidates.refined_candidates`."""
    task = "retrovue_tui.media.analysis.refined_candidates:refined_candidates"
    found = await ANALYSES.run(task, folder, rate, frames, marks, sound, limit_s=REFINE_S)
    return cast("list[BreakCandidate] | None", found)


def _stamp(asset: Asset) -> FileStamp:
    return FileStamp(asset.path, asset.size, asset.mtime_ns)


def recall_killers(stamps: dict[FileStamp, str]) -> None:
    """Set which files killed workers when the station last ran."""
    _killers.update(stamps)


def release() -> None:
    """End idle workers now, and busy ones after their request."""
    for pool in POOLS:
        pool.release()


def end() -> None:
    """End all workers now, even busy ones. Blocking, for a moment."""
    for pool in POOLS:
        pool.end()


def _reset() -> None:
    for pool in POOLS:
        pool.reset()


os.register_at_fork(after_in_child=_reset)
