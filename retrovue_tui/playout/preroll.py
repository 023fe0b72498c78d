"""When the next deck is started, and with how much: the same for a channel on air and for a stream of one's own."""

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
"""How long before it is needed the next deck is started."""
RUN_UP_S: Final = 12.0
"""After running dry, this much must be prepared before it goes on, or the entry's whole rest."""


@dataclass(frozen=True)
class PrerollPolicy:
    """Has the next deck on a rack ready before those that are there run out."""

    rack: DeckQueue
    rate: FrameRate

    @cached_property
    def _preroll(self) -> int:
        return self.rate.count(PREROLL_S)

    async def next(self, planner: Planner, *, patient: bool) -> None:
        """Start it with what is planned, if it is time to. `patient`: where nothing is on air, that may stay so until
        there is enough."""
        left = self.rack.frames_left
        if not self.is_due():
            return
        airlist = planner.compile(self.rack.behind)
        if airlist is not None and self._enough(planner, airlist, left, patient=patient):
            await self.rack.cue(airlist)

    def is_due(self) -> bool:
        """Whether the decks that are there run out soon."""
        return self.rack.frames_left <= self._preroll

    def _enough(self, planner: Planner, airlist: AirList, left: int, *, patient: bool) -> bool:
        """A short list is taken only when time presses, or when it ends an entry."""
        if airlist.frames >= self.rate.count(RUN_UP_S):
            return True
        last = airlist.items[-1].stretch
        if last.end - last.entry.in_frame >= planner.duration(last.entry):
            return True
        if self.rack.on_air is None:
            return not patient
        return left < self.rate.count(PREROLL_S / 2)
