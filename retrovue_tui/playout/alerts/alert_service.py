"""The alert service: looks at the channels once a second, and reports problems that last.

The looks read a few values of each channel. Messages are grouped and limited in their rate; each receiver has a queue
of its own, so that one that hangs holds up nobody. What lasts and what is not delivered outlives the station.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.playout.alerts.alert_book import AlertBook
from retrovue_tui.playout.alerts.alert_message import PendingAlerts
from retrovue_tui.playout.alerts.alert_rules import (
    ChannelReading,
    RestartCount,
    channel_conditions,
    disk_conditions,
    unknown_subjects,
)
from retrovue_tui.playout.alerts.alert_store import FILE_NAME, AlertMemory, AlertStore, ToldReceiver
from retrovue_tui.playout.alerts.delivery import Delivery
from retrovue_tui.playout.alerts.disk_watch import DiskWatch
from retrovue_tui.playout.alerts.receivers.command import CommandReceiver
from retrovue_tui.playout.alerts.receivers.notify import Notify
from retrovue_tui.playout.alerts.receivers.webhook import Webhook
from retrovue_tui.protocol.answers.alerts import AlertsSnapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.config.alerts import AlertsConfig
    from retrovue_tui.config.station_config import Config
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.playout.alerts.alert_message import AlertMessage
    from retrovue_tui.playout.alerts.alert_rules import Condition, Subject
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

    def upcoming(self, channel_id: str) -> Sequence[UpcomingProblem] | None:
        """Return the problems of a channel that are still to come, the earliest first; None until it was first
        judged."""


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
        self._store = AlertStore(
            station.config.state_dir / FILE_NAME, partial(station.warnings.follow, "alerts file")
        )  # fmt: skip
        self._config: AlertsConfig | None = None
        self._deliveries: dict[asyncio.Task[None], Delivery] = {}
        self._due = float("inf")
        self._last = float("-inf")
        self._sent_at: float | None = None
        self._began = monotonic()

    def snapshot(self) -> AlertsSnapshot:
        """Return all alerts and receivers."""
        receivers = tuple(each.snapshot() for each in self._deliveries.values())
        return AlertsSnapshot(time.time(), self._book.active, tuple(self._book.recent), receivers, self._disks.disks)

    # ── work ─────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Watch the station, for ever. A saved change of the configuration takes effect at the next look."""
        disks = asyncio.create_task(self._disks.run(), name="disk space")
        try:
            await self._resume()
            while True:
                try:
                    await self._follow_config()
                    await self._look()
                    self._send_due()
                    self._store.save(self._memory())
                except Exception:  # the channels and the other alerts go on
                    log.exception("alerts")
                await asyncio.sleep(LOOK_S)
        finally:
            disks.cancel()
            memory = self._memory()
            await self._end_deliveries()
            if self._config is not None:  # else the saved state has not been read yet
                await self._store.close(memory)
            await asyncio.gather(disks, return_exceptions=True)

    async def _resume(self) -> None:
        """Go on with the alerts that lasted when the station ended. Receivers that knew of them do not get them again;
        a message that a receiver has not taken is sent to it now."""
        saved, now, at = await self._store.load(), monotonic(), time.time()
        self._book.restore(saved.lasting, now)
        if saved.sent_at is not None and saved.sent_at <= at:  # else the clock was set back
            self._sent_at, self._last = saved.sent_at, now - (at - saved.sent_at)
        self._config = self._station.config.alerts
        self._begin_deliveries(self._config)
        if not self._deliveries:
            return
        for alert in self._book.active:
            self._station.warnings.note(f"alert {alert.id}", f"alert: {alert.text}")
        known = {each.name: each.undelivered for each in saved.receivers}
        self._add_pending(saved.pending)
        told = [each for each in self._book.active if each not in saved.pending]
        for name, delivery in self._named():
            self._send(delivery, known.get(name, told))

    async def _follow_config(self) -> None:
        config = self._station.config.alerts
        if config == self._config:
            return
        left = {name: delivery.undelivered for name, delivery in self._named()}
        await self._end_deliveries()
        self._config = config
        self._begin_deliveries(config)
        for name, delivery in self._named():
            self._send(delivery, [alert for alert in left.get(name, ()) if alert.ended is not None])
        for alert in self._book.active:  # new receivers have not heard of them
            self._changed(alert)

    def _begin_deliveries(self, config: AlertsConfig) -> None:
        for number, receiver in enumerate(receivers_of(config)):
            delivery = Delivery(receiver, self._reporter(number, receiver))
            task = asyncio.create_task(delivery.run(), name=f"alerts to {receiver.name}")
            self._deliveries[task] = delivery

    async def _end_deliveries(self) -> None:
        tasks, self._deliveries = list(self._deliveries), {}
        for number, task in enumerate(tasks):
            task.cancel()
            self._station.warnings.withdraw(f"alerts to {number}")
        if tasks:
            await asyncio.wait(tasks)

    def _named(self) -> list[tuple[str, Delivery]]:
        """Return the deliveries with names that stay the same over a restart, and have no secrets."""
        names: Counter[str] = Counter()
        found = []
        for delivery in self._deliveries.values():
            name = f"{delivery.receiver.kind} {delivery.receiver.name}"
            names[name] += 1
            found.append((f"{name} {names[name]}", delivery))
        return found

    def _memory(self) -> AlertMemory:
        receivers = tuple(ToldReceiver(name, delivery.undelivered) for name, delivery in self._named())
        return AlertMemory(self._book.lasting, self._pending.alerts, receivers, self._sent_at)

    async def _look(self) -> None:
        assert self._config is not None
        if self._station.library.expected:  # the demo is still making its films: nothing is wrong yet
            return
        conditions, unknown = await self._conditions(self._config)
        for alert in self._book.look(conditions, monotonic(), time.time(), unknown):
            self._changed(alert)

    async def _conditions(self, config: AlertsConfig) -> tuple[list[Condition], set[Subject]]:
        """Return the problems of this moment, and what cannot be judged yet."""
        found: list[Condition] = []
        unknown: set[Subject] = set() if self._disks.disks or config.disk_free_gb is None else {("disk", None)}
        for number, channel in enumerate(tuple(self._station.channels.values()), 1):
            of_channel, unknown_of = self._of_channel(config, channel)
            found += of_channel
            unknown.update(unknown_of)
            if not number % AT_ONCE:
                await asyncio.sleep(0)
        self._restarts.forget(self._station.channels.keys())
        active = {each.id for each in self._book.active}
        return [*found, *disk_conditions(config, self._disks.disks, active)], unknown

    def _of_channel(self, config: AlertsConfig, channel: Channel) -> tuple[list[Condition], list[Subject]]:
        seen, now = channel.seen, monotonic()
        reading = ChannelReading(
            channel.id, channel.config.name, channel.state, channel.decks.restarts,
            None if seen is None else seen.silent_since, None if seen is None else seen.black_since,
            self._station.upcoming(channel.id), seen is not None,
        )  # fmt: skip
        restarts = self._restarts.note(channel.id, reading.restarts, now)
        unknown = unknown_subjects(config, reading, now - self._began)
        return list(channel_conditions(config, reading, restarts, time.time())), list(unknown)

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
        self._add_pending([alert])

    def _add_pending(self, alerts: Sequence[Alert]) -> None:
        if alerts:
            self._pending.add(alerts)
            self._due = min(self._due, monotonic() + self._group_s)

    def _send_due(self) -> None:
        """Send the alerts of the last seconds, if the last message is long enough ago."""
        assert self._config is not None
        now = monotonic()
        if not self._pending or now < max(self._due, self._last + self._config.every.total_seconds()):
            return
        self._due, self._last, self._sent_at = float("inf"), now, round(time.time(), 3)
        message = self._message(self._pending)
        for delivery in self._deliveries.values():
            delivery.put(message)

    def _send(self, delivery: Delivery, alerts: Sequence[Alert]) -> None:
        """Send alerts to one receiver."""
        collected = PendingAlerts()
        collected.add(alerts)
        if collected:
            delivery.put(self._message(collected))

    def _message(self, pending: PendingAlerts) -> AlertMessage:
        return pending.take(self._station.config.name, time.time(), len(self._book.active))

    def _reporter(self, number: int, receiver: Receiver) -> _Reporter:
        return _Reporter(self._station.warnings, f"alerts to {number}", f"{receiver.kind} {receiver.name}")


class _Reporter:
    """Shows a warning while a receiver does not take messages."""

    def __init__(self, warnings: StationWarnings, subject: str, name: str) -> None:
        self._warnings, self._subject, self._name = warnings, subject, name

    def __call__(self, fault: str | None) -> None:
        message = None if fault is None else f"alerts do not reach {self._name}: {fault}"
        self._warnings.follow(self._subject, message)
