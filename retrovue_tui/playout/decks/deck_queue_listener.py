"""What a deck queue reports, and to whom: its channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.rundown.airlist import AirItem


class DeckQueueListener(Protocol):
    """Receiver of what happens on a deck queue."""

    def taken(self, queued: QueuedDeck) -> None:
        """Handle a take: from the next picture on, the output comes from this deck."""

    def failed(self, queued: QueuedDeck | None, message: str) -> None:
        """Handle a failed deck; None: a deck that could not be started."""

    def passed_over(self, item: AirItem) -> None:
        """Handle a piece that cannot be played."""

    def vanished(self, item: AirItem) -> None:
        """Handle a piece that should exist and does not: it has to be rendered again."""

    def wake(self) -> None:
        """Report that there is something to plan."""
