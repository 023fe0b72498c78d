"""The events of a deck queue, as its channel receives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.rundown.airlist import AirItem


class DeckQueueListener(Protocol):
    """Receives the events of a deck queue."""

    def taken(self, queued: QueuedDeck) -> None:
        """Handle a take: from the next picture on, the output comes from this deck."""

    def failed(self, queued: QueuedDeck | None, message: str) -> None:
        """Handle a failed deck. `queued` None means that a deck could not be started."""

    def passed_over(self, item: AirItem) -> None:
        """Handle a piece that cannot be played."""

    def vanished(self, item: AirItem) -> None:
        """Handle a piece whose file is missing although it was rendered: it must be rendered again."""

    def wake(self) -> None:
        """Handle a change in the queue after which the channel should plan again."""
