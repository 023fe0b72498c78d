"""The preview service: supplies the channels' pictures, single frames of the station's files, and audio envelopes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError
from retrovue_tui.media.audio_envelope import ENVELOPE_S, Envelopes
from retrovue_tui.media.workers.process import WorkerError
from retrovue_tui.media.workers.tasks import PieceFile, submit_preview
from retrovue_tui.playout.monitoring.confidence import ConfidenceMonitors
from retrovue_tui.protocol.answers.pictures import AssetBreaks, AssetCue, AssetFacts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.break_candidate import ReviewDecision
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.playout.monitoring.confidence import MonitoredChannel
    from retrovue_tui.playout.scheduling.programme_breaks import KnownBreaks, ProgrammeBreaks
    from retrovue_tui.protocol.answers.pictures import Picture

_AHEAD: Final = 12
"""A frame this many steps ahead of the client's cursor is decoded in advance, with the frames up to it."""
_DECIDED: Final = {
    "accept": "the break at {frame} is accepted",
    "reject": "the break at {frame} is rejected",
    "move": "the break at {frame} is moved to {to}",
    "forget": "the decision about the break at {frame} is taken back",
}


class PreviewService:
    """Supplies pictures only of the station's own channels and files; it refuses the paths of other files."""

    def __init__(
        self,
        channels: Iterable[MonitoredChannel],
        events: EventLog,
        library: Library,
        store: PieceStore,
        ffmpeg: FFmpeg,
        envelopes: Path,
        breaks: ProgrammeBreaks,
    ) -> None:
        self._library = library
        self._store = store
        self._monitors = ConfidenceMonitors(channels, events)
        self._events = events
        self._breaks = breaks
        self._envelopes = Envelopes(ffmpeg, envelopes)
        self._turn = asyncio.Lock()
        self._last: tuple[str, int] = ("", 0)

    async def run(self) -> None:
        """Monitor the channels and compute audio envelopes, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._monitors.run(), name="monitors")
            group.create_task(self._envelopes.run(), name="envelopes")

    def add(self, channel: MonitoredChannel) -> None:
        """Monitor one more channel."""
        self._monitors.add(channel)

    def remove(self, channel_id: str) -> None:
        """Stop monitoring a channel."""
        self._monitors.remove(channel_id)

    async def picture(self, channel_id: str, width: int, height: int) -> Picture | None:
        """Return the newest picture of a channel, at most `width` × `height` pixels; None while there is none."""
        return await self._monitors.picture(channel_id, width, height)

    async def preview(self, file: str, frame: int, width: int, height: int) -> Picture | None:
        """Return frame number `frame` of one of the station's files, at most `width` × `height` pixels; None for any
        other file. Raises `MediaError` if that frame cannot be decoded, or the file is broken."""
        asset = self._asset(file)
        if asset is None:
            return None
        await self._store.open(asset)
        length = self._store.frames(asset)
        if not 0 <= frame < length:
            raise MediaError(f"there is no frame {frame} in it; it has {length}", asset.path)
        place = self._place(asset, frame)
        async with self._turn:  # one picture at a time; a client that disconnects gives up its turn
            wanted = submit_preview(self._store.house.rate, asset, frame, width, height, place)
            try:
                picture = await asyncio.wrap_future(wanted)
            except WorkerError as error:
                raise MediaError(f"no picture of it now: {error.message}", asset.path) from error
        self._look_ahead(asset, frame, width, height)
        return picture

    async def facts(self, file: str) -> AssetFacts | None:
        """Return the length, the break candidates and the audio envelope of one of the station's files; None for any
        other file. Raises `MediaError` if the file is broken."""
        asset = self._asset(file)
        if asset is None:
            return None
        await self._store.open(asset)
        envelope, breaks = await self._envelopes.get(asset), await self._breaks.shown(asset)
        return AssetFacts(
            str(asset.path), self._store.frames(asset), self._cues(asset, breaks), envelope or (), ENVELOPE_S,
            complete=envelope is not None, analysed=breaks.analysed,
        )  # fmt: skip

    async def review(
        self, file: str, frame: int, decision: ReviewDecision, to: int | None = None
    ) -> AssetBreaks | None:
        """Store a decision of the operator about the break candidate at a frame of one of the station's files, and
        return the file's candidates; None for any other file. `to` is the frame to which `move` moves it. Raises
        `MediaError` if the file is broken, and `RetrovueError` if the decision is not possible or cannot be stored."""
        asset = self._asset(file)
        if asset is None:
            return None
        breaks = await self._breaks.decide(asset, frame, decision, to)
        timecode = self._store.house.rate.timecode
        what = _DECIDED[decision].format(frame=timecode(frame), to="" if to is None else timecode(to))
        self._events.publish("breaks", f"{asset.path.name}: {what}", file=str(asset.path))
        return AssetBreaks(str(asset.path), self._cues(asset, breaks), breaks.analysed)

    def _asset(self, file: str) -> Asset | None:
        path = Path(file)
        asset = self._library.asset(path)
        if asset is None and (fault := self._library.fault(path)) is not None:
            raise MediaError(fault, path)
        return asset

    def _cues(self, asset: Asset, breaks: KnownBreaks) -> tuple[AssetCue, ...]:
        titles = {self._store.house.rate.nearest(chapter.start): chapter.title for chapter in asset.chapters}
        return tuple(
            AssetCue(
                each.frame, each.candidate.kind, titles.get(each.was or each.frame, ""), each.candidate.score,
                each.candidate.why, each.state, each.was,
            )
            for each in breaks.candidates
        )  # fmt: skip

    def _place(self, asset: Asset, frame: int) -> PieceFile | None:
        piece = self._store.index(asset).pieces.get(frame // self._store.house.piece_frames)
        if piece is None or not piece.first <= frame < piece.end:
            return None
        return PieceFile(self._store.piece_path(asset, frame // self._store.house.piece_frames), piece.first)

    def _look_ahead(self, asset: Asset, frame: int, width: int, height: int) -> None:
        """If a client steps through a file, decode the next group of frames in advance."""
        file, before = self._last
        self._last = (asset.key, frame)
        step = frame - before
        if file != asset.key or not step or abs(step) > _AHEAD:
            return
        ahead = frame + (_AHEAD if step > 0 else -_AHEAD)
        if not 0 <= ahead < self._store.frames(asset):
            return
        submit_preview(self._store.house.rate, asset, ahead, width, height, self._place(asset, ahead), ahead=True)
