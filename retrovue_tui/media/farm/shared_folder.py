"""A worker's side of the folder that it shares with the station. A piece is written under a hidden name and flushed to
the disk, and gets its name only then: the station never sees a part of one."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import FFmpegError
from retrovue_tui.files.atomic_write import replacing, write_atomically
from retrovue_tui.media.rendering.piece_index import Index

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.media.analysis.measuring.piece_signals import PieceSignals
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.farm.render_order import RenderOrder
    from retrovue_tui.media.rendering.piece_index import Piece

WRITE_S: Final = 60.0
"""The time limit for writing one piece into the shared folder (s). A share that takes longer is treated as broken."""
_LEAST_FREE: Final = 50_000_000


def signals_name(first: int, end: int) -> str:
    """Return the name of the file with what was measured of the frames [first, end)."""
    return f"s{first}-{end}.json"


class ShareError(FFmpegError):
    """The shared folder cannot be written."""


class SharedFolder:
    """The target of a render for one order: its pieces, and what is measured of them. `delivered` is called after each
    piece with it, whether it is an edge piece, and the asset's exact length if the piece is its last. Unfinished files
    are in `scratch`, on the worker's own disk."""

    def __init__(self, order: RenderOrder, scratch: Path, delivered: Callable[[Piece, bool, int | None], None]) -> None:
        self.house = order.house
        self._order, self._scratch, self._delivered = order, scratch, delivered

    def work_folder(self) -> Path:
        """Create a folder for unfinished files. Blocking."""
        return Path(tempfile.mkdtemp(prefix="render-", dir=self._scratch))

    def nearly_full(self) -> bool:
        """Return whether the worker's disk or the shared one has too little space. Blocking."""
        folders = (self._scratch, self._order.folder)
        return any(shutil.disk_usage(folder).free < _LEAST_FREE for folder in folders)

    def frames(self, asset: Asset) -> int:
        """Return the asset's length in frames, as the station knows it."""
        return self._order.length

    def index(self, asset: Asset) -> Index:
        """Return an empty index: only the station knows the pieces."""
        return Index(str(asset.path))

    async def add_piece(self, asset: Asset, made: Path, piece: Piece, end: int | None = None) -> None:
        """Deliver a whole piece. Raises `ShareError`."""
        await self._put(made, f"{piece.first // self.house.piece_frames:06d}.ts")
        self._delivered(piece, False, end)

    async def add_edge(self, asset: Asset, made: Path, edge: Piece) -> None:
        """Deliver an edge piece. Raises `ShareError`."""
        await self._put(made, f"e{edge.first}-{edge.end}.ts")
        self._delivered(edge, True, None)

    async def wants(self, asset: Asset) -> bool:
        """Return whether the order is to measure the pieces."""
        return self._order.measure

    async def add(self, asset: Asset, piece: PieceSignals, frames: int | None) -> None:
        """Deliver what was measured of a piece, before the piece itself. Raises `OSError`."""
        data = json.dumps(piece.to_json(), separators=(",", ":")).encode()
        path = self._order.folder / signals_name(piece.first, piece.end)
        await asyncio.to_thread(write_atomically, path, data, durable=False)

    async def _put(self, made: Path, name: str) -> None:
        target = self._order.folder / name
        try:
            async with asyncio.timeout(WRITE_S):
                await asyncio.to_thread(_put, made, target)
        except TimeoutError:
            raise ShareError(f"{target.parent} takes longer than {WRITE_S:.0f} s to write a piece") from None
        except OSError as error:
            raise ShareError(f"{target.parent} cannot be written: {error.strerror or error}") from error


def _put(made: Path, target: Path) -> None:
    with replacing(target) as fresh, made.open("rb") as source, fresh.open("xb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    made.unlink(missing_ok=True)
