"""The alert service: looks at the channels once a second, and reports problems that last.

The looks read a few values of each channel. Messages are grouped and limited in their rate; each receiver has a queue
of its own, so that one that hangs holds up nobody.
"""

from __future__ import annotations

import asyncio
import logging
import time
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.playout.alerts.alert_book import AlertBook
from retrovue_tui.playout.alerts.alert_message import PendingAlerts
from retrovue_tui.playout.alerts.alert_rules import (
    ChannelReading,
    RestartCount,
    channel_conditions,
    disk_conditions,
)
from retrovue_tui.playout.alerts.delivery import Delivery
from retrovue_tui.playout.alerts.disk_watch import DiskWatch
from retrovue_tui.playout.alerts.receivers.command import CommandReceiver
from retrovue_tui.playout.alerts.receivers.notify import Notify
from retrovue_tui.playout.alerts.receivers.webhook import Webhook
from retrovue_tui.protocol.answers.alerts import AlertsSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrovue_tui.config.alerts import AlertsConfig
    from retrovue_tui.config.station_config import Config
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.playout.alerts.alert_rules import Condition
    from retrovue_tui.playout.alerts.delivery import Receiver
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.playout.station_warnings import StationWarnings
    from retrovue_tui.protocol.answers.alerts import Alert
    from retrovue_tui.protocol.answers.snapshots import UpcomingProblem

LOOK_S: Final = 1.0
"""The interval between two looks (s)."""
GROUP_S: Final = 3.0
"""A message waits for this time (s), so that problems that begin together are in one message."""
AT_ONCE: Final = 10
"""How many channels are looked at in one turn of the event loop."""

log = logging.getLogger(__name__)


class WatchedStation(Protocol):
    """The parts of the station that alerts need."""

    config: Config
    channels: dict[str, Channel]
    events: EventLog
    warnings: StationWarnings
    library: Library

    def upcoming(self, channel_id: str) -> Sequence[UpcomingProblem]:
        """Return the problems of a channel that are still to come, the earliest first."""


def receivers_of(config: AlertsConfig) -> list[Receiver]:
    """Return the receivers that the configuration names."""
    return [
        *map(Webhook, config.webhooks), *([CommandReceiver(config.command)] if config.command else []),
        *map(Notify, config.notify),
    ]  # fmt: skip


class AlertService:
    """Watches a station, and tells the receivers of its configuration. It works once its `run` is started."""

    def __init__(self, station: WatchedStation, *, group_s: float = GROUP_S) -> None:
        self._station = station
        self._group_s = group_s
        self._book, self._pending, self._restarts = AlertBook(), PendingAlerts(), RestartCount()
        self._disks = DiskWatch({"home": station.config.home, "cache": station.config.cache_dir})
        self._config: AlertsConfig | None = None
        self._deliveries: dict[asyncio.Task[None], Delivery] = {}
        self._due = float("inf")
        self._last = float("-inf")

    def snapshot(self) -> AlertsSnapshot:
        """Return all alerts and receivers."""
        receivers = tuple(each.snapshot() for each in self._deliveries.values())
        return AlertsSnapshot(time.time(), self._book.active, tuple(self._book.recent), receivers, self._disks.disks)

    # ── work ─────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Watch the station, for ever. A saved change of the configuration takes effect at the next look."""
        disks = asyncio.create_task(self._disks.run(), name="disk space")
        try:
            while True:
                try:
                    await self._follow_config()
                    await self._look()
                    self._send_due()
                except Exception:  # the channels and the other alerts go on
                    log.exception("alerts")
                await asyncio.sleep(LOOK_S)
        finally:
            disks.cancel()
            await self._end_deliveries()
            await asyncio.gather(disks, return_exceptions=True)

    async def _follow_config(self) -> None:
        config = self._station.config.alerts
        if config == self._config:
            return
        await self._end_deliveries()
        self._config = config
        for number, receiver in enumerate(receivers_of(config)):
            delivery = Delivery(receiver, self._reporter(number, receiver))
            task = asyncio.create_task(delivery.run(), name=f"alerts to {receiver.name}")
            self._deliveries[task] = delivery
        for alert in self._book.active:  # new receivers have not heard of them
            self._changed(alert)

    async def _end_deliveries(self) -> None:
        tasks, self._deliveries = list(self._deliveries), {}
        for number, task in enumerate(tasks):
            task.cancel()
            self._station.warnings.withdraw(f"alerts to {number}")
        if tasks:
            await asyncio.wait(tasks)

    async def _look(self) -> None:
        assert self._config is not None
        early = bool(self._station.library.expected)  # the demo is still making its films: nothing is wrong yet
        conditions = [] if early else await self._conditions(self._config)
        for alert in self._book.look(conditions, monotonic(), time.time()):
            self._changed(alert)

    async def _conditions(self, config: AlertsConfig) -> list[Condition]:
        found: list[Condition] = []
        for number, channel in enumerate(tuple(self._station.channels.values()), 1):
            found += self._of_channel(config, channel)
            if not number % AT_ONCE:
                await asyncio.sleep(0)
        self._restarts.forget(self._station.channels.keys())
        active = {each.id for each in self._book.active}
        return [*found, *disk_conditions(config, self._disks.disks, active)]

    def _of_channel(self, config: AlertsConfig, channel: Channel) -> Iterator[Condition]:
        seen = channel.seen
        reading = ChannelReading(
            channel.id, channel.config.name, channel.state, channel.decks.restarts,
            None if seen is None else seen.silent_since, None if seen is None else seen.black_since,
            self._station.upcoming(channel.id),
        )  # fmt: skip
        restarts = self._restarts.note(channel.id, reading.restarts, monotonic())
        return channel_conditions(config, reading, restarts, time.time())

    # ── reports ──────────────────────────────────────────────────────────────────────────────────

    def _changed(self, alert: Alert) -> None:
        """Publish an alert that has begun or is over, and send it soon."""
        over, station = alert.ended is not None, self._station
        if over:
            station.warnings.withdraw(f"alert {alert.id}")
        if not self._deliveries:  # no receiver: the alert is only in the list of alerts
            return
        station.events.publish(
            "alert", f"alert{' over' if over else ''}: {alert.text}", channel=alert.channel,
            level="info" if over else "warning", rule=alert.rule, alert=alert.id, over=over,
        )  # fmt: skip
        if not over:
            station.warnings.note(f"alert {alert.id}", f"alert: {alert.text}")
        self._pending.add([alert])
        self._due = min(self._due, monotonic() + self._group_s)

    def _send_due(self) -> None:
        """Send the alerts of the last seconds, if the last message is long enough ago."""
        assert self._config is not None
        now = monotonic()
        if not self._pending or now < max(self._due, self._last + self._config.every.total_seconds()):
            return
        message = self._pending.take(self._station.config.name, time.time(), len(self._book.active))
        self._due, self._last = float("inf"), now
        for delivery in self._deliveries.values():
            delivery.put(message)

    def _reporter(self, number: int, receiver: Receiver) -> _Reporter:
        return _Reporter(self._station.warnings, f"alerts to {number}", f"{receiver.kind} {receiver.name}")


class _Reporter:
    """Shows a warning while a receiver does not take messages."""

    def __init__(self, warnings: StationWarnings, subject: str, name: str) -> None:
        self._warnings, self._subject, self._name = warnings, subject, name

    def __call__(self, fault: str | None) -> None:
        message = None if fault is None else f"alerts do not reach {self._name}: {fault}"
        self._warnings.follow(self._subject, message)
