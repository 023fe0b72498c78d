"""The journal keeps what the plan must remember, and a damaged one is as good as none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retrovue_tui.playout.scheduling.plans.plan_journal import JournalRow, PlanJournal
from retrovue_tui.schedule.planned_slot import PlanRow, Slot
from retrovue_tui.schedule.series_memory import Planned
from retrovue_tui.schedule.spots.spot_rules import PoolSpot, broken_rules
from retrovue_tui.schedule.time_grid import TimeGrid
from retrovue_tui.timecode import FrameRate

NOW = datetime(2026, 11, 26, 18, tzinfo=UTC)
GRID = TimeGrid(NOW, FrameRate.parse("25"))
SPOT = PoolSpot(Path("/ads/cola.mp4"), "Cola", 250)


def airing(number: int) -> Planned:
    place = ("Shows", "Court", f"{number}.mp4")
    return Planned(NOW + timedelta(hours=number), "plan", Path(f"/m/{number}.mp4"), "Court",
                   (False, 1, False, number, place), 2)  # fmt: skip


def journal(path: Path) -> PlanJournal:
    made = PlanJournal(path / "plan" / "1.json")
    for number in range(4):
        rows = (PlanRow("programme", airing(number).file, 0, 1_000), PlanRow("spot", SPOT.file, 0, 250, break_number=0))
        start = 90_000 * number
        made.add([Slot(start, start + 1_250, "plan", rows, "why", airing=airing(number))], GRID)
    return made


def test_a_written_journal_is_read_back(tmp_path: Path) -> None:
    made = journal(tmp_path)
    made.save()
    read = PlanJournal.load(made.path)
    assert read == made
    assert read.memory().last == {"Court": (False, 1, False, 3, ("Shows", "Court", "3.mp4"))}
    assert read.memory().rounds == {"plan": 2}
    history = read.history({SPOT.file: SPOT}, UTC)
    assert history.count[SPOT.file] == 4
    assert history.last[SPOT.file] == NOW + timedelta(hours=3, seconds=40)


def test_the_journal_keeps_that_a_programme_was_a_repeat(tmp_path: Path) -> None:
    made = journal(tmp_path)
    again = airing(0)._replace(start=NOW + timedelta(hours=4), block="again", turn="repeat")
    made.rows.append(JournalRow(again.start, again))
    made.save()
    memory = PlanJournal.load(made.path).memory()
    assert memory.recent[-1] == again
    assert memory.last["Court"][3] == 3


def test_slots_that_are_planned_again_are_forgotten(tmp_path: Path) -> None:
    made = journal(tmp_path)
    made.cut(NOW + timedelta(hours=2))
    assert [row.start for row in made.rows] == [NOW, NOW + timedelta(hours=1)]
    assert made.memory().last["Court"][3] == 1


def test_old_airings_of_spots_are_forgotten_but_for_the_last_one(tmp_path: Path) -> None:
    made = journal(tmp_path)
    made.rows.append(JournalRow(NOW + timedelta(days=14)))  # planned far ahead
    memory = made.memory()
    made.forget(NOW + timedelta(days=2, hours=1))
    assert [len(row.spots) for row in made.rows] == [0, 1, 1, 1, 0]
    made.forget(NOW + timedelta(days=5))
    made.save()
    read = PlanJournal.load(made.path)
    assert read == made
    assert [row.spots for row in read.rows] == [()] * 5
    assert read.memory() == memory
    history = read.history({SPOT.file: SPOT}, UTC)
    last = NOW + timedelta(hours=3, seconds=40)
    assert (history.last, history.count[SPOT.file]) == ({SPOT.file: last}, 0)
    weekly = replace(SPOT, cooldown=timedelta(days=7))
    assert broken_rules([weekly], last + timedelta(days=6), history, timedelta(0)) == {SPOT.file: {"cooldown"}}
    assert broken_rules([weekly], last + timedelta(days=7), history, timedelta(0)) == {SPOT.file: frozenset()}
    read.forget(NOW + timedelta(days=400))
    assert read.last == {}


def test_a_copy_of_a_journal_is_independent(tmp_path: Path) -> None:
    made = journal(tmp_path)
    made.forget(NOW + timedelta(days=5))
    copy = made.copy()
    assert copy == made
    copy.cut(NOW)
    copy.last.clear()
    assert (len(made.rows), len(made.last)) == (4, 1)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 9, "rows": []}', '{"version": 1}', '{"version": 1, "rows": [{"start": 3}]}',
             '{"version": 1, "rows": [{"start": "2026-11-26T18:00:00+00:00", "file": "x"}]}', "\x00"],
)  # fmt: skip
def test_a_damaged_journal_is_empty(tmp_path: Path, text: str) -> None:
    path = tmp_path / "1.json"
    path.write_text(text)
    assert PlanJournal.load(path).rows == []
    assert PlanJournal.load(tmp_path / "none.json").rows == []
