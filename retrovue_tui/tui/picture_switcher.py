"""Switches how pictures are drawn: as half blocks, or as pixels by a protocol of the terminal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.terminal.pixel_terminal import PROTOCOLS, PixelTerminal, cell_size, library_is_there

if TYPE_CHECKING:
    from typing import Any

    from retrovue_tui.tui.guarded_app import GuardedApp
    from retrovue_tui.tui.terminal.pixel_terminal import PixelProtocol
    from retrovue_tui.tui.user_paths import UserPaths

REMEMBERED: Final = "pictures"
AUTOMATIC: Final = "automatic"
BLOCKS: Final = "half blocks"


class PictureSwitcher:
    """Applies the operator's choice, and remembers it for the next start."""

    def __init__(self, app: GuardedApp[Any], places: UserPaths, detected: PixelProtocol | None) -> None:
        """`detected`: the protocol that the terminal has; None: neither."""
        self._app = app
        self._places = places
        self._detected = detected
        self._choice = AUTOMATIC

    @property
    def choices(self) -> tuple[str, ...]:
        """The possible choices; none if the library that draws pixels is missing."""
        return (AUTOMATIC, BLOCKS, *PROTOCOLS) if library_is_there() else ()

    async def open(self) -> None:
        """Apply the choice of the last session."""
        remembered = await asyncio.to_thread(self._places.recall, REMEMBERED)
        self._choice = remembered if remembered in self.choices else AUTOMATIC
        self.measure()

    async def apply(self, choice: str) -> None:
        """Apply a choice, and remember it for the next start."""
        self._choice = choice
        self.measure()
        await asyncio.to_thread(self._places.remember, REMEMBERED, choice)

    def measure(self) -> None:
        """Measure the cells of the terminal again: they change with its font."""
        protocol = next((each for each in PROTOCOLS if each == self._choice), None)
        if self._choice == AUTOMATIC:
            protocol = self._detected
        drawn = protocol is not None and not self._app.no_color
        self._app.pixel_terminal = PixelTerminal(protocol, cell_size()) if protocol and drawn else None
