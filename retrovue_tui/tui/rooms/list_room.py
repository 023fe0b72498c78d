"""The base of the rooms with a long list: fetches the list while the room is on screen, and filters it by words."""

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
"""How long the room waits after an event before it fetches (s), because events come in bursts."""


class ListRoom(Room):
    """A room with a table, and a text filter below the table that opens on request.

    Subclasses provide the table and the filter's input field, fetch the rows, and filter them.
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

    # --- methods of subclasses --------------------------------------------------------------------------------------

    @abstractmethod
    async def _fetch(self) -> tuple[float, float]:
        """Fetch the rows once. Returns the waits until the next fetch (s): without an event, and after an event."""

    @abstractmethod
    def _arrange(self) -> None:
        """Fill the table with the rows that pass the filter."""

    # --- while the room is on screen --------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Hide the filter's input field."""
        self._filter.display = False

    def on_screen_resume(self) -> None:
        """Start to fetch the rows."""
        start_worker(self, self._follow, group="follow", exclusive=True)

    def on_screen_suspend(self) -> None:
        """Stop fetching: the room is no longer on screen."""
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
        """Draw the parts that depend on the clock."""
        now = self._clock()
        self._header.show(self._view, now)
        self._banner.show(self._view, now)

    @property
    def _stale(self) -> bool:
        return self._view.stale or bool(self._problem)

    def _entitle(self, *words: str) -> None:
        """Set the title of the table to the non-empty texts in `words`, with separators."""
        # Textual reads a title as markup; a channel's name must stay as it is.
        title = f" {formats.clean(' · '.join(filter(None, words)))} ".replace("[", r"\[")
        if title != self._title:  # Textual repaints the whole table whenever its title is set, even to the same text.
            self._title = self._table.border_title = title

    # --- input from the operator ------------------------------------------------------------------------------------

    def action_step(self, by: int) -> None:
        """Move the cursor by rows."""
        self._table.move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self._table.move_pages(by)

    def action_filter(self) -> None:
        """Open the text filter."""
        self._filter.display = True
        self._filter.focus()

    def back(self) -> bool:
        """Clear the text filter. Returns False if it was empty."""
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
