"""The preroll policy: when the next deck is started, and with how much, on a channel and in a personal stream."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from retrovue_tui.playout.decks.deck_queue import DeckQueue
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.rundown.airlist import AirList
    from retrovue_tui.timecode import FrameRate

PREROLL_S: Final = 8.0
"""How long before the next deck is needed it is started (`PrerollPolicy.is_due`)."""
RUN_UP_S: Final = 12.0
"""After running dry (`patient`), this much must be prepared before the channel goes on, or the whole rest of the
entry."""


@dataclass(frozen=True)
class PrerollPolicy:
    """Makes the next deck of a queue ready before the decks in it run out."""

    decks: DeckQueue
    rate: FrameRate

    @cached_property
    def _preroll(self) -> int:
        return self.rate.count(PREROLL_S)

    async def next(self, planner: Planner, *, patient: bool) -> None:
        """Start the next deck, if it is due, with a list of the planned pieces. `patient`: while nothing is on air,
        wait until enough is prepared."""
        left = self.decks.frames_left
        if not self.is_due():
            return
        airlist = planner.compile(self.decks.behind)
        if airlist is not None and self._enough(planner, airlist, left, patient=patient):
            await self.decks.enqueue(airlist)

    def is_due(self) -> bool:
        """Return whether the queued decks run out soon."""
        return self.decks.frames_left <= self._preroll

    def _enough(self, planner: Planner, airlist: AirList, left: int, *, patient: bool) -> bool:
        """Return whether a list is long enough; a short one is only when time is short, or when it ends an entry."""
        if airlist.frames >= self.rate.count(RUN_UP_S):
            return True
        last = airlist.items[-1].stretch
        if last.end - last.entry.in_frame >= planner.duration(last.entry):
            return True
        if self.decks.on_air is None:
            return not patient
        return left < self.rate.count(PREROLL_S / 2)
