"""The keys of the page of clients."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane, key

CLIENTS: Final = Pane(
    "Clients",
    (
        key("up,k", "step(-1)", "Row above", "clients.up", "Go to the row above"),
        key("down,j", "step(1)", "Row below", "clients.down", "Go to the row below"),
        key("pageup", "page(-1)", "Page up", "clients.page_up", "Go up a page"),
        key("pagedown", "page(1)", "Page down", "clients.page_down", "Go down a page"),
        key("home,g", "step(-1000000)", "First row", "clients.first", "Go to the first row"),
        key("end,G", "step(1000000)", "Last row", "clients.last", "Go to the last row"),
        key("y", "copy", "Copy", "clients.copy", "Copy the address, or the facts about the client", show=True),
        key("enter", "app.qr", "QR code", "clients.qr", "Show the address as a QR code, for a phone", show=True),
        key("x", "disconnect", "Disconnect", "clients.disconnect", "Disconnect a client; asks first", show=True),
        key("slash", "filter", "Filter", "clients.filter", "Show only clients with these words", show=True,
            display="/"),
    ),
)  # fmt: skip
DISCONNECT: Final = Pane(
    "Disconnect dialog",
    (
        key("escape,q", "cancel", "Cancel", "disconnect.cancel", "Go back; the client stays connected"),
        key("left,up", "app.focus_previous", "Previous button", "disconnect.previous", "Go to the previous button"),
        key("right,down", "app.focus_next", "Next button", "disconnect.next", "Go to the next button"),
    ),
)
