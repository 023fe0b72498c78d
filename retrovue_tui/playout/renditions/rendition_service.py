"""The lower qualities of a station's channels: makes their pieces ahead of time, one at a time and at low priority, and
puts a quality on air while somebody watches it."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.media.ffmpeg.run import failure_of
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.playout.renditions.lower_pieces import LowerPieces
from retrovue_tui.playout.renditions.quality_channel import OnDemandBus, QualityChannel, quality_id
from retrovue_tui.playout.renditions.rendition import Rendition
from retrovue_tui.threads import AIR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from retrovue_tui.config.station_config import Config
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.channel.other_versions import VersionTap
    from retrovue_tui.playout.output.bus import Bus
    from retrovue_tui.playout.station_warnings import StationWarnings

AHEAD_S: Final = 900.0
"""How far ahead of the air lower pieces are made (s)."""
LOADED_S: Final = 20.0
"""How far ahead of the air lower pieces are in memory while a quality is on air (s)."""
LOOK_S: Final = 0.5
REST_S: Final = 2.0
"""The pause between two looks for missing pieces, if none was missing (s)."""
IDLE_S: Final = 30.0
"""A quality goes off air when nobody has watched it for this time (s)."""
RENDER_S: Final = 120.0
"""A lower piece is given up if it takes longer (s)."""
AGAIN_S: Final = 60.0
"""A piece that could not be made is tried again after this time (s)."""
TRIM_EVERY: Final = 50
PACKED: Final = 1.08
"""The size of a transport stream, compared with its video and sound."""
NICE: Final = 10
"""The priority of the conversion: rendering for the channels themselves comes first."""

_log = logging.getLogger(__name__)


class RenditionService:
    """Owns the qualities of all channels. Call it from the event loop's thread."""

    def __init__(
        self,
        config: Callable[[], Config],
        channels: Callable[[], Mapping[str, Channel]],
        house: HouseFormat,
        warnings: StationWarnings,
    ) -> None:
        """`config` and `channels` return the station's present ones."""
        self._config, self._channels, self._house, self._warnings = config, channels, house, warnings
        self._pieces: dict[str, LowerPieces] = {}
        self._on_air: dict[tuple[str, str], Rendition] = {}
        self._watched_at: dict[tuple[str, str], float] = {}
        self._failed: dict[tuple[str, Path], float] = {}
        self._views: dict[str, QualityChannel] = {}
        self._taps: dict[tuple[str, str], list[VersionTap]] = {}
        self._made = 0
        self.other_versions: Callable[[str], Iterable[Path]] = lambda channel_id: ()
        """Returns pieces of other versions that groups of a channel's viewers see now or soon."""

    def qualities(self, channel_id: str) -> tuple[str, ...]:
        """Return the names of a channel's qualities, the channel's own first."""
        channel = self._channels().get(channel_id)
        return () if channel is None else (self._house.profile, *channel.config.renditions)

    def kbps(self, quality: str) -> int:
        """Return the bit rate of a quality, with its sound and the transport stream around it (kbit/s)."""
        house = self._house if quality == self._house.profile else self._of(quality).house
        return round((house.video_kbps + house.audio_kbps) * PACKED)

    def bus(self, channel_id: str, quality: str) -> Bus:
        """Return the bus of a quality, and put the quality on air if it is not. Raises `KeyError` if the channel has no
        such quality."""
        if quality not in self.qualities(channel_id):
            raise KeyError(quality)
        channel = self._channels()[channel_id]
        if quality == self._house.profile:
            return channel.bus
        key = channel_id, quality
        rendition = self._on_air.get(key)
        if rendition is not None and rendition.of is not channel:  # the channel was removed, and added again
            rendition.close()
            rendition = None
        if rendition is None:
            rendition = self._on_air[key] = Rendition(channel, self._of(quality), self._taps_of(key))
        self._watched_at[key] = monotonic()
        return rendition.bus

    def hls_channels(self) -> dict[str, Channel | QualityChannel]:
        """Return all channels, and their lower qualities, by the ids that they have in HLS."""
        found: dict[str, Channel | QualityChannel] = dict(self._channels())
        views: dict[str, QualityChannel] = {}
        for channel in self._channels().values():
            for quality in channel.config.renditions:
                id = quality_id(channel.id, quality)
                before = self._views.get(id)
                views[id] = before if before is not None and before.of is channel else self._view(channel, quality)
        self._views = views
        return found | views

    def _view(self, channel: Channel, quality: str) -> QualityChannel:
        key = channel.id, quality

        def present() -> Bus | None:
            return self._on_air[key].bus if key in self._on_air else None

        bus = OnDemandBus(lambda: self.bus(*key), present)
        return QualityChannel(channel, self._of(quality).house, bus, self._taps_of(key))

    def _taps_of(self, key: tuple[str, str]) -> list[VersionTap]:
        return self._taps.setdefault(key, [])

    def on_air(self, channel_id: str) -> list[Rendition]:
        """Return the lower qualities of a channel that are on air."""
        return [each for (id, _), each in self._on_air.items() if id == channel_id]

    def _of(self, quality: str) -> LowerPieces:
        if quality not in self._pieces:
            main = self._house
            lower = HouseFormat.of(quality, main.rate, None, main.audio_kbps, main.loudness)
            self._pieces[quality] = LowerPieces(self._config().cache_dir, main, lower)
        return self._pieces[quality]

    # ── work ─────────────────────────────────────────────────────────────────────────────────────

    async def run(self, ffmpeg: FFmpeg) -> None:
        """Make and load lower pieces. Runs until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._make_all(ffmpeg), name="lower pieces")
                group.create_task(self._load_all(), name="qualities on air")
        finally:
            for each in self._on_air.values():
                each.close()
            self._on_air.clear()

    async def _make_all(self, ffmpeg: FFmpeg) -> None:
        while True:
            found = await self._next_missing()
            if found is None:
                await asyncio.sleep(REST_S)
            else:
                await self._make(ffmpeg, *found)

    async def _next_missing(self) -> tuple[LowerPieces, Path] | None:
        """Return the next piece that is to be made: first for qualities that are watched, the earliest to air first."""
        now = monotonic()
        for seconds in (LOADED_S, AHEAD_S):
            for channel in tuple(self._channels().values()):
                files = [*self._coming(channel, seconds)] if channel.config.renditions else []
                for quality in channel.config.renditions:
                    pieces = self._of(quality)
                    wanted = [file for file in files if self._failed.get((quality, file), 0.0) < now]
                    missing = await AIR.run(pieces.missing, wanted)
                    if missing is not None:
                        return pieces, missing
        return None

    async def _make(self, ffmpeg: FFmpeg, pieces: LowerPieces, piece: Path) -> None:
        quality = pieces.house.profile
        made: Path | None = None
        try:
            made = await AIR.run(pieces.work_path, piece)
            fault = await failure_of(pieces.command(ffmpeg, piece, made), limit_s=RENDER_S, nice=NICE)
            fault = fault or await AIR.run(pieces.take, piece, made)
            self._made += 1
            if self._made % TRIM_EVERY == 1:
                most = self._config().prepare.cache_bytes // 2 // len(self._pieces)
                wanted = [file for each in self._channels().values() for file in self._coming(each, AHEAD_S)]
                await AIR.run(pieces.trim, most, wanted)
        except OSError as error:
            fault = reason_of(error)
        finally:
            if made is not None:
                await asyncio.shield(AIR.run(made.unlink, True))
        subject = f"quality {quality}"
        if fault:
            self._failed[quality, piece] = monotonic() + AGAIN_S
            self._warnings.warn(subject, f"the quality {quality} of {piece.parent.name} cannot be made: {fault}")
        else:
            self._failed.pop((quality, piece), None)
            self._warnings.withdraw(subject)

    async def _load_all(self) -> None:
        while True:
            for key, rendition in tuple(self._on_air.items()):
                if rendition.bus.receivers or rendition.bus.is_tapped:
                    self._watched_at[key] = monotonic()
                channel = self._channels().get(key[0])
                is_idle = monotonic() - self._watched_at[key] > IDLE_S
                if is_idle or channel is not rendition.of or key[1] not in channel.config.renditions:
                    del self._on_air[key]
                    rendition.close()
                else:
                    await self._load(rendition)
            await asyncio.sleep(LOOK_S)

    async def _load(self, rendition: Rendition) -> None:
        """Read the lower pieces that air soon, and forget those that have aired."""
        wanted = [*dict.fromkeys(self._coming(rendition.of, LOADED_S))]
        for file in wanted:
            if file not in rendition.loaded:
                try:
                    if await AIR.run(rendition.pieces.has, file):
                        rendition.loaded[file] = await AIR.run(rendition.pieces.read, rendition.pieces.path(file))
                except OSError as error:
                    _log.warning("%s cannot be read: %s", rendition.pieces.path(file), reason_of(error))
        rendition.forget_but(wanted)

    def _coming(self, channel: Channel, seconds: float) -> Iterator[Path]:
        yield from self.other_versions(channel.id)
        yield from _coming(channel, seconds)


def _coming(channel: Channel, seconds: float) -> Iterator[Path]:
    """Yield the pieces of a channel that air now and soon, in order: those of its decks, then those of its rundown."""
    left = channel.house.rate.count(seconds)
    for airlist, number in channel.decks.lists_left():
        first = airlist.at(number).item
        for item in airlist.items[first:]:
            yield item.file
            left -= item.stretch.frames
            if left <= 0:
                return
    coming = channel.planner.compile(channel.decks.continues_at, seconds)
    for item in () if coming is None else coming.items:
        yield item.file
