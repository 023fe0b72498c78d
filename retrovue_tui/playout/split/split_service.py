"""The splits of a station's channels: finds the spots that split the viewers soon, has their versions prepared, and
keeps their pictures in memory while they air."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from itertools import chain, islice
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.errors import RetrovueError
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.media.rendering.render_demand import Need
from retrovue_tui.media.slate import slate_piece
from retrovue_tui.playout.mpegts.piece_pictures import read_pictures
from retrovue_tui.playout.output.slate_player import SlatePlayer
from retrovue_tui.playout.split.channel_split import ChannelSplits, ReadySplit
from retrovue_tui.playout.split.version_pictures import VersionPictures
from retrovue_tui.schedule.spots.variants import split_versions
from retrovue_tui.threads import AIR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from pathlib import Path

    from retrovue_tui.config.station_config import Config
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.automation.controller import ChannelController
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.renditions.rendition_service import RenditionService
    from retrovue_tui.playout.spot_pools import SpotPools
    from retrovue_tui.playout.station_warnings import StationWarnings
    from retrovue_tui.schedule.spots.variants import SplitSpot, Version

LOOK_S: Final = 0.5
LOADED_S: Final = 20.0
"""The pictures of the other versions are in memory this long before they air (s)."""
PREPARED_S: Final = 3_600.0
"""The other versions are requested this long before they air (s)."""
REQUEST_EVERY_S: Final = 10.0
MOST_ENTRIES: Final = 400
"""The number of coming entries of a channel that are searched for spots that split the viewers."""
AT_ONCE: Final = 100
CARD: Final = "Back in a moment"
"""The text of the card after a version that is shorter than its spot."""

_log = logging.getLogger(__name__)


class Station(Protocol):
    """The parts of the station that the service needs."""

    config: Config
    channels: dict[str, Channel]
    controllers: dict[str, ChannelController]
    library: Library
    store: PieceStore
    renditions: RenditionService
    warnings: StationWarnings


class SplitService:
    """Owns the splits of all channels. Call it from the event loop's thread."""

    def __init__(self, station: Station, pools: SpotPools) -> None:
        self._station, self._pools, self._asset, self._store = station, pools, station.library.asset, station.store
        self._renditions, self._warnings = station.renditions, station.warnings
        self._splits: dict[str, ChannelSplits] = {}
        self._pictures: dict[tuple[str, Path], VersionPictures] = {}
        self._card_of: dict[str, SlatePlayer] = {}
        self._request_at: dict[str, float] = {}
        self._renditions.other_versions = self._files_of

    def spot(self, file: Path) -> SplitSpot | None:
        """Return the versions of a spot that splits the viewers; None for any other file."""
        known = self._pools.spot(file)
        return None if known is None or not known.split else split_versions(known, self._frames)

    def _frames(self, file: Path) -> int | None:
        asset = self._asset(file)
        return None if asset is None else self._store.frames(asset)

    def _files_of(self, channel_id: str) -> list[Path]:
        return [file for (id, _), each in self._pictures.items() if id == channel_id for file in each.files]

    # ── work ─────────────────────────────────────────────────────────────────────────────────────

    async def run(self, ffmpeg: FFmpeg, preparer: Preparer) -> None:
        """Follow all channels. Runs until cancelled."""
        try:
            while True:
                self._follow_channels(preparer)
                is_used = self._pools.has_splits or any(each.ready for each in self._splits.values())
                for id, splits in list(self._splits.items()) if is_used else ():
                    try:
                        await self._look(splits, ffmpeg, preparer)
                    except (RetrovueError, OSError, KeyError) as error:  # the other channels go on
                        _log.warning("splits of channel %s: %s", id, error)
                await asyncio.sleep(LOOK_S)
        finally:
            for each in self._splits.values():
                each.close()

    def _follow_channels(self, preparer: Preparer) -> None:
        channels = self._station.channels
        for id, each in list(self._splits.items()):
            if channels.get(id) is not each.channel:
                each.close()
                del self._splits[id]
                preparer.want(f"{id} split", [])
                self._store.hold(f"{id} split", ())
        for id, channel in channels.items():
            if id not in self._splits:
                self._splits[id] = ChannelSplits(channel, partial(self._renditions.on_air, id))
                channel.versions.text = self._text

    def _text(self, file: Path) -> str:
        found = self.spot(file)
        return "" if found is None else found.text

    async def _look(self, splits: ChannelSplits, ffmpeg: FFmpeg, preparer: Preparer) -> None:
        """Request the versions that air soon, and load those that air now or next."""
        channel, now = splits.channel, monotonic()
        id = channel.id
        if now >= self._request_at.get(id, 0.0):
            self._request_at[id] = now + REQUEST_EVERY_S
            needs = [need async for need in self._needs(channel, splits)]
            preparer.want(f"{id} split", needs)
        ready: dict[Path, ReadySplit] = {}
        for file, begins in self._times(channel, splits, LOADED_S).items():
            if (found := self.spot(file)) is not None:
                pictures = await self._pictures_of(found, channel, begins)
                ready[file] = ReadySplit(found, pictures, await self._card(channel, found, ffmpeg))
        for split in ready.values():
            await _find_groups(channel, split)
        splits.ready = ready
        kept = {each.file for split in ready.values() for each in split.spot.versions}
        self._pictures = {key: each for key, each in self._pictures.items() if key[0] != id or key[1] in kept}
        self._store.hold(f"{id} split", self._files_of(id))

    async def _pictures_of(
        self, spot: SplitSpot, channel: Channel, begins: Iterable[float]
    ) -> dict[int, VersionPictures]:
        """Load the versions of a spot, and return those that are ready to air, by their numbers. Version 0 is the spot
        itself, which airs from the channel's decks."""
        pictures = {}
        for number, each in enumerate(spot.versions[1:], 1):
            version = self._version(channel.id, each)
            if version is not None:
                await self._load(version, channel, begins)
                if version.is_ready:
                    pictures[number] = version
        return pictures

    async def _needs(self, channel: Channel, splits: ChannelSplits) -> AsyncIterator[Need]:
        """Yield what must be prepared for the splits of the next hour, and warn of variants that cannot air."""
        now = monotonic()
        for file, begins in self._times(channel, splits, PREPARED_S).items():
            found = self.spot(file)
            refused = f"{file.name} splits the viewers without {'; '.join(found.refused)}" if found else None
            self._warnings.follow(f"split {file}", refused if found and found.refused else None)
            for each in () if found is None else found.versions[1:]:
                asset = self._asset(each.file)
                if asset is not None:
                    await self._store.open(asset)
                    yield Need(asset, 0, self._store.frames(asset), now + max(0.0, min(begins)))

    def _times(self, channel: Channel, splits: ChannelSplits, horizon_s: float) -> dict[Path, list[float]]:
        """Return the spots that air now or within `horizon_s`, with the times until they begin; see `_coming`."""
        found: dict[Path, list[float]] = {}
        for file, in_s in self._coming(channel, splits, horizon_s):
            found.setdefault(file, []).append(in_s)
        return found

    def _coming(self, channel: Channel, splits: ChannelSplits, horizon_s: float) -> Iterator[tuple[Path, float]]:
        """Yield the spots that air now or soon on a channel, each with the time until it begins (s; below 0: it has
        begun)."""
        rate = channel.house.rate
        if splits.on_air is not None:
            aired = channel.splicer.frame - splits.begun_at
            yield splits.on_air.spot.file, -float(rate.seconds(aired))
        for file in self._station.controllers[channel.id].standby_files():  # they may air at any moment
            yield file, 0.0
        frames, most = 0, rate.count(horizon_s)
        stretches = [stretch for airlist, number in channel.decks.lists_left() for stretch in airlist.coming(number)]
        coming = channel.planner.entries_from(channel.decks.continues_at)
        for stretch in chain(stretches, islice(coming, MOST_ENTRIES)):
            if stretch.entry.kind == "spot" and stretch.first == 0:
                yield stretch.entry.file, float(rate.seconds(frames))
            frames += stretch.frames
            if frames > most:
                return

    def _version(self, channel_id: str, version: Version) -> VersionPictures | None:
        """Return the pictures of a version; None while it is not prepared."""
        key, asset = (channel_id, version.file), self._asset(version.file)
        found = None if asset is None else VersionPictures.of(asset, self._store, version.frames)
        before = self._pictures.get(key)
        if found is None or (before is not None and before.files == found.files):
            return before
        self._pictures[key] = found
        return found

    async def _load(self, version: VersionPictures, channel: Channel, begins: Iterable[float]) -> None:
        """Read the pieces of a version that air within `LOADED_S`, and forget those that have aired. `begins`: the
        times until it begins; see `_coming`."""
        count, last = channel.house.rate.count, version.frames - 1
        wanted: set[int] = set()
        for in_s in begins:
            now, end = count(max(0.0, -in_s)), count(max(0.0, LOADED_S - in_s))
            wanted |= {*range(version.piece_of(min(now, last)), version.piece_of(min(end, last)) + 1)}
        for number in sorted(wanted):
            if number not in version.loaded:
                try:
                    version.loaded[number] = await AIR.run(read_pictures, version.files[number])
                except OSError as error:
                    _log.warning("%s cannot be read: %s", version.files[number], reason_of(error))
        for number in [each for each in version.loaded if each not in wanted]:
            del version.loaded[number]

    async def _card(self, channel: Channel, spot: SplitSpot, ffmpeg: FFmpeg) -> SlatePlayer | None:
        """Return the card that follows a version that is shorter than its spot; None if none is."""
        if all(each.frames == spot.versions[0].frames for each in spot.versions):
            return None
        if channel.id not in self._card_of:
            folder = self._station.config.cache_dir / "slates"
            piece = await slate_piece(ffmpeg, channel.house, folder, "", channel.name, CARD)
            self._card_of[channel.id] = await asyncio.to_thread(SlatePlayer.load, piece)
        return self._card_of[channel.id]


async def _find_groups(channel: Channel, split: ReadySplit) -> None:
    """Find the groups of all viewers ahead of time: for a thousand that takes 8 ms, too long between two pictures."""
    for number, viewer in enumerate(channel.bus.audience):
        split.groups.number(str(getattr(viewer, "key", "")))
        if number % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
