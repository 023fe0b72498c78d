"""Analyses many assets in the background, in the order in which they are needed: here one after another, and several at
once on other machines, if there are some."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from retrovue_tui.errors import RetrovueError
from retrovue_tui.files.disk_errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.media.analysis.analyser import Analyser, Analysis
    from retrovue_tui.media.asset import Asset

_log = logging.getLogger(__name__)


class ElsewhereError(RetrovueError):
    """Other machines have not analysed an asset. It is analysed here then."""


class OtherMachines(Protocol):
    """Machines that analyse, too."""

    @property
    def most(self) -> int:
        """How many analyses may run there at once."""

    def takes(self, asset: Asset) -> bool:
        """Return whether one of them can be asked to analyse an asset now."""

    async def search(self, asset: Asset, report: Callable[[float], None]) -> tuple[list[BreakCandidate], list[str]]:
        """Return the candidates of an asset, and warnings. Raises `ElsewhereError` if they have not found them."""


@dataclass
class _Run:
    """An analysis that runs: where, and its progress from 0 to 1."""

    asset: Asset
    elsewhere: bool
    part: float = 0.0
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True)
class AnalysisProgress:
    """How far the analyses are: assets that are finished and wanted, the asset whose analysis began first of those that
    run, and its progress from 0 to 1. `current` is None if there is nothing to do."""

    finished: int
    wanted: int
    current: Asset | None = None
    part: float = 0.0


class BreakAnalysis:
    """The break candidates of the wanted assets. `run` analyses them; the results stay in memory, and in the analyser's
    store. Use it in one event loop.

    `on_found` is called with each asset whose candidates have become known, or that cannot be analysed.
    """

    def __init__(
        self, analyser: Analyser, on_found: Callable[[Asset], None] = lambda _: None,
        machines: OtherMachines | None = None,
    ) -> None:  # fmt: skip
        self._analyser, self._on_found, self._machines = analyser, on_found, machines
        self._wanted: dict[str, Asset] = {}
        self._found: dict[str, tuple[BreakCandidate, ...]] = {}
        self._failed: dict[str, str] = {}
        self._running: dict[str, _Run] = {}
        self._at_home: set[str] = set()  # what other machines have not analysed
        self._wake = asyncio.Event()

    def want(self, assets: Iterable[Asset]) -> None:
        """Set which assets are wanted, the most urgent first. A running analysis goes on; what is no longer wanted is
        forgotten."""
        self._wanted = {asset.key: asset for asset in assets}
        self._found = {key: found for key, found in self._found.items() if key in self._wanted}
        self._failed = {key: reason for key, reason in self._failed.items() if key in self._wanted}
        self._at_home &= self._wanted.keys()
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
        first = next(iter(self._running.values()), None)
        current, part = (None, 0.0) if first is None else (first.asset, first.part)
        return AnalysisProgress(len(self._found) + len(self._failed), len(self._wanted), current, part)

    async def run(self) -> None:
        """Analyse the wanted assets. Runs until cancelled."""
        try:
            while True:
                self._wake.clear()
                for key, run in list(self._running.items()):
                    if run.task is not None and run.task.done():
                        del self._running[key]
                        run.task.result()
                self._start_some()
                await self._wake.wait()
        finally:
            tasks = [run.task for run in self._running.values() if run.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._running.clear()

    def _start_some(self) -> None:
        """Start the analyses for which there is room, the most urgent first. What other machines take waits for them;
        this one has the station on air."""
        free = {False: 1, True: 0 if self._machines is None else self._machines.most}
        for run in self._running.values():
            free[run.elsewhere] -= 1
        for key, asset in self._wanted.items():
            if max(free.values()) <= 0:
                return
            if not self._is_open(key) or key in self._running:
                continue
            elsewhere = self._machines is not None and key not in self._at_home and self._machines.takes(asset)
            if free[elsewhere] > 0:
                free[elsewhere] -= 1
                run = self._running[key] = _Run(asset, elsewhere)
                run.task = asyncio.create_task(self._analyse(run))
                run.task.add_done_callback(lambda _: self._wake.set())

    def _is_open(self, key: str) -> bool:
        return key not in self._found and key not in self._failed

    async def _analyse(self, run: _Run) -> None:
        asset = run.asset

        def report(part: float) -> None:
            run.part = part

        try:
            if run.elsewhere and self._machines is not None:
                analysis = await self._analyser.analyse(asset, report, self._machines.search)
            else:
                analysis = await self._analyser.analyse(asset, report)
        except ElsewhereError as error:
            _log.info("%s is analysed here: %s", asset.path, error.message)
            self._at_home.add(asset.key)
            return
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
