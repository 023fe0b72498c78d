"""The preroll policy: decides when the next deck starts and how long its list is, for a channel or a personal
stream."""

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
"""The next deck is started this long before it is needed (s); see `PrerollPolicy.is_due`."""
RUN_UP_S: Final = 12.0
"""A channel whose deck queue became empty goes on when this much is prepared (s). If the rest of the entry is shorter,
that rest is enough. See `patient` in `PrerollPolicy.next`."""


@dataclass(frozen=True)
class PrerollPolicy:
    """Starts the next deck of a queue before the decks in it run out."""

    decks: DeckQueue
    rate: FrameRate

    @cached_property
    def _preroll(self) -> int:
        return self.rate.count(PREROLL_S)

    async def next(self, planner: Planner, *, patient: bool) -> None:
        """If it is time for the next deck, start it with the planned pieces. With `patient`, while nothing is on air,
        first wait until enough is prepared."""
        left = self.decks.frames_left
        if not self.is_due():
            return
        airlist = planner.compile(self.decks.continues_at, after=next(reversed(self.decks.committed()), None))
        if airlist is not None and self._enough(planner, airlist, left, patient=patient):
            await self.decks.enqueue(airlist)

    def is_due(self) -> bool:
        """Return whether the queued decks will run out soon."""
        return self.decks.frames_left <= self._preroll

    def _enough(self, planner: Planner, airlist: AirList, left: int, *, patient: bool) -> bool:
        """Return whether an air list is long enough to start a deck. A short list is long enough only if little time is
        left, or if it reaches the end of an entry."""
        if airlist.frames >= self.rate.count(RUN_UP_S):
            return True
        last = airlist.items[-1].stretch
        if last.end - last.entry.in_frame >= planner.duration(last.entry):
            return True
        if self.decks.on_air is None:
            return not patient
        return left < self.rate.count(PREROLL_S / 2)
