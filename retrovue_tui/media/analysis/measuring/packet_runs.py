"""Reads the sizes of a video's packets: finds flat pictures and new scenes without decoding anything. Pure.

A flat or frozen picture costs an encoder next to nothing, and the first picture of a new scene costs a lot.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.analysis.measuring.signals import CALM_FRAMES, PacketFacts, PacketRun

if TYPE_CHECKING:
    from collections.abc import Sequence

Packet = tuple[int, int, bool]
"""The frame from which a picture is shown, the size of its packet in bytes, and whether it is a key frame."""

_SMALL: Final = 0.25
"""A picture is small if it has less than this share of the bytes of a usual picture."""
_GROUP: Final = 4
"""Of this many successive pictures, at least one is no B-frame. B-frames are always small."""
_MOST_RUNS: Final = 4000
_EVEN: Final = 0.6
"""If even the smallest pictures have this share of the usual size, the sizes say nothing (DV, constant bitrates)."""
_LARGE: Final = 2.5
"""A picture with this many times the bytes of each of the `_NEAR` pictures before and after it probably begins a new
scene, also if it is no key frame."""
_NEAR: Final = 6
_MOST_FRAMES: Final = 20_000_000
_BLOCK: Final = 256
_CALMEST: Final = 0.12


def read_packets(packets: Sequence[Packet]) -> PacketFacts:
    """Return the findings from these packets, which may be in any order."""
    ordered = sorted(packets)
    if not ordered:
        return PacketFacts()
    keys = tuple(sorted({frame for frame, _, key in ordered if key}))
    groups = _largest_of_groups([size for _, size, _ in ordered])
    usual = max(1.0, median(groups), sum(groups) / len(groups) / 3)
    near = _usual_nearby(groups, usual)
    shares = [group / near[index // _BLOCK] for index, group in enumerate(groups)]
    runs = _runs(ordered, shares)
    if len(runs) > _MOST_RUNS:
        runs = sorted(sorted(runs, key=lambda run: run.share)[:_MOST_RUNS], key=lambda run: run.first)
    sizes = sorted(size for _, size, _ in ordered)
    even = sizes[len(sizes) // 100] > _EVEN * sum(sizes) / len(sizes)
    return PacketFacts(len(ordered), keys, _jumps(ordered, keys), tuple(runs), even, _least_shares(ordered, shares))


def _usual_nearby(groups: list[int], usual: float) -> list[float]:
    """Return the usual size for each block of `_BLOCK` pictures: that of the block and its neighbours, because a scene
    may be calm for long. It is not far below the whole programme's usual size."""
    medians = [median(groups[at : at + _BLOCK]) for at in range(0, len(groups), _BLOCK)]
    return [
        max(usual * _CALMEST, median(medians[max(0, index - 1) : index + 2])) for index in range(len(medians))
    ]  # fmt: skip


def _largest_of_groups(sizes: list[int]) -> list[int]:
    """Return, for each picture, the size of the largest of the `_GROUP` pictures that begin with it. There are fewer
    values than pictures: none begins too close to the end."""
    if len(sizes) <= _GROUP:
        return [max(sizes)]
    return [max(group) for group in zip(*(sizes[n:] for n in range(_GROUP)), strict=False)]


def _runs(ordered: list[Packet], shares: list[float]) -> list[PacketRun]:
    found = []
    first = 0
    for index in range(len(shares) + 1):
        if index < len(shares) and shares[index] < _SMALL:
            continue
        if index > first:
            end = min(index - 1 + _GROUP, len(ordered))
            after = ordered[end][0] if end < len(ordered) else ordered[-1][0] + 1
            found.append(PacketRun(ordered[first][0], after, round(sum(shares[first:index]) / (index - first), 4)))
        first = index + 1
    return found


def _least_shares(ordered: list[Packet], shares: list[float]) -> bytes:
    """Return the least share in each stretch of `CALM_FRAMES` frames, in percent, at most 255."""
    last = min(ordered[-1][0], _MOST_FRAMES)
    least = bytearray(b"\xff" * (last // CALM_FRAMES + 1))
    for (frame, _, _), share in zip(ordered, shares, strict=False):
        if 0 <= frame <= last:
            index = frame // CALM_FRAMES
            least[index] = min(least[index], round(100 * share))
    return bytes(least)


def _jumps(ordered: list[Packet], keys: tuple[int, ...]) -> tuple[int, ...]:
    """Return the frames of probable new scenes: key frames that break the rhythm of key frames, and pictures that are
    much larger than all pictures near them."""
    rhythm = Counter(later - earlier for earlier, later in pairwise(keys))
    usual_gap = max(rhythm, key=lambda gap: (rhythm[gap], gap), default=0)
    found = {later for earlier, later in pairwise(keys) if abs(later - earlier - usual_gap) > 1}
    sizes = [size for _, size, _ in ordered]
    for index, (frame, size, key) in enumerate(ordered):
        before, after = sizes[max(0, index - _NEAR) : index], sizes[index + 1 : index + 1 + _NEAR]
        if not key and size > _LARGE * max([*before, *after, 1]):
            found.add(frame)
    return tuple(sorted(found))
