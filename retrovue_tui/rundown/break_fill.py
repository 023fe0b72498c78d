"""Spots for a break of a given length."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NEAR: Final = 60
"""A fill that is off by no more than one part in so many is near enough, and clips whose lengths differ by no more are
as long as each other: so that the clips of a pool take turns, whatever the frame that each of them ends at. Of a
minute that is a second."""
_TRIED_ANEW: Final = 12
"""How many clips at the end are chosen anew, so that all of them come near to the length."""
_LOOKS: Final = 4_000
"""How many beginnings of a break are looked at on the way there,"""
_CHOICES: Final = 24
"""and how many clips behind each."""


@dataclass(frozen=True)
class Clip:
    """A spot of a pool, and how many house frames it has."""

    file: Path
    title: str
    frames: int


def fill(
    pool: Sequence[Clip], frames: int, recent: Sequence[Path] = (), *, behind: Path | None = None
) -> tuple[Clip, ...]:
    """Clips that together are `frames` long, or as near to it as the pool allows: over it by no more than one part in
    `NEAR` (two spots of 30.03 s do make a minute).

    The longest go first, of equals the one that aired longest ago (`recent` has the last aired one last), and each
    once before any goes twice, as far as that comes as near. None airs twice in a row, nor right `behind` itself. The
    same question always has the same answer, in whatever order the pool is. Empty where nothing fits.
    """
    near = max(frames, 0) // NEAR
    return _found(_ranked(pool, recent, max(1, near)), _Target(frames, near, near, behind))


def nearest(pool: Sequence[Clip], frames: int, recent: Sequence[Path] = ()) -> tuple[Clip, ...]:
    """The same, but as near to `frames` as can be, to the frame, however much longer that is. Empty where every clip
    is further off than nothing at all."""
    return _found(_ranked(pool, recent, 1), _Target(frames, 0, None, None))


@dataclass(frozen=True)
class _Target:
    """How long a row is to be, how far off that is `near` enough, how much longer it may be at most (None: as much as
    is nearer), and the clip that goes before it."""

    frames: int
    near: int
    over: int | None
    behind: Path | None

    def off(self, row: Sequence[Clip]) -> int:
        return abs(self.frames - sum(clip.frames for clip in row))


def _found(shelf: Sequence[Clip], wish: _Target) -> tuple[Clip, ...]:
    """The row that comes near with each clip once, or else the one that comes nearest."""
    once = _ended_nearest(shelf, _longest_first(shelf, wish, once=True), wish, once=True)
    if wish.off(once) <= wish.near:
        return once
    again = _ended_nearest(shelf, _longest_first(shelf, wish, once=False), wish, once=False)
    return again if wish.off(again) < wish.off(once) else once


def _ranked(pool: Iterable[Clip], recent: Sequence[Path], as_long: int) -> list[Clip]:
    """The clips, each file once, in the order in which they are to air."""
    turns = {file: turn for turn, file in enumerate(recent, start=1)}
    clips = {clip.file: clip for clip in pool if clip.frames > 0}
    return sorted(
        clips.values(),
        key=lambda clip: (-((clip.frames + as_long // 2) // as_long), turns.get(clip.file, 0), str(clip.file)),
    )


def _longest_first(shelf: Sequence[Clip], wish: _Target, *, once: bool) -> tuple[Clip, ...]:
    """One clip after another, the first in order that fits of those that went least often."""
    row: list[Clip] = []
    uses: Counter[Path] = Counter()
    left, last = wish.frames + (wish.over or 0), wish.behind
    while fitting := [clip for clip in shelf if clip.frames <= left and clip.file != last]:
        first = min(fitting, key=lambda clip: uses[clip.file])
        if once and uses[first.file]:
            break
        row.append(first)
        left, last = left - first.frames, first.file
        uses[last] += 1
    return tuple(row)


def _ended_nearest(shelf: Sequence[Clip], row: tuple[Clip, ...], wish: _Target, *, once: bool) -> tuple[Clip, ...]:
    """A row with other clips at its end, where that brings it nearer: tried in the order in which the row was made,
    so that what is found first is most like it."""
    head = row[: max(0, len(row) - _TRIED_ANEW)]
    uses = Counter(clip.file for clip in head)
    best, off = row, wish.off(row)
    waiting: list[tuple[tuple[Clip, ...], int]] = [((), wish.frames - sum(clip.frames for clip in head))]
    seen: set[object] = set()
    for _ in range(_LOOKS):
        if off <= wish.near or not waiting:
            break
        tail, left = waiting.pop()
        last = (tail or head)[-1].file if tail or head else wish.behind
        state = (left, frozenset(clip.file for clip in tail) if once else last)
        if state in seen:
            continue
        seen.add(state)
        if abs(left) < off:
            best, off = (*head, *tail), abs(left)
        most = left + (off - 1 if wish.over is None else wish.over) if left > 0 else 0
        went = uses + Counter(clip.file for clip in tail)
        fitting = [
            clip for clip in shelf if clip.frames <= most and clip.file != last and not (once and went[clip.file])
        ]
        fitting.sort(key=lambda clip: went[clip.file])
        waiting += [((*tail, clip), left - clip.frames) for clip in reversed(fitting[:_CHOICES])]
    return best
