"""The dialog that asks before a client is disconnected: it states the consequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from retrovue_tui.tui import keys
from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.protocol.answers.clients import ConnectedClient

BLOCK_S: Final = 600.0
"""How long a blocked client is refused (s)."""


class DisconnectScreen(ModalScreen[float | None]):
    """Offers to disconnect a client, to block it as well, or to leave it connected (the default). The result is for how
    long the client is refused (s; 0: not at all); None: it stays connected."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.DISCONNECT.bindings)
    AUTO_FOCUS = "#cancel"

    def __init__(self, client: ConnectedClient, channel: str) -> None:
        """`channel`: the number and the name of the client's channel."""
        super().__init__()
        self._client = client
        self._channel = channel

    def compose(self) -> ComposeResult:
        """Yield the client, the consequence of each button, and the buttons."""
        client = self._client
        minutes = f"{BLOCK_S / 60:.0f} minutes"
        with Vertical(id="disconnect") as box:
            box.border_title = "Disconnect a client?"
            which = f"{client.client} at {client.address}, which receives {self._channel}"
            yield Static(formats.clean(which), id="who", markup=False)
            yield Static("[b]Disconnect[/]  cuts off its picture now; most players come back at once.")
            yield Static(f"[b]Block[/]  also refuses this program at this address for {minutes}.")
            with Horizontal(id="answers"):
                yield Button("Disconnect", id="fire", compact=True)
                yield Button("Block", id="block", compact=True)
                yield Button("Cancel", id="cancel", compact=True)
            yield Static("←→ chooses   enter answers   esc cancels", id="hint", markup=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Run the action of a button, pressed by mouse or `enter`."""
        answers = {"fire": 0.0, "block": BLOCK_S}
        self.dismiss(answers.get(event.button.id or ""))

    def action_cancel(self) -> None:
        """Close the dialog; the client stays connected."""
        self.dismiss(None)
