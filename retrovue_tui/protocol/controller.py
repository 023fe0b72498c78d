"""The operator's desk of a channel, as whoever gives commands sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.protocol.receipts import Receipt
    from retrovue_tui.protocol.rundown import HistorySnapshot, RundownSnapshot


class Controller(Protocol):
    """Takes commands, one after another, and shows the rundown."""

    @property
    def held(self) -> str | None:
        """The id of the break that is held."""

    @property
    def revision(self) -> int:
        """The rundown's revision."""

    async def execute(self, command: Command) -> Receipt:
        """Carry a command out; a refused one says why in its receipt, and raises nothing."""

    def rundown(self) -> RundownSnapshot:
        """The rundown at this moment."""

    def view(self) -> Callable[[], RundownSnapshot]:
        """The same, to be made in another thread: a rundown may have ten thousand entries."""

    def history(self) -> HistorySnapshot:
        """The edits that can be undone, and those that were."""
