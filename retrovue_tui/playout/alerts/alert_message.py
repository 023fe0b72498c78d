"""A message about alerts: several alerts that began or ended together, for all receivers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.protocol.json_codec import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.protocol.answers.alerts import Alert

MOST: Final = 50
"""The most alerts in one message. The message says how many it leaves out."""


@dataclass(frozen=True)
class AlertMessage:
    """A message to the receivers. `at`: Unix time (s). `alerts`: the alerts that began or are over. `active`: the
    number of alerts that last now. `more`: the number of alerts that are left out."""

    station: str
    at: float
    alerts: tuple[Alert, ...]
    active: int = 0
    more: int = 0

    @property
    def title(self) -> str:
        """One line: the station, and how many problems there are."""
        begun = sum(each.ended is None for each in self.alerts) + self.more
        over = len(self.alerts) - sum(each.ended is None for each in self.alerts)
        if len(self.alerts) == 1 and not self.more:
            only = self.alerts[0]
            return f"{self.station}: over: {only.text}" if only.ended is not None else f"{self.station}: {only.text}"
        parts = [f"{begun} problems" if begun > 1 else "1 problem"] if begun else []
        parts += [f"{over} over"] if over else []
        return f"{self.station}: {', '.join(parts)}{'' if self.active or begun else '; all clear'}"

    @property
    def text(self) -> str:
        """One line for each alert, and what still lasts."""
        lines = [f"{'over: ' if each.ended is not None else ''}{each.text}" for each in self.alerts]
        lines += [f"and {self.more} more"] if self.more else []
        lines.append(f"{self.active} active" if self.active else "all clear: nothing is wrong any more")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the message as plain JSON types."""
        return {
            "station": self.station, "at": self.at, "title": self.title, "text": self.text, "active": self.active,
            "more": self.more,
            "alerts": [{**to_json(each), "state": "active" if each.ended is None else "over"} for each in self.alerts],
        }  # fmt: skip


class PendingAlerts:
    """Collects the alerts for the next message. An alert that begins and ends before it is sent is sent once, as
    over."""

    def __init__(self) -> None:
        self._alerts: dict[str, Alert] = {}

    def __bool__(self) -> bool:
        return bool(self._alerts)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts of the next message."""
        return tuple(self._alerts.values())

    def add(self, alerts: Iterable[Alert]) -> None:
        """Add alerts that began or ended."""
        for each in alerts:
            self._alerts.pop(each.id, None)
            self._alerts[each.id] = each

    def take(self, station: str, at: float, active: int) -> AlertMessage:
        """Return a message with all collected alerts, those that last first, and begin again."""
        found = sorted(self._alerts.values(), key=lambda each: (each.ended is not None, each.since))
        self._alerts = {}
        return AlertMessage(station, round(at, 3), tuple(found[:MOST]), active, max(0, len(found) - MOST))
