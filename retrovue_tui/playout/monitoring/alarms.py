"""Alarms for silence and black: record the time at which each fault began, and publish events about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from retrovue_tui.protocol.answers.pictures import ALARM_S

if TYPE_CHECKING:
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.protocol.events import Level

Fault = Literal["silent", "black"]
_BACK = {"silent": "sound", "black": "picture"}


class NamedChannel(Protocol):
    """A channel, as an alarm sees it; its name may change."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


CLOCK_SET_S = 1.0
"""If the wall clock and the frame clock diverge by more than this, the wall clock was set (s)."""


class Alarm:
    """One possible fault of a channel. `since` is the Unix time at which it began; None while the fault is absent.

    The duration is counted in frames, so a change of the wall clock does not affect it. `since` is adjusted to such a
    change.
    """

    def __init__(self, fault: Fault, channel: NamedChannel, events: EventLog) -> None:
        self.since: float | None = None
        self._fault = fault
        self._channel = channel
        self._events = events
        self._raised = False
        self._began = 0.0

    def update(self, wrong: bool, began: float, now: float, at: float | None = None) -> None:
        """Record whether the fault is present (`wrong`). `began` and `now` are in seconds of the frame clock. `began`
        is the start of the fault; it is used only for a new fault. `at` is `now` as Unix time; None means that `now` is
        a Unix time already."""
        if not wrong:
            self.clear(now)
            return
        if self.since is None:
            self._began = began
        since = (now if at is None else at) - (now - self._began)
        if self.since is None or abs(since - self.since) > CLOCK_SET_S:
            self.since = round(since, 3)
        if not self._raised and now - self._began >= ALARM_S:
            self._raised = True
            self._say(f"{self._fault} for {now - self._began:.0f} s", "warning", over=False)

    def clear(self, now: float) -> None:
        """Clear the alarm, because the fault is over or should no longer be reported."""
        if self._raised and self.since is not None:
            self._say(f"{_BACK[self._fault]} again, {self._fault} for {now - self._began:.0f} s", "info", over=True)
        self.since, self._raised = None, False

    def _say(self, what: str, level: Level, *, over: bool) -> None:
        message = f"{self._channel.name}: {what}"
        facts = {"fault": self._fault, "since": self.since, "over": over}
        self._events.publish("alarm", message, channel=self._channel.id, level=level, **facts)
