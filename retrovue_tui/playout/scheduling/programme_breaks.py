"""The break candidates of the programmes that are planned: analyses what the plans need, the most urgent first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retrovue_tui.media.analysis.analyser import Analyser
from retrovue_tui.media.analysis.break_analysis import BreakAnalysis

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
        found: Callable[[Path], None],
    ) -> None:  # fmt: skip
        """`store` is the folder of the results; `found` is called with each file whose candidates have become known."""
        self._asset = asset
        self._found = found
        self._known: dict[Path, tuple[BreakCandidate, ...]] = {}
        self._wanted: dict[str, tuple[Path, ...]] = {}
        self._analysis = BreakAnalysis(Analyser(ffmpeg, rate, store), self._analysed)

    async def run(self) -> None:
        """Analyse what is wanted. Runs until cancelled."""
        await self._analysis.run()

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

    def known(self, programmes: Sequence[Programme]) -> list[Programme]:
        """Return programmes with their candidates, as far as these are known."""
        known: Mapping[Path, tuple[BreakCandidate, ...]] = self._known
        return [replace(each, candidates=known[each.file]) if known.get(each.file) else each for each in programmes]

    @property
    def progress(self) -> AnalysisProgress:
        """How far the analyses are."""
        return self._analysis.progress

    def _analysed(self, asset: Asset) -> None:
        self._known[asset.path] = self._analysis.candidates(asset) or ()
        self._found(asset.path)
