"""A planned channel is on time again before its next fixed start, or says why it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.config.plan import PlanRules
from retrovue_tui.playout.scheduling.on_time import TOLERANCE, next_fixed_start
from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
from retrovue_tui.rundown.plan_marks import WHY, is_planned
from retrovue_tui.schedule.series_memory import FILMS
from tests.playout.scheduling.fake_air import GRID, RATE, FakeAir, renamed
from tests.schedule.plan_checker import media, spots

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.playout.scheduling.time_keeper import TimeKeeper

START = datetime(2026, 11, 26, 18, tzinfo=UTC)
HALF_HOURS = PlanRules(("*",), order="shuffle", align_s=1_800.0)
POOL = spots(60)


def begun(path: Path, rules: PlanRules = HALF_HOURS, films: int = 0) -> tuple[FakeAir, TimeKeeper]:
    """Six hours of a plan, of which ten minutes have aired. `films`: how many of the episodes are films instead."""
    programmes = media(60)
    programmes = [*renamed(programmes[:films], FILMS), *programmes[films:]]
    air = FakeAir.plan(path, programmes, POOL, rules, START, 6)
    air.advance(RATE.count(600))
    while air.entries[air.index].kind != "programme":
        air.advance(RATE.count(30))
    return air, air.keeper()


def late(air: FakeAir) -> int:
    """How late the next fixed start is now (frames)."""
    start = next_fixed_start(air.entries, air.view()().entries, GRID)
    assert start is not None
    return start.late


async def test_a_break_by_hand_is_absorbed_and_noted(tmp_path: Path) -> None:
    air, keeper = begun(tmp_path)
    assert await keeper.keep(air.inputs, air.journal) is None
    assert abs(keeper.late_s or 0) < 0.05
    air.break_now(air.spots_of(POOL, 60))
    before = late(air)
    receipt = await keeper.keep(air.inputs, air.journal)
    assert receipt is not None
    assert receipt.changes[0].startswith(f"on time: {float(RATE.seconds(before)):.1f} s late for ")
    assert abs(late(air)) <= TOLERANCE
    assert keeper.missed is None
    # the journal has what airs now, and no more of what was planned before
    start = next_fixed_start(air.entries, air.view()().entries, GRID)
    assert start is not None
    now = GRID.time(air.frame)
    saved = [spot for row in PlanJournal.load(air.journal.path).rows for spot in row.spots]
    noted = sorted((at, file) for file, at in saved if now <= at < start.wanted)
    rows = air.view()().entries
    aired = sorted(
        (datetime.fromtimestamp(row.start_at, UTC), entry.file)
        for entry, row in zip(air.entries, rows, strict=True)
        if entry.kind == "spot" and not entry.file.name.startswith("next") and row.start_at is not None
        and now <= datetime.fromtimestamp(row.start_at, UTC) < start.wanted
    )  # fmt: skip
    assert noted == aired
    assert noted


@pytest.mark.parametrize("films", [0, 40])
async def test_the_time_of_a_skipped_programme_is_filled(tmp_path: Path, films: int) -> None:
    air, keeper = begun(tmp_path, replace(HALF_HOURS, align_s=3_600.0), films)
    start = next_fixed_start(air.entries, air.view()().entries, GRID)
    assert start is not None
    while air.index < start.index - 1:
        air.skip()
    early = late(air)
    assert early < -RATE.count(600)
    receipt = await keeper.keep(air.inputs, air.journal)
    assert receipt is not None
    assert abs(late(air)) <= TOLERANCE
    whys = {value for entry in air.entries for key, value in entry.tags if key == WHY}
    assert any(why.startswith("fills the time to the next fixed start") for why in whys) == (films > 0)
    assert all(is_planned(entry) for entry in air.entries)
    assert await keeper.keep(air.inputs, air.journal) is None
    starts = [row.start for row in air.journal.rows]
    assert starts == sorted(starts)


async def test_a_delay_that_cannot_be_absorbed_is_reported(tmp_path: Path) -> None:
    air, keeper = begun(tmp_path, replace(HALF_HOURS, break_s=15.0))
    for _ in range(6):
        air.break_now(air.spots_of(POOL, 200))
        while air.entries[air.index].kind != "programme":
            air.advance(RATE.count(30))
    wanted = late(air)
    receipt = await keeper.keep(air.inputs, air.journal)
    assert keeper.missed is not None
    assert 0 < late(air) <= wanted
    if receipt is not None:
        assert ", except " in receipt.changes[0]
        assert await keeper.keep(air.inputs, air.journal) is None
    assert keeper.missed[1].endswith("no planned break is left before it")
    assert abs(keeper.missed[0] % 1_800) < 0.1 or abs(keeper.missed[0] % 1_800 - 1_800) < 0.1


async def test_a_held_break_and_an_undone_change_are_left_alone(tmp_path: Path) -> None:
    air, keeper = begun(tmp_path)
    air.break_now(air.spots_of(POOL, 60))
    air.held = "b1"
    assert await keeper.keep(air.inputs, air.journal) is None
    assert keeper.missed is not None
    assert keeper.missed[1].endswith(": a break is held")
    air.held, air.undone = None, f"on time: {keeper.missed[1].removesuffix(': a break is held')}, absorbed before it"
    assert await keeper.keep(air.inputs, air.journal) is None
    assert keeper.missed is not None
    assert keeper.missed[1].endswith(": the change of the breaks was undone")
    air.undone = "film trimmed"
    assert await keeper.keep(air.inputs, air.journal) is not None


async def test_a_change_that_was_undone_is_left_alone_only_until_its_start_has_passed(tmp_path: Path) -> None:
    air, keeper = begun(tmp_path)
    air.break_now(air.spots_of(POOL, 60))
    air.undone = "on time: 60.0 s late for 11:11:11, absorbed before it"
    assert await keeper.keep(air.inputs, air.journal) is not None
    assert keeper.missed is None


async def test_nothing_is_changed_while_times_are_unsure(tmp_path: Path) -> None:
    air, keeper = begun(tmp_path)
    air.break_now(air.spots_of(POOL, 60))
    air.state = "slate"
    assert await keeper.keep(air.inputs, air.journal) is None
    air.state = "on_air"
    gone = air.entries[air.index + 1].file
    length = air.lengths.pop(gone)
    assert await keeper.keep(air.inputs, air.journal) is None  # it may come back at once
    air.lengths[gone] = length
    assert await keeper.keep(air.inputs, air.journal) is not None
    drift, other = begun(tmp_path, replace(HALF_HOURS, on_time="drift"))
    drift.break_now(drift.spots_of(POOL, 60))
    assert await other.keep(drift.inputs, drift.journal) is None
    assert (other.late_s or 0) > 10


async def test_a_fixed_start_before_which_a_break_is_held_is_known(tmp_path: Path) -> None:
    air, keeper = begun(tmp_path)
    start = next_fixed_start(air.entries, air.view()().entries, GRID)
    assert start is not None
    while air.index < start.index - 1 and not (
        air.entries[air.index].kind == "programme" and air.entries[start.index - 1].break_id
        and air.entries[air.index + 1].break_id == air.entries[start.index - 1].break_id
    ):  # fmt: skip
        air.advance(RATE.count(30))
    assert air.hold()
    assert await keeper.keep(air.inputs, air.journal) is None
    assert (keeper.late_s or 0) < -5
    assert keeper.missed is not None
    assert keeper.missed[1].endswith(": a break is held")
    assert air.release()
    await keeper.keep(air.inputs, air.journal)
    assert abs(late(air)) <= TOLERANCE
