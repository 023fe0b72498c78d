"""The scheduler of one channel: keeps the rundown written ahead to the plan's horizon, and plans again on request."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.playout.scheduling.plans.plan_ends import ends_of_series
from retrovue_tui.playout.scheduling.plans.plan_forecast import Outlook
from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
from retrovue_tui.playout.scheduling.plans.planned_entries import entries_of, first_to_replan
from retrovue_tui.playout.scheduling.time_keeper import TimeKeeper
from retrovue_tui.rundown.edit_helpers import EditError, EditResult
from retrovue_tui.rundown.entries import Rundown
from retrovue_tui.schedule.spots.card_choice import with_cards
from retrovue_tui.schedule.time_grid import TimeGrid
from retrovue_tui.threads import AIR, PLANNING, BusyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence
    from pathlib import Path

    from retrovue_tui.config.plan import ChannelPlan
    from retrovue_tui.playout.automation.controller import ChannelController
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.scheduling.plans.plan_cards import PlanCards
    from retrovue_tui.playout.scheduling.plans.plan_inputs import PlanInputs
    from retrovue_tui.playout.scheduling.programme_breaks import ProgrammeBreaks
    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.protocol.answers.rundown import RundownRow
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.series_ends import SeriesEnd

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Frame 0 of every plan. The station's clock counts frames from the same moment."""
LEAD_S: Final = 5.0
"""A plan for a channel without entries begins this much after it is made (s)."""
STEP: Final = timedelta(hours=1)
"""The rundown is extended when it ends this much before the horizon, or a quarter of the horizon if that is less."""
KEPT: Final = timedelta(days=1)
"""Entries that have aired stay in the rundown for this long."""
EVERY_S: Final = 60.0
"""The interval at which the scheduler looks whether the rundown must be extended (s)."""
REFINE_S: Final = 300.0
"""While programmes are analysed, the plan is made again at most this often (s)."""
MOST_COMING: Final = 200
"""The most planned programmes of a channel whose break candidates are kept in mind."""
ON_AIR_YET: Final = timedelta(hours=6)
"""A programme that began this long ago may still be on air."""
PAUSE_S: Final = 0.5
"""The least time between two looks (s), so that a channel that changes often is not planned all the time."""
TRIES: Final = 3
"""How often a plan is made again because the rundown changed meanwhile."""


class ChannelScheduler:
    """Writes the rundown of one channel ahead. `inputs` gathers what can be planned; `cards` makes the files of cards;
    `know` lets the station probe the files of entries."""

    def __init__(
        self,
        channel: Channel,
        controller: ChannelController,
        inputs: Callable[[], Awaitable[PlanInputs | None]],
        journal: Path,
        cards: PlanCards,
        know: Callable[[Sequence[Entry]], Awaitable[None]],
        breaks: ProgrammeBreaks,
    ) -> None:
        self.warnings: tuple[str, ...] = ()
        """What the last plan could not do as its rules want it."""
        self.without_spots = ""
        """Says that the channel's pool has no spots; empty if it has some."""
        self.behind = ""
        """Why the plan does not reach its horizon; empty if it does."""
        self._channel = channel
        self._controller = controller
        self._inputs = inputs
        self._path = journal
        self._cards = cards
        self._know = know
        self._breaks = breaks
        self._unknown: set[Path] = set()
        """The planned programmes whose break candidates are not known yet."""
        self._refined_at = 0.0
        self._grid = TimeGrid(EPOCH, channel.house.rate)
        self.keeper = TimeKeeper(channel, controller, cards, know, self._grid)
        self._journal: PlanJournal | None = None
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        self._renew = False
        self._planned: PlanInputs | None = None
        """What the last plan was made from."""
        self._recalled = False
        """Whether the stored break candidates of what was planned before the start were taken."""
        self._ends: tuple[PlanJournal, ChannelPlan, Sequence[SeriesEnd]] | None = None

    def wake(self) -> None:
        """Look at once whether the rundown must be extended."""
        self._news.set()

    def analysed(self, file: Path) -> None:
        """Take notice that the break candidates of a file have become known. If the plan contains it without breaks,
        plan again: when all are known, or some of them after a while."""
        if file in self._unknown:
            self._unknown.discard(file)
            if not self._unknown or time.monotonic() - self._refined_at > REFINE_S:
                self._refined_at = time.monotonic()
                self.renew()

    def changed_breaks(self, files: Collection[Path]) -> None:
        """Take notice that these files have other break candidates than before. If the plan contains one of them, plan
        again."""
        if any(self._breaks.is_wanted(self._channel.id, file) for file in files):
            self.renew()

    def renew(self) -> None:
        """Plan again at once, because the plan's rules have changed."""
        self._renew = True
        self._news.set()

    async def run(self) -> None:
        """Keep the rundown written ahead. Runs until cancelled."""
        while True:
            self._news.clear()
            try:
                if self._renew and self._channel.config.plan is not None:
                    self._renew = False
                    with contextlib.suppress(EditError):  # there is nothing that may be planned again
                        await self.replan(undoable=False)
                await self.keep_time()
                await self.extend()
            except RetrovueError as error:
                self.behind = error.message
                self.warnings = (f"the plan could not be written: {error.message}",)
            await asyncio.sleep(PAUSE_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._news.wait()

    async def extend(self) -> Receipt | None:
        """Extend the rundown to the horizon; if there are spots that the last plan lacks, or spots with other rules,
        plan again soon. Return the receipt; None if that is not due yet, or if nothing can be planned."""
        async with self._turn:
            inputs, self.behind = await self._gathered(), ""
            if inputs is None:
                return None
            self.without_spots = inputs.without_spots
            if await self._is_outdated(inputs):
                self.renew()
            for _ in range(TRIES):
                rows, revision = await self._rows()
                start, now = self._end_of(rows), datetime.now(UTC)
                horizon = inputs.horizon
                until = now + horizon
                if self._grid.time(start) > until - min(STEP, horizon / 4):
                    return None
                made = await self._plan(inputs, start, until)
                receipt = await self._apply(made, revision, partial(self._extended, made=made), undoable=False)
                if receipt is not None:
                    self.behind = receipt.reason or ""
                    return receipt
            self.behind = "the rundown changes all the time" if made.entries else "there is nothing to plan"
            return None

    async def _gathered(self) -> PlanInputs | None:
        """Return what a plan is made from; None if the channel has no plan. After a start, this takes the stored break
        candidates of what is planned already, so that no plan is made without them."""
        inputs = await self._inputs()
        if inputs is None or self._recalled:
            return inputs
        self._recalled = not inputs.partial
        if not (coming := await self._coming()):
            return inputs
        await self._breaks.recall(self._channel.id, coming)
        return await self._inputs()

    async def _coming(self) -> list[Path]:
        """Return the planned programmes whose break candidates are kept in mind, in the order in which they air; none
        if the plan makes no breaks."""
        plan = self._channel.config.plan
        if plan is None or all(rules.breaks == "none" for rules in (plan.rules, *(each.rules for each in plan.blocks))):
            return []
        since = datetime.now(UTC) - ON_AIR_YET
        rows = (row for row in (await self._own_journal()).rows if row.start > since)
        return list(dict.fromkeys(row.airing.file for row in rows if row.airing))[:MOST_COMING]

    async def _is_outdated(self, inputs: PlanInputs) -> bool:
        """Return whether the rundown would be planned otherwise now, because of the spots. Each change is reported
        once."""
        earlier = self._planned
        if earlier is None:  # the station has just started: nobody knows from what the rundown was planned
            rows, _ = await self._rows()
            both = zip(self._controller.entries, rows, strict=False)
            coming = [(entry, row.start_at) for entry, row in both if row.status == "planned" and entry.id == row.id]
            if inputs.partial or not inputs.knows(entry for entry, _ in coming):
                return False
            self._planned = inputs
            return inputs.bars_any(coming)
        if inputs.has_spots_unknown_to(earlier) or inputs.has_other_rules_than(earlier):
            self._planned = inputs
            return True
        return False

    async def replan(self, *, dry_run: bool = False, undoable: bool = True) -> Receipt:
        """Plan again everything that may change: what follows the slot on air, and the last entry that a person wrote
        or changed. It is a step of the history if it is `undoable`. Raises `EditError` if the channel has no plan."""
        async with self._turn:
            inputs = await self._gathered()
            if inputs is None:
                raise EditError(f"{self._channel.name} has no plan: add [channel.plan] to its [[channel]]")
            for _ in range(TRIES):
                rows, revision = await self._rows()
                entries = self._controller.entries
                first = first_to_replan(entries, self._channel.position.index)
                start = self._end_of(rows[:first])
                until = datetime.now(UTC) + inputs.horizon
                made = await self._plan(inputs, start, until)
                if not made.entries:
                    end = self._grid.clock(start).astimezone()
                    raise EditError(
                        f"nothing can be planned again before {end:%a %H:%M}: a person changed the last entry"
                    )
                receipt = await self._apply(
                    made, revision, partial(self._again, made=made, first=first), dry_run, undoable=undoable
                )
                if receipt is not None:
                    return receipt
            raise EditError("the rundown changes all the time; try again")

    async def keep_time(self) -> Receipt | None:
        """See `TimeKeeper.keep`."""
        async with self._turn:
            inputs = await self._inputs()
            return None if inputs is None else await self.keeper.keep(inputs, await self._own_journal())

    async def series_ends(self) -> Sequence[SeriesEnd]:
        """Return the series of the plan that end within a week. They are worked out again when the plan has changed."""
        plan = self._channel.config.plan
        if plan is None or not (journal := await self._own_journal()).rows:
            return ()
        if self._ends is None or self._ends[0] is not journal or self._ends[1] != plan:
            inputs = await self._inputs()
            if inputs is None or inputs.partial:
                return ()
            rows, _ = await self._rows()
            start = self._end_of(rows)
            self._ends = journal, plan, await PLANNING.run(ends_of_series, inputs, journal, self._grid, start)
        return self._ends[2]

    async def outlook(self) -> Outlook:
        """Return the rundown and the journal as they are now, so that a plan can be tried. Raises `BusyError` if the
        rundown changes all the time."""
        for _ in range(TRIES):
            rows, _ = await self._rows()
            entries = self._controller.entries
            if [row.id for row in rows] == [entry.id for entry in entries]:
                journal = (await self._own_journal()).copy()
                first = first_to_replan(entries, self._channel.position.index)
                return Outlook(entries, rows, journal, self._grid, self._end_of(rows), self._end_of(rows[:first]))
        raise BusyError("the rundown changes all the time")

    # ── planning ─────────────────────────────────────────────────────────────────────────────────

    async def _plan(self, inputs: PlanInputs, start: int, until: datetime) -> _DraftPlan:
        """Return a plan from a frame on, with the journal as it is when the plan is applied."""
        journal = (await self._own_journal()).copy()
        journal.forget(datetime.now(UTC))
        journal.cut(self._grid.time(start))
        slots = with_cards(await PLANNING.run(self._slots, inputs, journal, start, until), self._grid.rate)
        journal.add(slots, self._grid)
        entries = entries_of(slots, self._grid, await self._cards.files(slots, self._grid))
        return _DraftPlan(inputs, slots, entries, journal)

    async def _own_journal(self) -> PlanJournal:
        if self._journal is None:
            self._journal = await AIR.run(PlanJournal.load, self._path)
        return self._journal

    def _slots(self, inputs: PlanInputs, journal: PlanJournal, start: int, until: datetime) -> list[Slot]:
        slots = []
        for slot in inputs.planner(journal, self._grid).plan(start, self._grid.frame(until)):
            slots.append(slot)
            time.sleep(0)  # let the event loop's thread run
        return slots

    async def _apply(
        self, made: _DraftPlan, revision: int, edit: Callable[[Rundown], EditResult], dry_run: bool = False, *,
        undoable: bool = True,
    ) -> Receipt | None:  # fmt: skip
        """Apply a plan; None if the rundown has changed since `revision`."""
        if not made.entries:
            self.warnings = _warnings(made.slots)
            return None
        await self._know([*self._controller.entries, *made.entries])
        receipt = await self._controller.rewrite(edit, revision, dry_run=dry_run, undoable=undoable)
        if receipt is not None and receipt.accepted and not dry_run:
            self._journal, self._planned = made.journal, made.inputs
            await self._want_breaks()
            self.warnings = _warnings(made.slots)
            await AIR.run(made.journal.save)
        return receipt

    async def _want_breaks(self) -> None:
        """Let the programmes of the plan be analysed, in the order in which they air."""
        self._unknown = self._breaks.want(self._channel.id, await self._coming())
        self._refined_at = self._refined_at or time.monotonic()

    def _extended(self, rundown: Rundown, *, made: _DraftPlan) -> EditResult:
        return self._edit(rundown, len(rundown.entries), made)

    def _again(self, rundown: Rundown, *, made: _DraftPlan, first: int) -> EditResult:
        return self._edit(rundown, first, made)

    def _edit(self, rundown: Rundown, first: int, made: _DraftPlan) -> EditResult:
        """Return the rundown with the plan instead of the entries from `first` on, and without those that aired long
        ago."""
        old = self._aired_long_ago(rundown.entries)
        entries = (*rundown.entries[old:first], *made.entries)
        programmes = [slot for slot in made.slots if slot.programme is not None]
        end = self._grid.clock(made.slots[-1].end).astimezone()
        label = f"plan: {len(programmes)} programmes until {end:%a %H:%M}"
        return EditResult(Rundown(entries, rundown.header, rundown.trailer), (label,))

    def _aired_long_ago(self, entries: Sequence[Entry]) -> int:
        """Return how many entries at the beginning aired more than `KEPT` ago."""
        index = min(self._channel.position.index, len(entries))
        planner, kept = self._channel.planner, self._channel.house.rate.count(KEPT.total_seconds())
        while index > 0 and kept > 0:
            index -= 1
            kept -= planner.duration(entries[index])
        return index

    async def _rows(self) -> tuple[Sequence[RundownRow], int]:
        snapshot = await PLANNING.run(self._controller.view(grid=False))
        return snapshot.entries, snapshot.revision

    def _end_of(self, rows: Sequence[RundownRow]) -> int:
        """Return the frame of the time grid at which the last of these entries ends; soon, if that is in the past."""
        soon = self._grid.frame(datetime.now(UTC) + timedelta(seconds=LEAD_S))
        last = next((row for row in reversed(rows) if row.start_at is not None), None)
        if last is None or last.start_at is None:
            return soon
        end = datetime.fromtimestamp(last.start_at + last.duration_s, UTC)
        return soon if end < datetime.now(UTC) else self._grid.frame(end)


class _DraftPlan:
    """A plan that is not applied yet: what it is made from, its slots, their entries, and the journal with them."""

    def __init__(self, inputs: PlanInputs, slots: list[Slot], entries: list[Entry], journal: PlanJournal) -> None:
        self.inputs = inputs
        self.slots = slots
        self.entries = entries
        self.journal = journal


def _warnings(slots: Sequence[Slot]) -> tuple[str, ...]:
    """Return the warnings of a plan, each once, those that occur first."""
    return tuple(dict.fromkeys(warning for slot in slots for warning in slot.warnings))[:20]
