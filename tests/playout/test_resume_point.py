"""The place at which a channel goes on after a restart: resume points, and the start by its clock."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.media.house_format import GOP, HouseFormat
from retrovue_tui.playout.resume_point import Aim, ClockAim, ResumePoint, ResumePoints, start_position
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import Position, distance
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.rundown.positions import Lengths

RATE = FrameRate(30_000, 1_001)
TOP = Position(0, 0, 0)
NEXT_TOP = Position(1, 0, 0)
NOW = 1_800_000_000.0
PIECE = HouseFormat.of("480p").piece_frames
FRAME = float(RATE.seconds(1))


def entry(id: str, first: int = 0, end: int | None = None) -> Entry:
    return Entry(id, "programme", Path(f"/media/{id}.mp4"), first, end)


ENTRIES = (entry("film", 0, 3_000), entry("spot"), entry("rest", 3_010))
LENGTHS = {"film": 9_000, "spot": 890, "rest": 9_000}
ROUND = 3_000 + 890 + 5_990


def lengths(each: Entry) -> int | None:
    return LENGTHS[each.id]


def aim(
    point: ResumePoint, *, loop: bool = True, entries: Sequence[Entry] = ENTRIES, lengths: Lengths = lengths
) -> Aim | None:
    return ClockAim(RATE, GOP, PIECE).first_key_frame(point, entries, lengths, loop=loop, earliest=NOW)


def ago(seconds: float, id: str = "film", index: int = 0, frame: int = 0) -> ResumePoint:
    return ResumePoint(id, index, frame, NOW - seconds)


def frames_ago(frames: int, id: str = "film", index: int = 0, frame: int = 0) -> ResumePoint:
    return ago(float(RATE.seconds(frames)), id, index, frame)


def due(found: Aim | None) -> tuple[Position, float]:
    """The aim's position, and in how many frames from now it is due."""
    assert found is not None
    assert found.at is not None
    return found.position, round((found.at - NOW) / FRAME, 3)


def test_without_a_point_or_by_config_a_channel_begins_at_the_top() -> None:
    assert start_position(None, "clock", ENTRIES) == TOP
    assert start_position(None, "resume", ENTRIES) == TOP
    assert start_position(ago(10, frame=500), "top", ENTRIES) == NEXT_TOP
    assert start_position(ago(10, frame=500), "resume", ()) == NEXT_TOP


def test_resume_goes_on_where_it_was_however_long_ago() -> None:
    assert start_position(ago(1e6, "spot", 1, 17), "resume", ENTRIES) == Position(0, 1, 17)


def test_the_entry_is_found_where_it_stands_now() -> None:
    assert start_position(ago(0, "spot", 0, 12), "resume", ENTRIES) == Position(0, 1, 12)
    assert start_position(ago(0, "gone", 1, 12), "resume", ENTRIES) == NEXT_TOP
    assert due(aim(frames_ago(0, "spot", 0, 60))) == (Position(0, 1, 60), 0)
    assert aim(ago(0, "gone", 1, 12)) == Aim(NEXT_TOP, None)
    assert aim(ago(0), entries=()) == Aim(NEXT_TOP, None)


def test_the_clock_names_a_key_frame_and_when_it_is_due() -> None:
    assert due(aim(frames_ago(120))) == (Position(0, 0, 120), 0)
    assert due(aim(frames_ago(121))) == (Position(0, 0, 180), 59)
    assert due(aim(frames_ago(30, frame=100))) == (Position(0, 0, 180), 50)
    assert due(aim(ago(FRAME * 119.4))) == (Position(0, 0, 120), 0.6)  # the first frame that is not late


def test_the_next_entry_begins_with_a_key_frame_too() -> None:
    assert due(aim(frames_ago(5, frame=2_990))) == (Position(0, 1, 0), 5)
    assert due(aim(frames_ago(880, "spot", 1))) == (Position(0, 2, 3_010), 10)


def test_key_frames_of_a_cut_piece_count_from_its_cut() -> None:
    """The entry begins at frame 3010, so its first piece is rendered from there on, up to the grid at 3060."""
    assert due(aim(frames_ago(1, "rest", 2, 3_010))) == (Position(0, 2, 3_060), 49)
    cut = (entry("film", 3_065),)
    assert due(aim(frames_ago(1, frame=3_065), entries=cut)) == (Position(0, 0, 3_125), 59)
    assert due(aim(frames_ago(61, frame=3_065), entries=cut)) == (Position(0, 0, 3_185), 59)
    assert due(aim(frames_ago(121, frame=3_065), entries=cut)) == (Position(0, 0, 3_240), 54)


@settings(deadline=None)
@given(st.integers(0, 2), st.integers(0, 8_999), st.integers(0, 10_000_000))
def test_the_clock_runs_over_every_entry_and_round(index: int, frame: int, gone: int) -> None:
    begins, ends = ((0, 3_000), (0, 890), (3_010, 9_000))[index]
    frame = min(max(frame, begins), ends - 1)
    position, ahead = due(aim(frames_ago(gone, ENTRIES[index].id, index, frame)))
    passed = distance(ENTRIES, Position(0, index, frame), position, lengths)
    assert 0 <= ahead < GOP
    assert (passed - gone - round(ahead)) % ROUND == 0


def test_a_rundown_that_ended_meanwhile_begins_again_if_it_does_not_loop() -> None:
    assert aim(ago(10_000), loop=False) == Aim(NEXT_TOP, None)
    assert due(aim(frames_ago(600), loop=False)) == (Position(0, 0, 600), 0)


def test_a_wall_clock_that_was_set_back_is_taken_for_no_time() -> None:
    assert due(aim(ago(-3_600, frame=42))) == (Position(0, 0, 60), 18)
    assert due(aim(ago(-86_400 * 365, frame=60))) == (Position(0, 0, 60), 0)


def test_a_frame_that_is_due_in_a_moment_is_waited_for() -> None:
    assert due(aim(ago(-FRAME * 20, frame=60))) == (Position(0, 0, 60), 20)


def test_a_wall_clock_that_jumped_ahead_names_a_frame_of_a_later_round() -> None:
    position, ahead = due(aim(ago(86_400)))
    passed = distance(ENTRIES, TOP, position, lengths)
    assert 0 <= ahead < GOP
    assert passed == round(86_400 / FRAME + ahead)


def test_the_number_of_the_pass_goes_on_over_a_restart() -> None:
    """The versions of a spot follow from it."""
    for gone, expected in ((0, 7), (ROUND - 60, 7), (ROUND, 8), (3 * ROUND + 5, 10)):
        found = aim(replace(frames_ago(gone), loop=7))
        assert found is not None
        assert found.position.loop == expected
    assert start_position(replace(ago(9), loop=7), "resume", ENTRIES) == Position(7, 0, 0)
    assert start_position(replace(ago(9), loop=7), "top", ENTRIES) == Position(8, 0, 0)


def test_a_point_of_an_older_version_is_in_pass_0(tmp_path: Path) -> None:
    path = tmp_path / "1.anchor.json"
    path.write_text('{"entry": "spot", "index": 1, "frame": 77, "at": 5.5}')
    assert ResumePoint.load(path) == ResumePoint("spot", 1, 77, 5.5, 0)


def test_entries_that_cannot_air_take_no_time() -> None:
    found = aim(frames_ago(3_000), lengths=lambda each: None if each.id == "spot" else lengths(each))
    assert due(found) == (Position(0, 2, 3_010), 0)


@pytest.mark.parametrize("loop", [True, False])
def test_while_nothing_can_air_nothing_is_aimed_at(loop: bool) -> None:
    """The disk with the films may come a minute after the station."""
    assert aim(ago(5, "spot", 1, 17), loop=loop, lengths=lambda each: None) is None


def test_a_point_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "1.anchor.json"
    point = ResumePoint("spot", 1, 77, NOW, 9)
    point.save(path)
    assert ResumePoint.load(path) == point


@pytest.mark.parametrize(
    "torn",
    [
        None, b"", b'{"entry": "x", "ind', b"[]", b'{"entry": "x"}', b"\xff\xfe", b"null",
        b'{"entry": "x", "index": 0, "frame": 1, "at": NaN}', b'{"entry": "x", "index": 0, "frame": 1e999, "at": 1}',
    ],
)  # fmt: skip
def test_no_point_and_a_torn_one_are_the_same(tmp_path: Path, torn: bytes | None) -> None:
    path = tmp_path / "1.anchor.json"
    if torn is not None:
        path.write_bytes(torn)
    assert ResumePoint.load(path) is None


async def test_a_requested_point_is_saved_alone_and_an_unknown_one_stays_as_it_was(tmp_path: Path) -> None:
    now: dict[str, ResumePoint | None] = {"1": ago(0), "2": ago(0, "spot", 1)}
    points = ResumePoints(tmp_path, lambda: {id: partial(now.get, id) for id in now})
    await points.save()
    now |= {"1": ago(0, frame=33), "2": None, "3": ago(0)}
    running = asyncio.create_task(points.run())
    points.save_soon("1")
    async with asyncio.timeout(4.5):  # by itself it would save after five seconds
        while json.loads((tmp_path / "1.anchor.json").read_text())["frame"] != 33:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await points.load("2") == ago(0, "spot", 1)
    assert await points.load("3") is None
