"""The band above a paused display. It prevents the frozen screen from being mistaken for a live one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from retrovue_tui.tui.text import formats, glyphs
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from retrovue_tui.tui.station_view import StationView


class PausedBand(Sheet):
    """One line at the top while the display is paused. The band itself keeps updating."""

    DEFAULT_CSS = "PausedBand { height: 1; background: $tally-hold; color: $background; text-style: bold; }"

    def __init__(self) -> None:
        super().__init__(id="paused")
        self.display = False
        self._since = self._now = 0.0
        self._waiting = 0
        self._lost = False

    def begin(self, now: float) -> None:
        """Start the pause at Unix time `now`."""
        self._since = self._now = now
        self._waiting, self._lost = 0, False
        self.redraw()

    def show(self, view: StationView, now: float, waiting: int) -> None:
        """Update the band with the state of the connection, the time, and the number of waiting events."""
        self._now, self._waiting, self._lost = now, waiting, view.link == "lost"
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return one line: the start of the pause, the state of the station, the number of waiting events, and the key
        that resumes."""
        lost = f"{glyphs.MISSING} THE STATION IS LOST" if self._lost else "channels stay on air"
        parts = (
            f" {glyphs.HOLD} DISPLAY PAUSED since {formats.wall_time(self._since)} ",
            f" {lost} ",
            f" {formats.short(self._now - self._since)} ",
            f" {formats.plural(self._waiting, 'event')} waiting " if self._waiting else "",
        )
        end = " p resumes "
        text = ""
        for each in parts:
            if cell_len(text) + cell_len(each) + len(end) <= width:
                text += each
        return (line((formats.fit(text, width - len(end)) + end, "bold $background on $tally-hold")),)
