"""Refines the break candidates of programmes while they are prepared: collects what the renders measure, and searches
again when all of a programme has been measured."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.media.analysis.candidates import EDGE_S
from retrovue_tui.media.analysis.measuring.signal_store import SignalStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.media.analysis.analyser import Analyser, Analysis
    from retrovue_tui.media.analysis.measuring.piece_signals import PieceSignals
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.timecode import FrameRate

_log = logging.getLogger(__name__)

_LONGEST_S: Final = 6 * 3600
"""A longer programme is not measured: its signals would not fit into a worker's memory and time (s)."""


class PreparedAnalysis:
    """The signals of the programmes that are being prepared, in the folder `store`. `run` searches them for breaks once
    they are complete. Use it in one event loop.

    Only signals of all frames replace what an analysis of the file has found. `on_refined` is called with each result.
    """

    def __init__(
        self, analyser: Analyser, rate: FrameRate, store: Path, on_refined: Callable[[Analysis], None] = lambda _: None
    ) -> None:
        self._analyser, self._rate, self._on_refined = analyser, rate, on_refined
        self._store = SignalStore(store)
        self._complete: asyncio.Queue[tuple[Asset, int]] = asyncio.Queue()
        self._queued: set[str] = set()

    async def wants(self, asset: Asset) -> bool:
        """Return whether a render of this asset should measure it: if it can have breaks, and its candidates are not
        refined yet."""
        seconds = asset.duration
        if asset.video is None or asset.key in self._queued or not 2 * EDGE_S < seconds < _LONGEST_S:
            return False
        return not await self._analyser.is_refined(asset)

    async def add(self, asset: Asset, piece: PieceSignals, frames: int | None) -> None:
        """Keep the signals of a piece. `frames` is the asset's exact length; None while it is not known. Raises
        `OSError`."""
        await asyncio.to_thread(self._store.add, asset, self._rate, piece)
        if frames is None or asset.key in self._queued:
            return
        if await asyncio.to_thread(self._store.covers, asset, self._rate, frames):
            self._queued.add(asset.key)
            self._complete.put_nowait((asset, frames))

    async def run(self) -> None:
        """Search complete signals for breaks, one programme after another. Runs until cancelled."""
        while True:
            asset, frames = await self._complete.get()
            try:
                await self._refine(asset, frames)
            finally:
                self._queued.discard(asset.key)

    async def _refine(self, asset: Asset, frames: int) -> None:
        try:
            analysis = await self._analyser.refine(asset, frames, self._store.folder(asset, self._rate))
        except (RetrovueError, OSError) as error:
            reason = error.message if isinstance(error, RetrovueError) else reason_of(error)
            _log.warning("the breaks of %s are not refined: %s", asset.path, reason)
            return
        finally:
            await asyncio.to_thread(self._store.drop, asset, self._rate)
        for warning in analysis.warnings:
            _log.warning("%s", warning)
        self._on_refined(analysis)
