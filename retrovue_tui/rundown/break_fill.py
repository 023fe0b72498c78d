"""Chooses the spots that fill a break of a given length."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NEAR: Final = 60
"""The tolerance of a length is 1/60 of it: one second per minute. A fill within this tolerance is good enough. Clips
whose lengths differ by at most this tolerance count as equally long, so that they take turns."""
_TRIED_ANEW: Final = 12
"""How many clips at the end of a row are replaced, to bring the row's length nearer to the target."""
_LOOKS: Final = 4_000
"""The maximum number of beginnings of a row that are tried when clips at its end are replaced."""
_CHOICES: Final = 24
"""The maximum number of clips that are tried after each of these beginnings."""


@dataclass(frozen=True)
class Clip:
    """A spot of a pool, and its length in house frames."""

    file: Path
    title: str
    frames: int


def fill(
    pool: Sequence[Clip], frames: int, recent: Sequence[Path] = (), *, after: Path | None = None
) -> tuple[Clip, ...]:
    """Return clips whose total length is `frames`, or as near to it as the pool allows. The total exceeds `frames` by
    at most one part in `NEAR`, so two spots of 30.03 s do fill a minute.

    The longest clips come first. Of equally long clips, the one that aired longest ago comes first (`recent` is ordered
    by air time, the latest last). Each clip is used once before any is used twice, unless a repeat brings the total
    nearer. No clip airs twice in a row, and the first clip is not `after`, the file that airs directly before. The same
    arguments always give the same result, whatever the order of the pool. Empty if no clip fits.
    """
    near = max(frames, 0) // NEAR
    return _found(_ranked(pool, recent, max(1, near)), _Target(frames, near, near, after))


def nearest(pool: Sequence[Clip], frames: int, recent: Sequence[Path] = ()) -> tuple[Clip, ...]:
    """Return clips as `fill` does, but with a total as near to `frames` as possible, even if it exceeds `frames` by
    more. Empty if no clip is nearer to `frames` than a length of zero."""
    return _found(_ranked(pool, recent, 1), _Target(frames, 0, None, None))


@dataclass(frozen=True)
class _Target:
    """The requirements on a row of clips.

    `frames` is the wanted length. `near` is the largest difference from it that is good enough. `over` is the largest
    number of frames by which the row may exceed it; None: the row may exceed it by any number, if that brings the
    length nearer. `after` is the file that airs directly before the row.
    """

    frames: int
    near: int
    over: int | None
    after: Path | None

    def off(self, row: Sequence[Clip]) -> int:
        return abs(self.frames - sum(clip.frames for clip in row))


def _found(clips: Sequence[Clip], target: _Target) -> tuple[Clip, ...]:
    """Return a row that uses each clip at most once and has a length near enough to the wanted one. If there is none,
    return the row with the nearest length."""
    once = _ended_nearest(clips, _longest_first(clips, target, once=True), target, once=True)
    if target.off(once) <= target.near:
        return once
    again = _ended_nearest(clips, _longest_first(clips, target, once=False), target, once=False)
    return again if target.off(again) < target.off(once) else once


def _ranked(pool: Iterable[Clip], recent: Sequence[Path], as_long: int) -> list[Clip]:
    """Return the clips, each file once, in the order of preference."""
    turns = {file: turn for turn, file in enumerate(recent, start=1)}
    clips = {clip.file: clip for clip in pool if clip.frames > 0}
    return sorted(
        clips.values(),
        key=lambda clip: (-((clip.frames + as_long // 2) // as_long), turns.get(clip.file, 0), str(clip.file)),
    )


def _longest_first(clips: Sequence[Clip], target: _Target, *, once: bool) -> tuple[Clip, ...]:
    """Build a row clip by clip: of the clips that fit, take those used least often so far, and of these the first."""
    row: list[Clip] = []
    uses: Counter[Path] = Counter()
    left, last = target.frames + (target.over or 0), target.after
    while fitting := [clip for clip in clips if clip.frames <= left and clip.file != last]:
        first = min(fitting, key=lambda clip: uses[clip.file])
        if once and uses[first.file]:
            break
        row.append(first)
        left, last = left - first.frames, first.file
        uses[last] += 1
    return tuple(row)


def _ended_nearest(clips: Sequence[Clip], row: tuple[Clip, ...], target: _Target, *, once: bool) -> tuple[Clip, ...]:
    """Choose other clips for the end of the row if that brings its length nearer. The ends are tried in the order in
    which the row was built, so the result is as similar to the row as possible."""
    head = row[: max(0, len(row) - _TRIED_ANEW)]
    uses = Counter(clip.file for clip in head)
    best, off = row, target.off(row)
    waiting: list[tuple[tuple[Clip, ...], int]] = [((), target.frames - sum(clip.frames for clip in head))]
    seen: set[object] = set()
    for _ in range(_LOOKS):
        if off <= target.near or not waiting:
            break
        tail, left = waiting.pop()
        last = next((clip.file for clip in (*tail[-1:], *head[-1:])), target.after)
        state = (left, frozenset(clip.file for clip in tail) if once else last)
        if state in seen:
            continue
        seen.add(state)
        if abs(left) < off:
            best, off = (*head, *tail), abs(left)
        most = left + (off - 1 if target.over is None else target.over) if left > 0 else 0
        fitting = _fitting(clips, most, last, uses + Counter(clip.file for clip in tail), once=once)
        waiting += [((*tail, clip), left - clip.frames) for clip in reversed(fitting)]
    return best


def _fitting(clips: Sequence[Clip], most: int, last: Path | None, went: Counter[Path], *, once: bool) -> list[Clip]:
    """Return the clips that may follow the file `last` and are at most `most` frames long, the least often used ones
    first."""
    found = [clip for clip in clips if clip.frames <= most and clip.file != last and not (once and went[clip.file])]
    return sorted(found, key=lambda clip: went[clip.file])[:_CHOICES]
