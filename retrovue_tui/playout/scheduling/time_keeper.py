"""Keeps a planned channel on time: changes coming breaks, and fills long holes, so that the next fixed start is met to
the frame."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.scheduling import on_time
from retrovue_tui.playout.scheduling.on_time import BreakChange, PlannedBreak
from retrovue_tui.playout.scheduling.plans.planned_entries import entries_of, entry_of
from retrovue_tui.rundown.edit_helpers import EditResult
from retrovue_tui.rundown.entries import Rundown
from retrovue_tui.rundown.plan_marks import BY_PLAN, CARD, tag
from retrovue_tui.schedule.air_calendar import AirCalendar
from retrovue_tui.schedule.spots.card_choice import with_cards
from retrovue_tui.threads import AIR, PLANNING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.playout.automation.controller import ChannelController
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.scheduling.on_time import FixedStart
    from retrovue_tui.playout.scheduling.plans.plan_cards import PlanCards
    from retrovue_tui.playout.scheduling.plans.plan_inputs import PlanInputs
    from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.protocol.answers.rundown import RundownRow
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.break_builder import BreakBuilder
    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.time_grid import TimeGrid

MISSING_S: Final = 30.0
"""A file that is missing for longer is not expected to come (s)."""


class TimeKeeper:
    """Keeps one channel on time. `cards` makes the files of cards; `know` lets the station probe the files of entries;
    `clock` returns Unix time (s)."""

    def __init__(
        self,
        channel: Channel,
        controller: ChannelController,
        cards: PlanCards,
        know: Callable[[Sequence[Entry]], Awaitable[None]],
        grid: TimeGrid,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.late_s: float | None = None
        """How late the next fixed start would be (s; early if negative); None: no fixed start is planned."""
        self.missed: tuple[float, str] | None = None
        """The next fixed start that cannot be met exactly (Unix time, s), and why; None if it can."""
        self._channel = channel
        self._controller = controller
        self._cards = cards
        self._know = know
        self._grid = grid
        self._clock = clock
        self._missing_since: float | None = None
        self._missed: tuple[float, str] | None = None
        """What this look has found so far of `missed`."""

    async def keep(self, inputs: PlanInputs, journal: PlanJournal) -> Receipt | None:
        """If the next fixed start would be late or early, change the planned breaks before it so that it is met. Fill
        what is too long for breaks. Return the receipt; None if nothing had to be changed, or nothing could be."""
        self._missed = None
        try:
            return await self._look(inputs, journal)
        finally:
            self.missed = self._missed

    async def _look(self, inputs: PlanInputs, journal: PlanJournal) -> Receipt | None:
        rows, revision = await self._rows()
        entries = self._controller.entries
        start = on_time.next_fixed_start(entries, rows, self._grid) if len(rows) == len(entries) else None
        self.late_s = None if start is None else round(float(self._grid.rate.seconds(start.late)), 3)
        if start is None or abs(start.late) <= on_time.TOLERANCE or not self._absorbs(inputs, start.wanted):
            return None
        if (why := self._hands_off(start)) is not None:
            self._miss(start, start.late, why)
            return None
        if not self._is_sure(rows[: start.index]):
            return None
        breaks = on_time.coming_breaks(entries, rows, start.index, self._clock(), self._grid)
        if not breaks and start.late < 0:
            breaks = [on_time.new_break(start, rows)]
        changes, missing = on_time.changes_for(breaks, start.late, self._grid)
        if not changes or missing == start.late > 0:
            self._miss(start, start.late, "no planned break is left before it")
            return None
        return await self._change(inputs, journal, revision, start, changes, missing)

    async def _change(
        self, inputs: PlanInputs, journal: PlanJournal, revision: int, start: FixedStart,
        changes: Sequence[BreakChange], missing: int,
    ) -> Receipt | None:  # fmt: skip
        """Change breaks, and insert programmes for `missing` frames if that is negative."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        others = journal.copy()  # without the spots that are replaced
        others.respot(datetime.fromtimestamp(changes[0].block.start_at, UTC), start.wanted, ())
        builder = await PLANNING.run(lambda: inputs.planner(others, self._grid).breaks)
        card = await self._cards.back()
        fill: list[Slot] = []
        if missing < 0:
            end = self._grid.frame(start.wanted)
            fill = with_cards(
                await PLANNING.run(self._fill, inputs, others, builder, end + missing, end, now), self._grid.rate
            )
            hole = PlannedBreak(start.index, start.index, 0.0, 0)
            changes = [*changes, BreakChange(hole, -missing, exact=True, is_fill=True)]
        filled = self._marked(fill, await self._cards.files(fill, self._grid))
        calendar = AirCalendar(inputs.plan, inputs.zone)
        build = partial(self._built, builder=builder, card=card, revision=revision, calendar=calendar, fill=filled)
        made, over = await PLANNING.run(
            on_time.with_breaks, Rundown(self._controller.entries), changes, build
        )  # fmt: skip
        left = max(0, missing) - over
        if abs(left) >= abs(start.late):  # without a card, nothing closes a break to the frame
            self._miss(start, start.late, "no card closes a break")
            return None
        label = on_time.label_of(start.late, start, left, self._grid)
        await self._know(made.entries)
        receipt = await self._controller.rewrite(
            lambda rundown: EditResult(replace(rundown, entries=made.entries), (label,)), revision
        )
        if receipt is not None and receipt.accepted:
            if left:
                self._miss(start, left, "the planned breaks before it are too short")
            journal.add(fill, self._grid)
            await self._note_spots(journal, now, start.wanted)
        return receipt

    def _fill(
        self, inputs: PlanInputs, journal: PlanJournal, builder: BreakBuilder, start: int, end: int, now: datetime
    ) -> list[Slot]:
        """Return slots that fill the time from frame `start` to frame `end`. Called in a thread."""
        coming = {row.airing.file for row in journal.rows if row.airing and row.start >= now - timedelta(hours=6)}
        aired = journal.copy()
        aired.cut(now)
        planner = replace(inputs.planner(aired, self._grid), breaks=builder)
        return list(planner.fill(start, end, coming))

    def _marked(self, fill: Sequence[Slot], cards: Mapping[tuple[int, int], Path]) -> tuple[list[Entry], int]:
        """Return the entries of slots that fill a hole, and how many frames they have."""
        entries = entries_of(fill, self._grid, cards)
        frames = sum(
            row.frames for slot in fill for number, row in enumerate(slot.rows)
            if row.file is not None or (slot.start, number) in cards
        )  # fmt: skip
        return entries, frames

    def _built(
        self, change: BreakChange, frames: int, *, builder: BreakBuilder, card: Path | None, revision: int,
        calendar: AirCalendar, fill: tuple[list[Entry], int],
    ) -> tuple[list[Entry], int]:  # fmt: skip
        """Return the entries of a break with a new length, and how many frames they have."""
        if change.is_fill:
            return fill
        at = calendar.local(datetime.fromtimestamp(change.block.start_at, UTC))
        rules = calendar.at(at).rules
        built = builder.build(at, frames, change.block.first, rules, exact=change.exact and card is not None)
        entries = []
        for number, row in enumerate(built.rows):
            file = row.file or card
            assert file is not None
            entries.append(entry_of(row, file, (BY_PLAN,), revision, 1_000_000 + 1_000 * change.block.first + number))
        return entries, built.frames

    async def _note_spots(self, journal: PlanJournal, begin: datetime, end: datetime) -> None:
        """Note in the journal which spots air in the changed breaks."""
        rows, _ = await self._rows()
        spots = [
            (entry.file, datetime.fromtimestamp(row.start_at, UTC))
            for entry, row in zip(self._controller.entries, rows, strict=False)
            if entry.kind == "spot" and row.start_at is not None and tag(entry, CARD) is None
        ]
        journal.respot(begin, end, [(file, at) for file, at in spots if begin <= at < end])
        await AIR.run(journal.save)

    # ── when nothing is changed ──────────────────────────────────────────────────────────────────

    def _miss(self, start: FixedStart, late: int, why: str) -> None:
        self._missed = start.wanted.timestamp(), f"{on_time.way_of(late, start, self._grid)}: {why}"

    def _hands_off(self, start: FixedStart) -> str | None:
        """Return why the breaks before a fixed start must stay as they are; None if they may be changed. A change that
        was undone is not made again for the same start; for the next one, it may be."""
        if self._controller.held is not None:
            return "a break is held"
        undone = next((step.label for step in self._controller.history().steps if step.undone), "")
        return "the change of the breaks was undone" if on_time.is_label_of(undone, start) else None

    def _is_sure(self, rows: Sequence[RundownRow]) -> bool:
        """Return whether the times of these rows can be trusted: the rundown is on air, and no file has been missing
        for only a moment. A new file counts as missing until it is probed."""
        if self._channel.state != "on_air":
            return False
        if not any(row.status == "missing" for row in rows):
            self._missing_since = None
            return True
        self._missing_since = self._missing_since or self._clock()
        return self._clock() - self._missing_since > MISSING_S

    def _absorbs(self, inputs: PlanInputs, at: datetime) -> bool:
        calendar = AirCalendar(inputs.plan, inputs.zone)
        return calendar.at(at + timedelta(seconds=1)).rules.on_time == "absorb"

    async def _rows(self) -> tuple[Sequence[RundownRow], int]:
        snapshot = await PLANNING.run(self._controller.view(grid=False))
        return snapshot.entries, snapshot.revision
