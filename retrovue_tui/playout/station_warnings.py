"""The station's active warnings: at most one about each subject, shown until it is withdrawn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from retrovue_tui.config.advice import advice_on

if TYPE_CHECKING:
    from retrovue_tui.config.station_config import Config
    from retrovue_tui.playout.event_log import EventLog


class StationWarnings:
    """Keeps the active warnings of the station, in the order in which they appeared, and publishes each new one."""

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self._texts: dict[str, str] = {}
        self._advice: tuple[str, ...] = ()

    def warn(self, subject: str, message: str) -> None:
        """Set the warning about a subject, and publish it as an event if it is new."""
        if self._texts.get(subject) != message:
            self._texts[subject] = message
            self._events.publish("warning", message, level="warning")

    def follow(self, subject: str, message: str | None) -> None:
        """Set the warning about a subject, or remove it if `message` is None."""
        if message is None:
            self.withdraw(subject)
        else:
            self.warn(subject, message)

    def note(self, subject: str, message: str) -> None:
        """Set the warning about a subject without an event, because somebody else has published one."""
        self._texts[subject] = message

    async def advise(self, config: Config) -> None:
        """Warn of each unsafe setting of a config, and remove the warnings about settings that are safe now."""
        lines = await asyncio.to_thread(advice_on, config)
        self.withdraw(*(f"advice {line}" for line in self._advice if line not in lines))
        self._advice = lines
        for line in lines:
            self.warn(f"advice {line}", line)

    def withdraw(self, *subjects: str) -> None:
        """Remove the warnings about these subjects, if there are any."""
        for subject in subjects:
            self._texts.pop(subject, None)

    def about(self, subject: str) -> str:
        """Return the warning about a subject; empty if there is none."""
        return self._texts.get(subject, "")

    def texts(self) -> tuple[str, ...]:
        """Return all warnings, one line each."""
        return tuple(self._texts.values())
