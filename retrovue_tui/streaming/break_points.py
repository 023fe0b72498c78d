"""Converts break points from seconds to frames, and turns an episode with its commercials into rundown entries."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from retrovue_tui.errors import MediaError
from retrovue_tui.rundown.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.timecode import FrameRate


class BreakPointError(MediaError, ValueError):
    """A break point is not a number of seconds, is not inside the episode, or occurs twice."""


def break_frames(points: Sequence[float], episode: Asset, rate: FrameRate, length: int | None = None) -> list[int]:
    """Return the episode frame (0-based) with which the episode resumes after each break, in ascending order. `length`:
    the exact number of frames in the episode, if known.

    Raises `BreakPointError` for a point that is not a number, or that would leave an empty segment.
    """
    length = episode.frames(rate) if length is None else length
    frames = sorted(_frame(point, episode, rate) for point in points)
    for frame in frames:
        if not 0 < frame < length:
            where = f"break point {float(rate.seconds(frame)):.3f} s"
            inside = f"the episode is {float(rate.seconds(length)):.3f} s long"
            raise BreakPointError(f"{where} leaves an empty segment: {inside}; choose one inside it", episode.path)
    for before, after in pairwise(frames):
        if before == after:
            problem = f"two break points at frame {after} ({float(rate.seconds(after)):.3f} s)"
            raise BreakPointError(f"{problem}; remove one of them: a break may have several commercials", episode.path)
    return frames


def _frame(point: float, episode: Asset, rate: FrameRate) -> int:
    if isinstance(point, bool) or not isinstance(point, int | float) or not math.isfinite(point):
        raise BreakPointError(f"{point!r} is not a break point; give seconds from the episode's start", episode.path)
    return rate.nearest(point)


def shared_out(count: int, breaks: int) -> list[range]:
    """Return, for each break, the 0-based indices of its commercials, for `count` commercials in all. Each break gets
    one, in order; the last break also gets the remaining ones."""
    if not breaks:
        return []
    shares = [range(min(at, count), min(at + 1, count)) for at in range(breaks)]
    shares[-1] = range(min(breaks - 1, count), count)
    return shares


def segments(frames: Sequence[int], length: int | None) -> Iterator[tuple[int, int | None]]:
    """Yield the frames [first, end) of each segment, for breaks before the given frames. The last `end` is `length`."""
    yield from pairwise((0, *frames, length))


def arrange(episode: Asset, commercials: Sequence[Asset], frames: Sequence[int]) -> list[Entry]:
    """Return the entries of one pass through the episode: its segments, with the commercials in the breaks between
    them."""
    entries: list[Entry] = []
    shares = shared_out(len(commercials), len(frames))
    for number, (first, end) in enumerate(segments(frames, None)):
        entries.append(Entry(f"s{first}", "programme", episode.path, first, end, episode.title))
        for nth in shares[number] if number < len(shares) else ():
            spot = commercials[nth]
            entries.append(Entry(f"b{end}-{nth}", "spot", spot.path, title=spot.title, break_id=f"b{end}"))
    return entries
