"""The variants of a spot: other versions of it that air in turn, by weight. Pure.

Which version airs depends on the airing alone, so the same plan has the same versions again, also after a restart.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from retrovue_tui.schedule.spots.spot_rules import PoolSpot


def with_versions(spots: Iterable[PoolSpot]) -> list[PoolSpot]:
    """Return the spots of a pool with their versions, without the variants as spots of their own. A variant of another
    length than its spot never airs: it would move all that follows."""
    known = {spot.file: spot for spot in spots}
    found = []
    for spot in known.values():
        if spot.variant_of in known:
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
