"""The dialog with an address, such as a channel's stream, as a QR code for a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from retrovue_tui.tui import keys
from retrovue_tui.tui.terminal import qr_blocks
from retrovue_tui.tui.text import formats, glyphs
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

FRAME = 2
"""Lines that the box needs above and below the code, and columns that it needs beside code and text."""
WORDS = 28
"""Columns of the text next to the code."""
SEARCHING = f"checking whether other machines can reach it {glyphs.ELLIPSIS}"


class QrScreen(ModalScreen[None]):
    """Shows the QR code, the address as text, and whether a phone can reach that address."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.QR.bindings)

    def __init__(self, name: str, url: str, *, ascii_only: bool = False) -> None:
        """`name`: what the address is, like the channel's number and name."""
        super().__init__()
        self._what = name
        self._ascii = ascii_only
        self._asked = self._url = url

    def compose(self) -> ComposeResult:
        """Yield the code on the left and the text on the right."""
        with Vertical(id="qr") as box:
            # A title is markup to Textual; a channel's name is not.
            box.border_title = formats.clean(self._what).replace("[", r"\[")
            box.border_subtitle = "esc closes"
            with Horizontal():
                yield Static("", id="code")
                with Vertical(id="words"):
                    yield Static(Content(formats.clean(self._url)), id="address")
                    yield Static(Content("y copies the address"), id="hint")
                    yield Static("", id="reach", markup=False)

    def on_mount(self) -> None:
        """Draw the code for the known address, and find out whether a phone can reach it."""
        self._draw()
        if host := qr_blocks.only_here(self._url):
            self._show_reach(SEARCHING)
            start_worker(self, self._find_reach, host, group="addresses")
        else:
            self._show_reach("")

    async def _find_reach(self, host: str) -> None:
        if url := await qr_blocks.reachable(self._asked):
            self._url = url
            self._show_reach(f"The station also listens on the network; this is its address there, instead of {host}.")
        else:
            self._show_reach(
                f"{glyphs.WARNING} A phone cannot reach {host}: only this machine can. To open it to others, set"
                " a token below [server] in retrovue.toml, and start the station with --host 0.0.0.0."
            )
        self.query_one("#address", Static).update(Content(formats.clean(self._url)))
        self._draw()

    def _show_reach(self, text: str) -> None:
        reach = self.query_one("#reach", Static)
        reach.update(Content(text))
        reach.set_class(text.startswith(glyphs.WARNING), "-not")
        reach.display = bool(text)

    def action_copy(self) -> None:
        """Copy the address in the code."""
        self.app.copy_to_clipboard(self._url)
        self.app.notify(self._url, title="Copied", markup=False)

    def on_resize(self) -> None:
        """Draw the code again, with as wide a quiet zone as the terminal has room for."""
        self._draw()

    def _draw(self) -> None:
        room = self.app.size
        beside = WORDS + 2 * FRAME + 2
        drawn = qr_blocks.lines(self._url, room.height - FRAME, room.width - beside, ascii_only=self._ascii)
        code = self.query_one("#code", Static)
        code.set_class(not drawn, "-none")
        if drawn:
            code.update(Content("\n").join(Content.styled(each, qr_blocks.STYLE) for each in drawn))
        else:
            code.update("The terminal is too small for the code: make it larger.")

    async def action_dismiss(self, result: None = None) -> None:
        """Close the dialog. Do not await this: the key that calls it is handled by the screen that closes."""
        self.dismiss(result)
