"""Where a render puts its pieces: the station's store, or the shared folder of a farm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.analysis.measuring.piece_signals import PieceSignals
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_index import Index, Piece


class RenderTarget(Protocol):
    """The part of a `PieceStore` that a render needs; its methods are described there."""

    house: HouseFormat

    def work_folder(self) -> Path:
        """Create a folder for unfinished files. Blocking."""

    def nearly_full(self) -> bool:
        """Return whether the disk has too little space for a few more pieces. Blocking."""

    def frames(self, asset: Asset) -> int:
        """Return the asset's length in frames."""

    def index(self, asset: Asset) -> Index:
        """Return the index of the asset's pieces, as far as it is known."""

    async def add_piece(self, asset: Asset, made: Path, piece: Piece, end: int | None = None) -> None:
        """Take a checked file as a whole piece."""

    async def add_edge(self, asset: Asset, made: Path, edge: Piece) -> None:
        """Take a checked edge piece."""


class SignalTarget(Protocol):
    """The part of a `PreparedAnalysis` that a render needs; its methods are described there."""

    async def wants(self, asset: Asset) -> bool:
        """Return whether a render of this asset should measure it."""

    async def add(self, asset: Asset, piece: PieceSignals, frames: int | None) -> None:
        """Take the signals of a piece. `frames` is the asset's exact length, if it is known."""
