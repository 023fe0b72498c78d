"""The rows of the bin: the facts of each file, and preparing one by hand."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import sqlite3
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import MediaError
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.library.library import Library
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Preparer
from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.playout.asrun.play_counts import PlayCount, PlayCounts
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.library.inventory import LibraryInventory
from retrovue_tui.protocol.answers.asrun import AsRunEntry
from retrovue_tui.schedule.spots.pool_file import read_pool_file
from tests.media_factory import Clip, make
from tests.playout.homes import Home
from tests.playout.studio import small_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.protocol.answers.library import LibraryRow


def aired(id: str, file: str, asset_frame: int = 0, **changes: object) -> AsRunEntry:
    usual = AsRunEntry(
        id=id, channel="1", entry=id, kind="programme", title=id, file=file, break_id=None, generation=1,
        planned_at=None, planned_frame=None, started_at=1_000.0 + float(id), first_frame=0, ended_at=None,
        end_frame=None, asset_frame=asset_frame, frames_planned=100, frames_aired=100, ended="complete",
    )  # fmt: skip
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


# ── how often it aired ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[AsRunDatabase]:
    log = AsRunDatabase(tmp_path / "asrun.db")
    await log.start()
    yield log
    await log.close()


async def test_a_programme_that_goes_on_behind_a_break_has_aired_once(log: AsRunDatabase) -> None:
    for row in (
        aired("1", "/film"), aired("2", "/cola", kind="spot"), aired("3", "/film", 100), aired("4", "/film", 200),
        aired("5", "/cola", kind="spot"), aired("6", "/film"),
        aired("7", "/film", channel="2"), aired("8", "/gone", ended="failed", frames_aired=0),
        aired("9", "", kind="slate"),
    ):  # fmt: skip
        log.put(row)
    counted = await log.airings()
    assert {file: (each.times, each.last) for file, each in counted.items()} == {
        "/film": (3, 1_007.0),
        "/cola": (2, 1_005.0),
    }


async def test_the_airings_of_today(log: AsRunDatabase, tmp_path: Path) -> None:
    midnight = datetime(2026, 11, 26).astimezone().timestamp()
    times = {"1": -60, "2": -30, "3": 10, "4": 20, "5": 90_000}
    for id, at in times.items():  # 3 goes on after a break over midnight
        log.put(aired(id, "/film", 100 if id in "23" else 0, started_at=midnight + at))
    await log.airings()
    now = [midnight + 60]
    with contextlib.closing(sqlite3.connect(tmp_path / "asrun.db")) as base:
        counts = PlayCounts(lambda: now[0])
        assert counts.count(base)["/film"] == PlayCount(4, midnight + 90_000, 3)
        now[0] += 86_400
        assert counts.count(base)["/film"] == PlayCount(4, midnight + 90_000, 0)


async def test_rows_are_counted_once_and_a_count_goes_on_where_it_was(log: AsRunDatabase) -> None:
    first = aired("1", "/film", ended=None, frames_aired=0)
    log.put(first)
    assert (await log.airings())["/film"].times == 1
    log.put(dataclasses.replace(first, ended="complete", frames_aired=100))  # the same row, further on
    log.put(aired("2", "/film", 100))
    assert (await log.airings())["/film"].times == 1
    log.put(aired("3", "/film"))
    counted = await log.airings()
    assert (counted["/film"].times, counted["/film"].last) == (2, 1_003.0)


async def test_a_removed_log_is_counted_from_the_start(log: AsRunDatabase) -> None:
    log.put(aired("1", "/film"))
    log.put(aired("2", "/film"))
    assert (await log.airings())["/film"].times == 2
    for each in log.path.parent.glob("asrun.db*"):
        each.unlink()
    log.put(aired("3", "/film"))
    assert (await log.airings())["/film"].times == 1


# ── the rows ─────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Shop:
    """An inventory, and what it is made from."""

    inventory: LibraryInventory
    library: Library
    store: PieceStore
    preparer: Preparer
    asrun: AsRunDatabase
    events: EventLog

    async def row(self, name: str) -> LibraryRow:
        rows = (await self.inventory.snapshot()).rows
        return next(row for row in rows if row.file.endswith(f"/{name}"))

    async def event(self, kind: str) -> str:
        async with asyncio.timeout(60):
            async for event in self.events.follow(0):
                if event.kind == kind:
                    return event.message
        raise AssertionError("events do not end")


@contextlib.asynccontextmanager
async def shop(tmp_path: Path, rules: str = "") -> AsyncIterator[Shop]:
    """Media in `media` (programmes) and `ads` (the pool of the same name). `rules`: the text of the pool's file."""
    house, events = small_house(), EventLog()
    ffmpeg = await asyncio.to_thread(find_ffmpeg)
    store = PieceStore(tmp_path / "cache", house, 10**9)
    preparer, asrun = Preparer(ffmpeg, store, house, 1), AsRunDatabase(tmp_path / "asrun.db")
    pools = {"ads": (tmp_path / "ads",)}
    library = Library([tmp_path / "media"], pools=pools)
    await asrun.start()
    await library.open(30.0)
    pool, _ = read_pool_file(rules, tmp_path / "ads" / "pool.toml")
    inventory = LibraryInventory(
        library, store, preparer, asrun, events, pools,
        lambda file: pool.spot(file, "", 0) if file.is_relative_to(pool.folder) else None, (tmp_path / "media",),
    )  # fmt: skip
    running = asyncio.create_task(preparer.run())
    try:
        yield Shop(inventory, library, store, preparer, asrun, events)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asrun.close()


def furnish(tmp_path: Path) -> None:
    """A film, a spot of the same make, and a broken spot."""
    (tmp_path / "media").mkdir()
    (tmp_path / "ads").mkdir()
    home, clip = Home(tmp_path), make(Clip(frames=90, size=(160, 90)))
    home.bring("film.mp4", clip)
    home.bring("spot.mp4", clip)
    (tmp_path / "media" / "spot.mp4").rename(tmp_path / "ads" / "spot.mp4")
    home.bring("broken.mp4", clip)
    (tmp_path / "media" / "broken.mp4").rename(tmp_path / "ads" / "broken.mp4")
    (tmp_path / "ads" / "broken.mp4").write_bytes(b"")
    os.utime(tmp_path / "ads" / "broken.mp4", (1e9, 1e9))


async def test_the_facts_of_each_file(tmp_path: Path) -> None:
    await asyncio.to_thread(furnish, tmp_path)
    async with shop(tmp_path) as here:
        here.asrun.put(aired("1", str(tmp_path / "media" / "film.mp4")))
        rows = (await here.inventory.snapshot()).rows
        assert [(row.kind, row.pools) for row in rows] == [("programme", ()), ("spot", ("ads",)), ("spot", ("ads",))]
        film, broken, spot = await here.row("film.mp4"), await here.row("broken.mp4"), await here.row("spot.mp4")
        assert film.frames == 90
        assert film.format.startswith("h264 160×90 29.97 · ")
        assert (film.times_aired, film.last_aired, film.prepared, film.problem) == (1, 1_001.0, 0.0, "")
        assert (spot.times_aired, spot.last_aired) == (0, None)
        assert broken.problem == "the file is empty"
        assert broken.frames == 0


async def test_the_cards_that_a_station_makes_are_no_files_of_the_bin(tmp_path: Path) -> None:
    await asyncio.to_thread(furnish, tmp_path)
    card = tmp_path / "cache" / "cards" / "1ad3.mp4"
    card.parent.mkdir(parents=True)
    shutil.copy(tmp_path / "media" / "film.mp4", card)
    os.utime(card, (1e9, 1e9))  # nobody is still writing it
    async with shop(tmp_path) as here:
        await here.library.name({"1": [card]})
        assert here.library.asset(card) is not None
        rows = (await here.inventory.snapshot()).rows
        assert {row.file.rpartition("/")[2] for row in rows} == {"film.mp4", "spot.mp4", "broken.mp4"}


RULES = """
["spot.mp4"]
title = "Cola 30"
advertiser = "Fizz"
tags = ["drinks"]
from = 2026-06-01
until = 2026-09-30
"""


async def test_the_series_of_a_programme_and_the_rules_of_a_spot(tmp_path: Path) -> None:
    await asyncio.to_thread(furnish, tmp_path)
    (tmp_path / "media" / "film.mp4").rename(tmp_path / "media" / "Night Court S02E05 The Trial.mp4")
    async with shop(tmp_path, RULES) as here:
        here.asrun.put(aired("1", str(tmp_path / "ads" / "spot.mp4"), started_at=time.time()))
        first = await here.inventory.snapshot()
        court, spot = first.rows[0], await here.row("spot.mp4")
        assert (court.series, court.season, court.episode) == ("Night Court", 2, 5)
        assert court.title == "Night Court S02E05 The Trial"
        assert (spot.title, spot.advertiser, spot.tags, spot.first_day, spot.last_day) == (
            "Cola 30", "Fizz", ("drinks",), "2026-06-01", "2026-09-30",
        )  # fmt: skip
        assert (spot.aired_today, court.aired_today) == (1, 0)
        assert (await here.inventory.snapshot()).rows[0] is court  # unchanged rows are not made again


async def test_a_file_is_prepared_on_request_and_an_event_reports_it(tmp_path: Path) -> None:
    await asyncio.to_thread(furnish, tmp_path)
    film = str(tmp_path / "media" / "film.mp4")
    async with shop(tmp_path) as here:
        assert here.inventory.prepare(film)
        assert await here.event("prepare") == "film.mp4 is prepared"
        assert (await here.row("film.mp4")).prepared == 1.0
        assert not here.inventory.prepare(film)
        async with asyncio.timeout(90):
            while here.preparer.jobs():
                await asyncio.sleep(0.01)
    async with shop(tmp_path) as again:  # what was prepared is seen without anybody having opened it
        assert not again.store.is_open(again.library.assets.all()[0])
        assert (await again.row("film.mp4")).prepared == 1.0


async def test_a_file_that_cannot_be_prepared_is_refused_with_the_reason(tmp_path: Path) -> None:
    await asyncio.to_thread(furnish, tmp_path)
    async with shop(tmp_path) as here:
        with pytest.raises(MediaError, match="the file is empty"):
            here.inventory.prepare(str(tmp_path / "ads" / "broken.mp4"))
        with pytest.raises(MediaError, match="not in the library"):
            here.inventory.prepare("/etc/passwd")
