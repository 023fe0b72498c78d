"""The banner shown while the station does not answer: it states the time of the last answer, and the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.tui.station_view import StationView


REASON_LINES = 2


class LostBanner(Sheet):
    """Two lines or more, shown only while the station is lost."""

    def __init__(self, view: StationView, now: float) -> None:
        super().__init__(id="banner")
        self._view = view
        self._now = now
        self.display = False

    def show(self, view: StationView, now: float) -> None:
        """Draw the state of the connection at Unix time `now`."""
        self._view, self._now = view, now
        self.display = view.link == "lost"
        if self.display:
            self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return a line with the fault and the age of the figures, then the lines of the reason."""
        view = self._view
        missing = formats.short(self._now - view.since)
        if view.snapshot is None:
            title, what = " ✗ NO STATION ", f" no answer for {missing}"
        else:
            title = " ✗ STATION LOST "
            what = f" no answer for {missing} · everything below is from {formats.wall_time(view.since)}"
        tries = f" asking again, try {view.tries} "
        room = width - cell_len(title)
        if cell_len(what) + cell_len(tries) <= room:
            room -= cell_len(tries)
        else:
            tries = ""  # if there is little room, the age of the figures is more important than the number of tries
        reason = Content(formats.clean(view.reason)).wrap(max(10, width - 2)) if view.reason else []
        return (
            line((title, "bold reverse $tally-air"), (formats.fit(what, room), "bold"), tries),
            *(line(f" {text.plain}") for text in reason[:REASON_LINES]),
        )
