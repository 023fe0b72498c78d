"""The two tables of the page of clients: the addresses to enter into clients, and the connected clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.protocol.answers.clients import ConnectedClient
from retrovue_tui.tui.rooms.clients.rows import (
    NUMBER,
    ClientColumns,
    ClientRow,
    ClientRowState,
    address_head,
    address_line,
    head_line,
    row_line,
)
from retrovue_tui.tui.widgets.cursor_table import CursorTable

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.clients import ClientAddress


class AddressTable(CursorTable["ClientAddress"]):
    """One line for each address."""

    def __init__(self) -> None:
        super().__init__(id="addresses-table")

    def fill(self, rows: Sequence[ClientAddress], nothing: str) -> None:
        """Replace the rows. `nothing`: the text to show if there are none."""
        if (rows, nothing) != (self._rows, self._nothing):
            self.set_rows(rows, nothing)

    def name_of(self, row: ClientAddress) -> str:
        """Return the kind of client and what the address is."""
        return f"{row.client} {row.what}"

    def head(self, width: int) -> Content:
        """Return the header line."""
        return address_head(width)

    def looks(self, place: int) -> Hashable:
        """Return whether the line shows the kind of client."""
        return self._is_first(place)

    def drawn(self, place: int, width: int) -> Content:
        """Return the line of row `place`."""
        return address_line(self._rows[place], width, cursor=place == self._cursor, first=self._is_first(place))

    def _is_first(self, place: int) -> bool:
        top = self.scroll_offset.y
        return place == top or self._rows[place - 1].client != self._rows[place].client


class ClientTable(CursorTable[ClientRow]):
    """One line for each connected client, then one for each control room."""

    def __init__(self) -> None:
        super().__init__(id="clients-table")
        self._channels: Mapping[str, tuple[str, str]] = {}
        self._stale = False
        self._now = 0.0

    def fill(self, rows: Sequence[ClientRow], nothing: str) -> None:
        """Replace the rows. `nothing`: the text to show if there are none."""
        if (rows, nothing) != (self._rows, self._nothing):
            self.set_rows(rows, nothing)

    def annotate(self, channels: Mapping[str, tuple[str, str]], *, stale: bool) -> None:
        """Set what the lines need besides the rows. `channels`: id → number and name. `stale`: the rows are old."""
        if (channels, stale) != (self._channels, self._stale):
            self._channels, self._stale = dict(channels), stale
            self.refresh()

    def tick(self, now: float) -> None:
        """Update the times at Unix time `now`."""
        if int(now) != int(self._now):
            self._now = now
            self.refresh()

    def for_s(self, row: ClientRow) -> float:
        """Return for how many whole seconds a client has been connected."""
        return max(0, int(self._now - row.since))

    def name_of(self, row: ClientRow) -> str:
        """Return the id of the connection."""
        return row.id

    def head(self, width: int) -> Content:
        """Return the header line with the names of the columns."""
        return head_line(ClientColumns.of(width))

    def looks(self, place: int) -> Hashable:
        """Return all values that the line of row `place` depends on."""
        row = self._rows[place]
        return self.for_s(row), self._stale, self._channels.get(getattr(row, "channel", ""))

    def drawn(self, place: int, width: int) -> Content:
        """Return the line of row `place`."""
        row, columns = self._rows[place], ClientColumns.of(width)
        channel = self._channel(row, columns.channel == NUMBER)
        return row_line(
            row, columns, ClientRowState(place == self._cursor, channel, self.for_s(row), self._stale)
        )  # fmt: skip

    def _channel(self, row: ClientRow, short: bool) -> str:
        if not isinstance(row, ConnectedClient):
            return ""
        number, name = self._channels.get(row.channel, (row.channel, ""))
        return number if short else f"{number} {name}".strip()
