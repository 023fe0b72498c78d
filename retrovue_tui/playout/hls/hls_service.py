"""HLS of all channels: makes segments while somebody asks for them, or all the time for a web server's folder."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import StationError
from retrovue_tui.playout.hls import playlist
from retrovue_tui.playout.hls.channel_hls import ChannelHls
from retrovue_tui.playout.hls.other_segments import segment_for
from retrovue_tui.playout.hls.published_folders import PublishedFolders
from retrovue_tui.playout.hls.segment import named
from retrovue_tui.playout.hls.segment_folder import MEDIA, SegmentFolder, clear_others
from retrovue_tui.playout.mpegts.video_codec import codec_of
from retrovue_tui.playout.renditions.quality_channel import QualityChannel
from retrovue_tui.threads import HLS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from retrovue_tui.config.hls import HlsConfig
    from retrovue_tui.config.station_config import Config
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.hls.channel_hls import SegmentJob
    from retrovue_tui.playout.hls.other_segments import Sides
    from retrovue_tui.playout.hls.playlist import PlaylistDocument
    from retrovue_tui.playout.station_warnings import StationWarnings

LOOK_S: Final = 1.0
"""The interval at which runs that nobody uses are ended (s)."""
TIDY_EVERY: Final = 5
"""Old files are removed at every fifth look."""
ROOM_ABOVE: Final = 1.15
"""How much more than the configured bit rates a segment may have, with the overhead of the transport stream."""
MOST_DOCUMENTS: Final = 1_000
"""The most playlists that are kept until the next segment: one for each channel, and one for each combination of
groups."""
MEASURED: Final = 150
"""The number of segments, the newest ones, from which the bit rates in a playlist are computed."""
MEASURED_S: Final = 30.0
"""Until this length of the stream is measured (s), a playlist has the average bit rate of the configuration."""
DEFAULT_CODEC: Final = "avc1.4d401f"

log = logging.getLogger(__name__)


class HlsService:
    """The HLS of a station's channels. Call it from the event loop's thread."""

    def __init__(
        self,
        config: Callable[[], Config],
        channels: Callable[[], Mapping[str, Channel | QualityChannel]],
        warnings: StationWarnings,
    ) -> None:
        """`config` and `channels` return the station's present ones."""
        self.config = config().hls
        self._channels, self._warnings = channels, warnings
        self._public = self.config.folder is not None
        self._cache = config().cache_dir / "hls"
        self._root = self.config.folder or self._cache
        self._hls: dict[str, ChannelHls] = {}
        self._jobs: asyncio.Queue[SegmentJob] = asyncio.Queue()
        self._published = PublishedFolders(config().home, config().state_dir, self.config, warnings)
        self._documents: dict[tuple[str, str, Sides], tuple[int, PlaylistDocument]] = {}

    @property
    def enabled(self) -> bool:
        """Whether HLS is on."""
        return self.config.enabled

    @property
    def target_s(self) -> int:
        """The target duration of the segments (s)."""
        return self.config.target_s

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Return how many segments of each channel can be played now, and the bytes of all its segments on the disk."""
        return {id: (len(each.segments), each.size) for id, each in self._hls.items()}

    # ── work ─────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Make segments, and end the playlists of channels that are gone. Runs until cancelled; without HLS and such
        playlists it returns at once."""
        if self._root != self._cache or not self.config.enabled:
            await HLS.run(clear_others, self._cache, ())
        try:
            async with asyncio.TaskGroup() as group:
                folders = self._folders if self._public and self.config.enabled else None
                group.create_task(self._published.run(folders), name="folders of a web server")
                if self.config.enabled:
                    group.create_task(self._write(), name="segments")
                    group.create_task(self._watch(), name="hls")
        finally:
            for each in self._hls.values():
                each.close()

    def _folders(self) -> list[Path]:
        """Return the folders of all channels and qualities."""
        return [self._root / id for id in self._channels()]

    async def _write(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                if await job.hls.store(job):
                    self._warnings.withdraw(f"hls {job.hls.channel.id}")
                    if self._public:
                        await self._write_playlists(job.hls)
            except OSError as error:
                job.hls.fail(error)
            except Exception:
                log.exception("a segment of channel %s", job.hls.channel.id)
                job.hls.fail("a fault in the station; see the log")

    async def _watch(self) -> None:
        looks = 0
        while True:
            looks += 1
            if self._follow_channels():
                await self._note_change()
            for each in list(self._hls.values()):
                try:
                    await self._look(each, tidy=looks % TIDY_EVERY == 0)
                except Exception:  # the other channels go on
                    log.exception("the HLS of channel %s", each.channel.id)
            await asyncio.sleep(LOOK_S)

    async def _note_change(self) -> None:
        """Remove the segments of channels that are gone; for a web server, name only the qualities that are left."""
        if not self._public:
            await HLS.run(clear_others, self._root, tuple(self._hls))
            return
        for each in list(self._hls.values()):
            with contextlib.suppress(OSError):  # the next segment writes them again, and reports it
                await self._write_playlists(each)

    async def _look(self, hls: ChannelHls, *, tidy: bool) -> None:
        if self._public:
            await hls.start()
        elif hls.idle() and not self._is_watched_lower(hls.channel.id):
            hls.end()
        if hls.fault:
            self._warnings.warn(f"hls {hls.channel.id}", f"{hls.channel.name} has no HLS: {hls.fault}")
        if tidy:
            await hls.tidy()

    def _follow_channels(self) -> bool:
        """Follow changes of the station's channels. Return whether there are any."""
        channels, before = self._channels(), set(self._hls)
        for id, each in list(self._hls.items()):
            if channels.get(id) is not each.channel:
                each.close()
                del self._hls[id]
                self._documents = {key: made for key, made in self._documents.items() if key[0] != id}
                self._warnings.withdraw(f"hls {id}")
        for id, channel in channels.items():
            if id not in self._hls:
                folder = SegmentFolder(self._root, id, public=self._public)
                self._hls[id] = ChannelHls(
                    channel, self.config, folder, self._jobs.put_nowait, self._room,
                    main=partial(self._hls.get, id.partition(".")[0] if "." in id else ""),
                )  # fmt: skip
        return before != set(self._hls)

    def _is_watched_lower(self, channel_id: str) -> bool:
        """Return whether somebody watches a lower quality of a channel. The channel's own segments are made then too,
        so that a player that changes back finds the place where it plays."""
        lower = (each for id, each in self._hls.items() if id.startswith(f"{channel_id}."))
        return any(each.running and not each.idle() for each in lower)

    def _room(self) -> int:
        return self.config.cache_bytes // max(1, len(self._hls))

    async def _write_playlists(self, hls: ChannelHls) -> None:
        """Write the playlists for a web server: after the segment, so that it never names one that is not there."""
        async with self._published.writing:
            if self._channels().get(hls.channel.id) is not hls.channel or not hls.segments:
                return  # the channel is gone, or its run has ended
            media = _MediaPlaylist(hls, self.config)
            main = None if isinstance(hls.channel, QualityChannel) else self._multivariant(hls, "", "").encode()
            await HLS.run(lambda: hls.folder.write_playlists(media.text("").encode(), main))

    # ── answers ──────────────────────────────────────────────────────────────────────────────────

    async def multivariant(self, channel_id: str, query: str) -> PlaylistDocument:
        """Return the multivariant playlist of a channel. `query`: what follows the addresses in it, like `?token=…`.
        Raises `StationError` if HLS is off or has no segments."""
        hls = self._of(channel_id)
        await hls.use()
        text = self._multivariant(hls, "../../hls/", query)
        return playlist.document(text, hls.segments[-1].at_ms / 1_000 if hls.segments else 0)

    async def media(self, channel_id: str, query: str, viewer: str = "") -> PlaylistDocument:
        """Return the media playlist of a channel; see `multivariant`. `viewer`: the viewer's key, with which its groups
        are found; see `viewer_key`."""
        hls = self._of(channel_id)
        await hls.use()
        sides = hls.sides(viewer) if hls.others else ()
        key = (channel_id, query, sides)
        made = self._documents.get(key)
        if made is not None and made[0] == hls.version:
            return made[1]
        async with hls.writing:
            made = self._documents.get(key)
            if made is not None and made[0] == hls.version:
                return made[1]
            version, now = hls.version, _MediaPlaylist(hls, self.config, sides)
            document = await HLS.run(now.document, query)
            self._documents = {
                other: kept for other, kept in self._documents.items() if other[0] != channel_id or kept[0] == version
            }
            if len(self._documents) >= MOST_DOCUMENTS:
                self._documents.clear()
            self._documents[key] = (version, document)
            return document

    def segment(self, channel_id: str, name: str) -> Path | None:
        """Return the file of a segment; None if no segment can have this name. The file may be gone."""
        hls = self._hls.get(channel_id)
        return None if hls is None or named(name) is None else hls.folder.path / name

    def behind_s(self, channel_id: str, name: str) -> float:
        """Return how long before the newest picture a segment ends (s)."""
        hls, segment = self._hls.get(channel_id), named(name)
        if hls is None or segment is None:
            return 0.0
        rate = hls.channel.house.rate
        end = segment.at_ms / 1_000 + segment.frames * rate.den / rate.num
        return max(0.0, hls.channel.air_time(hls.channel.splicer.frame) - end)

    def began_at(self, channel_id: str) -> float:
        """Return since when the present segments of a channel are made (monotonic time, s); now if there are none. In a
        split that began before, they have the spot itself for all groups."""
        hls = self._hls.get(channel_id)
        return hls.began_at if hls is not None and hls.running else monotonic()

    def _of(self, channel_id: str) -> ChannelHls:
        if not self.config.enabled:
            raise StationError("HLS is off: set enabled = true below [hls] in retrovue.toml")
        hls = self._hls.get(channel_id)
        if hls is None or self._channels().get(channel_id) is not hls.channel:
            self._follow_channels()
            hls = self._hls.get(channel_id)
        if hls is None:
            raise StationError(f"Channel {channel_id} is not on air yet; try again in a moment")
        return hls

    def _multivariant(self, hls: ChannelHls, folder: str, query: str) -> str:
        """Return the multivariant playlist of a channel, with its lower qualities. `folder` and `query` are the parts
        of each address before and after the id. The playlist for a web server names only qualities that have segments:
        the others have no files there, and a web server cannot make them when a client asks."""
        start = f"{hls.channel.id}."
        lower = [each for id, each in self._hls.items() if id.startswith(start)]
        all_of_it = [hls, *(each for each in lower if each.segments or not self._public)]
        codec = _codec(hls) or DEFAULT_CODEC
        return playlist.multivariant(
            [self._variant(each, f"{folder}{each.channel.id}/{MEDIA}{query}", codec) for each in all_of_it]
        )

    def _variant(self, hls: ChannelHls, uri: str, channel_codec: str) -> playlist.Variant:
        """`channel_codec`: that of the channel's own quality. A quality that nobody watches has the channel's own
        pictures until lower ones are made, and none of its own is known."""
        house, rate = hls.channel.house, hls.channel.house.rate
        nominal = (house.video_kbps + house.audio_kbps) * 1_000 * ROOM_ABOVE
        bits = [(8 * each.size, float(rate.seconds(each.frames))) for each in islice(hls.newest_run, MEASURED)]
        peak = max([nominal, *(size / length_s for size, length_s in bits if length_s >= self.config.target_s / 2)])
        length_s = sum(length for _, length in bits)
        average = sum(size for size, _ in bits) / length_s if length_s >= MEASURED_S else nominal
        codec = _codec(hls) or channel_codec
        return playlist.Variant(uri, round(max(peak, average)), round(average), codec, house.width, house.height, rate)


def _codec(hls: ChannelHls) -> str | None:
    """Return the codec of the newest key frame; None if no segments are made."""
    key = hls.channel.bus.newest(1 << 62) if hls.running else ()
    return codec_of(key[0][2]) if key else None


class _MediaPlaylist:
    """The contents of a media playlist at one moment, for a thread that writes it."""

    def __init__(self, hls: ChannelHls, config: HlsConfig, sides: Sides = ()) -> None:
        """`sides`: the groups of the viewer."""
        self._segments = tuple(hls.segments)
        if sides:
            others = hls.others
            self._segments = tuple(segment_for(sides, others.get(each.sequence, {})) or each for each in self._segments)
        self._is_private = bool(hls.others)
        spans = hls.listed_ranges()
        self._ranges = hls.ranges.between(*spans[0]) if spans else ()
        self._rate, self._config = hls.channel.house.rate, config
        self._modified_at = spans[0][1] if spans else 0.0

    def text(self, query: str) -> str:
        return playlist.media(
            self._segments, self._ranges, self._rate, self._config.target_s, query, cue_tags=self._config.cue_tags
        )

    def document(self, query: str) -> PlaylistDocument:
        return playlist.document(self.text(query), self._modified_at, is_private=self._is_private)
