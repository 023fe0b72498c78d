"""Finds black pictures, fades, cuts and end credits in the brightness of decoded pictures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.media.analysis.measuring.signals import FrameLook

_DARK: Final = 50
"""A picture may be black if its luma is not above this value (16 is black): old captures have grey blacks."""
_ABOVE_FLOOR: Final = 14
"""The black behind letters is at most this much brighter than the darkest pixels of the programme."""
_FLAT, _VERY_FLAT = (14, 4.0), (8, 1.8)
"""For each: a span of luma, and a standard deviation. A picture is flat if nearly all of its pixels lie within that
span, with at most that deviation. Dark scenes and letters on black are not flat. A grey that is brighter than the
programme's darkest pixels has to be flatter: a misty night is no black."""
_NEAR_FLOOR: Final = 8
_FADE_PICTURES: Final = 5
"""A fade takes at least this many pictures."""
_LONGEST_FADE: Final = 500
_FADE_DEPTH: Final = 14
_FADE_STEP: Final = 24
"""From one picture of a fade to the next, the brightness changes by at most this much, or by half of what it has
changed so far."""
_CUT_CHANGE: Final = 8.0
_CUT_FACTOR: Final = 4.0
"""A cut changes the picture by this much luma, and by this many times the usual change around it."""
_FLASH_PICTURES: Final = 6
_CREDITS_LEAST: Final = 3
_LETTERS: Final = 60
"""Letters are this much brighter than the black behind them."""


@dataclass(frozen=True)
class Black:
    """Black frames [first, end). `level` is their luma. `fades_out`, `fades_in`: the picture before them becomes dark,
    or the one after them bright, little by little."""

    first: int
    end: int
    level: int
    fades_out: bool = False
    fades_in: bool = False

    @property
    def fades(self) -> bool:
        """Whether the picture fades on one side at least."""
        return self.fades_out or self.fades_in


def floor_of(survey: Sequence[FrameLook]) -> int:
    """Return the luma of the darkest pixels of a programme; 16 if that is not known."""
    return min((look.low for look in survey), default=16)


def is_black(look: FrameLook, floor: int) -> bool:
    """Return whether a picture is black in a programme whose darkest pixels have the luma `floor`."""
    most_range, most_spread = _FLAT if look.middle <= floor + _NEAR_FLOOR else _VERY_FLAT
    return look.middle <= _DARK and look.high - look.low <= most_range and look.spread <= most_spread


def blacks(window: Sequence[FrameLook], floor: int) -> list[Black]:
    """Return the black frames of one decoded window, in order."""
    found = []
    first: int | None = None
    for index in range(len(window) + 1):
        black = index < len(window) and is_black(window[index], floor)
        if black and first is None:
            first = index
        elif not black and first is not None:
            found.append(_black(window, first, index))
            first = None
    return found


def _black(window: Sequence[FrameLook], first: int, index: int) -> Black:
    level = round(median(look.middle for look in window[first:index]))
    end = window[index].frame if index < len(window) else window[index - 1].frame + 1
    before = [look.upper for look in reversed(window[max(0, first - _LONGEST_FADE) : first])]
    after = [look.upper for look in window[index : index + _LONGEST_FADE]]
    return Black(window[first].frame, end, level, _fades(before, level), _fades(after, level))


def _fades(uppers: list[int], level: int) -> bool:
    """Return whether the brightness rises little by little from black. `uppers` are the values of the pictures next to
    the black ones, the nearest first."""
    rise = 0
    values = [level, *uppers]
    for near, far in pairwise(values):
        if far < near - 1 or far - near > max(_FADE_STEP, (far - level) // 2):
            break
        rise += 1
    return rise >= _FADE_PICTURES and values[rise] - level >= _FADE_DEPTH


def joined(found: Sequence[Black], covered: Sequence[tuple[int, int]]) -> list[Black]:
    """Join blacks of different windows if the frames between them lie inside one of the spans `covered`."""
    kept: list[Black] = []
    for each in sorted(found, key=lambda black: black.first):
        last = kept[-1] if kept else None
        if last is not None and (
            each.first <= last.end or any(first <= last.end and each.first <= end for first, end in covered)
        ):
            end = max(last.end, each.end)
            fades_in = each.fades_in if each.end >= last.end else last.fades_in
            kept[-1] = Black(last.first, end, last.level, last.fades_out, fades_in)
        else:
            kept.append(each)
    return kept


def cuts(window: Sequence[FrameLook]) -> list[int]:
    """Return the first frame of each new scene in a decoded window. A flash is no cut."""
    changes = [max(0.0, look.change) for look in window]
    found = []
    for index, change in enumerate(changes):
        near = [*changes[max(0, index - 6) : index], *changes[index + 1 : index + 7]]
        if change >= _CUT_CHANGE and near and change >= _CUT_FACTOR * median(near):
            found.append(window[index].frame)
    close = {
        frame for earlier, later in pairwise(found) if later - earlier <= _FLASH_PICTURES for frame in (earlier, later)
    }
    return [frame for frame in found if frame not in close]


def credits_from(survey: Sequence[FrameLook], floor: int, frames: int, tail: int) -> int | None:
    """Return the frame at which end credits (letters on black) begin; None if there are none. They have to reach into
    the last `tail` frames of the `frames` frames of the programme."""
    first = None
    count = others = 0
    for look in reversed(survey):
        if _is_lettering(look, floor):
            first, count, others = look.frame, count + 1, 0
        elif not is_black(look, floor):
            others += 1
            if others > 1 and (count or look.frame < frames - tail):
                break
    return first if count >= _CREDITS_LEAST else None


def _is_lettering(look: FrameLook, floor: int) -> bool:
    return look.middle <= max(32, floor + _ABOVE_FLOOR) and look.high >= look.middle + _LETTERS > look.upper + 20
