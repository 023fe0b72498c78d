"""Spots for a break of a given length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Clip:
    """A spot of a pool, and how many house frames it has."""

    file: Path
    title: str
    frames: int


def fill(pool: Sequence[Clip], frames: int, recent: Sequence[Path] = ()) -> tuple[Clip, ...]:
    """Clips that together are at most `frames` long: of those that still fit, always the longest.

    Clips that have aired of late, here or in `recent` (the last aired one last), wait until none of the others fits,
    and then the one that aired longest ago goes first. None airs twice in a row. The same question always has the
    same answer, in whatever order the pool is. Empty where nothing fits.
    """
    aired = {file: turn for turn, file in enumerate(recent, start=1)}
    turn = len(recent)
    clips = {clip.file: clip for clip in pool if clip.frames > 0}
    ranked = sorted(clips.values(), key=lambda clip: (-clip.frames, str(clip.file)))
    shortest = min((clip.frames for clip in ranked), default=0)
    chosen: list[Clip] = []
    left = frames
    while ranked and left >= shortest:
        last = chosen[-1].file if chosen else None
        fitting = [clip for clip in ranked if clip.frames <= left and clip.file != last]
        if not fitting:
            break
        best = min(fitting, key=lambda clip: aired.get(clip.file, 0))  # the first of equals: the longest
        chosen.append(best)
        left -= best.frames
        turn += 1
        aired[best.file] = turn
    return tuple(chosen)
