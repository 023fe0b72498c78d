"""Which frames of which rows a viewer of the past gets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.playout.asrun.recorder import AsRunRecorder, EntryStart
from retrovue_tui.playout.asrun.schema import NumberedRow
from retrovue_tui.playout.catchup.aired_rows import AiredRows, aired_at_other_rate, programme_start
from retrovue_tui.protocol.answers.asrun import AsRunEntry
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.entry_kind import EntryKind
    from retrovue_tui.protocol.answers.asrun import Ending

RATE = FrameRate(25)
BEGAN = 1_000_000.0


def row(
    number: int, at: float, frames: int, ended: Ending | None = "complete", *, kind: EntryKind = "programme",
    file: str = "/m/film.mp4", asset_frame: int = 0,
) -> NumberedRow:  # fmt: skip
    entry = AsRunEntry(
        id=f"r-{number}", channel="1", entry=f"e{number}", kind=kind, title="", file=file, break_id=None, generation=0,
        planned_at=at, planned_frame=0, started_at=at, first_frame=0, ended_at=at + frames / 25, end_frame=frames,
        asset_frame=asset_frame, frames_planned=frames, frames_aired=frames, ended=ended,
    )  # fmt: skip
    return NumberedRow(number, entry)


class Log:
    """Rows in memory; `so_far` is how many frames of the row on air have aired."""

    def __init__(self, rows: Sequence[NumberedRow]) -> None:
        self.rows = list(rows)
        self.so_far: dict[str, int] = {}

    async def rows_until(self, channel: str, at: float, most: int) -> list[NumberedRow]:
        found = [each for each in self.rows if each.row.started_at <= at]
        return sorted(found, key=lambda each: (each.row.started_at, each.number), reverse=True)[:most]

    async def rows_after(self, channel: str, number: int, most: int) -> list[NumberedRow]:
        return [each for each in self.rows if each.number > number][:most]

    def frames_so_far(self, id: str) -> int | None:
        return self.so_far.get(id)


async def played(log: Log, start: float, end: float | None = None) -> list[tuple[int, int]]:
    """The number of the row and the frame in it, of each frame."""
    rows = AiredRows(log, "1", RATE, end)
    await rows.seek(start)
    found = []
    while (each := await rows.next()) is not None:
        assert each.complete
        found += [(each.number, frame) for frame in range(each.offset, each.frames)]
    return found


@given(st.data())
def test_every_frame_from_the_start_to_the_end_once(data: st.DataObject) -> None:
    rows, at, truth = [], BEGAN, []
    for number in range(1, data.draw(st.integers(1, 90))):
        frames = data.draw(st.integers(0, 30), "frames")
        rows.append(row(number, at, frames, "failed" if frames == 0 else "cut"))
        truth += [(at + frame / 25, (number, frame)) for frame in range(frames)]
        at += frames / 25 + data.draw(st.sampled_from([0.0, 0.0, 3.0]), "gap")
    span = round((at - BEGAN) * 25)
    start = BEGAN + data.draw(st.integers(-5, span + 5), "start") / 25
    end = start + data.draw(st.integers(1, span + 10), "length") / 25
    wanted = [place for aired, place in truth if start - 0.02 < aired < end - 0.02]
    assert asyncio.run(played(Log(rows), start, end)) == wanted
    assert asyncio.run(played(Log(rows), start)) == [place for aired, place in truth if start - 0.02 < aired]


async def test_the_row_on_air_grows_and_ends_where_it_is_cut() -> None:
    log = Log([row(1, BEGAN, 50), row(2, BEGAN + 2, 10, None)])
    log.so_far["r-2"] = 20
    rows = AiredRows(log, "1", RATE)
    await rows.seek(BEGAN + 2.4)
    on_air = await rows.next()
    assert on_air is not None
    assert (on_air.number, on_air.offset, on_air.frames, on_air.complete) == (2, 10, 20, False)
    assert await rows.next() is None
    log.so_far["r-2"] = 33
    await rows.refresh(on_air)
    assert (on_air.frames, on_air.complete) == (33, False)
    del log.so_far["r-2"]
    log.rows[1] = row(2, BEGAN + 2, 40, "cut")
    log.rows.append(row(3, BEGAN + 3.6, 0, None))
    log.so_far["r-3"] = 0
    await rows.refresh(on_air)
    assert (on_air.frames, on_air.complete) == (40, True)
    following = await rows.next()
    assert following is not None
    assert (following.number, following.frames, following.complete) == (3, 0, False)


async def test_a_start_at_the_very_present_waits_for_the_next_picture() -> None:
    log = Log([row(1, BEGAN, 5, None)])
    log.so_far["r-1"] = 7
    rows = AiredRows(log, "1", RATE)
    await rows.seek(BEGAN + 0.5)
    on_air = await rows.next()
    assert on_air is not None
    assert (on_air.offset, on_air.frames) == (7, 7)


async def test_an_end_inside_the_row_on_air_ends_it() -> None:
    log = Log([row(1, BEGAN, 5, None)])
    log.so_far["r-1"] = 20
    rows = AiredRows(log, "1", RATE, BEGAN + 1.0)
    await rows.seek(BEGAN)
    on_air = await rows.next()
    assert on_air is not None
    assert (on_air.frames, on_air.complete) == (20, False)
    log.so_far["r-1"] = 60
    await rows.refresh(on_air)
    assert (on_air.frames, on_air.complete) == (25, True)
    assert await rows.next() is None
    assert rows.ended


@pytest.mark.parametrize(("frames", "rate", "other"), [
    (300, FrameRate(25), False), (300, FrameRate(30_000, 1_001), True), (300, FrameRate(24), True),
    (20, FrameRate(50), False),
])  # fmt: skip
def test_the_rate_at_which_a_row_aired(frames: int, rate: FrameRate, other: bool) -> None:
    assert aired_at_other_rate(row(1, BEGAN, frames).row, rate) is other


def test_a_second_at_30_differs_from_one_at_29_97() -> None:
    entry = replace(row(1, BEGAN, 600).row, ended_at=BEGAN + 20.02)
    assert not aired_at_other_rate(entry, FrameRate(30_000, 1_001))
    assert aired_at_other_rate(entry, FrameRate(30))


def test_the_start_of_a_programme_with_breaks() -> None:
    rows = [
        row(1, BEGAN, 100, file="/m/other.mp4"), row(2, BEGAN + 4, 100), row(3, BEGAN + 8, 25, kind="spot"),
        row(4, BEGAN + 9, 50, asset_frame=100), row(5, BEGAN + 11, 25, kind="slate"),
        row(6, BEGAN + 12, 0, None, asset_frame=150),
    ]  # fmt: skip
    assert programme_start(rows[::-1]) == BEGAN + 4
    assert programme_start(rows[2::-1]) == BEGAN + 4
    again = [*rows, row(7, BEGAN + 20, 10)]  # the same film from its start
    assert programme_start(again[::-1]) == BEGAN + 20
    assert programme_start([rows[2]]) is None
    assert programme_start([]) is None


async def test_rows_of_a_real_log_in_their_order(tmp_path: Path) -> None:
    log = AsRunDatabase(tmp_path / "asrun.db")
    await log.start()
    frame = 0
    recorders = {
        name: AsRunRecorder(log, name, RATE, lambda: frame, lambda frame: BEGAN + frame / 25) for name in ("1", "2")
    }
    log._recorders += recorders.values()
    for number in range(5):
        for recorder in recorders.values():
            recorder.entry_started(EntryStart(f"e{number}", "programme", "Film", frames_planned=10, asset=f"k{number}"))
        frame += 10
    frame += 3
    assert [(each.row.entry, each.row.asset) for each in await log.rows_until("1", BEGAN + 0.9, 2)] == [
        ("e2", "k2"), ("e1", "k1"),
    ]  # fmt: skip
    third = (await log.rows_until("1", BEGAN + 0.9, 1))[0].number
    assert [each.row.entry for each in await log.rows_after("1", third, 30)] == ["e3", "e4"]
    newest = (await log.rows_until("2", BEGAN + 100, 1))[0].row
    assert (newest.channel, newest.ended, log.frames_so_far(newest.id)) == ("2", None, 13)
    assert log.frames_so_far("nothing") is None
    await log.close()
