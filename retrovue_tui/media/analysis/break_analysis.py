"""Analyses many assets in the background, one after another, in the order in which they are needed."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrovue_tui.errors import RetrovueError
from retrovue_tui.files.disk_errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.media.analysis.analyser import Analyser, Analysis
    from retrovue_tui.media.asset import Asset

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AnalysisProgress:
    """How far the analyses are: assets that are finished and wanted, the current asset, and its progress from 0 to 1.
    `current` is None if there is nothing to do."""

    finished: int
    wanted: int
    current: Asset | None = None
    part: float = 0.0


class BreakAnalysis:
    """The break candidates of the wanted assets. `run` analyses them; the results stay in memory, and in the analyser's
    store. Use it in one event loop.

    `on_found` is called with each asset whose candidates have become known, or that cannot be analysed.
    """

    def __init__(self, analyser: Analyser, on_found: Callable[[Asset], None] = lambda _: None) -> None:
        self._analyser, self._on_found = analyser, on_found
        self._wanted: dict[str, Asset] = {}
        self._found: dict[str, tuple[BreakCandidate, ...]] = {}
        self._failed: dict[str, str] = {}
        self._current: Asset | None = None
        self._part = 0.0
        self._wake = asyncio.Event()

    def want(self, assets: Iterable[Asset]) -> None:
        """Set which assets are wanted, the most urgent first. A running analysis goes on; what is no longer wanted is
        forgotten."""
        self._wanted = {asset.key: asset for asset in assets}
        self._found = {key: found for key, found in self._found.items() if key in self._wanted}
        self._failed = {key: reason for key, reason in self._failed.items() if key in self._wanted}
        self._wake.set()

    def wants(self, asset: Asset) -> bool:
        """Return whether an asset is wanted."""
        return asset.key in self._wanted

    async def recall(self, asset: Asset) -> None:
        """Take the stored result of a wanted asset, if there is one, without waiting for the analyses before it."""
        if self.wants(asset) and self._is_open(asset.key):
            stored = await self._analyser.stored(asset)
            if stored is not None and self._is_open(asset.key):
                self._take(stored)

    def candidates(self, asset: Asset) -> tuple[BreakCandidate, ...] | None:
        """Return the candidates of an asset; None while they are not known. Empty if it cannot be analysed."""
        return () if asset.key in self._failed else self._found.get(asset.key)

    def put(self, asset: Asset, candidates: tuple[BreakCandidate, ...]) -> None:
        """Replace the candidates of a wanted asset with better ones. A running analysis of it does not replace them."""
        if asset.key in self._wanted:
            self._failed.pop(asset.key, None)
            self._found[asset.key] = candidates
            self._on_found(asset)

    def failure(self, asset: Asset) -> str:
        """Return why an asset cannot be analysed; empty if it can, or if that is not known."""
        return self._failed.get(asset.key, "")

    @property
    def progress(self) -> AnalysisProgress:
        """How far the analyses are."""
        return AnalysisProgress(len(self._found) + len(self._failed), len(self._wanted), self._current, self._part)

    async def run(self) -> None:
        """Analyse the wanted assets one after another. Runs until cancelled."""
        while True:
            asset = next((each for key, each in self._wanted.items() if self._is_open(key)), None)
            if asset is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            self._current, self._part = asset, 0.0
            try:
                await self._analyse(asset)
            finally:
                self._current = None

    def _is_open(self, key: str) -> bool:
        return key not in self._found and key not in self._failed

    async def _analyse(self, asset: Asset) -> None:
        try:
            analysis = await self._analyser.analyse(asset, self._report)
        except (RetrovueError, OSError) as error:
            reason = error.message if isinstance(error, RetrovueError) else reason_of(error)
            _log.warning("the breaks of %s cannot be found: %s", asset.path, reason)
            if asset.key in self._wanted and self._is_open(asset.key):
                self._failed[asset.key] = reason
                self._on_found(asset)
            return
        self._take(analysis)

    def _take(self, analysis: Analysis) -> None:
        asset = analysis.asset
        for warning in analysis.warnings:
            _log.warning("%s", warning)
        if asset.key in self._wanted and self._is_open(asset.key):
            self._found[asset.key] = analysis.candidates
            self._on_found(asset)

    def _report(self, part: float) -> None:
        self._part = part
