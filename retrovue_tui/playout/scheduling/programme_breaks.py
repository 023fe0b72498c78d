"""The break candidates of the programmes that are planned: analyses what the plans need, the most urgent first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from retrovue_tui.break_candidate import NATURAL
from retrovue_tui.media.analysis.analyser import Analyser
from retrovue_tui.media.analysis.break_analysis import BreakAnalysis
from retrovue_tui.media.analysis.prepared_analysis import PreparedAnalysis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.media.analysis.break_analysis import AnalysisProgress
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.schedule.series_memory import Programme
    from retrovue_tui.timecode import FrameRate


class ProgrammeBreaks:
    """The break candidates of programmes, by path. Call it in the event loop's thread.

    Each channel says which of its programmes it needs. While the candidates of a programme are not known, its chapter
    marks stand in for them.
    """

    def __init__(
        self, ffmpeg: FFmpeg, rate: FrameRate, store: Path, asset: Callable[[Path], Asset | None],
        found: Callable[[Path], None], refined: Callable[[Path], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """`store` is the folder of the results. `found` is called with each file whose candidates have become known,
        `refined` with each one whose good candidates are other ones after all of it was measured."""
        self._asset = asset
        self._found, self._refined = found, refined
        self._known: dict[Path, tuple[BreakCandidate, ...]] = {}
        self._wanted: dict[str, tuple[Path, ...]] = {}
        analyser = Analyser(ffmpeg, rate, store)
        self._analysis = BreakAnalysis(analyser, self._analysed)
        self.prepared = PreparedAnalysis(
            analyser, rate, store / "measured", lambda made: self._analysis.put(made.asset, made.candidates)
        )
        """Gets what renders measure of programmes. What it finds replaces the candidates."""

    async def run(self) -> None:
        """Analyse what is wanted, and what has been measured. Runs until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._analysis.run())
            group.create_task(self.prepared.run())

    def want(self, channel_id: str, files: Iterable[Path]) -> set[Path]:
        """Set which programmes a channel needs, the most urgent first. Return those whose candidates are not known."""
        self._wanted[channel_id] = tuple(dict.fromkeys(files))
        turns = [list(files) for files in self._wanted.values()]
        longest = max(map(len, turns), default=0)
        row = dict.fromkeys(files[number] for number in range(longest) for files in turns if number < len(files))
        assets = {path: asset for path in row if (asset := self._asset(path)) is not None}
        self._analysis.want(assets.values())
        self._known = {
            path: known for path, asset in assets.items() if (known := self._analysis.candidates(asset)) is not None
        }
        return set(self._wanted[channel_id]) & set(assets) - set(self._known)

    def is_wanted(self, channel_id: str, file: Path) -> bool:
        """Return whether a channel needs a programme."""
        return file in self._wanted.get(channel_id, ())

    def known(self, programmes: Sequence[Programme]) -> list[Programme]:
        """Return programmes with their candidates, as far as these are known."""
        known: Mapping[Path, tuple[BreakCandidate, ...]] = self._known
        return [replace(each, candidates=known[each.file]) if known.get(each.file) else each for each in programmes]

    @property
    def progress(self) -> AnalysisProgress:
        """How far the analyses are."""
        return self._analysis.progress

    def _analysed(self, asset: Asset) -> None:
        before, now = self._known.get(asset.path), self._analysis.candidates(asset) or ()
        self._known[asset.path] = now
        if before is None:
            self._found(asset.path)
        elif _natural(before) != _natural(now):
            self._refined(asset.path)


def _natural(candidates: Iterable[BreakCandidate]) -> list[int]:
    """Return the frames of the candidates that are good enough for a break."""
    return [each.frame for each in candidates if each.score >= NATURAL]
