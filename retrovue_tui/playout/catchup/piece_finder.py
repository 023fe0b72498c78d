"""Finds the prepared pieces of what aired, and what must be rendered again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.media.asset import Asset
from retrovue_tui.media.rendering.render_demand import Need

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.protocol.answers.asrun import AsRunEntry

GONE: Final = "its file is not in the library any more, and its prepared pieces are gone"
CHANGED: Final = "its file has changed since it aired, and its prepared pieces are gone"
SHORTER: Final = "it is shorter now than when it aired"
_NO_MEDIA: Final = Fraction(1_000_000)
"""The duration of an asset without a media file: longer than any media, so that all of its pieces are found."""


class PictureFile(NamedTuple):
    """A file of pictures: its first picture is asset frame `first`, its last one is frame `end` - 1."""

    path: Path
    first: int
    end: int


class PieceFinder:
    """Looks up the pieces of rows of the as-run log.

    Pieces are found by the key of the content that aired. So they are found even if the media file is gone or has other
    content now, as long as they are in the cache. Only a file with the same content can be rendered again.
    """

    def __init__(
        self, store: PieceStore, asset: Callable[[Path], Asset | None], fault: Callable[[Asset], str | None]
    ) -> None:
        """`asset` returns the asset at a path, and `fault` the reason why an asset cannot be rendered now."""
        self._store = store
        self._asset_at = asset
        self._fault_of = fault
        self._piece = store.house.piece_frames

    async def asset(self, row: AsRunEntry) -> Asset | None:
        """Return the asset that aired, with its pieces looked up. None if a row of an older version names a file that
        is gone, or has changed since."""
        file = Path(row.file)
        asset = self._asset_at(file)
        if row.asset is None:
            if asset is None or asset.mtime_ns > row.started_at * 1e9:
                return None
        elif asset is None or asset.key != row.asset:
            asset = Asset(file, row.asset, 0, 0, _NO_MEDIA)
        await self._store.open(asset)
        return asset

    def find(self, asset: Asset, first: int, end: int) -> PictureFile | None:
        """Return a file that begins with asset frame `first`, and contains all frames up to `end`. None if there is
        none. All frames are of one piece."""
        index = self._store.index(asset)
        number, rest = divmod(first, self._piece)
        piece = index.pieces.get(number)
        if not rest and piece is not None and piece.end >= end:
            return PictureFile(self._store.piece_path(asset, number), first, piece.end)
        edges = [each.end for each in index.edges.values() if each.first == first and each.end >= end]
        if not edges:
            return None
        until = end if end in edges else max(edges)
        return PictureFile(self._store.edge_path(asset, first, until), first, until)

    def need(self, asset: Asset, first: int, end: int, air_at: float) -> Need | None:
        """Return the render that makes a file for `find`, due at the event loop's time `air_at`. None if that is not
        possible; see `why_not`."""
        number, rest = divmod(first, self._piece)
        piece = self._store.index(asset).pieces.get(number)
        if piece is not None:  # cut out of a prepared piece, which needs no media file
            return Need(asset, first, piece.end, air_at) if rest and piece.end >= end else None
        until = min((number + 1) * self._piece, self._store.frames(asset))
        return Need(asset, first, until, air_at) if until >= end and self._fault(asset) is None else None

    def why_not(self, asset: Asset) -> str:
        """Return the reason why pieces of this asset cannot be rendered again."""
        return self._fault(asset) or SHORTER

    def _fault(self, asset: Asset) -> str | None:
        if asset.duration == _NO_MEDIA:
            return GONE if self._asset_at(asset.path) is None else CHANGED
        return self._fault_of(asset)

    async def vanished(self, asset: Asset) -> None:
        """Look up an asset's pieces again, because a file of one is gone."""
        await self._store.forget(asset)
