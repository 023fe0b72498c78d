"""The segments that groups of viewers get instead of the channel's own, while a spot is split. Pure."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from retrovue_tui.playout.channel.other_versions import Side
    from retrovue_tui.playout.hls.segment import Segment
    from retrovue_tui.playout.hls.segmenter import Cut

MOST_VERSIONS: Final = 40
"""The most versions of one segment: two splits of six groups that follow one another have fewer."""

Sides = tuple["Side", ...]


class OtherPictures:
    """The pictures that only some groups get, until their segment is complete."""

    def __init__(self, after: int = 0) -> None:
        """`after`: the number of the last split before the run. The groups of a split that began before the run have
        segments of the channel already; from these, no client can go on with the pictures of a group: its counters
        are others. So all see the spot itself."""
        self._after = after
        self._pictures: dict[Sides, dict[int, tuple[bytes, bool]]] = {}

    def add(self, sides: Sides, frame: int, data: bytes, key: bool) -> None:
        """Add a picture; see `VersionTap`."""
        if all(side.split > self._after for side in sides):
            self._pictures.setdefault(sides, {})[frame] = data, key

    def of(self, cut: Cut) -> dict[Sides, list[bytes]]:
        """Return the versions of a complete segment for the groups that get another one, and forget their pictures.
        Each version has as many pictures as the segment, and begins with a key frame."""
        if not self._pictures:
            return {}
        found: dict[Sides, list[bytes]] = {}
        end = cut.first + cut.frames
        within = {sides: each for sides, each in self._pictures.items() if any(cut.first <= n < end for n in each)}
        for sides in _combinations(within):
            if (parts := self._parts(cut, sides, within)) is not None and len(found) < MOST_VERSIONS:
                found[sides] = parts
        kept = {s: {n: p for n, p in each.items() if n >= end} for s, each in self._pictures.items()}
        self._pictures = {sides: each for sides, each in kept.items() if each}
        return found

    @staticmethod
    def _parts(cut: Cut, sides: Sides, within: Mapping[Sides, Mapping[int, tuple[bytes, bool]]]) -> list[bytes] | None:
        """Return the packets of the pictures that viewers of these groups get; None if they are those of all, or
        cannot be decoded because the first pictures of the group are missing."""
        fitting = [within[each] for each in sorted(within, key=len, reverse=True) if set(each) <= set(sides)]
        parts: list[bytes] = []
        before: tuple[bytes, bool] | None = None
        others = False
        for frame, data in enumerate(cut.parts, cut.first):
            own = next((each[frame] for each in fitting if frame in each), None)
            if own is not None and before is None and not own[1]:
                return None
            others = others or own is not None
            parts.append(data if own is None else own[0])
            before = own
        return parts if others else None


def _combinations(keys: Iterable[Sides]) -> Iterator[Sides]:
    """Yield every combination of groups, at most one group of each split, that can make a difference."""
    groups: dict[int, set[Side]] = defaultdict(set)
    for sides in keys:
        for side in sides:
            groups[side.split].add(side)
    for chosen in product(*((None, *sorted(each)) for _, each in sorted(groups.items()))):
        if sides := tuple(side for side in chosen if side is not None):
            yield sides


def segment_for(sides: Collection[Side], versions: Mapping[Sides, Segment]) -> Segment | None:
    """Return the segment that a viewer of these groups gets instead; None if there is none."""
    fitting = [each for each in versions if set(each) <= set(sides)]
    return versions[max(fitting, key=len)] if fitting else None
