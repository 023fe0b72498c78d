"""The book of alerts: which problems have lasted long enough to be reported, and which are over. Pure.

A problem that comes and goes is one alert: it is over only when it has been absent for `CALM_S`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.alerts.alert_rules import Condition
from retrovue_tui.protocol.answers.alerts import Alert
from retrovue_tui.text.durations import duration_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from retrovue_tui.playout.alerts.alert_rules import Subject

CALM_S: Final = 30.0
"""A problem that has been absent for this time (s) is over."""
RECENT: Final = 50
"""How many alerts that are over are remembered."""
MOST_ACTIVE: Final = 500
"""How many problems can be active at once; further ones are not reported."""


@dataclass
class _Entry:
    """A problem that is there, or was there a moment ago. `first`: when it was first seen without a pause; `gone`:
    since when it is absent, None while it is there (monotonic, s). `alert` is None until it is reported."""

    condition: Condition
    first: float
    gone: float | None = None
    alert: Alert | None = None


@dataclass(frozen=True)
class LastingAlert:
    """An alert that lasts, to be saved. `template`: its text, with `{age}` for how long it lasts."""

    alert: Alert
    template: str


class AlertBook:
    """Follows the problems from one look to the next."""

    def __init__(self) -> None:
        self.recent: deque[Alert] = deque(maxlen=RECENT)
        """The alerts that are over, the newest first."""
        self._entries: dict[str, _Entry] = {}

    @property
    def active(self) -> tuple[Alert, ...]:
        """The alerts that last, the oldest first."""
        found = (entry.alert for entry in self._entries.values() if entry.alert is not None)
        return tuple(sorted(found, key=lambda alert: alert.since))

    @property
    def lasting(self) -> tuple[LastingAlert, ...]:
        """The alerts that last, to be saved."""
        entries = self._entries.values()
        return tuple(LastingAlert(each.alert, each.condition.text) for each in entries if each.alert is not None)

    def restore(self, lasting: Iterable[LastingAlert], now: float) -> None:
        """Take over the alerts that lasted when the station ended. `now`: monotonic time (s)."""
        for each in tuple(lasting)[:MOST_ACTIVE]:
            alert = each.alert
            condition = Condition(alert.id, alert.rule, each.template, alert.channel)
            self._entries[alert.id] = _Entry(condition, now, alert=alert)

    def look(
        self, conditions: Iterable[Condition], now: float, at: float, unknown: Collection[Subject] = ()
    ) -> list[Alert]:
        """Take the problems of one look. `now`: monotonic time; `at`: the same as Unix time (s). `unknown`: the rules
        that cannot be judged at present, with their channels; their alerts last. Return the alerts that have begun or
        are over since the last look."""
        seen = {each.id: each for each in conditions}
        gone = [id for id in self._entries if id not in seen and not self._is_held(id, unknown)]
        changed = [self._present(each, now, at) for each in seen.values()]
        changed += [self._absent(id, now, at) for id in gone]
        return [alert for alert in changed if alert is not None]

    def _is_held(self, id: str, unknown: Collection[Subject]) -> bool:
        entry = self._entries[id]
        return entry.alert is not None and (entry.condition.rule, entry.condition.channel) in unknown

    def _present(self, condition: Condition, now: float, at: float) -> Alert | None:
        entry = self._entries.get(condition.id)
        if entry is None:
            if len(self._entries) >= MOST_ACTIVE:
                return None
            entry = self._entries[condition.id] = _Entry(condition, now)
        if entry.gone is not None:
            entry.gone = None
            if entry.alert is not None:
                entry.alert = replace(entry.alert, times=entry.alert.times + 1)
        entry.condition = condition
        lasts = now - entry.first if condition.since is None else at - condition.since
        if entry.alert is not None or lasts < condition.after_s:
            return None
        text = condition.text.replace("{age}", _whole(lasts))
        entry.alert = Alert(condition.id, condition.rule, text, round(at - lasts, 3), condition.channel)
        return entry.alert

    def _absent(self, id: str, now: float, at: float) -> Alert | None:
        entry = self._entries[id]
        if entry.alert is None:  # it was too short
            del self._entries[id]
            return None
        if entry.gone is None:
            entry.gone = now
        if now - entry.gone < CALM_S:
            return None
        del self._entries[id]
        ended = at - (now - entry.gone)
        text = entry.condition.text.replace("{age}", _whole(ended - entry.alert.since))
        over = replace(entry.alert, text=text, ended=round(ended, 3))
        self.recent.appendleft(over)
        return over


def _whole(seconds: float) -> str:
    return duration_text(timedelta(seconds=round(max(0.0, seconds))))
