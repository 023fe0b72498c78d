"""The two lines at the top: the station, the connection and the clock; below, facts about the station."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from retrovue_tui.tui.text import formats, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.snapshots import StationSnapshot
    from retrovue_tui.tui.station_view import StationView

PRODUCT = "RETROVUE"


class StationHeader(Sheet):
    """First line: station name, state of the connection, clock. Second line: facts that seldom change."""

    def __init__(self, view: StationView, now: float) -> None:
        super().__init__(id="header")
        self._view = view
        self._now = now
        self._others = ""

    def show(self, view: StationView, now: float, others: str = "") -> None:
        """Draw the state at Unix time `now`. `others`: a note about other stations, after the station's name."""
        self._view, self._now, self._others = view, now, others
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return two lines."""
        return (self._title(width), self._facts(width))

    def _title(self, width: int) -> Content:
        link = tally.LINKS[self._view.link]
        chip = f" {link.text} "
        when = f"  {formats.wall_date(self._now)}  "
        clock = f"{formats.wall_time(self._now)} "
        name = self._view.snapshot.name if self._view.snapshot else self._view.url
        name = f"{name} · {self._others}" if self._others else name
        room = width - cell_len(f" {PRODUCT}  {chip}{when}{clock}")
        return line(
            (f" {PRODUCT}  ", "bold $primary"),
            (formats.fit(name, room), "bold $foreground"),
            (chip, link.style),
            (when, tally.QUIET),
            (clock, "bold $foreground"),
        )

    def _facts(self, width: int) -> Content:
        view, snapshot = self._view, self._view.snapshot
        if snapshot is None:
            return line((formats.fit(" waiting for the first answer", width), tally.QUIET))
        facts = station_facts(view, snapshot)
        address = formats.clean(view.url)
        while facts and cell_len("   ".join(facts)) + cell_len(address) + 4 > width:
            facts.pop()
        left = " " + "   ".join(facts)
        right = formats.fit_right(address, width - cell_len(left) - 1)
        return line((left, tally.QUIET), (right + " ", tally.QUIET))


def station_facts(view: StationView, snapshot: StationSnapshot) -> list[str]:
    """Return facts about the station, the most important first: a narrow line cuts the last ones."""
    house, rate = formats.clean(snapshot.house), formats.rate_label(snapshot.rate)
    return [
        f"up {formats.uptime(snapshot.uptime_s)}",
        formats.plural(view.viewers, "viewer"),
        f"FFmpeg {formats.version(snapshot.ffmpeg)}",
        house if rate in house else f"{house} {rate}",
        f"cache {formats.size(snapshot.cache_bytes)}",
        f"retrovue-tui {formats.clean(snapshot.version)}",
    ]
