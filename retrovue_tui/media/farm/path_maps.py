"""Where a folder of the station is on another machine that has mounted it elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.media.asset import Asset


def mapped(path: Path, maps: Sequence[tuple[str, str]]) -> Path:
    """Return a path with the longest matching folder of `maps` (pairs: the folder here, the folder there) replaced. A
    path in none of them stays as it is."""
    parts = path.parts
    best: tuple[int, Path] = (0, path)
    for here, there in maps:
        folder = Path(here).parts
        if parts[: len(folder)] == folder and len(folder) > best[0]:
            best = (len(folder), Path(there, *parts[len(folder) :]))
    return best[1]


def mapped_asset(asset: Asset, maps: Sequence[tuple[str, str]]) -> Asset:
    """Return the asset, and the parts of a joined file, with the path that the other machine uses."""
    parts = tuple(mapped_asset(part, maps) for part in asset.parts)
    return replace(asset, path=mapped(asset.path, maps), parts=parts)
