"""The schedule room: the coming week of a channel as a grid, or a day of all channels; blocks are edited in a form."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from textual import on
from textual.containers import Container

from retrovue_tui.tui import keys
from retrovue_tui.tui.rooms.schedule.block_editing import BlockEditing
from retrovue_tui.tui.rooms.schedule.details import BlockLegend, SlotFacts, TroubleList
from retrovue_tui.tui.rooms.schedule.grid_drawing import GridCursor, GridScene
from retrovue_tui.tui.rooms.schedule.grid_layout import STEPS, Column, Grid, items_of, layout
from retrovue_tui.tui.rooms.schedule.grid_view import GridView
from retrovue_tui.tui.rooms.schedule.plan_text import (
    NO_PLAN,
    day_name,
    day_time,
    ends_early,
    trouble_beside,
    troubles_of,
)
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.key_bar import KeyBar
from retrovue_tui.tui.widgets.lost_banner import LostBanner
from retrovue_tui.tui.widgets.station_header import StationHeader
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from textual.app import ComposeResult

    from retrovue_tui.protocol.answers.plan import PlanDay, PlannedSlot, PlanSnapshot
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

WEEK: Final = 7
REFRESH_S: Final = 60.0
"""How often the room fetches the plan if no event arrives (s)."""
RETRY_S: Final = 2.0
SOON_S: Final = 1.0
"""How long the room waits after an event before it fetches (s), because events come in bursts."""
NEWS: Final = ("edit_applied", "station")
"""The kinds of events after which the plan may be another."""


class ScheduleScreen(BlockEditing):
    """The room. While it is on screen it fetches the plan of the chosen channel, or those of all channels."""

    AUTO_FOCUS = "#schedule-grid"

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        super().__init__(view, clock, line)
        self._header = StationHeader(view, clock())
        self._banner = LostBanner(view, clock())
        self._grid_view = GridView()
        self._legend = BlockLegend()
        self._facts = SlotFacts()
        self._troubles = TroubleList()
        self._news = asyncio.Event()
        self._all_channels = False
        self._first_day = 0
        self._step = 60
        self._at: float | None = None
        """The cursor's moment (Unix time, s); None: now."""
        self._day = 0
        """The column of the cursor in the week."""
        self._grid = Grid((), (), {})
        self._drawn: object = None

    @property
    def pane(self) -> keys.Pane:
        return keys.SCHEDULE

    def compose(self) -> ComposeResult:
        """Yield the grid, the names of the blocks, and the facts about the slot under the cursor."""
        yield self._header
        yield self._banner
        yield self._faults
        with Container(id="schedule-body"):
            with Container(id="schedule-main"):
                yield self._grid_view
                yield self._legend
            with Container(id="schedule-side"):
                yield self._facts
                yield self._troubles
        yield KeyBar()

    # --- state of the station ---------------------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        """Start to fetch plans."""
        start_worker(self, self._follow, group="follow", exclusive=True)

    def on_screen_suspend(self) -> None:
        """Stop fetching: the room is no longer on screen."""
        self.workers.cancel_group(self, "follow")

    def show(self, view: StationView) -> None:
        """Draw the station's state. Plans are fetched separately."""
        super().show(view)
        with self.app.batch_update():
            self.tick()

    def tick(self) -> None:
        """Draw the parts that depend on the clock."""
        now = self._clock()
        self._header.show(self._view, now)
        self._banner.show(self._view, now)
        self._draw()

    def receive(self, events: Iterable[Event]) -> None:
        """Fetch the plan again after an event that may have changed it."""
        wanted = (None, *self._wanted())
        if any(event.kind in NEWS and event.channel in wanted for event in events):
            self._news.set()

    def choose(self, channel_id: str | None) -> None:
        """Show another channel."""
        super().choose(channel_id)
        if self.is_mounted:
            self._news.set()
            self._draw()

    def refetch(self) -> None:
        """Fetch the plan at once."""
        self._news.set()

    async def _follow(self) -> None:
        while True:
            self._news.clear()
            for channel_id in self._wanted():
                await self._fetched.fetch(channel_id, 2 * WEEK if self._first_day >= WEEK else WEEK)
                self._draw()
            wanted = self._wanted()
            failed = not wanted or any(each in self._fetched.problems for each in wanted)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_S if failed else REFRESH_S):
                    await self._news.wait()
                    if all(each in self._fetched.plans for each in self._wanted()):
                        await asyncio.sleep(SOON_S)

    def _wanted(self) -> list[str]:
        """Return the ids of the channels whose plans are on screen; the chosen one first."""
        channel = self.chosen
        if channel is None:
            return []
        others = [each.id for each in self._view.channels if each.id != channel.id] if self._all_channels else []
        return [channel.id, *others]

    @property
    def plan(self) -> PlanSnapshot | None:
        """The plan of the chosen channel; None until it is known."""
        return self._fetched.plans.get(self.chosen.id) if self.chosen else None

    @property
    def slot(self) -> PlannedSlot | None:
        """The slot under the cursor; None if there is none."""
        columns, column = self._grid.columns, self._cursor_column
        return columns[column].item_at(self.moment) if column < len(columns) else None

    @property
    def moment(self) -> float:
        """The moment under the cursor, Unix time (s)."""
        return self._clock() if self._at is None else self._at

    # --- drawing ----------------------------------------------------------------------------------------------------

    def _columns(self, plan: PlanSnapshot) -> list[Column]:
        if not self._all_channels:
            shown = plan.days[self._first_day : self._first_day + WEEK]
            width = self._grid_view.size.width // WEEK
            return [_column(day_name(day.date, width), plan, day) for day in shown]
        columns = []
        for channel in self._view.channels:
            own = self._fetched.plans.get(channel.id)
            if own is not None and self._day_number < len(own.days):
                title = f"{channel.number} {formats.clean(channel.name)}"
                columns.append(_column(title, own, own.days[self._day_number]))
        return columns

    @property
    def _day_number(self) -> int:
        """The number of the day that is shown of all channels; 0 is today."""
        return self._first_day + self._day

    @property
    def _cursor_column(self) -> int:
        if not self._all_channels:
            return self._day
        ids = [column.channel for column in self._grid.columns]
        return ids.index(self.chosen.id) if self.chosen and self.chosen.id in ids else 0

    def _draw(self) -> None:
        """Draw the grid and the panels if something visible has changed."""
        plan, channel = self.plan, self.chosen
        self._entitle(plan)
        if channel is None or plan is None or not plan.days:
            self._nothing(self._fetched.problems.get(channel.id, "") if channel else "")
            return
        if not plan.planned and not self._all_channels:
            self._nothing(NO_PLAN.format(name=formats.clean(channel.name)))
            return
        now = self._clock()
        look = (
            plan, tuple(self._fetched.plans.values()) if self._all_channels else (), self._first_day, self._day,
            self._step, self._at, int(now) // 20, self._view.stale, channel.id, self._grid_view.size,
        )  # fmt: skip
        if look == self._drawn:
            return
        self._drawn = look
        self._grid = layout(self._columns(plan), self._step)
        cursor = GridCursor(self._cursor_column, self.moment)
        self._grid_view.show(GridScene(self._grid, cursor, now, stale=self._view.stale))
        self._legend.show(plan)
        self._facts.show(plan, self.slot, self.moment, with_trouble=not self._troubles.display)
        self._troubles.show(plan, now)

    def _nothing(self, words: str) -> None:
        self._grid, self._drawn = Grid((), (), {}), None
        self._grid_view.say(words or "Waiting for the plan …")
        self._legend.show(None)
        self._facts.show(None, None, 0.0, with_trouble=False)
        self._troubles.show(None, 0.0)

    def _entitle(self, plan: PlanSnapshot | None) -> None:
        channel = self.chosen
        words = ["Schedule"]
        if self._all_channels and plan and self._day_number < len(plan.days):
            words += ["all channels", day_name(plan.days[self._day_number].date)]
        elif channel:
            words += [f"{channel.number} {channel.name}", *(self._state_of(plan) if plan and plan.days else ())]
        title = f" {formats.clean(' · '.join(filter(None, words)))} ".replace("[", r"\[")
        if self._grid_view.border_title != title:
            self._grid_view.border_title = title

    def _state_of(self, plan: PlanSnapshot) -> Iterator[str]:
        """Yield the words about a plan for the title; some may be empty."""
        count = len(troubles_of(plan))
        yield f"last known, {formats.wall_time(self._view.since)}" if self._view.stale else ""
        yield "the file has errors" if plan.problem else ""
        yield f"forecast until {day_time(plan.clock, plan.until_at)}" if ends_early(plan) else ""
        yield "next week" if self._first_day else "this week"
        yield plan.timezone
        yield formats.plural(count, "gap or warning", "gaps and warnings") if count else ""

    # --- input from the operator ------------------------------------------------------------------------------------

    @on(GridView.CellClicked)
    def _pointed(self, message: GridView.CellClicked) -> None:
        message.stop()
        self._go(message.column, message.at)
        if message.twice:
            self.action_edit()

    def _go(self, column: int, at: float) -> None:
        """Move the cursor to a moment of a column."""
        self._at = at
        if not self._all_channels:
            self._day = column
        elif column != self._cursor_column and column < len(self._grid.columns):
            self.choose_everywhere(self._grid.columns[column].channel)
        self._draw()

    def action_step(self, by: int) -> None:
        """Go to the next slot of the column, or the one before; at its end, to the next day."""
        if not self._grid.columns:
            return
        column = self._cursor_column
        item = self._grid.columns[column].item_after(self.moment, by)
        if item is not None and item.start_at >= self._grid.columns[column].start:
            self._go(column, item.start_at)
        elif not self._all_channels and 0 <= column + by < len(self._grid.columns):
            there = self._grid.columns[column + by]
            self._go(column + by, there.start if by > 0 or not there.items else there.items[-1].start_at)

    def action_beside(self, by: int) -> None:
        """Go to the same time in the next column: another day or channel. `by`: -1 for the left, 1 for the right."""
        if self._grid.columns:
            self._go(*self._grid.beside(self._cursor_column, self.moment, by))

    def action_turn(self, by: int) -> None:
        """Show the week, or the day of all channels, before or after."""
        plan, before = self.plan, self._day_number
        if plan is None or not plan.days:
            return
        if self._all_channels:
            number = min(max(0, before + by), 2 * WEEK - 1)
        else:
            number = self._day + (WEEK if self._first_day + by * WEEK >= WEEK else 0)
        self._first_day, self._day = number // WEEK * WEEK, number % WEEK
        self._at = self.moment + (number - before) * 86_400
        if self._first_day >= WEEK >= len(plan.days):
            self._news.set()
        self._draw()

    def action_now(self) -> None:
        """Go to what is on air now."""
        self._first_day, self._day, self._at = 0, 0, None
        self._draw()

    def action_last(self) -> None:
        """Go to the last slot of the column."""
        column = self._cursor_column
        if self._grid.columns and self._grid.columns[column].items:
            self._go(column, self._grid.columns[column].items[-1].start_at)

    def action_trouble(self, by: int) -> None:
        """Go to the next gap or warning, or to the one before."""
        plan = self.plan
        found = trouble_beside(troubles_of(plan), self.moment, by) if plan else None
        if plan is None or found is None:
            self.notify("There is no gap and no warning.", title="Schedule", markup=False)
            return
        number = next((n for n, day in enumerate(plan.days) if day.start_at <= found.at < day.end_at), 0)
        self._first_day, self._day, self._at = number // WEEK * WEEK, number % WEEK, found.at
        self._draw()

    def action_all_channels(self) -> None:
        """Switch between a week of the chosen channel and one day of all channels."""
        self._all_channels = not self._all_channels
        self._news.set()
        self._draw()

    def action_zoom(self, by: int) -> None:
        """Show shorter or longer rows."""
        self._step = STEPS[min(max(0, STEPS.index(self._step) + by), len(STEPS) - 1)]
        self._draw()

    def action_copy_slot(self) -> None:
        """Copy the facts of the slot under the cursor (by OSC 52), and show a note."""
        if text := self._facts.text:
            self.app.copy_to_clipboard(text)
            self.notify(formats.clean(text.split("\n")[0]), title="Copied: the facts of this slot", markup=False)


def _column(title: str, plan: PlanSnapshot, day: PlanDay) -> Column:
    items = items_of(plan, day.start_at, day.end_at)
    return Column(title, plan.channel, day.start_at, day.end_at, plan.clock, items)
