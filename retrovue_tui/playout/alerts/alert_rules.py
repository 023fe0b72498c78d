"""The rules of alerts: finds the problems of channels and disks at one moment. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from retrovue_tui.config.alerts import AlertsConfig
    from retrovue_tui.protocol.answers.alerts import AlertRule, DiskSpace
    from retrovue_tui.protocol.answers.snapshots import State, UpcomingProblem

RESTARTS_S: Final = 600.0
"""The time over which failed decks are counted (s)."""
MOST_RESTARTS: Final = 1_000
DISK_CALM: Final = 1.1
"""A disk is no longer nearly full when it has this many times the configured space free."""
MOST_SUBJECTS: Final = 4
"""The most problems of one kind on one channel that are reported one by one."""
GB: Final = 1_000_000_000
ENDS: Final = ("nothing_planned", "rundown_ends")
Subject = tuple["AlertRule", str | None]
"""A rule, and the id of the channel that it judges; None: the station."""


@dataclass(frozen=True)
class ChannelReading:
    """The state of a channel that the rules judge. `silent_since`, `black_since`: Unix time (s). `restarts`: decks that
    failed since the start. `monitored`: whether anybody has looked at its picture and listened to its sound since the
    start. `upcoming`: its problems that are still to come; None until it was first judged."""

    id: str
    name: str
    state: State
    restarts: int = 0
    silent_since: float | None = None
    black_since: float | None = None
    upcoming: Sequence[UpcomingProblem] | None = ()
    monitored: bool = True


@dataclass(frozen=True)
class Condition:
    """A problem at one moment. It is reported once it has lasted for `after_s` since `since` (Unix time, s); without
    `since`, since it was first seen. `{age}` in `text` stands for how long it lasts."""

    id: str
    rule: AlertRule
    text: str
    channel: str | None = None
    after_s: float = 0.0
    since: float | None = None


class RestartCount:
    """Counts the decks of each channel that failed lately."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._times: dict[str, deque[float]] = {}

    def note(self, channel: str, restarts: int, now: float) -> int:
        """Record a channel's number of failed decks at a monotonic time (s). Return how many failed in the last ten
        minutes."""
        before, self._last[channel] = self._last.get(channel, restarts), restarts
        times = self._times.setdefault(channel, deque(maxlen=MOST_RESTARTS))
        times.extend([now] * min(max(0, restarts - before), MOST_RESTARTS))
        while times and times[0] <= now - RESTARTS_S:
            times.popleft()
        return len(times)

    def forget(self, channels: Collection[str]) -> None:
        """Forget all channels but these."""
        self._last = {id: last for id, last in self._last.items() if id in channels}
        self._times = {id: times for id, times in self._times.items() if id in channels}


def channel_conditions(config: AlertsConfig, reading: ChannelReading, restarts: int, now: float) -> Iterator[Condition]:
    """Yield the problems of a channel. `restarts`: decks that failed in the last ten minutes. `now`: Unix time (s)."""
    id, name = reading.id, reading.name
    if not _is_judged(config, reading):
        return
    if config.slate is not None and reading.state in ("slate", "starting"):
        text = f"{name}: viewers have seen the slate for {{age}}"
        yield Condition(f"slate {id}", "slate", text, id, config.slate.total_seconds())
    if config.silence is not None and reading.silent_since is not None:
        text, after_s = f"{name}: silent for {{age}}", config.silence.total_seconds()
        yield Condition(f"silence {id}", "silence", text, id, after_s, reading.silent_since)
    if config.black is not None and reading.black_since is not None:
        text, after_s = f"{name}: black for {{age}}", config.black.total_seconds()
        yield Condition(f"black {id}", "black", text, id, after_s, reading.black_since)
    if config.restarts is not None and restarts >= config.restarts:
        text = f"{name}: {restarts} decks failed within {RESTARTS_S / 60:.0f} minutes"
        yield Condition(f"restarts {id}", "restarts", text, id)
    yield from _upcoming(config, reading, now)


def unknown_subjects(config: AlertsConfig, reading: ChannelReading, watched_s: float) -> Iterator[Subject]:
    """Yield the rules that cannot judge a channel yet, because the station has not run for long. `watched_s`: for how
    long decks that fail have been counted (s)."""
    if not _is_judged(config, reading):
        return
    if reading.state == "starting" or not reading.monitored:
        yield from (("silence", reading.id), ("black", reading.id))
    if reading.upcoming is None:
        yield from (("plan_ends", reading.id), ("pool_short", reading.id))
    if config.restarts is not None and watched_s < RESTARTS_S:
        yield "restarts", reading.id


def _is_judged(config: AlertsConfig, reading: ChannelReading) -> bool:
    return reading.state != "stopped" and (not config.channels or reading.id in config.channels)


def _upcoming(config: AlertsConfig, reading: ChannelReading, now: float) -> Iterator[Condition]:
    id, name = reading.id, reading.name
    ends = [each for each in reading.upcoming or () if each.kind in ENDS]
    if config.plan_ends is not None and ends and ends[0].at - now <= config.plan_ends.total_seconds():
        yield Condition(f"plan_ends {id}", "plan_ends", f"{name}: {ends[0].text}", id)
    if config.pool_short:
        short = {each.subject: each for each in reversed(reading.upcoming or ()) if each.kind == "pool_small"}
        for subject, each in list(short.items())[:MOST_SUBJECTS]:
            yield Condition(f"pool_short {id} {subject}", "pool_short", f"{name}: {each.text}", id)


def disk_conditions(config: AlertsConfig, disks: Sequence[DiskSpace], active: Collection[str]) -> Iterator[Condition]:
    """Yield the disks that are nearly full. A disk whose id is in `active` has been reported: it must have a little
    more space to be good again."""
    if config.disk_free_gb is None:
        return
    for disk in disks:
        id = f"disk {disk.folder}"
        least = config.disk_free_gb * GB * (DISK_CALM if id in active else 1.0)
        if disk.free < least:
            text = f"the disk of the {disk.folder} has {disk.free / GB:.1f} GB free of {disk.total / GB:.0f} GB"
            yield Condition(id, "disk", text)
