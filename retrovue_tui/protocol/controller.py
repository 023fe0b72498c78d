"""The interface of a channel's controller: it carries out commands and shows the rundown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.protocol.answers.rundown import HistorySnapshot, RundownSnapshot
    from retrovue_tui.protocol.commands import Command


class Controller(Protocol):
    """Carries out commands for a channel one at a time, and shows the rundown."""

    @property
    def held(self) -> str | None:
        """The id of the held break; None if no break is held."""

    @property
    def revision(self) -> int:
        """The revision of the rundown."""

    async def execute(self, command: Command) -> Receipt:
        """Carry out a command, and return its receipt. A refused command does not raise: its receipt has the reason."""

    def rundown(self) -> RundownSnapshot:
        """Return a snapshot of the rundown."""

    def view(self) -> Callable[[], RundownSnapshot]:
        """Return a function that makes the snapshot of the rundown. Call that function in another thread, because a
        rundown may have ten thousand entries."""

    def history(self) -> HistorySnapshot:
        """Return the edits that can be undone or redone."""
