"""A deck and its air list, while the deck waits in a deck queue, stands by, or is on air."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrovue_tui.playout.decks.deck import Deck
    from retrovue_tui.rundown.airlist import AirList


@dataclass(eq=False)
class QueuedDeck:
    """A deck and the air list that it airs, which is all of `loaded` or its beginning.

    `rescue` is True if the list is the rest of a failed deck's list.
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
        """Return whether this deck has its next picture ready."""
        return not self.failed and self.deck.ready()

    def through(self) -> bool:
        """Return whether another deck may follow: the whole list has aired, or the deck has failed and everything that
        it delivered has aired."""
        return self.deck.complete or (self.failed and self.deck.finished)

    def died(self) -> bool:
        """Return whether a waiting deck ended before it delivered every picture of its list."""
        return self.deck.finished and not self.deck.complete
