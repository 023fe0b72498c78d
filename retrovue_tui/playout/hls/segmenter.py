"""Cuts a channel's stream into segments, at key frames only, so that each segment can be decoded on its own. Pure.

The parts of a segment are the very bytes of the stream. A key frame on a bus begins with PAT and PMT, and so does each
segment (RFC 8216, 3.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.house_format import GOP

if TYPE_CHECKING:
    from retrovue_tui.timecode import FrameRate

SHORTEST_S: Final = 0.25
"""No segment is cut shorter than this (s), not even where an entry begins."""
SHORT_FIRST: Final = 20
"""A viewer that starts the segments finds only the seconds that the bus still has. For this time (target durations)
segments are one GOP long, so that it gets the next picture before it has shown the last one. Meanwhile a player that
plays 5 to 10 % slower falls back until it is two target durations behind live. Long segments need that much."""


def shortest(rate: FrameRate) -> int:
    """Return `SHORTEST_S` in pictures."""
    return max(1, int(SHORTEST_S * rate.fraction))


@dataclass(slots=True)
class Cut:
    """A complete segment: the number of its first picture, the number of its pictures, and its packets."""

    first: int
    frames: int = 0
    parts: list[bytes] = field(default_factory=list)


class Segmenter:
    """Collects pictures, and returns a segment whenever one is complete. No segment is longer than `target_s` when its
    length is rounded to whole seconds (RFC 8216, 4.3.3.1), if a GOP is not longer."""

    def __init__(self, rate: FrameRate, target_s: int, *, short_first: bool) -> None:
        self._rate, self._target_s = rate, target_s
        self._most = -int(-(target_s + 0.5) * rate.fraction // 1) - 1
        self._least = shortest(rate)
        self._short_left = int(SHORT_FIRST * target_s * rate.fraction) if short_first else 0
        self._open: Cut | None = None

    @property
    def open(self) -> Cut | None:
        """The segment that is not complete yet."""
        return self._open

    def twin(self) -> Segmenter:
        """Return another one for the same pictures in another quality. No segment of it is open."""
        twin = Segmenter(self._rate, self._target_s, short_first=False)
        twin._short_left = self._short_left
        return twin

    def push(self, frame: int, data: bytes, *, key: bool, begins: bool = False) -> Cut | None:
        """Add the next picture; return the segment that ends before it, if one does. `begins`: an entry of the rundown
        begins with this picture, so a segment should. Pictures before the first key frame are left out."""
        done = None
        now = self._open
        if now is not None and frame != now.first + now.frames:
            now = self._open = None  # pictures are missing: begin again at the next key frame
        if key and (now is None or self._ends(now, begins)):
            done, now = now, Cut(frame)
            self._open = now
        if now is not None:
            now.frames += 1
            now.parts.append(data)
            self._short_left = max(0, self._short_left - 1)
        return done

    def _ends(self, now: Cut, begins: bool) -> bool:
        if begins:
            return now.frames >= self._least
        return now.frames + GOP > self._most or (self._short_left > 0 and now.frames > GOP // 2)
