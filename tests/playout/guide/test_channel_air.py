"""The guide against the air: whatever an operator does, what airs next is what the guide then says."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from retrovue_tui.config.plan import PlanRules
from retrovue_tui.guide.guide_slots import guide_slots
from retrovue_tui.playout.asrun.guide_rows import AiredRun
from retrovue_tui.playout.guide.channel_air import AirState, AirTimes, Pass, coming_runs, forecast_runs, past_runs
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import Position
from retrovue_tui.schedule.planned_slot import PlanRow, Slot
from retrovue_tui.timecode import FrameRate
from tests.playout.guide.guided_air import GuidedAir, faults, meddle
from tests.playout.scheduling.fake_air import RATE, FakeAir
from tests.schedule.plan_checker import media, spots

if TYPE_CHECKING:
    from retrovue_tui.guide.air_run import AirRun
    from retrovue_tui.playout.planner import Planner

START = datetime(2026, 11, 26, 18, tzinfo=UTC)
PAL = FrameRate(25)
A, B, SPOT = Path("/m/a.mp4"), Path("/m/b.mp4"), Path("/m/spot.mp4")


class Lengths:
    """The part of a planner that knows lengths: A has 1000 frames, B 500, a spot 50."""

    def length(self, entry: Entry) -> int | None:
        return {A: 1_000, B: 500, SPOT: 50}.get(entry.file)


def entry(file: Path, first: int = 0, end: int | None = None, title: str = "") -> Entry:
    return Entry(f"{file.stem}{first}", "spot" if file == SPOT else "programme", file, first, end, title)


def passed(*entries: Entry) -> Pass:
    return Pass.of(entries, cast("Planner", Lengths()))


@pytest.mark.parametrize("seed", range(6))
def test_after_random_commands_the_air_is_as_the_guide_says(tmp_path: Path, seed: int) -> None:
    dice, pool = random.Random(seed), spots(60)
    rules = PlanRules(("*",), order="shuffle", break_s=90.0)
    air = GuidedAir(FakeAir.plan(tmp_path, media(60), pool, rules, START, 12))
    for _ in range(12):
        air.advance(dice.randint(300, RATE.count(1_500)))
        meddle(air.air, pool, dice)
        guide, since, count = air.guide(), float(RATE.seconds(air.air.frame)), len(air.rows)
        assert all(one.end == other.start for one, other in pairwise(guide))
        assert sum(slot.end - slot.start for slot in guide) == guide[-1].end - guide[0].start
        air.advance(dice.randint(1, RATE.count(900)))
        assert faults(guide, air.rows[max(0, count - 1) :], since) == []


def test_the_rundown_from_the_frame_on_air_on() -> None:
    entries = (entry(A, 0, 400), entry(SPOT), entry(A, 400), entry(B, title="The News"))
    state = AirState(entries, Position(0, 0, 300), 10_000, 0, loop=True, planned=False)
    runs = list(coming_runs(state, passed(*entries), 12_000))
    assert [(run.start, run.frames, run.first, run.programme) for run in runs] == [
        (10_000, 100, 300, True), (10_100, 50, 0, False), (10_150, 600, 400, True), (10_750, 500, 0, True),
        (11_250, 400, 0, True), (11_650, 50, 0, False), (11_700, 600, 400, True),
    ]  # fmt: skip
    assert [run.title for run in runs[:4]] == ["", "", "", "The News"]


def test_after_a_rundown_that_ends_comes_the_slate_or_the_plan() -> None:
    entries = (entry(A),)
    state = AirState(entries, Position(0, 0, 900), 0, 0, loop=False, planned=False)
    assert [(run.frames, run.programme) for run in coming_runs(state, passed(*entries), 5_000)] == [
        (100, True), (4_900, False),
    ]  # fmt: skip
    planned = AirState(entries, Position(0, 0, 900), 0, 0, loop=False, planned=True)
    assert [run.frames for run in coming_runs(planned, passed(*entries), 5_000)] == [100]
    empty = AirState((), Position(0, 0, 0), 0, 0, loop=True, planned=False)
    assert [run.programme for run in coming_runs(empty, passed(), 5_000)] == [False]


def test_a_file_that_cannot_air_has_no_time() -> None:
    entries = (entry(A), entry(Path("/m/gone.mp4")), entry(B))
    state = AirState(entries, Position(0, 0, 0), 0, 0, loop=False, planned=True)
    assert [run.file for run in coming_runs(state, passed(*entries), 5_000)] == [A, B]


def test_the_log_and_the_rundown_join() -> None:
    entries = (entry(A), entry(B))
    rows = [
        AiredRun("programme", str(B), "b", 0, 100.0, 120.0, False),
        AiredRun("spot", str(SPOT), "spot", 0, 120.0, 122.0, False),
        AiredRun("programme", str(A), "a", 0, 122.0, 130.0, True),
    ]
    state = AirState(entries, Position(0, 0, 250), 132 * 25, 0, loop=False, planned=True)
    runs = [*past_runs(rows, state, PAL), *coming_runs(state, passed(*entries), 10**6)]
    slots = guide_slots(runs, PAL)
    assert [(slot.start / 25, slot.end / 25, slot.file) for slot in slots] == [
        (100, 122, B), (122, 162, A), (162, 182, B),
    ]  # fmt: skip


def test_an_entry_that_was_removed_while_it_airs_ends_as_it_does_on_air() -> None:
    rows = [AiredRun("programme", str(A), "a", 0, 0.0, 1.0, True)]
    state = AirState((entry(B),), Position(0, 0, 0), 100, 40, loop=False, planned=True)
    runs = [*past_runs(rows, state, PAL), *coming_runs(state, passed(entry(B)), 10**6)]
    assert [(run.start, run.end, run.file) for run in runs] == [(0, 140, A), (140, 640, B)]


def test_a_forecast_goes_on_where_the_rundown_ends() -> None:
    rows = (PlanRow("programme", A, 0, 1_000), PlanRow("spot", SPOT, 0, 50))
    slots = [Slot(0, 1_050, "x", rows, ""), Slot(1_050, 2_200, "x", rows, "")]
    runs = list(forecast_runs(slots, 1_100, 10_000))
    assert [(run.start, run.end, run.programme) for run in runs] == [
        (1_050, 2_050, True), (2_050, 2_100, False), (2_100, 2_200, False),
    ]  # fmt: skip
    joined = guide_slots([*coming_runs_of_b(), *runs], PAL)
    assert [(slot.start, slot.end, slot.file) for slot in joined] == [(600, 1_100, B), (1_100, 2_200, A)]
    assert list(forecast_runs(slots, 5_000, 10_000)) == []


def coming_runs_of_b() -> list[AirRun]:
    state = AirState((entry(B),), Position(0, 0, 0), 600, 0, loop=False, planned=True)
    return list(coming_runs(state, passed(entry(B)), 10**6))


def test_a_shift_of_the_air_is_noticed_whatever_its_cause() -> None:
    entries = (entry(A, 0, 400), entry(SPOT), entry(A, 400))
    state = AirState(entries, Position(0, 0, 300), 10_000, 0, loop=True, planned=False)
    times = AirTimes.of(state, passed(*entries))
    for position, due, left, drift in (
        (Position(0, 0, 300), 10_000, 0, 0), (Position(0, 0, 399), 10_099, 0, 0), (Position(0, 1, 0), 10_100, 0, 0),
        (Position(0, 2, 400), 10_150, 0, 0), (Position(1, 0, 0), 10_750, 0, 0), (Position(2, 1, 10), 12_210, 0, 0),
        (Position(0, 2, 400), 10_100, 0, -50), (Position(0, 0, 300), 10_090, 0, 90), (Position(0, 1, 0), 10_100, 7, 7),
        (Position(0, 3, 0), 10_750, 0, 0),
    ):  # fmt: skip
        now = AirState(entries, position, due, left, loop=True, planned=False)
        assert times.drift(now) == drift, position
