"""The as-run log: what it keeps, through kills, full disks and damage."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.playout.asrun.database import ENDED_BY_FORCE, AsRunDatabase, read_asrun
from retrovue_tui.playout.asrun.recorder import AsRunRecorder, EntryStart
from retrovue_tui.playout.mpegts.analyser import StreamReport
from retrovue_tui.protocol.answers.asrun import AsRunEntry, AsRunFilter, SeamFacts
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

RATE = FrameRate(25, 1)
BEGAN = 1_000_000.0


def names(rows: Iterable[AsRunEntry]) -> list[str]:
    return [row.entry for row in rows]


def listing(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


class Air:
    """A bus at 25 frames a second whose pictures the test counts, and its keeper."""

    def __init__(self, log: AsRunDatabase, channel: str = "1") -> None:
        self.frame = 0
        self.ahead = 0.0  # how far the wall clock was set ahead since
        self.keeper = AsRunRecorder(
            log, channel, RATE, lambda: self.frame, lambda frame: BEGAN + self.ahead + frame / 25,
            lambda: self.frame / 25,
        )  # fmt: skip

    def start(self, entry: str, frames: int, **facts: object) -> None:
        usual = {"kind": "programme", "title": entry.title(), "file": f"/m/{entry}.mp4", "frames_planned": frames}
        self.keeper.entry_started(EntryStart(entry, **(usual | facts)))  # type: ignore[arg-type]  # a mix of fields


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[AsRunDatabase]:
    log = AsRunDatabase(tmp_path / "state" / "asrun.db")
    assert await log.start() == 0
    yield log
    await log.close()


async def test_a_programme_with_a_break_to_the_frame(log: AsRunDatabase) -> None:
    air = Air(log)
    air.keeper.viewer_changed(2)
    air.start("film", 1_000, generation=3)
    air.frame = 616
    air.keeper.entry_ended("cut", note="break now")
    air.start("cola", 50, kind="spot", break_id="b1", planned_frame=616, generation=4)
    air.keeper.viewer_changed(5)
    air.frame = 641
    air.keeper.viewer_changed(1)
    air.frame = 666
    air.start("film", 384, asset_frame=616)
    film, cola, rest = await log.entries()

    assert (film.first_frame, film.end_frame, film.frames_aired, film.frames_planned) == (0, 616, 616, 1_000)
    assert (film.started_at, film.ended_at) == (BEGAN, BEGAN + 24.64)
    assert (film.ended, film.note, film.generation) == ("cut", "break now", 3)
    assert (film.viewers_start, film.viewers_peak, film.viewers_end, film.viewer_seconds) == (2, 2, 2, 49.28)

    assert (cola.ended, cola.break_id, cola.frames_aired, cola.planned_frame) == ("complete", "b1", 50, 616)
    assert (cola.viewers_start, cola.viewers_peak, cola.viewers_end, cola.viewer_seconds) == (2, 5, 1, 6.0)

    assert (rest.ended, rest.asset_frame, rest.first_frame) == (None, 616, 666)
    assert (rest.planned_frame, rest.planned_at) == (666, BEGAN + 26.64)  # right behind the spot, as planned


async def test_a_late_row_is_late_by_its_planned_time(log: AsRunDatabase) -> None:
    air = Air(log)
    air.start("film", 100, recount=lambda: 90)  # its end is known exactly only later
    air.frame = 90
    air.start("next", 10, planned_frame=100)
    air.frame = 100
    air.keeper.entry_ended("skipped", frames=7)
    air.keeper.passed_over(
        EntryStart("gone", "programme", "Gone", "/m/gone.mp4", frames_planned=10), "the file is gone"
    )
    film, following, gone = await log.entries()
    assert (film.ended, film.frames_planned) == ("complete", 90)
    assert following.planned_at == BEGAN + 4.0
    assert following.started_at == BEGAN + 3.6
    assert (following.ended, following.frames_aired) == ("skipped", 7)
    assert (gone.ended, gone.frames_aired, gone.note, gone.started_at) == ("failed", 0, "the file is gone", BEGAN + 4)


async def test_why_something_ended_early(log: AsRunDatabase) -> None:
    air = Air(log)
    for entry in ("skipped", "whole", "edited", "broken", "cut"):
        air.start(entry, 100, asset_frame=50)
        if entry == "skipped":
            air.keeper.ends_as("skipped", "by hand")
            air.keeper.ends_as("failed", "a piece is gone", "broken")
        if entry == "edited":
            air.keeper.planned_until(90)
        air.frame += 100 if entry == "whole" else 40
    air.keeper.entry_ended()
    air.keeper.entry_ended("failed")  # nothing is on air
    assert [(row.entry, row.ended, row.note, row.frames_planned) for row in await log.entries()] == [
        ("skipped", "skipped", "by hand", 100),
        ("whole", "complete", "", 100),
        ("edited", "complete", "", 40),
        ("broken", "failed", "a piece is gone", 100),
        ("cut", "cut", "", 100),
    ]


async def test_seams_reach_both_ends_also_later(log: AsRunDatabase) -> None:
    air = Air(log)
    air.start("one", 20)
    air.frame = 20
    air.start("two", 100)
    air.keeper.viewer_changed(4)
    air.keeper.seam(20, "join", StreamReport(video_jumps=1, largest_audio_error=180))
    air.keeper.seam(25, "take", StreamReport())
    air.frame = 120
    air.start("three", 100)
    await log.flush()
    air.keeper.seam(120, "take", StreamReport(cc_errors=2))
    one, two, three = await log.entries()
    assert one.seam_in is None
    assert one.seam_out == two.seam_in == SeamFacts("join", 1, 0, 2.0)
    assert two.seam_out == three.seam_in == SeamFacts("take", 0, 2, 0.0)
    assert (two.viewers_peak, three.viewers_start) == (4, 4)


async def test_filters_and_the_newest(log: AsRunDatabase) -> None:
    one, two = Air(log, "1"), Air(log, "2")
    for number in range(4):
        one.start(f"e{number}", 25)
        two.start(f"f{number}", 25, kind="spot" if number % 2 else "programme")
        one.frame = two.frame = 25 * (number + 1)
    assert names(await log.entries(AsRunFilter(channel="2"))) == ["f0", "f1", "f2", "f3"]
    assert names(await log.entries(AsRunFilter(kind="spot"))) == ["f1", "f3"]
    assert names(await log.entries(AsRunFilter("1", since=BEGAN + 1, until=BEGAN + 3))) == ["e1", "e2"]
    assert names(await log.entries(AsRunFilter(limit=3))) == ["f2", "e3", "f3"]
    assert names(read_asrun(log.path, AsRunFilter("2", limit=1))) == ["f3"]


async def test_checkpoints_come_by_themselves(tmp_path: Path) -> None:
    log = AsRunDatabase(tmp_path / "asrun.db", checkpoint_s=0.02)
    await log.start()
    frames = iter(range(10_000))
    keeper = log.recorder("1", RATE, lambda: next(frames))
    running = asyncio.create_task(log.run())
    keeper.entry_started(EntryStart("film", "programme", "Film", frames_planned=1_000))
    async with asyncio.timeout(30):
        while not any(row.frames_aired > 20 for row in read_asrun(log.path, AsRunFilter())):
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await log.close()
    assert listing(tmp_path) == {"asrun.db"}


WRITER = """
import asyncio, sys, pathlib
from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.playout.asrun.recorder import EntryStart
from retrovue_tui.timecode import FrameRate

async def main():
    log = AsRunDatabase(pathlib.Path(sys.argv[1]), checkpoint_s=0.01)
    await log.start()
    frame = [0]
    keepers = [log.recorder(str(number), FrameRate(1000, 1), lambda: frame[0]) for number in range(3)]
    running = asyncio.create_task(log.run())
    number = 0
    while True:
        for keeper in keepers:
            keeper.entry_started(EntryStart(f"e{number}", "spot", "Spot", frames_planned=4))
        await log.flush()
        print(number, flush=True)
        number += 1
        for _ in range(4):
            frame[0] += 1
            await asyncio.sleep(0.003)

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 5, 17])
async def test_a_kill_leaves_at_most_what_was_on_air_open(tmp_path: Path, after: int) -> None:
    path = tmp_path / "asrun.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        for _ in range(after):
            assert await process.stdout.readline()
        await asyncio.sleep(0.001 * after)
    finally:
        process.kill()
    said = [int(line) for line in (await process.communicate())[0].split()]
    last = said[-1] if said else after - 1

    left_open = [row for row in read_asrun(path, AsRunFilter()) if row.ended is None]
    assert len({row.channel for row in left_open}) == len(left_open) == 3
    log = AsRunDatabase(path)
    assert await log.start() == 3
    for channel in "012":
        rows = await log.entries(AsRunFilter(channel))
        assert len(rows) > last  # what was acknowledged is there
        assert [row.entry for row in rows] == [f"e{number}" for number in range(len(rows))]
        assert [row.ended for row in rows] == ["complete"] * (len(rows) - 1) + ["failed"]
        assert [row.note for row in rows] == [""] * (len(rows) - 1) + [ENDED_BY_FORCE]
        assert rows[-1].ended_at is not None
        assert rows[-1].started_at <= rows[-1].ended_at <= time.time()
    air = Air(log)
    air.start("after", 10)
    assert (await log.entries())[0].entry == "after"  # its clock is the test's; its id is no other row's
    await log.close()
    again = AsRunDatabase(path)
    assert await again.start() == 1
    await again.close()


async def test_a_full_disk_is_one_warning_and_nothing_is_lost_when_there_is_room_again(tmp_path: Path) -> None:
    told: list[str | None] = []
    log = AsRunDatabase(tmp_path / "asrun.db", told.append)
    await log.start()
    base = await log._in_thread(log._opened)
    await log._in_thread(base.execute, "PRAGMA max_page_count = 1")  # SQLite's own "database or disk is full"
    air = Air(log)
    for number in range(300):
        air.start(f"e{number}", 1)
        air.frame += 1
        if number % 100 == 99:
            assert not await log.flush()
    assert len(told) == 1
    assert told[0] is not None
    assert "disk is full" in told[0]
    assert names(await log.entries()) == []
    await log._in_thread(base.execute, "PRAGMA max_page_count = 100000")
    assert names(await log.entries()) == [f"e{number}" for number in range(300)]
    assert told[1:] == [None]
    await log.close()


async def test_the_waiting_rows_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrovue_tui.playout.asrun.database.MOST_WAITING", 10)
    told: list[str | None] = []
    (tmp_path / "state").write_text("no folder")
    log = AsRunDatabase(tmp_path / "state" / "asrun.db", told.append)
    assert await log.start() == 0
    air = Air(log)
    for number in range(25):
        air.start(f"e{number}", 1)
        air.frame += 1
    assert log.lost == 15
    (tmp_path / "state").unlink()
    assert names(await log.entries()) == [f"e{number}" for number in range(15, 25)]
    assert len(told) == 2
    assert told[1] == "15 entries of the as-run log are lost"
    await log.close()


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 8_000])
async def test_a_damaged_log_is_set_aside(tmp_path: Path, content: bytes) -> None:
    told: list[str | None] = []
    path = tmp_path / "asrun.db"
    path.write_bytes(content)
    log = AsRunDatabase(path, told.append)
    await log.start()
    Air(log).start("film", 10)
    assert names(await log.entries()) == ["film"]
    await log.close()
    (aside,) = {name for name in listing(tmp_path) if "broken" in name}
    assert (tmp_path / aside).read_bytes() == content
    assert f"damaged: it was moved to {tmp_path / aside}" in str(told[0])


async def test_a_removed_log_is_created_again(log: AsRunDatabase) -> None:
    air = Air(log)
    air.start("one", 10)
    await log.flush()
    for each in log.path.parent.glob("asrun.db*"):
        each.unlink()
    air.frame = 10
    air.start("two", 10)
    assert names(await log.entries()) == ["one", "two"]  # the first was told again as it ended


async def test_somebody_who_reads_stops_nobody(log: AsRunDatabase) -> None:
    air = Air(log)
    air.start("one", 10)
    await log.flush()
    with contextlib.closing(sqlite3.connect(log.path)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM aired").fetchone() == (1,)
        air.frame = 10
        air.start("two", 10)
        assert await log.flush()
        assert reader.execute("SELECT count(*) FROM aired").fetchone() == (1,)


async def test_the_spots_of_a_channel_since_a_time(log: AsRunDatabase) -> None:
    for channel in ("1", "2"):
        air = Air(log, channel)
        for entry, kind in (("cola", "spot"), ("film", "programme"), ("soap", "spot"), ("cola", "spot")):
            air.start(entry, 25, kind=kind)
            air.frame += 25
    cola, soap = Path("/m/cola.mp4"), Path("/m/soap.mp4")
    assert await log.spots_since("1", 0) == [(cola, BEGAN + 3), (soap, BEGAN + 2), (cola, BEGAN)]
    assert await log.spots_since("1", BEGAN + 1) == [(cola, BEGAN + 3), (soap, BEGAN + 2)]
    assert await log.spots_since("3", 0) == []
