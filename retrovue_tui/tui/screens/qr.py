"""A channel's stream address for a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from retrovue_tui.tui import formats, glyphs, keys, qr

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.control.snapshots import ChannelSnapshot

FRAME = 2
"""Lines, and columns on top of the words' own, that the box takes for itself."""
WORDS = 34
"""Columns of the words beside the code."""


class QrScreen(ModalScreen[None]):
    """The code, the address in words, and whether a phone can reach it at all."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.QR.bindings)

    def __init__(self, channel: ChannelSnapshot, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._channel = channel
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        """The code to the left, words to the right."""
        with Vertical(id="qr") as box:
            # A title is markup to Textual; a channel's name is not.
            box.border_title = f"{self._channel.number}  {formats.clean(self._channel.name)}".replace("[", r"\[")
            box.border_subtitle = "esc closes"
            with Horizontal():
                yield Static("", id="code")
                with Vertical(id="words"):
                    yield Static(Content(formats.clean(self._channel.url)), id="address")
                    yield Static(Content("y copies the address"), id="hint")
                    yield Static(Content(self.warning), id="reach", markup=False)

    @property
    def warning(self) -> str:
        """What to do where a phone cannot reach the address; empty where it can."""
        if host := qr.only_here(self._channel.url):
            return (
                f"{glyphs.WARNING} A phone cannot reach {host}, which is this machine alone. Set a token below [server]"
                " in retrovue.toml, start the station with --host 0.0.0.0, and attach under this machine's own address."
            )
        return ""

    def on_mount(self) -> None:
        """Nothing to warn of takes no room."""
        self.query_one("#reach").display = bool(self.warning)
        self._draw()

    def on_resize(self) -> None:
        """The quiet zone is what the terminal has room for."""
        self._draw()

    def _draw(self) -> None:
        room = self.app.size
        beside = WORDS + 2 * FRAME + 2
        drawn = qr.lines(self._channel.url, room.height - FRAME, room.width - beside, ascii_only=self._ascii)
        code = self.query_one("#code", Static)
        code.set_class(not drawn, "-none")
        if drawn:
            code.update(Content("\n").join(Content.styled(each, qr.STYLE) for each in drawn))
        else:
            code.update("The terminal is too small for the code: make it larger.")

    async def action_dismiss(self, result: None = None) -> None:
        """Close; not awaited, since the key's own handler belongs to this screen."""
        self.dismiss(result)
