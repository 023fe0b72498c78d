"""Analyses one asset: measures its packets, sound and some pictures, and finds its break candidates."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.break_candidate import BreakCandidate
from retrovue_tui.errors import FFmpegError, MediaError
from retrovue_tui.media.analysis.candidates import find_candidates
from retrovue_tui.media.analysis.edl import edl_marks, edl_path, edl_stamp, read_edl
from retrovue_tui.media.analysis.measuring.picture_events import floor_of, is_black
from retrovue_tui.media.analysis.measuring.signals import FileMark, PacketFacts, Signals
from retrovue_tui.media.analysis.measuring.sound_levels import sound_levels
from retrovue_tui.media.analysis.measuring.sound_track import SoundTrack
from retrovue_tui.media.analysis.measuring.windows import choose_windows, groups, merged, survey_frames
from retrovue_tui.media.analysis.result_cache import ResultCache
from retrovue_tui.media.asset import Asset
from retrovue_tui.media.workers import tasks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.media.analysis.edl import EdlLine
    from retrovue_tui.media.analysis.measuring.signals import FrameLook, Span
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.timecode import FrameRate

_log = logging.getLogger(__name__)

_BATCH: Final = 4
"""The number of groups of windows that one request decodes. With few, progress is seen, and other requests get their
turn."""
_MEASURED: Final = 0.4
"""The progress when packets, sound and key frames have been measured."""


@dataclass(frozen=True)
class Analysis:
    """The result for one asset: its length in house frames, its candidates, and what could not be used."""

    asset: Asset
    rate: FrameRate
    frames: int
    candidates: tuple[BreakCandidate, ...]
    warnings: tuple[str, ...] = ()


Search = Callable[[Asset, Callable[[float], None]], Awaitable[tuple[list[BreakCandidate], list[str]]]]
"""Finds the candidates of an asset, and what could not be used; gets a function for its progress from 0 to 1."""


@dataclass
class _Part:
    """An asset, or one part of a joined file: where it begins in frames, and what was measured."""

    asset: Asset
    begin: int
    end: int
    packets: PacketFacts = field(default_factory=PacketFacts)
    box: tuple[int, int, int, int] = (0, 0, 0, 0)


class Analyser:
    """Finds break candidates, and keeps the results in the folder `store` if there is one."""

    def __init__(self, ffmpeg: FFmpeg, rate: FrameRate, store: Path | None = None) -> None:
        self._ffmpeg, self._rate = ffmpeg, rate
        self._cache = None if store is None else ResultCache(store)

    async def analyse(
        self, asset: Asset, report: Callable[[float], None] = lambda _: None, elsewhere: Search | None = None
    ) -> Analysis:
        """Return the break candidates of an asset, from the store or by an analysis. `report` gets the progress from 0
        to 1. `elsewhere`: the analysis of another machine, in place of one here.

        Raises `MediaError` if the asset cannot be read. An EDL file or sound that cannot be read is a warning.
        """
        frames = asset.frames(self._rate)
        warnings: list[str] = []
        lines = await self._edl(asset, warnings)
        stored = await self._stored(asset, lines, warnings)
        if stored is not None:
            return stored
        if elsewhere is not None:
            found, warnings = await elsewhere(asset, report)
        else:
            signals = await self._measure(asset, frames, lines, warnings, report)
            found = await asyncio.to_thread(find_candidates, signals)
        report(1.0)
        if self._cache is not None and len(warnings) == 0:
            await self._keep(asset, found, edl_stamp(lines))
        return Analysis(asset, self._rate, frames, tuple(found), tuple(warnings))

    async def stored(self, asset: Asset) -> Analysis | None:
        """Return the stored result of an asset; None if there is none."""
        warnings: list[str] = []
        return await self._stored(asset, await self._edl(asset, warnings), warnings)

    async def _stored(self, asset: Asset, lines: list[EdlLine], warnings: list[str]) -> Analysis | None:
        if self._cache is None:
            return None
        kept = await asyncio.to_thread(self._cache.load, asset, self._rate, edl_stamp(lines))
        if kept is None:
            return None
        return Analysis(asset, self._rate, asset.frames(self._rate), tuple(kept), tuple(warnings))

    async def is_refined(self, asset: Asset) -> bool:
        """Return whether the store has candidates for which every frame was measured."""
        return self._cache is not None and await asyncio.to_thread(self._cache.is_refined, asset, self._rate)

    async def refine(self, asset: Asset, frames: int, measured: Path) -> Analysis:
        """Return the break candidates of an asset of which all `frames` frames were measured while it was prepared; the
        signals are in the folder `measured`. They replace the ones in the store.

        Raises `MediaError` if frames are missing.
        """
        warnings: list[str] = []
        lines = await self._edl(asset, warnings)
        marks = _marks(asset, lines, self._rate, frames)
        found = await tasks.refined_candidates(measured, self._rate, frames, marks, sound=asset.audio is not None)
        if found is None:
            raise MediaError("some of its frames were not measured", asset.path)
        if self._cache is not None and not warnings:
            await self._keep(asset, found, edl_stamp(lines), refined=True)
        return Analysis(asset, self._rate, frames, tuple(found), tuple(warnings))

    async def _keep(self, asset: Asset, found: list[BreakCandidate], stamp: str, *, refined: bool = False) -> None:
        assert self._cache is not None
        try:
            await asyncio.to_thread(self._cache.keep, asset, self._rate, found, stamp, refined=refined)
        except OSError as error:
            _log.warning("the break candidates of %s cannot be stored: %s", asset.path, error)

    async def _edl(self, asset: Asset, warnings: list[str]) -> list[EdlLine]:
        try:
            return await asyncio.to_thread(read_edl, edl_path(asset.path))
        except MediaError as error:
            warnings.append(f"{error.message}; its marks are not used")
            return []

    async def _measure(
        self, asset: Asset, frames: int, lines: list[EdlLine], warnings: list[str], report: Callable[[float], None]
    ) -> Signals:
        parts = _parts(asset, self._rate, frames)
        sound = asyncio.create_task(self._levels(asset, warnings))
        try:
            await asyncio.gather(*(self._packets(part) for part in parts))
            packets = await asyncio.to_thread(_together, parts)
            surveyed: tuple[FrameLook, ...] = ()
            if asset.video is not None:
                surveyed = await self._survey(parts, survey_frames(packets, frames, self._rate))
            levels = await sound
        finally:
            sound.cancel()
            await asyncio.wait([sound])
        report(_MEASURED)
        marks = _marks(asset, lines, self._rate, frames)
        if asset.video is None:
            return Signals(self._rate, frames, levels, marks=marks)
        known = Signals(self._rate, frames, levels, (), surveyed, marks, packets)
        spans = await asyncio.to_thread(_spans, known)
        return replace(known, windows=await self._looks(parts, spans, report))

    async def _levels(self, asset: Asset, warnings: list[str]) -> tuple[float, ...]:
        try:
            levels = await sound_levels(self._ffmpeg, asset)
        except FFmpegError as error:
            warnings.append(f"{asset.path}: its sound cannot be measured: {error.message}")
            return ()
        if asset.audio is not None and not levels:
            warnings.append(f"{asset.path}: its sound cannot be decoded, so silence is not known")
        return levels

    async def _packets(self, part: _Part) -> None:
        part.packets = await tasks.packet_facts(part.asset, self._rate)

    async def _survey(self, parts: Sequence[_Part], wanted: Sequence[int]) -> tuple[FrameLook, ...]:
        found: list[FrameLook] = []
        for part in parts:
            inside = [frame - part.begin for frame in wanted if part.begin <= frame < part.end] or [0]
            part.box, looks = await tasks.survey(part.asset, self._rate, inside)
            found += [_shifted(look, part.begin) for look in looks]
        return tuple(found)

    async def _looks(
        self, parts: Sequence[_Part], spans: Sequence[Span], report: Callable[[float], None]
    ) -> tuple[tuple[FrameLook, ...], ...]:
        """Decode the spans, several batches at a time, and return the looks of each."""
        work: list[Awaitable[list[tuple[FrameLook, ...]]]] = []
        done = 0

        async def run(part: _Part, some: list[list[Span]]) -> list[tuple[FrameLook, ...]]:
            nonlocal done
            found = await tasks.looks(part.asset, self._rate, some, part.box)
            done += 1
            report(_MEASURED + (1 - _MEASURED) * done / len(work))
            return [tuple(_shifted(look, part.begin) for look in window) for window in found]

        for part in parts:
            inside = [(max(first, part.begin) - part.begin, min(end, part.end) - part.begin) for first, end in spans]
            keys = () if part.asset.untimed else part.packets.keys  # without keys, all is read in one go
            some = groups(merged(span for span in inside if span[0] < span[1]), keys)
            work += [run(part, some[at : at + _BATCH]) for at in range(0, len(some), _BATCH)]
        batches = await asyncio.gather(*work)
        return tuple(sorted((window for batch in batches for window in batch if window), key=lambda one: one[0].frame))


def _parts(asset: Asset, rate: FrameRate, frames: int) -> list[_Part]:
    if not asset.parts:
        return [_Part(asset, 0, frames)]
    begins = asset.part_frames(rate)
    return [_Part(part, begins[n], begins[n + 1]) for n, part in enumerate(asset.parts) if begins[n] < begins[n + 1]]


def _spans(known: Signals) -> list[Span]:
    """Return the spans to decode, by all that is known without decoding them."""
    silences = SoundTrack(known.levels, known.rate).silences
    floor = floor_of(known.survey)
    dark = [look.frame for look in known.survey if is_black(look, floor)]
    return choose_windows(known.packets, silences, known.marks, known.rate, known.frames, dark)


def _together(parts: Sequence[_Part]) -> PacketFacts:
    """Return the facts of all parts, in frames of the whole asset."""
    if len(parts) == 1:
        return parts[0].packets
    facts = [part.packets.shifted(part.begin) for part in parts]
    return PacketFacts(
        sum(each.count for each in facts),
        tuple(key for each in facts for key in each.keys),
        tuple(jump for each in facts for jump in each.jumps),
        tuple(run for each in facts for run in each.runs),
        any(each.even for each in facts),
    )


def _marks(asset: Asset, lines: list[EdlLine], rate: FrameRate, frames: int) -> tuple[FileMark, ...]:
    chapters = [FileMark(rate.nearest(each.start), "chapter", each.title) for each in asset.chapters]
    marks = [*chapters, *edl_marks(lines, rate)]
    return tuple(sorted((mark for mark in marks if 0 < mark.frame < frames), key=lambda mark: mark.frame))


def _shifted(look: FrameLook, frames: int) -> FrameLook:
    return replace(look, frame=look.frame + frames) if frames else look
