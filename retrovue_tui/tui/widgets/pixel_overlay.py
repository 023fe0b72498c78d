"""Draws a picture as pixels over the cells of a widget, in terminals that can.

The cells below keep a picture of their own. They are seen while something covers a part of the widget, for example a
dialog or a message, because pixels would be drawn over that.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from textual.errors import NoWidget

from retrovue_tui.tui.guarded_app import GuardedApp
from retrovue_tui.tui.terminal.pixel_terminal import new_number
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.widget import Widget

    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.tui.terminal.pixel_terminal import PixelTerminal

STEP: Final = (6, 2)
"""Whether something covers the widget is looked up at every sixth column and second line, and at its edges."""
RETRY_S: Final = 0.1
"""While the terminal has not taken all earlier output, pixels wait for this time (s), again and again. A picture has up
to a megabyte, and no key may wait for several of them."""


class PixelOverlay:
    """The pixels of one widget. It keeps one encoded picture, and encodes one at a time, in a thread."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._number = new_number()
        self._wanted: tuple[Picture, Region] | None = None
        self._ready: tuple[Picture, Region, str] | None = None
        self._busy = False
        self._drawn_by: PixelTerminal | None = None
        self._asked = False

    @property
    def terminal(self) -> PixelTerminal | None:
        """The terminal, if it draws pixels and the operator wants that."""
        app = self._widget.app
        return app.pixel_terminal if isinstance(app, GuardedApp) else None

    @property
    def drawn(self) -> bool:
        """Whether pixels cover the cells, so that the cells need no update."""
        return self._drawn_by is not None and self.terminal is not None

    def show(self, picture: Picture | None, place: Region) -> None:
        """Draw a picture over the cells of `place`, relative to the widget; None: remove the pixels."""
        if picture is None or self.terminal is None or not place.area:
            self._wanted = self._ready = None
            self.remove()
            return
        self._wanted = (picture, place)
        if self._ready is not None and self._ready[:2] == self._wanted:
            self._write()
        elif not self._busy:
            self._busy = True
            start_worker(self._widget, self._encode, group="pixels")

    def repaired(self) -> None:
        """Draw the pixels again after the next update of the screen, because the cells were drawn over them."""
        if self._ready is not None and not self._asked:
            self._asked = True
            self._widget.call_after_refresh(self._again)

    def remove(self) -> None:
        """Remove the pixels from the screen, and let the cells be seen."""
        if (terminal := self._drawn_by) is None:
            return
        self._drawn_by = None
        if isinstance(app := self._widget.app, GuardedApp):
            app.write_over(terminal.erased(self._number))
        self._widget.refresh()

    def _again(self) -> None:
        self._asked = False
        self._write()

    async def _encode(self) -> None:
        try:
            while self._wanted is not None and (self._ready is None or self._ready[:2] != self._wanted):
                (picture, place), terminal = self._wanted, self.terminal
                if terminal is None:
                    return
                data = await asyncio.to_thread(terminal.encoded, picture, place.width, place.height, self._number)
                self._ready = (picture, place, data)
        finally:
            self._busy = False
        self._write()

    def _write(self) -> None:
        """Draw the encoded picture, unless something covers the widget."""
        app = self._widget.app
        if self._ready is None or self._wanted is None or not isinstance(app, GuardedApp):
            return
        if self.terminal is None or self._ready[1] != self._wanted[1] or self._is_covered():
            self.remove()
            return
        if app.output_waits:
            if not self._asked:
                self._asked = True
                self._widget.set_timer(RETRY_S, self._again)
            return
        _, place, data = self._ready
        at = self._widget.content_region.offset + place.offset
        app.write_over(f"\x1b7\x1b[{at.y + 1};{at.x + 1}H{data}\x1b8")
        self._drawn_by = self.terminal

    def _is_covered(self) -> bool:
        """Return whether the widget is not on screen, or something else is drawn over a part of it. The last line of
        the screen counts too: pixels there would scroll the screen."""
        widget = self._widget
        if not widget.is_attached or not widget.screen.is_active or not widget.size.area:
            return True
        screen, region = widget.screen, widget.region
        if not screen.region.shrink((0, 0, 1, 0)).contains_region(region):
            return True
        columns = {*range(region.x, region.right, STEP[0]), region.right - 1}
        lines = {*range(region.y, region.bottom, STEP[1]), region.bottom - 1}
        try:
            return any(screen.get_widget_at(x, y)[0] is not widget for x in columns for y in lines)
        except NoWidget:  # during a change of the size
            return True
