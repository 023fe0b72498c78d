"""The as-run database over versions of the program: older ones become of today, newer ones are left alone."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from retrovue_tui.playout.asrun.audience_report import audience_report
from retrovue_tui.playout.asrun.audience_rows import GroupBreakRow
from retrovue_tui.playout.asrun.database import ENDED_BY_FORCE, AsRunDatabase, read_asrun
from retrovue_tui.playout.asrun.recorder import EntryStart
from retrovue_tui.playout.asrun.schema import (
    _ROWS_AFTER,
    _ROWS_UNTIL,
    MIGRATIONS,
    VERSION,
    backup_path,
)  # fmt: skip
from retrovue_tui.protocol.answers.asrun import AsRunEntry, AsRunFilter
from retrovue_tui.protocol.answers.audience import AudienceFilter
from tests.playout.asrun.test_database import Air

SCHEMAS = Path(__file__).parent / "schemas"
"""One file for each version but today's, with rows in it: what that version of the program left on a disk."""


def made(path: Path, version: int) -> Path:
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.executescript((SCHEMAS / f"asrun_{version}.sql").read_text())
        base.execute(f"PRAGMA user_version = {version}")
        base.commit()
    return path


TABLES = ("aired", "audience", "audience_breaks")


def columns(path: Path) -> dict[str, tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as base:
        found = [(table, row) for table in TABLES for row in base.execute(f"PRAGMA table_info({table})")]
    return {f"{table}.{row[1]}": tuple(row[2:]) for table, row in found}


def version_of(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as base:
        return int(base.execute("PRAGMA user_version").fetchone()[0])


def test_every_older_version_has_its_file() -> None:
    assert {path.name for path in SCHEMAS.iterdir()} == {f"asrun_{version}.sql" for version in range(len(MIGRATIONS))}


@pytest.mark.parametrize("version", range(VERSION))
async def test_an_older_log_is_copied_and_goes_on_with_the_tables_of_today(tmp_path: Path, version: int) -> None:
    path = made(tmp_path / "asrun.db", version)
    before = list(read_asrun(path, AsRunFilter()))  # also what `asrun` shows while the station is off
    assert [row.frames_aired for row in before] == [616, 50, 84]
    log = AsRunDatabase(path)
    assert await log.start() == 1
    Air(log).start("new", 10)
    rows = {row.id: row for row in await log.entries()}
    film, cola, left_open = rows["a-1"], rows["a-2"], rows["a-3"]
    assert (film.ended, film.note, film.wall_ended_at) == ("cut", "break now", 1_000_024.64)
    assert (cola.ended, cola.break_id, cola.seam_in) == ("complete", "b1", film.seam_out)
    assert (left_open.ended, left_open.note) == ("failed", ENDED_BY_FORCE)
    assert [row.entry for row in rows.values() if row.ended is None] == ["new"]
    await log.close()
    copy = backup_path(path, version)
    assert [row.ended for row in read_asrun(copy, AsRunFilter())] == ["cut", "complete", None]
    assert (version_of(copy), version_of(path)) == (version, VERSION)
    fresh = AsRunDatabase(tmp_path / "fresh.db")
    await fresh.start()
    await fresh.close()
    assert columns(path) == columns(tmp_path / "fresh.db")
    assert version_of(tmp_path / "fresh.db") == VERSION


async def test_curves_of_a_split_in_an_older_log_are_those_of_all_viewers(tmp_path: Path) -> None:
    """Version 3 had no curves of the groups through the break. The station may run or not."""
    path = made(tmp_path / "asrun.db", 3)
    wanted = AudienceFilter(dimension="variant", key="/m/cola b.mp4")
    before = audience_report(path, wanted, "hour")
    log = AsRunDatabase(path)
    await log.start()
    log.put_audience(GroupBreakRow("another", "/m/cola b.mp4", 5, ""))
    await log.close()
    after = audience_report(path, wanted, "hour")
    for report in (before, after):
        assert (report.curve.viewers_start, report.curve.stayed) == (1, (1.0, 1.0, 0.0))
        assert (report.break_curve.viewers_start, report.break_curve.stayed) == (2, (1.0, 1.0, 0.5))


async def test_a_migration_that_fails_leaves_the_log_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "asrun.db", 0)
    was = columns(path)
    broken = (*MIGRATIONS[0], "UPDATE nowhere SET x = 1")
    with monkeypatch.context() as patch:
        patch.setattr("retrovue_tui.playout.asrun.schema.MIGRATIONS", (broken,))
        told: list[str | None] = []
        log = AsRunDatabase(path, told.append)
        assert await log.start() == 0
        assert "nowhere" in str(told)
        Air(log).start("kept", 10)
        await log.close()
    assert (version_of(path), columns(path)) == (0, was)
    again = AsRunDatabase(path)
    assert await again.start() == 1
    await again.close()
    assert version_of(path) == VERSION


async def test_a_log_of_a_newer_program_is_left_alone_and_another_is_written(tmp_path: Path) -> None:
    path = made(tmp_path / "asrun.db", 0)
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("ALTER TABLE aired ADD COLUMN smell TEXT NOT NULL DEFAULT 'none'")
        base.execute(f"PRAGMA user_version = {VERSION + 6}")
        base.commit()
    was = columns(path)
    told: list[str | None] = []
    for entry in ("first", "second"):  # also at the next start
        log = AsRunDatabase(path, told.append)
        assert await log.start() == (0 if entry == "first" else 1)
        air = Air(log)
        air.frame = 0 if entry == "first" else 100
        air.start(entry, 10)
        assert entry in [row.entry for row in await log.entries()]
        await log.close()
    beside = tmp_path / f"asrun.version-{VERSION}.db"
    assert [row.entry for row in read_asrun(beside, AsRunFilter())] == ["first", "second"]
    assert (version_of(path), columns(path)) == (VERSION + 6, was)
    assert [row.id for row in read_asrun(path, AsRunFilter())] == ["a-1", "a-2", "a-3"]
    said = [each for each in told if each is not None]
    assert len(said) == 2
    for part in (str(path), "newer", f"version {VERSION + 6}", f"version {VERSION}", beside.name):
        assert part in said[0]


async def test_a_long_log_is_not_sorted_for_a_viewer_of_the_past(tmp_path: Path) -> None:
    log = AsRunDatabase(tmp_path / "asrun.db")
    await log.start()
    await log.close()
    with contextlib.closing(sqlite3.connect(log.path)) as base:
        for query in (_ROWS_UNTIL, _ROWS_AFTER):
            plan = [str(row[3]) for row in base.execute(f"EXPLAIN QUERY PLAN {query}", ("1", 5, 30))]
            assert len(plan) == 1, plan
            assert plan[0].startswith("SEARCH"), plan


# ── the wall clock is set while something airs ───────────────────────────────────────────────────


@pytest.mark.parametrize("jump", [3_600.0, -3_600.0, 86_400.0])
async def test_durations_come_from_frames_whatever_the_wall_clock_does(tmp_path: Path, jump: float) -> None:
    log = AsRunDatabase(tmp_path / "asrun.db")
    await log.start()
    air = Air(log)
    air.start("film", 1_000)
    air.frame = 400
    air.ahead = jump
    air.keeper.checkpoint()
    so_far = (await log.entries())[0]
    air.frame = 1_000
    air.start("next", 50)
    air.frame = 1_050
    air.keeper.entry_ended()
    rows = {row.entry: row for row in await log.entries()}
    await log.close()
    film, following = rows["film"], rows["next"]
    began = film.started_at
    assert (so_far.ended_at, so_far.wall_ended_at) == (began + 16, began + 16 + jump)
    assert (film.ended, film.ended_at, film.wall_ended_at) == ("complete", began + 40, began + 40 + jump)
    assert following.started_at == film.wall_ended_at
    assert following.planned_at == following.started_at
    assert (following.ended_at, following.wall_ended_at) == (following.started_at + 2, following.started_at + 2)
    assert all(isinstance(row, AsRunEntry) and row.ended_at > row.started_at for row in rows.values() if row.ended_at)


# ── what is not worth a row ──────────────────────────────────────────────────────────────────────


async def test_a_slate_of_a_moment_is_not_logged_and_a_longer_one_is_with_its_reason(tmp_path: Path) -> None:
    log = AsRunDatabase(tmp_path / "asrun.db")
    await log.start()
    air = Air(log)
    for frames in (0, 1, 2, 30):
        air.keeper.entry_started(EntryStart("slate", "slate", "Please stand by", note="not prepared"))
        await log.flush()
        air.frame += frames
    air.start("film", 10)
    slates = [row for row in await log.entries() if row.kind == "slate"]
    await log.close()
    assert [(row.frames_aired, row.ended, row.note) for row in slates] == [
        (2, "complete", "not prepared"), (30, "complete", "not prepared"),
    ]  # fmt: skip


async def test_an_entry_on_air_when_the_channel_stops_is_stopped(tmp_path: Path) -> None:
    log = AsRunDatabase(tmp_path / "asrun.db")
    await log.start()
    air = Air(log)
    for aired in (40, 100):
        air.start("film", 100)
        air.frame += aired
        air.keeper.ends_as("stopped", "the channel was stopped")
        air.keeper.entry_ended()
    rows = await log.entries()
    await log.close()
    assert [(row.ended, row.note) for row in rows] == [("stopped", "the channel was stopped"), ("complete", "")]
