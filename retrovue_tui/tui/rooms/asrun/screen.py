"""The as-run room: lists the entries that aired, with planned and actual times and their endings, and the station's
events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widgets import Input

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.client import Refused
from retrovue_tui.tui import keys
from retrovue_tui.tui.dialogs.export import ExportScreen
from retrovue_tui.tui.keys.pane import unshown
from retrovue_tui.tui.rooms.asrun import export_file
from retrovue_tui.tui.rooms.asrun.details import AsRunFacts
from retrovue_tui.tui.rooms.asrun.log_pages import MOST, PAGE, AiredLog, Query, WordFilter, last_trouble
from retrovue_tui.tui.rooms.asrun.rows import AsRunRowState
from retrovue_tui.tui.rooms.asrun.table import AsRunTable
from retrovue_tui.tui.rooms.control_room.event_list import EventList
from retrovue_tui.tui.rooms.list_room import SOON_S, ListRoom
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.key_bar import KeyBar
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.tui.dialogs.export_file import Export
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

REFRESH_S: Final = 5.0
"""How often the room fetches the newest rows if no event arrives (s)."""
RETRY_S: Final = 1.0
NEWS: Final = ("entry_started", "entry_ended", "seam", "slate", "state", "take")
SEARCH_PAGE: Final = 1_000
"""How many rows one request asks for, while a text filter searches older rows."""
KINDS: Final = {None: "", "programme": "programmes", "spot": "spots", "slate": "slates"}


class AsRunScreen(ListRoom):
    """The as-run room. It fetches the newest rows while it is on screen, and older rows when the operator scrolls
    up."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.ASRUN.bindings, *unshown(keys.AIR), *unshown(keys.EVERYWHERE)]
    AUTO_FOCUS = "#asrun-table"

    class RowsFetched(Message):
        """The result of a request: the rows, or the reason of its failure."""

        def __init__(
            self, query: Query, rows: Sequence[AsRunEntry], limit: int, *, older: bool, problem: str = ""
        ) -> None:
            super().__init__()
            self.query = query
            self.rows = rows
            self.limit = limit
            self.older = older
            self.problem = problem

    _table: AsRunTable

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        super().__init__(view, clock, line)
        self._table = AsRunTable()
        self._facts = AsRunFacts()
        self._events = EventList()
        self._filter = Input(id="asrun-filter", placeholder="words of title, file, kind, ending, break, day or time")
        self._words = WordFilter(lambda channel: self._named(channel))
        self._kept: tuple[AiredLog, str, Sequence[AsRunEntry]] = (AiredLog(), "", ())
        self._log = AiredLog()
        self._every = False
        self._kind: str | None = None
        self._digging = False
        self._numbers: dict[str, str] = {}

    @property
    def pane(self) -> keys.Pane:
        return keys.EVENTS if self.focused is self._events else keys.ASRUN

    @property
    def query_now(self) -> Query:
        """The query for the rows that the operator wants to see."""
        channel = self.chosen
        return Query(None if self._every or channel is None else channel.id, self._kind)

    def compose(self) -> ComposeResult:
        """Yield the table, the details of the row under the cursor, and the event list."""
        yield self._header
        yield self._banner
        yield self._faults
        with Container(id="asrun-body"):
            with Vertical(id="asrun-list"):
                yield self._table
                yield self._filter
            with Container(id="asrun-side"):
                yield self._facts
                yield self._events
        yield KeyBar()

    def on_descendant_focus(self) -> None:
        """In a small terminal, give the event list more room while it has the focus."""
        self.set_class(self.focused is self._events, "-reading")

    # --- state of the station ---------------------------------------------------------------------------------------

    def show(self, view: StationView) -> None:
        """Draw the station's state. Rows are fetched separately."""
        super().show(view)
        numbers = {each.id: str(each.number) for each in view.channels}
        with self.app.batch_update():
            if numbers != self._numbers:
                self._numbers = numbers
                self._events.name_channels(numbers)
            self.tick()
            self._start_over()
            self._draw()

    def tick(self) -> None:
        """Draw the parts that depend on the clock."""
        super().tick()
        snapshot = self._view.snapshot
        self._table.tick(snapshot.at if snapshot else self._clock())

    def receive(self, events: Iterable[Event]) -> None:
        """Add events to the list, and fetch rows that they may have changed."""
        events = list(events)
        self._events.add(events)
        if any(event.kind in NEWS for event in events):
            self._news.set()

    def choose(self, channel_id: str | None) -> None:
        """Show the rows of another channel."""
        super().choose(channel_id)
        if self.is_mounted:
            self._start_over()
            self._draw()

    def back(self) -> bool:
        """Clear the text filter first; if there is none, the filter by kind."""
        if super().back():
            return True
        if self._kind is None:
            return False
        self._kind = None
        self._start_over()
        return True

    async def _fetch(self) -> tuple[float, float]:
        """Fetch the newest rows. If the operator changed the query meanwhile, the next fetch follows at once."""
        log, query = self._log, self.query_now
        known = log.query == query
        since = log.since if known else None
        problem = await self._ask(query, PAGE if since is None else SEARCH_PAGE, since=since)
        return RETRY_S if problem else REFRESH_S, SOON_S if known else 0.0

    async def _go_back(self, log: AiredLog) -> None:
        """Fetch one page of older rows."""
        limit = max(log.page, SEARCH_PAGE if self._filter.value else PAGE)
        await self._ask(log.query, min(limit, 10_000), until=log.until)

    async def _ask(self, query: Query, limit: int, *, since: float | None = None, until: float | None = None) -> str:
        rows: Sequence[AsRunEntry] = ()
        problem = ""
        try:
            rows = await self._line.asrun(query.channel, since=since, until=until, kind=query.kind, limit=limit)
        except Refused as error:
            problem = (
                "This station cannot show its as-run log: it is an old version." if error.status == 404 else str(error)
            )
        except (RetrovueError, OSError, ValueError) as error:
            problem = str(error) or type(error).__name__
        self.post_message(self.RowsFetched(query, rows, limit, older=until is not None, problem=problem))
        return problem

    @on(RowsFetched)
    def _take(self, message: RowsFetched) -> None:
        message.stop()
        if message.older:
            self._digging = False
        if message.query != self._log.query:
            return
        self._problem = message.problem
        if not message.problem:
            if message.older:
                self._log = self._log.with_older(message.rows, message.limit)
            else:
                self._log = self._log.with_newest(message.rows, message.limit)
                if self._table.following and not self._filter.value:
                    self._log = self._log.shortened()
        self._arrange()

    def _start_over(self) -> None:
        """If the query has changed, drop all rows and fetch again."""
        if self._log.query != self.query_now:
            self._log = AiredLog(self.query_now)
            self._table.follow()
            self._arrange()
            self._news.set()

    def _arrange(self) -> None:
        self._table.fill(self._rows_kept(), self._nothing())
        self._draw()
        self._look_back()

    def _rows_kept(self) -> Sequence[AsRunEntry]:
        """Return the rows that pass the filter."""
        log, wanted = self._log, self._filter.value
        if self._kept[0] is not log or self._kept[1] != wanted:
            self._kept = log, wanted, self._words.keep(log.rows, wanted)
        return self._kept[2]

    @on(AsRunTable.Reached)
    def _look_back(self) -> None:
        """Fetch older rows if the oldest loaded rows are on screen or nearly so."""
        if self._log.can_go_back and not self._digging and not self._problem and self._table.near_top:
            self._digging = True
            start_worker(self, self._go_back, self._log, group="asrun-older")

    def _nothing(self) -> str:
        if self._problem and not self._log.known:
            return formats.clean(self._problem)
        if not self._log.known:
            return "Waiting for the as-run log …"
        if self._log.can_go_back:
            return "Looking further back …"
        if self._log.rows:
            return "No row has these words; esc shows all rows."
        where = "here" if self._every or self.chosen is None else f"on {self.chosen.name}"
        what = KINDS.get(self._kind, "") if self._kind else ""
        return f"No {what} have aired {where} yet." if what else f"Nothing has aired {where} yet."

    def _named(self, channel_id: str) -> str:
        channel = self._view.channel(channel_id)
        return f"{channel.number} {channel.name}" if channel else channel_id

    def _draw(self) -> None:
        snapshot = self._view.snapshot
        rate = snapshot.rate if snapshot else ""
        self._table.annotate(self._numbers, rate, every_channel=self._log.query.channel is None, stale=self._stale)
        self._point()
        self._show_title()

    @on(AsRunTable.CursorMoved)
    def _point(self) -> None:
        row, rate = self._table.row, self._view.snapshot.rate if self._view.snapshot else ""
        shown = self._table.shown(self._table.place) if row else AsRunRowState()
        self._facts.show(row, shown, rate, self._named(row.channel) if row else "")

    def _show_title(self) -> None:
        log, shown = self._log, len(self._table.rows)
        known = formats.plural(len(log.rows), "row")
        oldest = f"back to {formats.wall_date(log.rows[0].started_at)}" if log.rows and not log.whole else ""
        self._entitle(
            f"As-run · {self._whose}",
            KINDS.get(self._kind, "") if self._kind else "",
            known if shown == len(log.rows) else f"{shown:,} of {known}",
            f"{oldest}; the export has all" if oldest and len(log.rows) >= MOST else oldest,
            f"last known, {formats.wall_time(self._view.since)}" if self._stale and log.known else "",
            "" if self._table.following else "newer rows below: G",
        )

    @property
    def _whose(self) -> str:
        return "every channel" if self._log.query.channel is None else self._named(self._log.query.channel)

    # --- input from the operator ----------------------------------------------------------------------------------

    def obstacle(self, action: str) -> str:
        """Return why an action is impossible: there is no row to copy. Empty if the action is possible."""
        return "There is no row here" if action == "copy_row" and not self._table.row else ""

    def action_step(self, by: int) -> None:
        """Move the cursor by rows."""
        super().action_step(by)
        self._show_title()

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        super().action_page(by)
        self._show_title()

    def action_every_channel(self) -> None:
        """Switch between the rows of the chosen channel and the rows of all channels."""
        self._every = not self._every
        self._start_over()

    def action_next_kind(self) -> None:
        """Show only rows of the next kind; after the last kind, show every kind."""
        kinds = list(KINDS)
        self._kind = kinds[(kinds.index(self._kind) + 1) % len(kinds)]
        self._start_over()

    def action_last_trouble(self) -> None:
        """Go up to the last row that did not air as planned. Pressed again, the key goes to the one before."""
        place = last_trouble(self._table.rows, self._table.place)
        if place is None:
            self._say("Every listed row aired as planned.", "As-run", "information")
        else:
            self._table.go_to(place)
            self._draw()

    def action_details(self) -> None:
        """Show or hide detail events: those about decks, joins and renders."""
        self._events.toggle_details()

    def action_copy_row(self) -> None:
        """Copy the facts of the row under the cursor (by OSC 52), and show a note."""
        if row := self._table.row:
            self.app.copy_to_clipboard(self._facts.text)
            self._say(formats.clean(row.title), "Copied: the facts of this row", severity="information")

    def action_export(self) -> None:
        """Open the export dialog."""
        if not self._table.rows:
            self._say("There is nothing to export.", "As-run")
            return
        channel = self._log.query.channel or "all"
        safe = "".join(char if char.isalnum() or char in "-_" else "_" for char in channel)
        day = formats.iso_date(self._clock())
        shown = f"the {formats.number(len(self._table.rows))} listed"
        whole = f"all {KINDS.get(self._kind, '')} in the log".replace("  ", " ")
        query, rows = self._log.query, tuple(self._table.rows)

        def export(wanted: Export | None) -> None:
            if wanted is not None:
                start_worker(self, self._write, wanted, rows, query, group="export")

        self.app.push_screen(ExportScreen(f"as-run · {self._whose}", f"asrun-{safe}-{day}", shown, whole), export)

    async def _write(self, wanted: Export, rows: Sequence[AsRunEntry], query: Query) -> None:
        try:
            if wanted.whole:
                rows = await export_file.whole_log(self._line, query)
            await asyncio.to_thread(export_file.write, wanted, rows)
        except RetrovueError as error:
            self._say(f"{formats.clean(error.message)}.", "Not exported", severity="error")
        else:
            self._say(
                f"{formats.plural(len(rows), 'row')} in {formats.clean(str(wanted.path))}", "Exported",
                severity="information",
            )  # fmt: skip
