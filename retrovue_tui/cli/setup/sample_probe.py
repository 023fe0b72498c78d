"""Probes as many files as a short time allows, in worker processes: those that air first, and samples of folders."""

from __future__ import annotations

import asyncio
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.media.asset import Asset

_MOST_SAMPLES: Final = 3
_SPOT_S: Final = 300
"""The maximum usual length of a spot (s)."""
_CLIP_S: Final = 120
"""A folder of clips whose usual length is at most this (s) is taken for a folder of spots, whatever its name."""
_CLIP_BYTES: Final = 60_000_000
_LEAST_CLIPS: Final = 3
_MOST_FOLDERS: Final = 8
_LOW: Final = 500
"""Pictures with at most this many lines get the house format 480p."""


async def probe_for(files: Iterable[Path], limit_s: float) -> dict[Path, Asset | RetrovueError]:
    """Probe files in this order for at most `limit_s` seconds. Return path → facts, or the error with the reason why
    the file cannot be used, for each file that was probed in time."""
    from retrovue_tui.media.workers.tasks import submit_probe

    running = {asyncio.wrap_future(submit_probe(file)): file for file in dict.fromkeys(files)}
    if not running:
        return {}
    done, late = await asyncio.wait(running, timeout=limit_s)
    for each in late:
        each.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    results: dict[Path, Asset | RetrovueError] = {}
    for each in done:
        error = each.exception()
        if error is None:
            results[running[each]] = each.result()
        elif isinstance(error, RetrovueError):
            results[running[each]] = error
        else:
            raise error
    return results


def samples(files: Sequence[Path]) -> list[Path]:
    """Return a few of the files, evenly spread."""
    step = max(1, len(files) // _MOST_SAMPLES)
    return list(files[::step][:_MOST_SAMPLES])


def are_spots(files: Iterable[Path], probed: Mapping[Path, Asset | RetrovueError]) -> bool:
    """Return whether the files are as short as spots usually are, judged by the probed ones. True if none was
    probed."""
    return _usual_length(files, probed, 0) <= _SPOT_S


def are_clips(files: Iterable[Path], probed: Mapping[Path, Asset | RetrovueError]) -> bool:
    """Return whether the files are short clips, judged by the probed ones. False if none was probed."""
    return _usual_length(files, probed, _CLIP_S + 1) <= _CLIP_S


def _usual_length(files: Iterable[Path], probed: Mapping[Path, Asset | RetrovueError], default: float) -> float:
    found = (probed.get(file) for file in files)
    lengths = [float(each.duration) for each in found if each is not None and not isinstance(each, RetrovueError)]
    return median(lengths) if lengths else default


def folders_of_small_files(files: Mapping[Path, int]) -> dict[Path, list[Path]]:
    """Return the folders whose files are so small that they may be clips, with their files. `files`: path → size."""
    groups: dict[Path, list[Path]] = {}
    for file in files:
        groups.setdefault(file.parent, []).append(file)
    small = {
        folder: sorted(group)
        for folder, group in groups.items()
        if len(group) >= _LEAST_CLIPS and median(files[file] for file in group) <= _CLIP_BYTES
    }
    largest = sorted(small, key=lambda folder: (-len(small[folder]), folder))[:_MOST_FOLDERS]
    return {folder: small[folder] for folder in largest}


def house_for(assets: Iterable[Asset]) -> tuple[str, str]:
    """Return the profile and the frame rate of the house format that suit the programmes best."""
    videos = [each.video for each in assets if each.video is not None]
    rates = Counter(_house_rate(float(video.rate)) for video in videos)
    rate = rates.most_common(1)[0][0] if rates else "30000/1001"
    low = bool(videos) and median(video.height for video in videos) <= _LOW
    return ("480p" if low else "720p"), rate


def _house_rate(rate: float) -> str:
    if 23.5 <= rate <= 24.5:
        return "24000/1001"
    return "25" if 24.5 < rate <= 25.5 or 49.5 < rate <= 50.5 else "30000/1001"
