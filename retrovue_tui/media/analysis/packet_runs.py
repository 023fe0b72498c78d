"""Reads the sizes of a video's packets: finds flat pictures and new scenes without decoding anything. Pure.

A flat or frozen picture costs an encoder next to nothing, and the first picture of a new scene costs a lot.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.analysis.signals import PacketFacts, PacketRun

if TYPE_CHECKING:
    from collections.abc import Sequence

Packet = tuple[int, int, bool]
"""The frame from which a picture is shown, the size of its packet in bytes, and whether it is a key frame."""

_SMALL: Final = 0.25
"""A picture is small if it has less than this share of the bytes of a usual picture."""
_LEAST_PICTURES: Final = 3
_MOST_RUNS: Final = 4000
_EVEN: Final = 0.6
"""If even the smallest pictures have this share of the usual size, the sizes say nothing (DV, constant bitrates)."""
_LARGE: Final = 5.0
"""A picture with this many times the bytes of a usual one probably begins a new scene, also if it is no key frame."""


def read_packets(packets: Sequence[Packet]) -> PacketFacts:
    """Return what the packets show. They may be in any order."""
    ordered = sorted(packets)
    if not ordered:
        return PacketFacts()
    usual = _usual_size([size for _, size, _ in ordered])
    keys = tuple(sorted({frame for frame, _, key in ordered if key}))
    runs = _runs(ordered, usual)
    if len(runs) > _MOST_RUNS:
        runs = sorted(sorted(runs, key=lambda run: run.share)[:_MOST_RUNS], key=lambda run: run.first)
    sizes = sorted(size for _, size, _ in ordered)
    even = sizes[len(sizes) // 100] > _EVEN * usual
    return PacketFacts(len(ordered), keys, _jumps(ordered, keys, usual), tuple(runs), even)


def _usual_size(sizes: list[int]) -> float:
    """Return the size of a usual picture: the median, or more if most of the pictures stand still."""
    return max(1.0, median(sizes), sum(sizes) / len(sizes) / 3)


def _runs(ordered: list[Packet], usual: float) -> list[PacketRun]:
    found = []
    first = 0
    for index in range(len(ordered) + 1):
        if index < len(ordered) and ordered[index][1] < _SMALL * usual:
            continue
        if index - first >= _LEAST_PICTURES:
            sizes = [size for _, size, _ in ordered[first:index]]
            end = ordered[index][0] if index < len(ordered) else ordered[-1][0] + 1
            found.append(PacketRun(ordered[first][0], end, round(sum(sizes) / len(sizes) / usual, 4)))
        first = index + 1
    return found


def _jumps(ordered: list[Packet], keys: tuple[int, ...], usual: float) -> tuple[int, ...]:
    """Return the frames of probable new scenes: key frames that break the rhythm of key frames, and pictures that are
    much larger than usual."""
    rhythm = Counter(later - earlier for earlier, later in pairwise(keys))
    usual_gap = max(rhythm, key=lambda gap: (rhythm[gap], gap), default=0)
    found = {later for earlier, later in pairwise(keys) if abs(later - earlier - usual_gap) > 1}
    found |= {frame for frame, size, key in ordered if not key and size > _LARGE * usual}
    return tuple(sorted(found))
