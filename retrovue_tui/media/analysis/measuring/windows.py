"""Chooses the few parts of a programme that are worth decoding. Pure.

Decoding is expensive, and begins at a key frame. So each window has a cost, and the windows that promise most for their
cost come first, until the budget is used up.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.analysis.measuring.signals import CALM_FRAMES, PacketRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrovue_tui.media.analysis.measuring.signals import FileMark, PacketFacts, Span
    from retrovue_tui.media.analysis.measuring.sound_track import Silence
    from retrovue_tui.timecode import FrameRate

_BEFORE_S, _AFTER_S = 0.5, 0.25
"""How much is decoded before and after a place: enough to see a fade (s)."""
_MARK_S: Final = 1.5
_LONGEST_S: Final = 3.0
"""The longest run of flat pictures that is decoded whole (s). Of a longer one, only the beginning and the end are
decoded."""
_DARK_S: Final = 1.0
"""The length that is decoded after a black key frame, to find the end of the black (s)."""
_FLAT: Final = 0.06
"""A run whose pictures have at most this share of the usual size is flat or frozen; others are only calm."""
_LONG_SILENCE_S: Final = 1.0
_NEAR_S: Final = 0.2
_JUMP_WORTH: Final = 0.1
_BUDGETS: Final = ((0.9, 0.1), (0.7, 0.06), (0.5, 0.04), (0.0, 0.02))
"""Pairs of a window's least worth and a share of the programme. Such a window is decoded if it and all better ones
together cost at most that share."""
_LEAST_S: Final = 60.0
"""The length that may be decoded of even the shortest programme (s)."""
_LEAD_COST: Final = 0.6
"""The cost of a frame that is decoded only because other frames need it, relative to a frame that is looked at."""
_SURVEYED: Final = 30
_TAIL_SURVEYED: Final = 12
_TAIL_SHARE: Final = 0.08
_DENSE_S: Final = 0.5
_MOST_DENSE: Final = 3000
_MANY_RUNS: Final = 10
"""More runs of flat pictures than this in a minute mean that they are usual in this programme."""


@dataclass(frozen=True)
class _Place:
    """A window, and how much it promises: from 0, to more than 1 for flat pictures in silence."""

    first: int
    end: int
    worth: float


def choose_windows(
    packets: PacketFacts,
    silences: Sequence[Silence],
    marks: Sequence[FileMark],
    rate: FrameRate,
    frames: int,
    dark: Sequence[int] = (),
) -> list[Span]:
    """Return the spans to decode, sorted, none overlapping another. `dark` are key frames that are known to be
    black."""
    edge = rate.count(60)
    runs = [*packets.runs, *(PacketRun(frame, frame + rate.count(_DARK_S), _FLAT) for frame in dark)]
    places = [
        place
        for place in _places(replace(packets, runs=tuple(runs)), silences, marks, rate)
        if place.end > edge and place.first < frames - edge
    ]
    least = rate.count(_LEAST_S)
    chosen: list[Span] = []
    paid: set[int] = set()
    spent = 0.0
    keys = packets.keys
    for place in sorted(places, key=lambda each: (-each.worth, each.first)):
        cost = _cost(place, keys, paid)
        share = next(share for worth, share in _BUDGETS if place.worth >= worth)
        if spent + cost > max(least, frames * share):
            continue
        spent += cost
        paid.update(_blocks(place, keys))
        chosen.append((max(0, place.first), min(frames, place.end)))
    return merged(chosen)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans sorted, with overlapping ones joined."""
    kept: list[Span] = []
    for first, end in sorted(spans):
        if kept and first <= kept[-1][1]:
            kept[-1] = kept[-1][0], max(end, kept[-1][1])
        else:
            kept.append((first, end))
    return kept


def groups(windows: Sequence[Span], keys: Sequence[int]) -> list[list[Span]]:
    """Return the windows in groups that are decoded in one go, because no key frame lies between them."""
    found: list[list[Span]] = []
    for window in windows:
        if found and bisect_right(keys, window[0]) == bisect_right(keys, found[-1][-1][1]):
            found[-1].append(window)
        else:
            found.append([window])
    return found


def survey_frames(packets: PacketFacts, frames: int, rate: FrameRate) -> list[int]:
    """Return the key frames to look at, sorted: some from the whole programme, and more from its end, where the credits
    are. If the packets' sizes say nothing, or show flat pictures everywhere (cartoons, screen recordings), a key frame
    twice a second."""
    step = max(1, rate.count(_DENSE_S), frames // _MOST_DENSE)
    if not packets.keys:
        return list(range(0, frames, step))
    flat = sum(run.share <= _FLAT for run in packets.runs)
    if packets.even or flat > _MANY_RUNS * rate.seconds(frames) / 60:
        return _thinned(packets.keys, step)
    tail = max(rate.count(120), int(frames * _TAIL_SHARE))
    wanted = [frames * (2 * n + 1) // (2 * _SURVEYED) for n in range(_SURVEYED)]
    wanted += [frames - tail * n // _TAIL_SURVEYED for n in range(1, _TAIL_SURVEYED)]
    keys = packets.keys
    return sorted({keys[max(0, bisect_right(keys, frame) - 1)] for frame in wanted})


def _thinned(keys: Sequence[int], step: int) -> list[int]:
    kept: list[int] = []
    for key in keys:
        if not kept or key - kept[-1] >= step:
            kept.append(key)
    return kept


def _places(
    packets: PacketFacts, silences: Sequence[Silence], marks: Sequence[FileMark], rate: FrameRate
) -> Iterable[_Place]:
    before, after, near = rate.count(_BEFORE_S), rate.count(_AFTER_S), rate.count(_NEAR_S)
    longest, reach = rate.count(_LONGEST_S), rate.count(_MARK_S)
    for mark in marks:
        yield _Place(mark.frame - reach, mark.frame + reach, 1.3)
    starts = [silence.first for silence in silences]
    calm: set[int] = set()
    for run in packets.runs:
        index = _silence_at(run, silences, starts, near)
        if index is not None:
            calm.add(index)
        worth = _worth_of_run(run) + (0.0 if index is None else _worth_of_silence(silences[index], packets.calm))
        if run.end - run.first <= longest:
            yield _Place(run.first - before, run.end + after, worth)
        else:
            yield _Place(run.first - before, run.first + longest // 2, worth)
            yield _Place(run.end - longest // 2, run.end + after, worth)
    for index, silence in enumerate(silences):
        if index in calm:
            continue
        first, end = silence.first - near, silence.end + near
        jump = bisect_left(packets.jumps, first)
        jumps = jump < len(packets.jumps) and packets.jumps[jump] <= end
        worth = _worth_of_silence(silence, packets.calm) + (_JUMP_WORTH if jumps else 0.0)
        yield _Place(first, min(end, first + longest), worth)


def _worth_of_run(run: PacketRun) -> float:
    """Return how much a run of small pictures promises: most if it is flat, and least if it is only calm."""
    return 0.5 if run.share <= _FLAT else max(0.0, 0.25 - 0.7 * run.share)


def _worth_of_silence(silence: Silence, calm: bytes) -> float:
    """Return how much a silence promises: most if it is long and its pictures are small."""
    share = min(calm[silence.first // CALM_FRAMES : silence.end // CALM_FRAMES + 1], default=100) / 100
    return 0.2 + 0.35 * min(1.0, silence.seconds / _LONG_SILENCE_S) + 0.25 * (1 - min(1.0, share))


def _silence_at(run: PacketRun, silences: Sequence[Silence], starts: list[int], near: int) -> int | None:
    """Return the index of a silence that touches a run; None if there is none."""
    index = bisect_right(starts, run.end + near) - 1
    return index if index >= 0 and silences[index].end >= run.first - near else None


def _cost(place: _Place, keys: Sequence[int], paid: set[int]) -> float:
    """Return the cost of a window in decoded frames. Decoding begins at the key frame before it, unless another window
    pays for that."""
    index = max(0, bisect_right(keys, place.first) - 1)
    lead = place.first - keys[index] if keys and index not in paid else 0
    return place.end - place.first + _LEAD_COST * max(0, lead)


def _blocks(place: _Place, keys: Sequence[int]) -> range:
    return range(max(0, bisect_right(keys, place.first) - 1), bisect_right(keys, place.end))
