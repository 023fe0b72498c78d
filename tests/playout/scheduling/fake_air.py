"""A planned channel whose time is made by the test: it airs hours in moments, with the real plan, edits and times."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from retrovue_tui.config.plan import ChannelPlan, PlanRules
from retrovue_tui.playout.automation.rundown_view import view_of
from retrovue_tui.playout.channel.other_versions import OtherVersions
from retrovue_tui.playout.scheduling.channel_scheduler import EPOCH
from retrovue_tui.playout.scheduling.plans.plan_inputs import PlanInputs
from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
from retrovue_tui.playout.scheduling.plans.planned_entries import entries_of
from retrovue_tui.playout.scheduling.time_keeper import TimeKeeper
from retrovue_tui.protocol.answers.receipts import Receipt
from retrovue_tui.protocol.answers.rundown import HistoryRow, HistorySnapshot
from retrovue_tui.rundown import break_edits
from retrovue_tui.rundown.break_edits import Spot
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.plan_marks import START, tag, without_marks
from retrovue_tui.rundown.positions import Position, span
from retrovue_tui.schedule.time_grid import TimeGrid
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retrovue_tui.playout.automation.controller import ChannelController
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.scheduling.plans.plan_cards import PlanCards
    from retrovue_tui.protocol.answers.rundown import RundownSnapshot
    from retrovue_tui.rundown.edit_helpers import EditResult
    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.series_memory import Programme
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot

RATE = FrameRate.parse("30000/1001")
GRID = TimeGrid(EPOCH, RATE)
CARD = Path("/cards/next.ts")
CARD_S = 20.0


class Cards:
    """The files of cards, without drawing any."""

    async def back(self) -> Path | None:
        return CARD

    async def files(self, slots: Sequence[Slot], grid: TimeGrid) -> Mapping[tuple[int, int], Path]:
        return {(slot.start, n): CARD for slot in slots for n, row in enumerate(slot.rows) if row.card}


class _Channel:
    """The parts of a channel from which its times come."""

    def __init__(self, air: FakeAir) -> None:
        self._air = air
        self.house = SimpleNamespace(rate=RATE)
        self.planner = SimpleNamespace(
            length=air.length, title=lambda entry: entry.title, aired=lambda entry, loop: entry
        )
        self.decks = SimpleNamespace(finishing=None, on_air=True)
        self.versions = OtherVersions()

    @property
    def state(self) -> str:
        return self._air.state

    @property
    def position(self) -> Position:
        return Position(0, self._air.index, self._air.at)

    def next_due_at(self) -> float:
        return GRID.time(self._air.frame).timestamp()


@dataclass
class FakeAir:
    """The channel, its controller, and its clock. `frame` is the one that airs next, on the plan's grid."""

    inputs: PlanInputs
    journal: PlanJournal
    frame: int
    entries: tuple[Entry, ...]
    lengths: dict[Path, int]
    index: int = 0
    at: int = 0
    """The frame of the entry on air that airs next."""
    revision: int = 0
    held: str | None = None
    state: str = "on_air"
    labels: list[str] = field(default_factory=list)
    undone: str = ""
    began: dict[str, int] = field(default_factory=dict)
    """When entries began: id → frame."""

    @classmethod
    def plan(
        cls, path: Path, programmes: Sequence[Programme], pool: Sequence[PoolSpot], rules: PlanRules, start: datetime,
        hours: float,
    ) -> FakeAir:  # fmt: skip
        """Plan this number of hours, and begin to air them."""
        inputs = PlanInputs(RATE, ChannelPlan(rules), UTC, programmes, {"ads": pool}, "ads")
        journal, first = PlanJournal(path / "plan.json"), GRID.frame(start)
        slots = list(inputs.planner(journal, GRID).plan(first, GRID.frame(start + timedelta(hours=hours))))
        journal.add(slots, GRID)
        cards = {(slot.start, n): CARD for slot in slots for n, row in enumerate(slot.rows) if row.card}
        entries = entries_of(slots, GRID, cards)
        lengths = {each.file: each.frames for each in programmes} | {each.file: each.frames for each in pool}
        lengths[CARD] = RATE.count(CARD_S)
        return cls(inputs, journal, first, tuple(entries), lengths, began={entries[0].id: first})

    def keeper(self) -> TimeKeeper:
        """The time keeper of the channel."""

        async def know(entries: Sequence[Entry]) -> None:
            assert all(entry.file in self.lengths for entry in entries)

        return TimeKeeper(
            cast("Channel", self.channel), cast("ChannelController", self), cast("PlanCards", Cards()), know, GRID,
            lambda: GRID.time(self.frame).timestamp(),
        )  # fmt: skip

    # ── what a channel has ───────────────────────────────────────────────────────────────────────

    @property
    def channel(self) -> _Channel:
        return _Channel(self)

    def length(self, entry: Entry) -> int | None:
        return self.lengths.get(entry.file)

    # ── what a controller has ────────────────────────────────────────────────────────────────────

    def view(self, *, grid: bool = True) -> Callable[[], RundownSnapshot]:
        return view_of(cast("Channel", self.channel), self.revision, self.entries, grid=False)

    def history(self) -> HistorySnapshot:
        steps = [HistoryRow(label) for label in self.labels]
        steps += [HistoryRow(self.undone, None, True)] if self.undone else []
        return HistorySnapshot(self.revision, tuple(steps))

    async def rewrite(self, edit: Callable[[Rundown], EditResult], revision: int) -> Receipt | None:
        await asyncio.sleep(0)
        assert revision == self.revision
        made = edit(Rundown(self.entries))
        self._replace(made.rundown.entries, self.entries[self.index].id)
        self.labels.append(made.changes[0])
        return Receipt(True, 0, self.revision, changes=made.changes)

    def _replace(self, entries: Sequence[Entry], on_air: str, at: int | None = None) -> None:
        ids = [entry.id for entry in entries]
        assert len(set(ids)) == len(ids)
        self.entries, self.revision, self.undone = tuple(entries), self.revision + 1, ""
        self.index = ids.index(on_air)
        if at is not None:
            self.at = at
            self.began.setdefault(on_air, self.frame)

    # ── the operator, and time ───────────────────────────────────────────────────────────────────

    def break_now(self, spots: Sequence[PoolSpot]) -> None:
        """Cut the programme on air for these spots."""
        chosen = [Spot(each.file, each.title) for each in spots]
        entry = self.entries[self.index]
        block = break_edits.new_block(Rundown(self.entries), chosen)
        made = break_edits.insert_break(
            Rundown(self.entries), entry.id, self.at, chosen, lengths=self.length, rate=RATE, block=block
        )
        self._replace(without_marks(self.entries, made.rundown.entries), block[0].id, 0)

    def skip(self) -> None:
        """Cut to the next entry."""
        following = self.entries[self.index + 1]
        self._replace(self.entries, following.id, following.in_frame)

    def hold(self) -> bool:
        """Put off the next break; False if none follows."""
        following = self.entries[self.index + 1]
        programme = next((each for each in self.entries[self.index + 1 :] if each.kind == "programme"), None)
        if following.kind != "spot" or programme is None:
            return False
        self.held = following.break_id or following.id
        end = span(programme, self.length(programme))[1]
        made = break_edits.move_break(
            Rundown(self.entries), self.held, programme.id, end, lengths=self.length, rate=RATE
        )  # fmt: skip
        self._replace(without_marks(self.entries, made.rundown.entries, self.held), self.entries[self.index].id)
        return True

    def release(self) -> bool:
        """Air the held break now; False if that is not possible."""
        entry, held = self.entries[self.index], self.held
        coming = {each.break_id for each in self.entries[self.index :]}
        if held is None or entry.kind != "programme" or held not in coming:
            self.held = None
            return False
        block = break_edits.break_entries(Rundown(self.entries), held)
        made = break_edits.move_break(Rundown(self.entries), held, entry.id, self.at, lengths=self.length, rate=RATE)
        self.held = None
        self._replace(without_marks(self.entries, made.rundown.entries, held), block[0].id, 0)
        return True

    def advance(self, frames: int) -> None:
        """Air this number of frames."""
        while frames > 0:
            left = span(self.entries[self.index], self.length(self.entries[self.index]))[1] - self.at
            part = min(left, frames)
            self.frame, self.at, frames = self.frame + part, self.at + part, frames - part
            while self.at >= span(self.entries[self.index], self.length(self.entries[self.index]))[1]:
                self.index += 1
                self.at = self.entries[self.index].in_frame
                self.began[self.entries[self.index].id] = self.frame

    def starts(self) -> list[tuple[Entry, int, int]]:
        """The fixed starts that have aired: the entry, the promised frame, and how many frames late it was."""
        found: dict[int, tuple[Entry, int, int]] = {}
        for entry in self.entries:
            promised = tag(entry, START)
            if promised is not None and entry.id in self.began:
                wanted = GRID.frame(datetime.fromisoformat(promised))
                found.setdefault(wanted, (entry, wanted, self.began[entry.id] - wanted))  # parts have it too
        return list(found.values())

    def spots_of(self, pool: Sequence[PoolSpot], seconds: float) -> list[PoolSpot]:
        """Spots of about this length."""
        found, left = [], RATE.count(seconds)
        for spot in pool:
            if spot.frames <= left:
                found.append(spot)
                left -= spot.frames
        return found or [min(pool, key=lambda spot: spot.frames)]


def renamed(programmes: Sequence[Programme], series: str) -> list[Programme]:
    """The programmes as those of one series or as films."""
    return [replace(each, series=series) for each in programmes]
