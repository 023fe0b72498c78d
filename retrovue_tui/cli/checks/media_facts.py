"""Probes media files for the commands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from retrovue_tui.media.asset import Asset

_AT_ONCE: Final = 4


async def probe_file(file: Path, ffmpeg: Path | None = None, audio: tuple[str, ...] = ()) -> Asset:
    """Return the facts of one media file. Raises `MediaError` with the reason if the file cannot be used. `ffmpeg`: the
    configured FFmpeg, if any. `audio`: the preferred languages, best first."""
    from retrovue_tui.media.workers.tasks import probe

    return await probe(file, ffmpeg=ffmpeg, audio=audio)


async def probe_files(files: Iterable[Path], ffmpeg: Path | None = None) -> dict[Path, Asset | RetrovueError]:
    """Probe files, several at a time. Return path → the facts, or the error with the reason why the file cannot be
    used."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def facts(file: Path) -> Asset | RetrovueError:
        async with slots:
            try:
                return await probe_file(file, ffmpeg)
            except RetrovueError as error:
                return error

    wanted = list(dict.fromkeys(files))
    return dict(zip(wanted, await asyncio.gather(*(facts(file) for file in wanted)), strict=True))
