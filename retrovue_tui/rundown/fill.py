"""Spots for a break of a given length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_EXCHANGED: Final = 8
"""How many clips at the end are tried to be exchanged for others."""


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


def nearest(pool: Sequence[Clip], frames: int, recent: Sequence[Path] = ()) -> tuple[Clip, ...]:
    """Clips that together are as near to `frames` as can be found, also a little longer: what `fill` chooses, with
    clips at its end exchanged, put on or left out as long as that brings it nearer. None airs twice in a row. Empty
    where every clip is further off than nothing at all."""
    clips = {clip.file: clip for clip in pool if clip.frames > 0}
    aired = {file: turn for turn, file in enumerate(recent, start=1)}
    ranked = sorted(clips.values(), key=lambda clip: (aired.get(clip.file, 0), -clip.frames, str(clip.file)))
    chosen = fill(pool, frames, recent)
    while True:
        better = min(_varied(chosen, ranked), key=lambda tried: _off(tried, frames), default=chosen)
        if _off(better, frames) >= _off(chosen, frames):
            return chosen
        chosen = better


def _off(clips: Sequence[Clip], frames: int) -> int:
    return abs(frames - sum(clip.frames for clip in clips))


def _varied(chosen: tuple[Clip, ...], clips: Sequence[Clip]) -> Iterator[tuple[Clip, ...]]:
    """The same clips but for one of the last."""
    yield from ((*chosen, clip) for clip in clips if not chosen or chosen[-1] != clip)
    if chosen[1:]:
        yield chosen[:-1]
    for at in range(max(0, len(chosen) - _EXCHANGED), len(chosen)):
        around = (*chosen[max(0, at - 1) : at], *chosen[at + 1 : at + 2])
        yield from ((*chosen[:at], clip, *chosen[at + 1 :]) for clip in clips if clip not in around)
