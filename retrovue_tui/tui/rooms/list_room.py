"""What the rooms of a long list have in common: it is fetched while they are on screen, and words leave less of it."""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Final

from textual import on
from textual.widgets import Input

from retrovue_tui.tui.rooms.base import Room
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.lost_banner import LostBanner
from retrovue_tui.tui.widgets.station_header import StationHeader
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.notifications import SeverityLevel

    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView
    from retrovue_tui.tui.widgets.cursor_table import CursorTable

WIDTHS: Final = [(0, "-narrow"), (110, "-wide"), (150, "-broad")]
SOON_S: Final = 0.3
"""News come in bursts: they are waited for so long before the station is asked."""


class ListRoom(Room):
    """A table, and below it, when asked for, a line for the words that its rows are to hold.

    Subclasses have the table and the line for words, and say how rows are fetched and what is left of them.
    """

    HORIZONTAL_BREAKPOINTS = WIDTHS
    _table: CursorTable[Any]
    _filter: Input

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        super().__init__(view, clock, line)
        self._header = StationHeader(view, clock())
        self._banner = LostBanner(view, clock())
        self._problem = ""
        self._title = ""
        self._news = asyncio.Event()

    # --- what the subclasses say ------------------------------------------------------------------------------------

    @abstractmethod
    async def _fetch(self) -> tuple[float, float]:
        """Fetch the rows once. Seconds until the next time without news, and from news to then."""

    @abstractmethod
    def _arrange(self) -> None:
        """Put into the table what the words leave."""

    # --- while it is on screen --------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """No words yet."""
        self._filter.display = False

    def on_screen_resume(self) -> None:
        """Look at the station for as long as this is on screen."""
        start_worker(self, self._follow, group="follow", exclusive=True)

    def on_screen_suspend(self) -> None:
        """Nobody looks: nobody is asked."""
        self.workers.cancel_group(self, "follow")

    async def _follow(self) -> None:
        while True:
            pause_s, soon_s = await self._fetch()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._news.wait()
                    await asyncio.sleep(soon_s)
            self._news.clear()

    def tick(self) -> None:
        """Draw what depends on the clock alone."""
        now = self._clock()
        self._header.show(self._view, now)
        self._banner.show(self._view, now)

    @property
    def _stale(self) -> bool:
        return self._view.stale or bool(self._problem)

    def _entitle(self, *words: str) -> None:
        """Write over the table what is in it; empty words are left out."""
        # A title is markup to Textual; a channel's name is not.
        title = f" {formats.clean(' · '.join(filter(None, words)))} ".replace("[", r"\[")
        if title != self._title:  # Textual repaints the whole table whenever its title is set
            self._title = self._table.border_title = title

    # --- what the operator does -------------------------------------------------------------------------------------

    def action_step(self, by: int) -> None:
        """Another row."""
        self._table.move(by)

    def action_page(self, by: int) -> None:
        """Another page."""
        self._table.move_pages(by)

    def action_filter(self) -> None:
        """Type what is to be left."""
        self._filter.display = True
        self._filter.focus()

    def back(self) -> bool:
        """The words."""
        if not self._filter.display:
            return False
        self._filter.value = ""
        self._filter.display = False
        self._arrange()
        self._table.focus()
        return True

    @on(Input.Changed)
    def _narrow(self) -> None:
        self._arrange()

    @on(Input.Submitted)
    def _narrowed(self) -> None:
        self._filter.display = bool(self._filter.value)
        self._table.focus()

    def _say(self, message: str, title: str, severity: SeverityLevel = "warning") -> None:
        self.notify(message, title=title, severity=severity, markup=False)
