"""The HLS of a channel on air, and a client that follows its playlist."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import m3u8

from retrovue_tui.config.hls import HlsConfig
from retrovue_tui.config.station_config import Config
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.hls.hls_service import HlsService
from retrovue_tui.playout.hls.segment import Segment, named
from retrovue_tui.playout.station_warnings import StationWarnings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from retrovue_tui.playout.channel.channel import Channel


@dataclass
class Follower:
    """A client of channel 1: fetches the playlist again and again, and each segment once."""

    service: HlsService
    segments: dict[int, Segment] = field(default_factory=dict)
    data: dict[int, bytes] = field(default_factory=dict)
    playlists: list[m3u8.M3U8] = field(default_factory=list)
    text: str = ""

    async def fetch(self) -> m3u8.M3U8:
        """The playlist now."""
        document = await self.service.media("1", "")
        assert gzip.decompress(document.gzipped) == document.body
        self.text = document.body.decode()
        made = m3u8.loads(self.text)
        self.playlists.append(made)
        for number, entry in enumerate(made.segments, made.media_sequence):
            segment = named(entry.uri)
            assert segment is not None
            assert segment.sequence == number
            assert self.segments.setdefault(number, segment) == segment
            if number not in self.data:
                path = self.service.segment("1", entry.uri)
                assert path is not None
                self.data[number] = await asyncio.to_thread(path.read_bytes)
        return made

    async def until(self, condition: Callable[[], bool], timeout: float = 120.0) -> None:
        """Follow the playlist until something is true."""
        async with asyncio.timeout(timeout):
            while not condition():
                await self.fetch()
                await asyncio.sleep(0.05)

    @property
    def stream(self) -> bytes:
        """All segments, one after another."""
        numbers = sorted(self.data)
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        return b"".join(self.data[each] for each in numbers)


@dataclass
class HlsOnAir:
    service: HlsService
    warnings: StationWarnings
    task: asyncio.Task[None]

    async def end(self) -> None:
        """End the service, as the station's end does."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


@asynccontextmanager
async def hls_of(channel: Channel, home: Path, config: HlsConfig | None = None) -> AsyncIterator[HlsOnAir]:
    """The HLS of one channel."""
    warnings = StationWarnings(EventLog())
    whole = Config(home, hls=config or HlsConfig())
    service = HlsService(lambda: whole, lambda: {channel.id: channel}, warnings)
    made = HlsOnAir(service, warnings, asyncio.create_task(service.run()))
    try:
        yield made
    finally:
        await made.end()
