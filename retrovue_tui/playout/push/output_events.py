"""The events of a pushed output: one when it fails, and one when it sends again."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.config.output import OutputConfig
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.event_log import EventLog

STEADY_S: Final = 10.0
"""An output that sends again is reported after this time (s)."""
APART_S: Final = 60.0
"""The shortest time between two reports of a failure (s), so that an unsteady receiver does not fill the event list."""


class OutputEvents:
    """Publishes the events of one output. Further failures in a row are not published."""

    def __init__(
        self, events: EventLog, channel: Channel, config: OutputConfig, clock: Callable[[], float] = monotonic
    ) -> None:
        self._events = events
        self._channel = channel
        self._config = config
        self._clock = clock
        self._down = False
        self._next_at = 0.0
        self._began = False

    def failed(self, fault: str, retry_s: float | None) -> None:
        """Report a failure. `retry_s`: when the next try begins (s); None: there is none."""
        now = self._clock()
        if self._down or now < self._next_at:
            return
        self._down, self._next_at = True, now + APART_S
        again = "" if retry_s is None else "; the station tries again until it works"
        message = f"{self._channel.config.name}: output {self._config.name!r} does not send: {fault}{again}"
        self._publish(message, "warning", fault=fault)

    def sending(self, sent_s: float) -> None:
        """Report that the output has sent for this long (s)."""
        if sent_s < STEADY_S or (self._began and not self._down):
            return
        again = " again" if self._down else ""
        self._down, self._began = False, True
        self._publish(f"{self._channel.config.name}: output {self._config.name!r} sends{again}", "info")

    def _publish(self, message: str, level: Literal["info", "warning"], **data: str) -> None:
        facts = {"output": self._config.name, "url": self._config.shown, **data}
        self._events.publish("output", message, channel=self._channel.id, level=level, **facts)
