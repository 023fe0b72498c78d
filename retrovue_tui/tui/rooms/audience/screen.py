"""The audience room: how many watched what and who stayed, by one dimension, and the retention curve of a row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import on
from textual.containers import Container, Vertical
from textual.widgets import Input

from retrovue_tui.tui import keys
from retrovue_tui.tui.dialogs.prompt import PromptScreen
from retrovue_tui.tui.keys.pane import unshown
from retrovue_tui.tui.rooms.audience.exporting import AudienceExport
from retrovue_tui.tui.rooms.audience.facts import facts
from retrovue_tui.tui.rooms.audience.headings import DimensionTabs, ViewersStrip
from retrovue_tui.tui.rooms.audience.panels import AudienceFacts, RetentionChart
from retrovue_tui.tui.rooms.audience.query import PERIOD_HINT, PERIODS, PLURALS, typed_period
from retrovue_tui.tui.rooms.audience.rows import ORDERS, FiguresRow, arranged
from retrovue_tui.tui.rooms.audience.table import AudienceTable
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.cursor_table import CursorTable
from retrovue_tui.tui.widgets.key_bar import KeyBar
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.protocol.answers.audience import AudienceFigures
    from retrovue_tui.tui.command_palette import Shell
    from retrovue_tui.tui.rooms.audience.query import AudienceQuery
    from retrovue_tui.tui.rooms.audience.rows import Order
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

HEADS: Final = {"position": "PLACE IN BREAK", "hour": "HOUR OF DAY"}
"""The heading of the column of names, if it is not the name of the dimension."""


class AudienceScreen(AudienceExport):
    """The audience room: the table, the panels about the row under the cursor, and the operator's choices."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.AUDIENCE.bindings, *unshown(keys.AIR), *unshown(keys.EVERYWHERE)]
    AUTO_FOCUS = "#audience-table"

    _table: AudienceTable

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        super().__init__(view, clock, line)
        self._table = AudienceTable()
        self._strip = ViewersStrip()
        self._tabs = DimensionTabs()
        self._chart = RetentionChart()
        self._facts = AudienceFacts()
        self._filter = Input(id="audience-filter", placeholder="words of a name")
        self._wider: list[AudienceQuery] = []
        """The queries from which the operator looked closer, the last one at the end."""
        self._order: Order = ""
        self._through_breaks = False
        self._look: object = None
        """What the drawing needs of the station's state, as it was drawn last."""

    @property
    def pane(self) -> keys.Pane:
        return keys.AUDIENCE

    def compose(self) -> ComposeResult:
        """Yield the viewers now, the dimensions, the table, and the panels about the row under the cursor."""
        yield self._header
        yield self._banner
        yield self._faults
        yield self._strip
        with Container(id="audience-body"):
            with Vertical(id="audience-list"):
                yield self._tabs
                yield self._table
                yield self._filter
            with Container(id="audience-side"):
                yield self._chart
                yield self._facts
        yield KeyBar()

    # --- state of the station ---------------------------------------------------------------------------------------

    def show(self, view: StationView) -> None:
        """Draw the station's state. Figures are fetched separately."""
        super().show(view)
        with self.app.batch_update():
            self.tick()
            self._start_over()
            look = view.stale, tuple((each.id, each.number, each.name) for each in view.channels)
            if look != self._look:
                self._look = look
                self._arrange()

    def choose(self, channel_id: str | None) -> None:
        """Show the figures of another channel."""
        super().choose(channel_id)
        if self.is_mounted:
            self._start_over()

    # --- drawing ----------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        report = self._report
        rows: tuple[FiguresRow, ...] = ()
        if report is not None and report.total.airings:
            hours = dict(zip((row.key for row in report.rows), report.hours, strict=False))
            kept = arranged(map(self._renamed, report.rows), self._order, self._filter.value)
            total = FiguresRow(report.total, is_total=True, hours=tuple(map(sum, zip(*report.hours, strict=True))))
            groups = (FiguresRow(row, hours=hours.get(row.key, ())) for row in kept)
            rows = (*groups,) if self._filter.value else (total, *groups)
        self._table.fill(rows, self._nothing())
        self._draw()

    def _renamed(self, row: AudienceFigures) -> AudienceFigures:
        return replace(row, label=self._named(row.key)) if self._asked.by == "channel" else row

    def _nothing(self) -> str:
        """Return why there is no row, and what to do."""
        report, query = self._report, self.query_now
        if report is None:
            return formats.clean(self._problem) or "Waiting for the figures …"
        if report.total.airings:
            return "No row has these words; esc shows all rows."
        what = "programme" if query.by == "programme" else "spot"
        where = f" on {self._named(query.channel)}" if query.channel else ""
        when = "" if query.period == PERIODS[-1] else f" ({query.period.name})"
        return f"No {what}{f', {query.whose},' if query.narrowed else ''} has aired{where}{when}."

    def _to_do(self) -> str:
        """Return the advice for a period in which nothing has aired; empty if something has, or if that is not
        known."""
        query = self.query_now
        if self._report is None or self._report.total.airings:
            return ""
        words = (
            "a counts all channels" if query.channel else "",
            "p takes another period" if query.period != PERIODS[-1] else "",
            "x drops all filters" if query.filtered else "",
            "B airs a break" if query.by != "programme" else "",
        )
        return f"{', '.join(filter(None, words)) or 'The figures begin when the first programme ends'}."

    def _named(self, channel_id: str) -> str:
        channel = self._view.channel(channel_id)
        return formats.clean(f"{channel.number} {channel.name}") if channel else channel_id

    def _draw(self) -> None:
        by = self._asked.by
        self._table.annotate(HEADS.get(by, by.upper()), self._order, stale=self._stale)
        self._strip.show(self._report.now if self._report else None, self._named, stale=self._stale)
        self._tabs.show(by)
        self._draw_row()
        self._show_title()

    @on(CursorTable.CursorMoved)
    def _point(self) -> None:
        self._ask_details()
        self._draw_row()

    def _draw_row(self) -> None:
        """Draw the panels about the row under the cursor."""
        row = self._table.row
        known = self._details[row.name][1] if row and row.name in self._details else None
        curve = (known.break_curve if self._through_breaks else known.curve) if known else None
        words = formats.clean(self._no_details) or ("Waiting for the curve …" if row else self._to_do())
        if known is not None:
            words = "Nobody watched when these began, so there is no curve."
            if self._through_breaks and self._asked.by == "programme":
                words = "A programme has no curve through breaks; b draws the other curve."
        what = "Through the breaks" if self._through_breaks else "During one airing"
        self._chart.show(curve, f"{what} {formats.NOTHING} {row.label}" if row else what, words, stale=self._stale)
        self._facts.show(formats.clean(row.label) if row else "", facts(row, known) if row else ())

    def _show_title(self) -> None:
        query, report, shown = self.query_now, self._report, sum(not row.is_total for row in self._table.rows)
        left_out = report.rows_left_out if report else 0
        self._entitle(
            f"Audience {formats.NOTHING} {'every channel' if query.channel is None else self._named(query.channel)}",
            query.period.name,
            query.whose,
            f"{shown:,} {PLURALS[query.by] if shown != 1 else query.by}" if report else "",
            f"{left_out:,} smaller ones not shown" if left_out else "",
            ORDERS[self._order],
            f"last known, {formats.wall_time(self._view.since)}" if self._view.stale and report else "",
            f"not up to date: {self._problem}" if self._problem and not self._view.stale and report else "",
        )

    # --- input from the operator ----------------------------------------------------------------------------------

    def obstacle(self, action: str) -> str:
        """Return why an action is impossible. Empty if the action is possible."""
        row = self._table.row
        if action in ("copy_row", "look_closer") and row is None:
            return "There is no row here"
        if action == "look_closer" and row is not None and (row.is_total or not self._can_look_into(row)):
            return "Only a spot, an advertiser or a channel can be looked into"
        return "There are no figures to export" if action == "export" and not self._table.rows else ""

    def _can_look_into(self, row: FiguresRow) -> bool:
        return self._asked.by == "channel" or self._asked.closer(row.figures.key) is not None

    def back(self) -> bool:
        """Clear the word filter first; if there is none, go back to where the operator looked closer from."""
        if super().back():
            return True
        if not self._wider:
            return False
        self._change(self._wider.pop())
        return True

    def _change(self, asked: AudienceQuery) -> None:
        """Ask something else."""
        if asked.by != self._asked.by:
            self._order = ""
        self._asked = asked
        self._start_over()

    def action_turn(self, by: int) -> None:
        """Group by the next dimension, or the one before."""
        self._change(self._asked.turned(by))

    @on(DimensionTabs.DimensionChosen)
    def _chosen(self, message: DimensionTabs.DimensionChosen) -> None:
        message.stop()
        self._change(replace(self._asked, by=message.dimension))

    @on(CursorTable.Picked)
    async def _picked(self) -> None:
        await self.run_action("look_closer")

    def action_look_closer(self) -> None:
        """Show what is inside of the row: the variants of a spot, the spots of an advertiser or of a channel."""
        if (row := self._table.row) is None:
            return
        key, inside = row.figures.key, self._asked.closer(row.figures.key)
        if inside is not None:
            self._wider.append(self._asked)
            self._change(inside)
        elif self._asked.by == "channel":
            self._every, self._asked = False, replace(self._asked, by="spot")
            cast("Shell", self.app).choose_here(key)
            self._start_over()

    def action_next_period(self) -> None:
        """Show the next period."""
        period = self._asked.period
        at = PERIODS.index(period) + 1 if period in PERIODS else 0
        self._change(replace(self._asked, period=PERIODS[at % len(PERIODS)]))

    def action_type_period(self) -> None:
        """Ask for a period."""

        def typed(text: str | None) -> None:
            if text is not None:
                self._change(replace(self._asked, period=typed_period(text)))

        self.app.push_screen(PromptScreen("Period", PERIOD_HINT, typed_period), typed)

    def action_every_channel(self) -> None:
        """Switch between the figures of the chosen channel and those of all channels."""
        self._every = not self._every
        self._start_over()

    def action_next_order(self) -> None:
        """Sort the rows by the next column."""
        orders = list(ORDERS)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._arrange()

    def action_breaks(self) -> None:
        """Switch between the curve during one airing and the curve through the breaks."""
        self._through_breaks = not self._through_breaks
        self._draw_row()

    def action_reset(self) -> None:
        """Drop all filters."""
        super().back()
        self._wider.clear()
        self._change(self._asked.reset)

    def action_refresh(self) -> None:
        """Fetch the figures now."""
        start_worker(self, self._follow, group="follow", exclusive=True)

    def action_copy_row(self) -> None:
        """Copy the facts of the row under the cursor (by OSC 52), and show a note."""
        if row := self._table.row:
            self.app.copy_to_clipboard(self._facts.text)
            self._say(formats.clean(row.label), "Copied: the figures of this row", severity="information")
