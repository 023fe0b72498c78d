"""The break candidates of programmes: analysis finds them, the most urgent first, and the operator reviews them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.break_candidate import NATURAL
from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.analysis.analyser import Analyser
from retrovue_tui.media.analysis.break_analysis import BreakAnalysis
from retrovue_tui.media.analysis.candidates import EDGE_S
from retrovue_tui.media.analysis.prepared_analysis import PreparedAnalysis
from retrovue_tui.media.analysis.review import offered, reviewed
from retrovue_tui.playout.scheduling.plans.plan_inputs import chapter_points
from retrovue_tui.threads import AIR, PLANNING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.break_candidate import BreakCandidate, ReviewDecision
    from retrovue_tui.media.analysis.break_analysis import AnalysisProgress, OtherMachines
    from retrovue_tui.media.analysis.review import ReviewedCandidate
    from retrovue_tui.media.analysis.review_store import ReviewStore
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.schedule.series_memory import Programme
    from retrovue_tui.timecode import FrameRate

MOST_SHOWN: Final = 32
"""The most files that are analysed because a timeline shows them. Of more, those asked for last."""


class ReviewError(RetrovueError):
    """A decision about a break candidate is not possible."""

    title = "Breaks"


@dataclass(frozen=True)
class KnownBreaks:
    """The candidates of one asset, with the operator's decisions. `analysed`: whether its analysis is finished; until
    then, chapter marks stand in for what it will find."""

    candidates: tuple[ReviewedCandidate, ...]
    analysed: bool


class ProgrammeBreaks:
    """The break candidates of programmes. Call it in the event loop's thread.

    Each channel says which of its programmes it needs, and timelines which files they show; these are analysed last.
    While the candidates of a file are not known, its chapter marks stand in for them.
    """

    def __init__(
        self, ffmpeg: FFmpeg, rate: FrameRate, store: Path, reviews: ReviewStore,
        asset: Callable[[Path], Asset | None], found: Callable[[Path], None], changed: Callable[[Path], None],
        machines: OtherMachines | None = None,
    ) -> None:  # fmt: skip
        """`store` is the folder of the results. `found` is called with each file whose candidates have become known, or
        are other ones than a timeline shows. `changed` is called with each file whose candidates are other ones
        afterwards: its review has changed, or all of it was measured while it was prepared. `machines` analyse, too."""
        self._rate = rate
        self._asset = asset
        self._reviews = reviews
        self._found, self._changed = found, changed
        self._known: dict[Path, tuple[BreakCandidate, ...]] = {}
        self._wanted: dict[str, tuple[Path, ...]] = {}
        self._shown: dict[Path, None] = {}
        self._awaited: set[Path] = set()
        self._opened = asyncio.Event()
        self._turn = asyncio.Lock()
        analyser = Analyser(ffmpeg, rate, store)
        self._analysis = BreakAnalysis(analyser, self._analysed, machines)
        self.prepared = PreparedAnalysis(
            analyser, rate, store / "measured", lambda made: self._analysis.put(made.asset, made.candidates)
        )
        """Gets what renders measure of programmes. What it finds replaces the candidates."""

    async def open(self) -> tuple[str, ...]:
        """Read the operator's reviews, and return what is wrong with those that cannot be used. The other calls wait
        for this."""
        faults = await AIR.run(self._reviews.load)
        self._opened.set()
        return faults

    async def run(self) -> None:
        """Analyse what is wanted, and what has been measured. Runs until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._analysis.run())
            group.create_task(self.prepared.run())

    def want(self, channel_id: str, files: Iterable[Path]) -> set[Path]:
        """Set which programmes a channel needs, the most urgent first. Return those whose candidates are not known."""
        self._wanted[channel_id] = tuple(dict.fromkeys(files))
        assets = self._order()
        return set(self._wanted[channel_id]) & set(assets) - set(self._known)

    async def recall(self, channel_id: str, files: Sequence[Path]) -> None:
        """Take the stored candidates of what a channel has planned already, before it is planned again."""
        self.want(channel_id, files)
        for file in dict.fromkeys(files):
            if (asset := self._asset(file)) is not None:
                await self._analysis.recall(asset)

    def is_wanted(self, channel_id: str, file: Path) -> bool:
        """Return whether a channel needs a programme."""
        return file in self._wanted.get(channel_id, ())

    def _order(self) -> dict[Path, Asset]:
        """Set the order of the analyses: first what the channels need, in turns, then what timelines show. Return the
        assets in this order."""
        turns = [list(files) for files in self._wanted.values()]
        longest = max(map(len, turns), default=0)
        row = dict.fromkeys(files[number] for number in range(longest) for files in turns if number < len(files))
        row |= dict.fromkeys(reversed(self._shown))
        assets = {path: asset for path in row if (asset := self._asset(path)) is not None}
        self._analysis.want(assets.values())
        self._known = {
            path: known for path, asset in assets.items() if (known := self._analysis.candidates(asset)) is not None
        }
        return assets

    async def known(self, programmes: Sequence[Programme]) -> list[Programme]:
        """Return programmes with the candidates at which the operator allows breaks, as far as these are known."""
        await self._opened.wait()
        known = self._known
        return await PLANNING.run(lambda: [self._planned(each, known) for each in programmes])

    def _planned(self, programme: Programme, known: Mapping[Path, tuple[BreakCandidate, ...]]) -> Programme:
        found = known.get(programme.file) or programme.candidates
        asset = self._asset(programme.file)
        review = None if asset is None else self._reviews.review(asset)
        if review is not None and review.places:
            found = offered(reviewed(found, review, self._rate))
        analysed = programme.file in known
        if found is programme.candidates and analysed == programme.analysed:
            return programme
        return replace(programme, candidates=found, analysed=analysed)

    async def shown(self, asset: Asset) -> KnownBreaks:
        """Return the candidates of an asset that a timeline shows. If they are not known, analyse the asset when no
        planned programme waits."""
        await self._opened.wait()
        if self._is_too_short(asset):
            return self._breaks(asset)
        self._shown.pop(asset.path, None)
        self._shown[asset.path] = None
        for path in list(self._shown)[:-MOST_SHOWN]:
            del self._shown[path]
        if not self._analysis.wants(asset):
            self._order()
        await self._analysis.recall(asset)
        breaks = self._breaks(asset)
        if not breaks.analysed:
            self._awaited.add(asset.path)
        return breaks

    async def decide(self, asset: Asset, frame: int, decision: ReviewDecision, to: int | None = None) -> KnownBreaks:
        """Store a decision of the operator about the candidate of an asset at a frame, and return its candidates. `to`
        is the frame to which `move` moves it. Raises `RetrovueError` if the decision is not possible, or cannot be
        stored."""
        await self.shown(asset)
        async with self._turn:
            self._check(asset, frame, decision, to)
            review = self._reviews.review(asset).decided(frame, decision, to)
            await AIR.run(self._reviews.keep, asset, review)
        self._changed(asset.path)
        return self._breaks(asset)

    def _check(self, asset: Asset, frame: int, decision: ReviewDecision, to: int | None) -> None:
        length, name = asset.frames(self._rate), asset.path.name
        for each in (frame, to):
            if each is not None and not 0 < each < length:
                raise ReviewError(f"a break cannot be at frame {each} of {name}: choose one from 1 to {length - 1}")
        frames = [each.frame for each in self._breaks(asset).candidates]
        if decision != "accept" and frame not in frames:
            near = min(frames, key=lambda one: abs(one - frame), default=None)
            where = "it has none" if near is None else f"the nearest is at frame {near}"
            raise ReviewError(f"{name} has no break candidate at frame {frame}; {where}")

    def is_awaited(self, file: Path) -> bool:
        """Return whether a timeline shows a file without its candidates, or with earlier ones."""
        return file in self._awaited

    @property
    def progress(self) -> AnalysisProgress:
        """How far the analyses are."""
        return self._analysis.progress

    def _breaks(self, asset: Asset) -> KnownBreaks:
        known = () if self._is_too_short(asset) else self._analysis.candidates(asset)
        found = known or chapter_points(asset, self._rate, edge_s=0)
        return KnownBreaks(reviewed(found, self._reviews.review(asset), self._rate), known is not None)

    def _is_too_short(self, asset: Asset) -> bool:
        """Return whether there is nothing to analyse: there is no candidate near the ends of a programme."""
        return asset.frames(self._rate) <= 2 * self._rate.count(EDGE_S)

    def _analysed(self, asset: Asset) -> None:
        before, now = self._known.get(asset.path), self._analysis.candidates(asset) or ()
        self._known[asset.path] = now
        if before != now and asset.path in self._shown:
            self._awaited.add(asset.path)  # a timeline shows the earlier ones
        if before is not None and _natural(before) != _natural(now):
            self._changed(asset.path)
        if before is None or asset.path in self._awaited:
            self._found(asset.path)
        self._awaited.discard(asset.path)


def _natural(candidates: Iterable[BreakCandidate]) -> list[int]:
    """Return the frames of the candidates that are good enough for a break."""
    return [each.frame for each in candidates if each.score >= NATURAL]
