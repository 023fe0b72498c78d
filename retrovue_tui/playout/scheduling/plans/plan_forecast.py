"""Tries plans without applying them: one at a time for the whole station, in a thread, within a time limit."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.playout.scheduling.plans.plan_inputs import PlanInputs
    from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
    from retrovue_tui.protocol.answers.rundown import RundownRow
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.time_grid import TimeGrid

LIMIT_S: Final = 30.0
"""The longest time that one forecast may take (s). It then ends earlier than it should."""
AGAIN_S: Final = 600.0
"""A forecast that ended early is tried again after this time (s), not at every request."""
MOST_SLOTS: Final = 5_000
"""The most slots of a forecast."""
MOST_WAITING: Final = 16
"""The most forecasts that may run or wait at once."""
PAUSE_S: Final = 0.001
"""The pause after each slot (s), in which the event loop's thread runs."""


class Outlook(NamedTuple):
    """A rundown as it is planned now, with what a plan after it needs.

    `end`: the frame of the time grid at which the rundown ends. `first`: the frame from which on it would be planned
    again if its rules changed. `journal`: a copy, which may be cut.
    """

    entries: Sequence[Entry]
    rows: Sequence[RundownRow]
    journal: PlanJournal
    grid: TimeGrid
    end: int
    first: int


@dataclass(frozen=True)
class Forecast:
    """Planned slots, which are not written. `end`: the frame up to which the time is planned."""

    slots: tuple[Slot, ...]
    end: int


class _LastForecast(NamedTuple):
    """A forecast with everything from which it was made."""

    inputs: PlanInputs
    journal: PlanJournal
    start: int
    until: int
    made: Forecast
    at: float
    """When the forecast was made, on the monotonic clock (s)."""

    def serves(self, inputs: PlanInputs, journal: PlanJournal, start: int, until: int) -> bool:
        """Return whether making it again would give the same."""
        if (self.inputs, self.journal, self.start) != (inputs, journal, start) or self.until < until:
            return False
        return self.made.end == self.until or time.monotonic() - self.at < AGAIN_S


class Forecasts:
    """Makes forecasts, and keeps the last one for each key while nothing has changed from which it was made."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s
        self._threads = Threads("forecast", 1, most=MOST_WAITING)
        self._last: dict[str, _LastForecast] = {}

    async def make(self, key: str, inputs: PlanInputs, outlook: Outlook, start: int, until: int) -> Forecast:
        """Return a plan from frame `start` to frame `until`. Raises `BusyError` if too many wait."""
        stop = threading.Event()
        try:
            return await self._threads.run(self._make, key, inputs, outlook, start, until, stop)
        except asyncio.CancelledError:
            stop.set()
            raise

    def _make(
        self, key: str, inputs: PlanInputs, outlook: Outlook, start: int, until: int, stop: threading.Event
    ) -> Forecast:
        journal = outlook.journal.copy()
        journal.cut(outlook.grid.time(start))
        old = self._last.get(key)
        if old is not None and old.serves(inputs, journal, start, until):
            return Forecast(tuple(slot for slot in old.made.slots if slot.start < until), min(old.made.end, until))
        slots: list[Slot] = []
        deadline = time.monotonic() + self._limit_s
        for slot in inputs.planner(journal, outlook.grid).plan(start, until) if start < until else ():
            slots.append(slot)
            if stop.is_set() or time.monotonic() > deadline or len(slots) >= MOST_SLOTS:
                break
            time.sleep(PAUSE_S)
        made = Forecast(tuple(slots), min(until, slots[-1].end if slots else start))
        if not stop.is_set():
            self._last[key] = _LastForecast(inputs, journal, start, until, made, time.monotonic())
        return made
