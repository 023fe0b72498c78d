"""The variants of a spot: other versions of it that air in turn, by weight, or at once, each to a group of the viewers.
Pure.

Which version airs depends on the airing alone, so the same plan has the same versions again, also after a restart.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from retrovue_tui.schedule.spots.spot_rules import PoolSpot


class Version(NamedTuple):
    """A version of a spot: its file, its weight, and its length in house frames."""

    file: Path
    weight: float
    frames: int


class SplitSpot(NamedTuple):
    """A spot that splits the viewers: its file, and its versions; the first one is the spot itself. `refused`: why
    each of the other variants does not air."""

    file: Path
    versions: tuple[Version, ...]
    refused: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The versions and their shares, for people: `cola.mp4 50 %, cola b.mp4 50 %`."""
        total = sum(each.weight for each in self.versions)
        return ", ".join(f"{each.file.name} {100 * each.weight / total:.0f} %" for each in self.versions)


def with_versions(spots: Iterable[PoolSpot]) -> list[PoolSpot]:
    """Return the spots of a pool with their versions, without the variants as spots of their own. A variant of another
    length than its spot never airs: it would move all that follows."""
    known = {spot.file: spot for spot in spots}
    found = []
    for spot in known.values():
        if spot.variant_of in known:
            continue
        if spot.split:
            found.append(spot)
            continue
        others = (spot.file.with_name(name) for name in spot.variants)
        weights = spot.variant_weights or (1.0,) * (1 + len(spot.variants))
        named = [spot.file, *others]
        versions = tuple(
            (file, weight)
            for file, weight in zip(named, weights, strict=False)
            if file in known and known[file].frames == spot.frames
        )
        found.append(replace(spot, versions=versions) if len(versions) > 1 else spot)
    return found


def split_versions(spot: PoolSpot, frames: Callable[[Path], int | None]) -> SplitSpot | None:
    """Return the versions of a spot that splits the viewers; None if it does not, or if no variant can air.

    `frames` returns the length of a file in house frames; None if it cannot air. The spot itself comes first: it is
    what all see who belong to no group. All groups see equally many frames, so a longer variant is refused, and a
    shorter one unless a card may follow it.
    """
    length = frames(spot.file) if spot.split and spot.variants else None
    if not length:
        return None
    own, *variants = _weighted(spot)
    refused = split_refusals(spot, frames)
    others = [
        Version(file, weight, count)
        for file, weight in variants
        if file.name not in refused and (count := frames(file)) is not None
    ]
    if not others or own[1] + sum(each.weight for each in others) <= 0:
        return None
    return SplitSpot(spot.file, (Version(*own, length), *others), tuple(refused.values()))


def split_refusals(spot: PoolSpot, frames: Callable[[Path], int | None]) -> dict[str, str]:
    """Return why variants of a spot that splits the viewers do not air, by their names. `frames`: see
    `split_versions`."""
    length = frames(spot.file) if spot.split else None
    refused = {}
    for file, _ in _weighted(spot)[1:] if length else ():
        count = frames(file)
        if length and count != length and not (count and count < length and spot.shorter == "card"):
            refused[file.name] = _why_not(file.name, count, length)
    return refused


def _weighted(spot: PoolSpot) -> list[tuple[Path, float]]:
    """Return the files of a spot and its variants with their weights; the spot itself comes first."""
    files = [spot.file, *(spot.file.with_name(name) for name in spot.variants)]
    return list(zip(files, spot.variant_weights or (1.0,) * len(files), strict=False))


def _why_not(name: str, frames: int | None, length: int) -> str:
    if frames is None:
        return f"{name} cannot air"
    if frames > length:
        return f"{name} is longer than the spot: let the longest version be the spot itself"
    return f'{name} is shorter than the spot: set shorter_variants = "card", and a card follows it'


def equal_versions(spot: PoolSpot, frames: Callable[[Path], int | None]) -> tuple[PoolSpot, tuple[str, ...]]:
    """Return a spot whose variants air in turn, with the versions that can do so, and why each of the other variants
    does not. `frames` returns the length of a file in house frames; None if it is not known."""
    length = frames(spot.file)
    weights = spot.variant_weights or (1.0,) * (1 + len(spot.variants))
    versions, refused = [(spot.file, weights[0])], []
    for name, weight in zip(spot.variants, weights[1:], strict=False):
        file = spot.file.with_name(name)
        if (count := frames(file)) == length:
            versions.append((file, weight))
        elif length and count:
            refused.append(
                f"{name} does not air: it has {count} frames, and the spot has {length}, so all that follows would "
                "move; cut both to the same length"
            )
    return replace(spot, versions=tuple(versions) if len(versions) > 1 else ()), tuple(refused)


def version_of(spot: PoolSpot, airing: str) -> Path:
    """Return the file of the version of a spot that airs. `airing`: what identifies the airing."""
    total = sum(weight for _, weight in spot.versions)
    if total <= 0:
        return spot.file
    digest = hashlib.blake2b(f"{spot.file}\0{airing}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    place = (int.from_bytes(digest) >> 11) / (1 << 53) * total
    for file, weight in spot.versions:
        place -= weight
        if place < 0:
            return file
    return next(file for file, weight in reversed(spot.versions) if weight > 0)


def version_title(spot: PoolSpot, file: Path) -> str:
    """Return the title under which a version of a spot is planned: that of the spot, and which variant it is."""
    return spot.title if file == spot.file else f"{spot.title} ({file.stem})"
