"""A deck with the list that it is to air, as it waits in a deck queue, stands by, or is on air."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrovue_tui.playout.decks.deck import Deck
    from retrovue_tui.rundown.airlist import AirList


@dataclass(eq=False)
class QueuedDeck:
    """A deck and the part of its list that is to air: all of `loaded`, or the beginning of it.

    `rescue`: it plays what another deck failed to play.
    """

    deck: Deck
    airlist: AirList
    rescue: bool = False
    failed: bool = False
    loaded: AirList = field(init=False)

    def __post_init__(self) -> None:
        self.loaded = self.airlist

    def air(self, airlist: AirList) -> None:
        """Set how much of the loaded list airs."""
        self.airlist = airlist
        self.deck.frames = airlist.frames

    def usable(self) -> bool:
        """Return whether the next picture can come from this deck."""
        return not self.failed and self.deck.ready()

    def through(self) -> bool:
        """Return whether another deck may follow: all of the list has aired, or all that there was of it and the queue
        knows what is missing."""
        return self.deck.complete or (self.failed and self.deck.finished)

    def died(self) -> bool:
        """Return whether it has ended before it delivered every picture of its list; for a deck that waits."""
        return self.deck.finished and not self.deck.complete
