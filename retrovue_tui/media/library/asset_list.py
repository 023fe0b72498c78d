"""All assets sorted by path, and the assets of each pool. They are sorted when an asset changes, not when they are
requested."""

from __future__ import annotations

import os
from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.media.asset import Asset


class AssetList:
    """Assets by path. `pools` contains the folders of each pool, as normalised absolute paths."""

    def __init__(self, pools: Mapping[str, Sequence[str]]) -> None:
        self._prefixes = {name: tuple(each.rstrip(os.sep) + os.sep for each in some) for name, some in pools.items()}
        self.revision: object = object()
        """Another object after each change. To compare it costs nothing; `all` makes a new tuple after a change."""
        self._by_path: dict[Path, Asset] = {}
        self._copy: dict[Path, Asset] | None = None
        self._all = _Sorted()
        self._pools = {name: _Sorted() for name in pools}

    def __len__(self) -> int:
        return len(self._by_path)

    def __iter__(self) -> Iterator[Asset]:
        return iter(self.all())

    def get(self, path: Path) -> Asset | None:
        """Return the asset at a path; None if there is none."""
        return self._by_path.get(path)

    def put(self, asset: Asset) -> None:
        """Add an asset, or replace the one at the same path."""
        self._by_path[asset.path] = asset
        self._note_change()
        for each in (self._all, *(self._pools[name] for name in self.pools_of(asset.path))):
            each.put(asset)

    def drop(self, path: Path) -> bool:
        """Remove the asset at a path; return whether there was one."""
        if self._by_path.pop(path, None) is None:
            return False
        self._note_change()
        for each in (self._all, *(self._pools[name] for name in self.pools_of(path))):
            each.drop(path)
        return True

    def all(self) -> tuple[Asset, ...]:
        """Return all assets, sorted by path. The same tuple is returned until an asset changes."""
        return self._all.items()

    def pool(self, name: str) -> tuple[Asset, ...]:
        """Return the assets of a pool, sorted by path; empty for an unknown pool. The same tuple is returned until one
        of them changes."""
        found = self._pools.get(name)
        return () if found is None else found.items()

    def pools_of(self, path: Path) -> tuple[str, ...]:
        """Return the names of the pools that have a folder which contains this path."""
        file = str(path)
        return tuple(name for name, prefixes in self._prefixes.items() if file.startswith(prefixes))

    def by_path(self) -> Mapping[Path, Asset]:
        """Return all assets by path, in no order, as they are now: another thread can iterate over them. The same
        mapping is returned until an asset changes."""
        if self._copy is None:
            self._copy = dict(self._by_path)
        return self._copy

    def _note_change(self) -> None:
        self.revision, self._copy = object(), None


class _Sorted:
    def __init__(self) -> None:
        self._names: list[str] = []
        self._assets: dict[str, Asset] = {}
        self._items: tuple[Asset, ...] | None = ()

    def put(self, asset: Asset) -> None:
        name = str(asset.path)
        if name not in self._assets:
            insort(self._names, name)
        self._assets[name] = asset
        self._items = None

    def drop(self, path: Path) -> None:
        name = str(path)
        if self._assets.pop(name, None) is not None:
            del self._names[bisect_left(self._names, name)]
            self._items = None

    def items(self) -> tuple[Asset, ...]:
        if self._items is None:
            self._items = tuple(map(self._assets.__getitem__, self._names))
        return self._items
