"""The lines between the two tables: what to do with the address under the cursor, or the facts about a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from retrovue_tui.tui.rooms.clients.rows import address_facts
from retrovue_tui.tui.text import tally
from retrovue_tui.tui.widgets.channel_faults import fault_lines
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.clients import ClientAddress

WARNING_LINES = 4


class ClientDetails(Sheet):
    """Shows an address with its instructions, or a text about a client."""

    def __init__(self) -> None:
        super().__init__(id="clients-details")
        self._address: ClientAddress | None = None
        self._others: tuple[str, ...] = ()
        self._text = ""

    def show_address(self, address: ClientAddress | None, others: tuple[str, ...]) -> None:
        """Draw an address. `others`: other addresses of the station."""
        self._address, self._others, self._text = address, others, ""
        self.redraw()

    def show_text(self, text: str) -> None:
        """Draw a text about a client."""
        self._address, self._text = None, text
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return as many lines as there is room for."""
        if self._address is not None:
            return address_facts(self._address, self._others, width, self.size.height)
        if not self._text:
            return (line((" no client", tally.QUIET)),)
        wrapped = Content(self._text).wrap(max(10, width - 2))
        return [line(f" {part.plain.rstrip()}") for part in wrapped][: self.size.height]


class ReachWarning(Sheet):
    """States why other machines cannot reach the station, and what to change. Hidden if they can."""

    def __init__(self) -> None:
        super().__init__(id="clients-warning")
        self._warning = ""
        self.display = False

    def show(self, warning: str) -> None:
        """Draw a warning; empty: there is none."""
        if warning != self._warning:
            self._warning = warning
            self.display = bool(warning)
            self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the lines of the warning."""
        return fault_lines((self._warning,) if self._warning else (), width, WARNING_LINES)
