"""The other versions of a channel's spot, while the spot is split among groups of viewers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from retrovue_tui.audience.groups import group_of

if TYPE_CHECKING:
    from pathlib import Path


class Side(NamedTuple):
    """One group of one split. `split`: the number of the split on its channel; `group`: that of the group, from 0."""

    split: int
    group: int


VersionTap = Callable[[tuple[Side, ...], int, bytes, bool], None]
"""Receives each picture that only the viewers of some groups get: the groups to which they all belong, the number of
the picture on the bus, its packets, and whether it is a key frame."""


_group_of = lru_cache(maxsize=20_000)(group_of)
"""Remembers the groups of viewers, because a split asks for all of them at once, in the middle of the stream."""


@dataclass(frozen=True)
class Groups:
    """The groups of viewers of one spot. `spot`: its file. `files`: what each group sees; group 0 sees the spot itself,
    and so do viewers without a group. `weights`: the shares of the groups, in proportion to each other. `text`: all of
    it for people."""

    spot: Path
    files: tuple[Path, ...]
    weights: tuple[float, ...]
    text: str = ""

    def number(self, key: str) -> int:
        """Return the number of the group to which a viewer belongs; 0 for one without a key."""
        return _group_of(key, str(self.spot), self.weights) if key else 0

    def shown(self, key: str) -> int:
        """Return the number of a viewer's group if the group sees another version than the spot itself; otherwise 0."""
        number = self.number(key)
        return 0 if self.files[number] == self.spot else number

    def name(self, key: str) -> str:
        """Return the file that a viewer sees, as the name of its group in the counts of the audience; empty for a
        viewer without a key, who was not put into a group by chance."""
        return str(self.files[self.number(key)]) if key else ""


@dataclass
class OtherVersions:
    """The versions of a channel's spots, in one quality. `taps`: get the pictures that only some groups get. `groups`:
    those of the last splits, by the number of the split. `text` returns the versions of a file that splits the viewers,
    for people; empty for any other file."""

    taps: list[VersionTap] = field(default_factory=list)
    groups: dict[int, Groups] = field(default_factory=dict)
    text: Callable[[Path], str] = lambda file: ""
