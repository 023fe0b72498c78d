"""The page of clients: the addresses to enter into players and media servers, and the clients that are connected."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.clients import AddressesSnapshot, ClientsSnapshot, ConnectedClient
from retrovue_tui.protocol.client import Refused
from retrovue_tui.tui import keys
from retrovue_tui.tui.keys.pane import unshown
from retrovue_tui.tui.rooms.clients.details import ClientDetails, ReachWarning
from retrovue_tui.tui.rooms.clients.disconnect_dialog import DisconnectScreen
from retrovue_tui.tui.rooms.clients.rows import client_rows, count_text, facts
from retrovue_tui.tui.rooms.clients.tables import AddressTable, ClientTable
from retrovue_tui.tui.rooms.list_room import SOON_S, ListRoom
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.cursor_table import CursorTable
from retrovue_tui.tui.widgets.key_bar import KeyBar
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.protocol.events import Event
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

REFRESH_S: Final = 2.0
"""How often the room fetches the connected clients (s). It fetches a long list less often: fetching takes at most a
tenth of the time."""
ADDRESSES_S: Final = 30.0
"""How often the room fetches the addresses (s); at once if another channel is chosen."""
NEWS: Final = ("viewer_joined", "viewer_left", "client_disconnected")


class ClientsScreen(ListRoom):
    """The page of clients. It fetches both lists while it is on screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.CLIENTS.bindings, *unshown(keys.AIR), *unshown(keys.EVERYWHERE, but="app.next_pane"),
    ]  # fmt: skip
    AUTO_FOCUS = "#addresses-table"

    class ClientRows(Message):
        """The result of a request: the clients, or the reason of its failure."""

        def __init__(self, found: ClientsSnapshot | None, problem: str = "") -> None:
            super().__init__()
            self.found = found
            self.problem = problem

    class AddressesFetched(Message):
        """The addresses, with the stream of a channel."""

        def __init__(self, found: AddressesSnapshot) -> None:
            super().__init__()
            self.found = found

    _table: ClientTable

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        super().__init__(view, clock, line)
        self._table = ClientTable()
        self._addresses = AddressTable()
        self._details = ClientDetails()
        self._warning = ReachWarning()
        self._filter = Input(id="clients-filter", placeholder="words of client, address, channel or state")
        self._found: ClientsSnapshot | None = None
        self._reach = AddressesSnapshot("")
        self._asked: tuple[str | None, float] | None = None

    @property
    def pane(self) -> keys.Pane:
        return keys.CLIENTS

    @property
    def for_phone(self) -> tuple[str, str] | None:
        """The address under the cursor; on the list of clients, the stream of the chosen channel."""
        row = self._addresses.row
        if self.focused is not self._addresses or row is None:
            return super().for_phone
        return f"{row.client}: {row.what}", row.url

    def compose(self) -> ComposeResult:
        """Yield the addresses, the details of the row under the cursor, and the connected clients."""
        yield self._header
        yield self._banner
        yield self._faults
        with Vertical(id="clients-body"):
            yield self._warning
            yield self._addresses
            yield self._details
            yield self._table
            yield self._filter
        yield KeyBar()

    # --- state of the station ---------------------------------------------------------------------------------------

    def show(self, view: StationView) -> None:
        """Draw the station's state. Both lists are fetched separately."""
        super().show(view)
        with self.app.batch_update():
            self.tick()
            self._draw()

    def tick(self) -> None:
        """Draw the parts that depend on the clock."""
        super().tick()
        snapshot = self._view.snapshot
        self._table.tick(snapshot.at if snapshot else self._clock())

    def receive(self, events: Iterable[Event]) -> None:
        """Fetch the clients again if an event may have changed them."""
        if any(event.kind in NEWS for event in events):
            self._news.set()

    def choose(self, channel_id: str | None) -> None:
        """List the stream of another channel."""
        super().choose(channel_id)
        self._news.set()

    async def _fetch(self) -> tuple[float, float]:
        """Fetch the clients, and from time to time the addresses."""
        began = time.monotonic()
        try:
            await self._fetch_addresses(began)
            found, problem = await self._line.clients(), ""
        except Refused as error:
            old = error.code == "not_found"
            found, problem = None, "This station cannot list its clients: it is an old version." if old else str(error)
        except (RetrovueError, OSError, ValueError) as error:
            found, problem = None, str(error) or type(error).__name__
        self.post_message(self.ClientRows(found, problem))
        took = time.monotonic() - began
        return max(REFRESH_S, 10 * took), max(SOON_S, 4 * took)

    async def _fetch_addresses(self, now: float) -> None:
        wanted = self.chosen.id if self.chosen else self._channel_id
        if self._asked is None or self._asked[0] != wanted or now - self._asked[1] >= ADDRESSES_S:
            self.post_message(self.AddressesFetched(await self._line.addresses(wanted)))
            self._asked = wanted, now

    @on(AddressesFetched)
    def _take_addresses(self, message: AddressesFetched) -> None:
        message.stop()
        self._reach = message.found
        self._warning.show(self._reach.warning)
        self._addresses.fill(self._reach.addresses, "The station has no addresses for clients.")
        title = f" Addresses for clients · {formats.clean(self._reach.root)} ".replace("[", r"\[")
        if title != self._addresses.border_title:
            self._addresses.border_title = title
        self._draw()

    @on(ClientRows)
    def _take(self, message: ClientRows) -> None:
        message.stop()
        self._problem = message.problem
        if message.found is not None:
            self._found = message.found
        self._arrange()

    def _arrange(self) -> None:
        found = self._found or ClientsSnapshot(0.0)
        self._table.fill(client_rows(found, self._filter.value, self._named), self._nothing())
        self._draw()

    def _nothing(self) -> str:
        if self._found is None:
            return formats.clean(self._problem) or "Waiting for the station …"
        if self._found.clients or self._found.control_rooms:
            return "No client has these words; esc shows all clients."
        return "Nobody is connected."

    def _named(self, channel_id: str) -> str:
        channel = self._view.channel(channel_id)
        return f"{channel.number} {channel.name}" if channel else channel_id

    def _draw(self) -> None:
        channels = {each.id: (str(each.number), each.name) for each in self._view.channels}
        self._table.annotate(channels, stale=self._stale)
        self._point()
        self._show_title()

    @on(CursorTable.CursorMoved)
    def _point(self) -> None:
        """Draw the details of the row under the cursor, in the table that has the focus."""
        row = self._table.row
        if self.focused is not self._table:
            self._details.show_address(self._addresses.row, self._reach.others)
        elif row is None:
            self._details.show_text("")
        else:
            self._details.show_text(self._facts(row))

    def on_descendant_focus(self) -> None:
        """Draw the details of the other table's row."""
        self._point()

    def _facts(self, row: Any) -> str:
        return facts(row, self._named(getattr(row, "channel", "")), self._table.for_s(row))

    def _show_title(self) -> None:
        found, shown = self._found, len(self._table.rows)
        total = len(found.clients) + len(found.control_rooms) if found else 0
        self._entitle(
            "Connected",
            count_text(found) if found else "",
            f"{shown} shown" if shown != total else "",
            f"{len(found.blocked)} blocked" if found and found.blocked else "",
            f"last known, {formats.wall_time(self._view.since)}" if self._stale and found else "",
        )

    # --- input from the operator ----------------------------------------------------------------------------------

    @property
    def _focused_table(self) -> CursorTable[Any]:
        return self._addresses if self.focused is self._addresses else self._table

    def action_step(self, by: int) -> None:
        """Move the cursor of the table that has the focus by rows."""
        self._focused_table.move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor of the table that has the focus by pages."""
        self._focused_table.move_pages(by)

    def obstacle(self, action: str) -> str:
        """Return why an action is impossible. Empty if the action is possible."""
        if action == "copy" and not self._focused_table.row:
            return "There is no row here"
        if action != "disconnect":
            return ""
        if self._view.stale:
            return "The station does not answer"
        if not self._table.row:
            return "No client is connected"
        control = not isinstance(self._table.row, ConnectedClient)
        return "A control room would connect again at once; it cannot be disconnected" if control else ""

    def action_copy(self) -> None:
        """Copy the address under the cursor, or the facts about the client (by OSC 52), and show a note."""
        if self.focused is self._addresses and (address := self._addresses.row):
            self.app.copy_to_clipboard(address.url)
            self._say(address.url, f"Copied: {address.what} for {address.client}", severity="information")
        elif row := self._table.row:
            self.app.copy_to_clipboard(self._facts(row))
            self._say(formats.clean(f"{row.client} at {row.address}"), "Copied: facts", severity="information")

    @on(AddressTable.Picked)
    async def _picked(self) -> None:
        if self.focused is self._addresses:
            await self.run_action("app.qr")

    def action_disconnect(self) -> None:
        """Ask whether to disconnect the client under the cursor of the lower table."""
        row = self._table.row
        if not isinstance(row, ConnectedClient):
            return

        def answered(block_s: float | None) -> None:
            if block_s is not None:
                start_worker(self, self._disconnect, row, block_s, group="disconnect")

        self.app.push_screen(DisconnectScreen(row, self._named(row.channel)), answered)

    async def _disconnect(self, row: ConnectedClient, block_s: float) -> None:
        try:
            receipt = await self._line.disconnect(row.id, block_s)
        except Refused as error:
            left = error.status == 404
            self._say("It has left already." if left else formats.clean(error.message), "Not disconnected")
        except (RetrovueError, OSError, ValueError) as error:
            self._say(formats.clean(str(error) or type(error).__name__), "Not disconnected", severity="error")
        else:
            self._say(f"{formats.clean(receipt.message)}.", "Disconnected", severity="information")
        self._news.set()
