"""The alerts of a station: problems that are reported to people who do not look at the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AlertRule = Literal["slate", "silence", "black", "restarts", "disk", "plan_ends", "pool_short", "test"]
ReceiverKind = Literal["webhook", "command", "notify"]
ReceiverState = Literal["idle", "sending", "waiting"]


@dataclass(frozen=True)
class Alert:
    """One problem. `id`: the same for as long as it lasts, like `slate 1`. `rule`: why it is reported; `test` only in a
    test message. `channel`: the id of its channel; None: the whole station. `text`: one line in words. `since`: when
    the problem began; `ended`: when it was over, None while it lasts (Unix time, s). `times`: how often it came back
    before it was over."""

    id: str
    rule: AlertRule
    text: str
    since: float
    channel: str | None = None
    ended: float | None = None
    times: int = 1


@dataclass(frozen=True)
class AlertReceiver:
    """A receiver of alerts. `name`: its address without secrets. `state`: `idle`, `sending`, or `waiting` for the next
    try. `sent`, `failed`: how many messages arrived, and tries that failed. `dropped`: messages that were given up.
    `queued`: messages that wait. `sent_at`: when one last arrived (Unix time, s). `fault`: why the last try failed;
    empty if it did not."""

    kind: ReceiverKind
    name: str
    state: ReceiverState = "idle"
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    queued: int = 0
    sent_at: float | None = None
    fault: str = ""


@dataclass(frozen=True)
class DiskSpace:
    """The space of a folder of the station (bytes). `folder`: what it is, like `home`."""

    folder: str
    free: int
    total: int


@dataclass(frozen=True)
class AlertsSnapshot:
    """All alerts at one moment (`at`: Unix time, s). `active`: problems that last, the oldest first. `recent`: those
    that are over, the newest first. `disks`: the disks that are watched."""

    at: float
    active: tuple[Alert, ...] = ()
    recent: tuple[Alert, ...] = ()
    receivers: tuple[AlertReceiver, ...] = ()
    disks: tuple[DiskSpace, ...] = ()
