"""The loudness of a programme over its frames: where it is quiet, and how far it drops. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.analysis.measuring.signals import LEVELS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.media.analysis.measuring.signals import Span
    from retrovue_tui.timecode import FrameRate

_FLOOR_SHARE, _USUAL_SHARE = 0.03, 0.6
_ABOVE_FLOOR_DB: Final = 8.0
"""A level this little above the quietest ones counts as silence: old tapes hiss."""
_SURE_DBFS: Final = -60.0
"""A level below this is always silence."""
_BELOW_USUAL_DB: Final = 18.0
"""Silence is at least this much below the usual level, so that music that goes on is never silence."""
_MUTE_DBFS: Final = -66.0
"""A sound track whose usual level is below this is as good as none."""
_LEAST_S: Final = 0.12
_AROUND_S: Final = 4.0
_TOLERANCE_DB: Final = 3.0


@dataclass(frozen=True)
class Silence:
    """Frames [first, end) without sound, and how long it lasts in seconds."""

    first: int
    end: int
    seconds: float


class SoundTrack:
    """The levels of a programme, asked by frames. `levels` has `LEVELS_PER_S` values in dBFS for a second."""

    def __init__(self, levels: Sequence[float], rate: FrameRate) -> None:
        self._levels = levels
        self._rate = rate

    @cached_property
    def _ordered(self) -> list[float]:
        return sorted(self._levels)

    @cached_property
    def there(self) -> bool:
        """Whether there is sound that can be judged."""
        return bool(self._levels) and self._ordered[int(len(self._levels) * _USUAL_SHARE)] > _MUTE_DBFS

    @cached_property
    def limit_dbfs(self) -> float:
        """The level below which this programme is silent."""
        floor = self._ordered[int(len(self._levels) * _FLOOR_SHARE)]
        usual = self._ordered[int(len(self._levels) * _USUAL_SHARE)]
        return min(max(_SURE_DBFS, floor + _ABOVE_FLOOR_DB), usual - _BELOW_USUAL_DB)

    @cached_property
    def silences(self) -> tuple[Silence, ...]:
        """All silences of at least 0.12 s, in order."""
        if not self.there:
            return ()
        found = []
        first = 0
        for index, level in enumerate([*self._levels, 0.0]):
            if level <= self.limit_dbfs:
                continue
            if (index - first) / LEVELS_PER_S >= _LEAST_S:
                found.append(Silence(self._frame(first), self._frame(index), (index - first) / LEVELS_PER_S))
            first = index + 1
        return tuple(found)

    def silent_share(self, span: Span) -> float:
        """Return the share of these frames in which there is silence, from 0 to 1."""
        if not self.there:
            return 0.0
        levels = self._in(span)
        return sum(level <= self.limit_dbfs for level in levels) / len(levels)

    def silence_s(self, span: Span) -> float:
        """Return the length in seconds of the longest silence that touches these frames; 0 if there is none."""
        touching = (each.seconds for each in self.silences if each.first <= span[1] and span[0] <= each.end)
        return max(touching, default=0.0)

    def drop_db(self, span: Span) -> float:
        """Return how much quieter the quietest moment of these frames is than the sound around them, in dB."""
        if not self.there:
            return 0.0
        first, end = self._indexes(span)
        reach = round(_AROUND_S * LEVELS_PER_S)
        around = [*self._levels[max(0, first - reach) : first], *self._levels[end : end + reach]]
        return max(0.0, sorted(around)[len(around) * 7 // 10] - min(self._in(span))) if around else 0.0

    def quietest(self, span: Span) -> int:
        """Return the quietest frame of a span: of several that are about equally quiet, the one nearest to its
        middle."""
        middle = (span[0] + span[1]) // 2
        if not self.there:
            return middle
        least = min(self._in(span)) + _TOLERANCE_DB
        quiet = [frame for frame in range(*span) if max(self._in((frame, frame + 1))) <= least]
        quiet = quiet or [frame for frame in range(*span) if min(self._in((frame, frame + 1))) <= least]
        return min(quiet, key=lambda frame: abs(frame - middle), default=middle)

    def _in(self, span: Span) -> Sequence[float]:
        first, end = self._indexes(span)
        return self._levels[first:end] or self._levels[-1:]

    def _indexes(self, span: Span) -> tuple[int, int]:
        first = int(self._rate.seconds(span[0]) * LEVELS_PER_S)
        return first, max(first + 1, math.ceil(self._rate.seconds(span[1]) * LEVELS_PER_S))

    def _frame(self, index: int) -> int:
        return self._rate.nearest(index / LEVELS_PER_S)
