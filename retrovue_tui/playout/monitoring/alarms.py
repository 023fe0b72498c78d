"""Silence and black: since when, and the events that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from retrovue_tui.protocol.pictures import ALARM_S

if TYPE_CHECKING:
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.protocol.events import Level

Fault = Literal["silent", "black"]
_BACK = {"silent": "sound", "black": "picture"}


class Named(Protocol):
    """A channel; its name may change."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


CLOCK_SET_S = 1.0
"""A wall clock that is off by more than this from what the frames say was set."""


class Alarm:
    """One thing that may be wrong with a channel. `since`: Unix time since when it is; None while it is not.

    How long it lasts is counted in frames, whatever is done to the wall clock; `since` follows a clock that is set.
    """

    def __init__(self, fault: Fault, channel: Named, events: EventLog) -> None:
        self.since: float | None = None
        self._fault = fault
        self._channel = channel
        self._events = events
        self._raised = False
        self._began = 0.0

    def look(self, wrong: bool, began: float, now: float, at: float | None = None) -> None:
        """Whether it is wrong at `now`, seconds of the frame clock, which is Unix time `at` (None: `now` is that, too).
        `began` is when that was first so, by the frame clock, where it was not wrong before."""
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
        """It is not wrong, or no longer to be told."""
        if self._raised and self.since is not None:
            self._say(f"{_BACK[self._fault]} again, {self._fault} for {now - self._began:.0f} s", "info", over=True)
        self.since, self._raised = None, False

    def _say(self, what: str, level: Level, *, over: bool) -> None:
        message = f"{self._channel.name}: {what}"
        facts = {"fault": self._fault, "since": self.since, "over": over}
        self._events.publish("alarm", message, channel=self._channel.id, level=level, **facts)
