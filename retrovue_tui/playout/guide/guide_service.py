"""The guide service: keeps the guides of all channels, and answers from them.

It looks twice a second whether a channel still airs what its guide says. That costs a few comparisons for each channel;
only a channel that has changed costs more. Guides are built in a thread, one after another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui import __version__
from retrovue_tui.errors import StationError
from retrovue_tui.guide.guide_snapshot import HOUR_S, GuideSnapshot, XmltvRequest, end_of
from retrovue_tui.playout.guide.guide_art import GuideArt
from retrovue_tui.playout.guide.guide_builder import GuideBuilder, GuideMedia
from retrovue_tui.playout.guide.guide_forecasts import GuideForecasts
from retrovue_tui.protocol.answers.guide import DEFAULT_DAYS
from retrovue_tui.threads import GUIDES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from retrovue_tui.config.station_config import Config
    from retrovue_tui.guide.guide_snapshot import PreparedGuide, XmltvDocument
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.playout.asrun.database import AsRunDatabase
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.guide.guide_art import GuidePicture
    from retrovue_tui.playout.guide.guide_forecasts import ForecastSource
    from retrovue_tui.playout.scheduling.plan_service import PlanService
    from retrovue_tui.protocol.answers.guide import ChannelGuide
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.station_identity import StationIdentity

LOOK_S: Final = 0.5
"""The interval between two looks (s)."""
REST: Final = 2.0
"""The pause after a guide that is made again for the same time, in multiples of the time that it took. Without it,
edits that never end would keep a thread busy with guides, and all other threads would have less of the processor."""
PATIENCE_S: Final = 25.0
"""The longest time for which a request waits until the guide reaches as far as it asks for (s). It then gets the guide
as it is."""
QUIET_S: Final = 30.0
"""Forecasts wait until the station has run for this time (s), or until somebody asks for the guide: at the start, there
is other work."""
SPARE_S: Final = 6 * HOUR_S
"""How much further than the guide the forecasts reach (s), so that they need not be made again each hour."""
FAULT_S: Final = 30.0
"""The time from a fault of the program to the next look (s)."""
MOST_DOCUMENTS: Final = 4
"""The most documents that are kept, each for another request."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _CachedDocument:
    """A document, and the number of the snapshot from which it was made."""

    number: int
    document: XmltvDocument


class GuideService:
    """The guides of a station's channels. Call it from the event loop's thread."""

    def __init__(
        self,
        channels: Callable[[], Mapping[str, Channel]],
        identity: StationIdentity,
        media: GuideMedia,
        asrun: AsRunDatabase,
        plans: ForecastSource,
    ) -> None:
        """`channels` returns the station's channels by id."""
        self.snapshot = GuideSnapshot()
        """The guide now. A change makes a new one."""
        self._channels, self._media = channels, media
        self._art = GuideArt()
        self._builder = GuideBuilder(identity, media, asrun, self._art)
        self._forecasts = GuideForecasts(plans)
        self._days = DEFAULT_DAYS
        self._began, self._asked = monotonic(), False
        self._looked = asyncio.Event()
        self._wake = asyncio.Event()
        self._documents: OrderedDict[XmltvRequest, _CachedDocument] = OrderedDict()

    # ── work ─────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Keep the guides. Runs until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._repeat(self._look, self._wake), name="guides")
                group.create_task(self._repeat(self._look_ahead, asyncio.Event()), name="forecasts of the guides")
        finally:
            await self._builder.close()

    def wake(self) -> None:
        """Look at once, because a command has changed what airs."""
        self._wake.set()

    async def _repeat(self, look: Callable[[], Awaitable[None]], wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            try:
                await look()
            except Exception:  # the guide as it is goes on being served
                log.exception("the guide could not be made")
                await asyncio.sleep(FAULT_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await wake.wait()

    async def _look(self) -> None:
        """Build the guides of the channels that air something else than their guide says."""
        until = end_of(time.time(), self._days)
        channels = self._channels()
        guides = {each.guide.channel: each for each in self.snapshot.guides}
        for id, channel in channels.items():
            forecast = self._forecasts.slots(id)
            if self._builder.is_due(channel, forecast, until):
                began, before, again = monotonic(), guides.get(id), self._builder.reaches(id, until)
                made = await self._builder.build(channel, forecast, until, before)
                if made is not before:
                    guides[id] = made
                    self._publish(guides)
                if again:
                    await asyncio.sleep(REST * (monotonic() - began))
            await asyncio.sleep(0)
        if guides.keys() - channels.keys():
            self._publish({id: guide for id, guide in guides.items() if id in channels})
            self._builder.forget(tuple(channels))
            self._forecasts.forget(tuple(channels))
        looked, self._looked = self._looked, asyncio.Event()
        looked.set()

    def _publish(self, guides: Mapping[str, PreparedGuide]) -> None:
        ordered = sorted(guides.values(), key=lambda each: (each.guide.number, each.guide.channel))
        self.snapshot = GuideSnapshot(self.snapshot.number + 1, time.time(), tuple(ordered))

    async def _look_ahead(self) -> None:
        """Make the forecasts that are due, one after another."""
        if not self._asked and monotonic() - self._began < QUIET_S:
            return
        until = end_of(time.time(), self._days)
        for channel in tuple(self._channels().values()):
            if self._forecasts.is_due(channel, until, self._media.revision()):
                await self._forecasts.make(channel, until + SPARE_S, self._media.revision())

    # ── answers ──────────────────────────────────────────────────────────────────────────────────

    def completed(self, snapshot: ChannelSnapshot) -> ChannelSnapshot:
        """Return a channel's snapshot with the programme on air and the next one."""
        guide = self.snapshot.guide(snapshot.id)
        if guide is None:
            return snapshot
        now, following = guide.showing(time.time())
        return replace(snapshot, programme=now, next_programme=following)

    async def channel(self, channel_id: str, days: int) -> ChannelGuide:
        """Return the guide of a channel for the next `days` days. Raises `StationError` if there is none yet."""
        await self._reach(days)
        found = self.snapshot.guide(channel_id)
        if found is None:
            raise StationError(f"channel {channel_id} has no guide yet; try again in a moment")
        end = end_of(self.snapshot.at, days)
        shown = found.guide.programmes[found.until(end)]
        until = shown[-1].stop_at if shown else found.guide.until_at
        return replace(found.guide, at=time.time(), programmes=shown, until_at=until)

    async def xmltv(self, wanted: XmltvRequest) -> XmltvDocument:
        """Return an XMLTV document. Raises `StationError` if there is no guide yet, and `BusyError` if too many
        requests wait."""
        await self._reach(wanted.days)
        snapshot = self.snapshot
        if not snapshot.guides and self._channels():
            raise StationError("the station has no guide yet; try again in a moment")
        kept = self._documents.get(wanted)
        if kept is None or kept.number != snapshot.number:
            made = await GUIDES.run(snapshot.document, wanted, __version__, None if kept is None else kept.document)
            kept = _CachedDocument(snapshot.number, made)
            self._documents[wanted] = kept
            while len(self._documents) > MOST_DOCUMENTS:
                self._documents.popitem(last=False)
        self._documents.move_to_end(wanted)
        return kept.document

    async def picture(self, key: str) -> GuidePicture | None:
        """Return a picture that a guide names; None for any other key."""
        return await self._art.picture(key)

    async def _reach(self, days: int) -> None:
        """Wait until all guides cover the next `days` days, but not for long."""
        self._asked = True
        if days > self._days:
            self._days = days
            self.wake()
        until = end_of(time.time(), self._days)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while any(self._is_behind(channel, until) for channel in self._channels().values()):
                    await self._looked.wait()

    def _is_behind(self, channel: Channel, until: int) -> bool:
        return not self._forecasts.covers(channel, until) or self._builder.is_due(
            channel, self._forecasts.slots(channel.id), until
        )


class GuidedStation(Protocol):
    """The parts of the station that its guide is made from."""

    config: Config
    channels: dict[str, Channel]
    library: Library
    asrun: AsRunDatabase
    plans: PlanService
    identity: StationIdentity


def guide_of(station: GuidedStation) -> GuideService:
    """Return the guide service of a station. It works once its `run` is started."""
    library = station.library
    media = GuideMedia(lambda: library.assets.revision, library.asset, station.config.library.programmes)
    return GuideService(lambda: station.channels, station.identity, media, station.asrun, station.plans)
