"""Measures the proxies of the pieces of one render, while FFmpeg goes on. It never makes the render fail."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.rendering.proxy import ProxyState, is_written, proxy_piece
from retrovue_tui.media.workers.tasks import measure_proxy

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.arguments.render_filters import Range
    from retrovue_tui.media.rendering.piece_index import Piece
    from retrovue_tui.media.rendering.render_target import RenderTarget, SignalTarget

_log = logging.getLogger(__name__)

_LOOKS, _LOOK_AGAIN_S = 100, 0.03
"""How often the size of a piece's proxy is read, and at which interval (s): FFmpeg writes the end of the proxy a moment
after the piece."""


class ProxyReader:
    """Measures the pieces of the range `wanted`, whose proxy FFmpeg writes into `folder`, and passes the signals to
    `analysis`. After the first fault it measures no more pieces of this range."""

    def __init__(self, analysis: SignalTarget, store: RenderTarget, asset: Asset, wanted: Range, folder: Path) -> None:
        self._analysis, self._store = analysis, store
        self._asset, self._wanted, self._folder = asset, wanted, folder
        self._state = ProxyState()
        self._working = True

    async def measure(self, piece: Piece, frames: int | None) -> None:
        """Measure a rendered piece. `frames` is the asset's exact length, if it is known. A fault is only logged."""
        if not self._working:
            return
        try:
            await self._measure(piece, frames)
        except (RetrovueError, OSError) as error:
            self._working = False
            _log.info("%s: not measured while it was rendered: %s", self._asset.path, error)

    async def _measure(self, piece: Piece, frames: int | None) -> None:
        proxy = proxy_piece(self._store.house, self._asset, self._wanted, self._folder, piece)
        for _ in range(_LOOKS):  # if it never comes, the measurement says what is missing
            if await asyncio.to_thread(is_written, proxy):
                break
            await asyncio.sleep(_LOOK_AGAIN_S)
        signals, self._state = await measure_proxy(proxy, self._state)
        await self._analysis.add(self._asset, signals, frames)
