"""A fake station behind the real server, and as a program: a control room on top of it, for a real terminal."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

from retrovue_tui.playout.station_figures import ChannelFigures, StationFigures
from retrovue_tui.playout.station_warnings import StationWarnings
from retrovue_tui.protocol.client import StationClient
from retrovue_tui.server.app import StationServer
from retrovue_tui.station_identity import StationIdentity
from retrovue_tui.tui.app import ControlRoom
from tests.tui.station import FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, StationSnapshot
    from retrovue_tui.server.interfaces import Channel


class Behind:
    """The parts of a station that the server needs, without a stream."""

    def __init__(self, fake: FakeStation, channels: Mapping[str, Channel]) -> None:
        self.identity = StationIdentity("0123abcd")
        self._fake = fake
        self.channels = channels
        self.asrun = None
        self.inventory = None
        self.previews = None
        self.plans = None
        self.warnings = StationWarnings(self.events)
        self.catchup = None
        self.guide = None
        self.hls = None
        self.renditions = None
        self.loop_lag_s = 0.0
        self.alerts = None

    @property
    def events(self) -> EventLog:
        return self._fake.log

    def figures(self) -> StationFigures:
        return StationFigures(channels={id: ChannelFigures(decks=2) for id in self.channels})

    def snapshot(self, channels: Sequence[ChannelSnapshot]) -> StationSnapshot:
        return self._fake.snapshot

    def channel_snapshot(self, channel_id: str) -> ChannelSnapshot:
        return next(each for each in self._fake.snapshot.channels if each.id == channel_id)

    def request_stop(self) -> None:
        """Nobody asks in these tests."""


@contextlib.asynccontextmanager
async def serve(fake: FakeStation, port: int = 0, channels: Mapping[str, Channel] | None = None) -> AsyncIterator[str]:
    """Serve on loopback; gives the address. Commands reach the controllers of `channels`."""
    server = StationServer(Behind(fake, channels or {}), "127.0.0.1", port)
    try:
        yield await server.start()
    finally:
        await server.stop()


async def main() -> None:
    """Run a control room with a station of its own in this terminal, and say how it was left."""
    fake = FakeStation()
    fake.log.publish("entry_started", "took deck 5, 0 video jumps", channel="1")
    async with serve(fake) as url, StationClient(url) as client:
        answer = await ControlRoom(client, own_station=True).run_async()
    sys.stdout.write(f"left with: {answer}\n")


if __name__ == "__main__":
    asyncio.run(main())
