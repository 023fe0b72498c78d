"""The interface of a channel's controller: it carries out commands and shows the rundown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.protocol.receipts import Receipt
    from retrovue_tui.protocol.rundown import HistorySnapshot, RundownSnapshot


class Controller(Protocol):
    """Carries out commands, one after another, and shows the rundown."""

    @property
    def held(self) -> str | None:
        """Return the id of the held break; None if no break is held."""

    @property
    def revision(self) -> int:
        """Return the rundown's revision."""

    async def execute(self, command: Command) -> Receipt:
        """Carry out a command, and return its receipt. A refused command has a receipt with the reason; nothing is
        raised."""

    def rundown(self) -> RundownSnapshot:
        """Return a snapshot of the rundown."""

    def view(self) -> Callable[[], RundownSnapshot]:
        """Return a function that makes the snapshot. Call it in another thread: a rundown may have ten thousand
        entries."""

    def history(self) -> HistorySnapshot:
        """Return the edits that can be undone, and those that can be redone."""
