"""Keeps a forecast of each planned channel, so that its guide reaches further than its written rundown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol

from retrovue_tui.errors import RetrovueError
from retrovue_tui.threads import GUIDES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.scheduling.plans.plan_forecast import Forecast
    from retrovue_tui.schedule.planned_slot import Slot

EVERY_S: Final = 10.0
"""The forecast of a channel is made again at most this often (s), because it takes seconds of work."""
AGAIN_S: Final = 2.0
"""A forecast that was not possible is tried again after this time (s)."""
TRIES: Final = 5
"""The number of tries after which nobody waits for a forecast any more."""


class ForecastSource(Protocol):
    """Makes forecasts; see `PlanService.forecast`."""

    async def forecast(self, channel_id: str, until: datetime) -> Forecast | None:
        """Return what the plan would write after the rundown of a channel, until a moment."""


@dataclass(frozen=True)
class _CachedForecast:
    """A forecast. `basis`: what it was made from; `until`: the time up to which it was wanted (Unix time, s)."""

    basis: tuple[Any, ...]
    until: int
    at: float
    slots: Sequence[Slot] = ()
    failed: int = 0
    """How many tries have failed since the last forecast."""


class GuideForecasts:
    """The last forecast of each planned channel. A forecast whose basis has changed stays in use until the next one is
    made."""

    def __init__(self, source: ForecastSource) -> None:
        self._source = source
        self._made: dict[str, _CachedForecast] = {}

    def slots(self, channel_id: str) -> Sequence[Slot]:
        """Return the forecast slots of a channel. A new forecast is a new object."""
        made = self._made.get(channel_id)
        return () if made is None else made.slots

    def covers(self, channel: Channel, until: int) -> bool:
        """Return whether nothing more is expected up to a Unix time: there is a forecast, or the channel has no
        plan."""
        made = self._made.get(channel.id)
        if channel.config.plan is None:
            return True
        return made is not None and made.until >= until and made.failed in (0, TRIES)

    def is_due(self, channel: Channel, until: int, media: object) -> bool:
        """Return whether the forecast of a channel must be made again. `media`: the revision of the library's files."""
        if channel.config.plan is None:
            self._made.pop(channel.id, None)
            return False
        made = self._made.get(channel.id)
        if made is None:
            return True
        age = monotonic() - made.at
        if made.failed:
            return age > AGAIN_S
        if made.until < until:
            return True
        return age > EVERY_S and not _same(made.basis, _basis(channel, media))

    async def make(self, channel: Channel, until: int, media: object) -> None:
        """Make the forecast of a channel again, up to a Unix time. It may take seconds."""
        basis, old = _basis(channel, media), self._made.get(channel.id)
        slots: Sequence[Slot] = () if old is None else old.slots
        try:
            found = await self._source.forecast(channel.id, datetime.fromtimestamp(until, UTC))
        except RetrovueError:  # the channel is not ready, or many other forecasts are being made
            found = None
        if found is not None and not await GUIDES.run(_equal, slots, found.slots):
            slots = found.slots
        failed = 0 if found is not None else min(TRIES, 1 + (0 if old is None else old.failed))
        self._made[channel.id] = _CachedForecast(basis, until, monotonic(), slots, failed)

    def forget(self, channel_ids: Sequence[str]) -> None:
        """Forget the channels that are not among these."""
        self._made = {id: made for id, made in self._made.items() if id in channel_ids}


def _equal(one: Sequence[Slot], other: Sequence[Slot]) -> bool:
    """Return whether two forecasts are equal. To compare a thousand slots takes some milliseconds."""
    return len(one) == len(other) and all(each == its for each, its in zip(one, other, strict=True))


def _basis(channel: Channel, media: object) -> tuple[Any, ...]:
    return channel.planner.entries, channel.config.plan, channel.config.timezone, media


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Return whether two bases consist of the same objects. To compare rundowns of thousands of entries takes long."""
    return all(each is its for each, its in zip(one, other, strict=True))
