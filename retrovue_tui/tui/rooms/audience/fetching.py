"""The part of the audience room that fetches: the rows while the room is on screen, and the details of a row."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual import on
from textual.message import Message

from retrovue_tui.tui.rooms.audience.query import AudienceQuery
from retrovue_tui.tui.rooms.audience.report_source import FiguresUnavailable, ReportSource
from retrovue_tui.tui.rooms.list_room import ListRoom
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from retrovue_tui.protocol.answers.audience import AudienceFigures, AudienceReport
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.tui.rooms.audience.report_source import RowDetails
    from retrovue_tui.tui.rooms.audience.rows import FiguresRow
    from retrovue_tui.tui.rooms.audience.table import AudienceTable
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

REFRESH_S: Final = 15.0
"""How often the room fetches the figures if no event arrives (s). It fetches a report that takes long less often."""
NEWS_S: Final = 2.0
"""How long the room waits after an event before it fetches (s)."""
RETRY_S: Final = 1.0
SETTLE_S: Final = 0.1
"""How long the room waits after a key before it asks the station (s), because a key may be held down."""
MOST_DETAILS: Final = 50
"""The number of rows whose details the room keeps."""
NEWS: Final = ("entry_ended", "viewer_joined", "viewer_left")


class AudienceFetching(ListRoom):
    """Fetches the figures of the query that the operator asks for. Answers to an earlier query are dropped."""

    class ReportFetched(Message):
        """The answer to a query: the figures, or the reason why there are none."""

        def __init__(self, query: AudienceQuery, report: AudienceReport | None, problem: str = "") -> None:
            super().__init__()
            self.query = query
            self.report = report
            self.problem = problem

    class DetailsFetched(Message):
        """The details of a row of a query, or the reason why there are none."""

        def __init__(
            self, query: AudienceQuery, row: FiguresRow, details: RowDetails | None, problem: str = ""
        ) -> None:
            super().__init__()
            self.query = query
            self.row = row
            self.details = details
            self.problem = problem

    _table: AudienceTable

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        super().__init__(view, clock, line)
        self._source = ReportSource(line)
        self._asked = AudienceQuery()
        self._every = False
        self._query: AudienceQuery | None = None
        """The query whose figures are on screen or on their way."""
        self._report: AudienceReport | None = None
        self._details: dict[str, tuple[AudienceFigures, RowDetails]] = {}
        """The known details by the row's name, with the figures that the row had then; the oldest first."""
        self._no_details = ""

    @abstractmethod
    def _draw_row(self) -> None:
        """Draw the panels about the row under the cursor."""

    @property
    def query_now(self) -> AudienceQuery:
        """The query for what the operator wants to see."""
        channel = self.chosen
        return replace(self._asked, channel=None if self._every or channel is None else channel.id)

    def receive(self, events: Iterable[Event]) -> None:
        """Fetch the figures again soon after an event that may have changed them."""
        if any(event.kind in NEWS for event in events):
            self._news.set()

    def on_screen_resume(self) -> None:
        """Drop figures of another query; the base class then starts to fetch."""
        self._renew()

    def on_screen_suspend(self) -> None:
        """Stop fetching: the room is no longer on screen."""
        self.workers.cancel_group(self, "details")

    def _start_over(self) -> None:
        """If the query has changed, cancel the request on its way, and fetch."""
        if self.is_current and self._renew():
            start_worker(self, self._follow, group="follow", exclusive=True)

    def _renew(self) -> bool:
        """Drop all figures if the query has changed. Returns whether it has."""
        if self._query == self.query_now:
            return False
        self._query = self.query_now
        self._report, self._problem, self._no_details = None, "", ""
        self._details.clear()
        self.workers.cancel_group(self, "details")
        self._arrange()
        return True

    async def _fetch(self) -> tuple[float, float]:
        """Fetch the figures once."""
        await asyncio.sleep(SETTLE_S)
        query, began = self.query_now, time.monotonic()
        report, problem = None, ""
        try:
            report = await self._source.report(query, self._now)
        except FiguresUnavailable as error:
            problem = error.message
        self.post_message(self.ReportFetched(query, report, problem))
        took = time.monotonic() - began
        return RETRY_S if problem else max(REFRESH_S, 20 * took), max(NEWS_S, 10 * took)

    @on(ReportFetched)
    def _take(self, message: ReportFetched) -> None:
        message.stop()
        if message.query != self._query:
            return
        self._problem = message.problem
        if message.report is not None:
            self._report = message.report
        self._arrange()
        self._ask_details()

    @on(DetailsFetched)
    def _take_details(self, message: DetailsFetched) -> None:
        message.stop()
        if message.query != self._query:
            return
        self._no_details = message.problem
        if message.details is not None:
            self._details.pop(message.row.name, None)
            self._details[message.row.name] = message.row.figures, message.details
            if len(self._details) > MOST_DETAILS:
                self._details.pop(next(iter(self._details)))
        self._draw_row()

    def _ask_details(self) -> None:
        """Fetch the details of the row under the cursor, if they are not known for its present figures."""
        row, report = self._table.row, self._report
        if row is None or report is None or self._query is None or not self.is_current:
            return
        known = self._details.get(row.name)
        self._no_details = ""
        if known is None or known[0] != row.figures:
            start_worker(self, self._fetch_details, row, self._query, report, group="details", exclusive=True)

    async def _fetch_details(self, row: FiguresRow, query: AudienceQuery, report: AudienceReport) -> None:
        await asyncio.sleep(SETTLE_S)
        key = None if row.is_total else row.figures.key
        try:
            details = await self._source.details(query, key, self._now, report)
        except FiguresUnavailable as error:
            self.post_message(self.DetailsFetched(query, row, None, error.message))
        else:
            self.post_message(self.DetailsFetched(query, row, details))

    @property
    def _now(self) -> float:
        """Unix time by the station's clock (s)."""
        snapshot = self._view.snapshot
        return snapshot.at if snapshot else self._clock()
