"""A deck with its list, while it waits in a deck queue, stands by, or is on air."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrovue_tui.playout.decks.deck import Deck
    from retrovue_tui.rundown.airlist import AirList


@dataclass(eq=False)
class QueuedDeck:
    """A deck, and the list that it airs: all of `loaded`, or the beginning of it.

    `rescue`: the list is the rest of the list of a failed deck.
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
        """Return whether another deck may follow: the whole list has aired, or the deck has failed and all that it
        delivered has aired."""
        return self.deck.complete or (self.failed and self.deck.finished)

    def died(self) -> bool:
        """Return whether a waiting deck ended before it delivered every picture of its list."""
        return self.deck.finished and not self.deck.complete
