"""Where a channel goes on after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.playout.anchor import Anchor, resume_at
from retrovue_tui.rundown.airlist import Position, distance
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from retrovue_tui.config import OnStart

RATE = FrameRate(30_000, 1_001)
TOP = Position(0, 0, 0)
NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrovue_tui.playout.anchor.time.time", lambda: NOW)


def entry(id: str, first: int = 0, end: int | None = None) -> Entry:
    return Entry(id, "programme", Path(f"/media/{id}.mp4"), first, end)


ENTRIES = (entry("film", 0, 3_000), entry("spot"), entry("rest", 3_000))
LENGTHS = {"film": 9_000, "spot": 900, "rest": 9_000}


def lengths(each: Entry) -> int | None:
    return LENGTHS[each.id]


def begin(anchor: Anchor | None, how: OnStart = "clock", *, loop: bool = True) -> Position:
    return resume_at(anchor, how, ENTRIES, lengths, RATE, loop=loop)


def ago(seconds: float, id: str = "film", index: int = 0, frame: int = 0) -> Anchor:
    return Anchor(id, index, frame, NOW - seconds)


def test_without_an_anchor_or_told_so_a_channel_begins_at_the_top() -> None:
    assert begin(None) == TOP
    assert begin(ago(10, frame=500), "top") == TOP
    assert resume_at(ago(10), "clock", (), lengths, RATE, loop=True) == TOP


def test_resume_goes_on_where_it_was_however_long_ago() -> None:
    assert begin(ago(1e6, "spot", 1, 17), "resume") == Position(0, 1, 17)


def test_the_clock_goes_on_while_the_station_is_off() -> None:
    assert begin(ago(1.001, frame=100)) == Position(0, 0, 130)
    assert begin(ago(0, "rest", 2, 3_100)) == Position(0, 2, 3_100)
    assert begin(ago(float(RATE.seconds(3_000 - 2_990 + 5)), frame=2_990)) == Position(0, 1, 5)


@settings(deadline=None)
@given(st.integers(0, 2), st.integers(0, 8_999), st.integers(0, 10_000_000))
def test_the_clock_runs_over_every_entry_and_round(index: int, frame: int, gone: int) -> None:
    begins, ends = ((0, 3_000), (0, 900), (3_000, 9_000))[index]
    frame = min(max(frame, begins), ends - 1)
    position = begin(Anchor(ENTRIES[index].id, index, frame, NOW - float(RATE.seconds(gone))))
    passed = distance(ENTRIES, Position(0, index, frame), position, lengths)
    assert (passed - gone) % (3_000 + 900 + 6_000) == 0


def test_a_rundown_that_the_clock_has_run_past_begins_anew_where_it_does_not_loop() -> None:
    assert begin(ago(10_000), loop=False) == TOP
    assert begin(ago(20), loop=False) == Position(0, 0, RATE.count(20))


def test_a_clock_that_was_set_back_is_taken_for_no_time() -> None:
    assert begin(ago(-3_600, frame=42)) == Position(0, 0, 42)


def test_the_entry_is_found_where_it_stands_now() -> None:
    assert begin(ago(0, "spot", 0, 12), "resume") == Position(0, 1, 12)
    assert begin(ago(0, "gone", 1, 12), "resume") == TOP


def test_entries_that_cannot_air_take_no_time() -> None:
    position = resume_at(
        ago(100.1, frame=0),
        "clock",
        ENTRIES,
        lambda each: None if each.id == "spot" else lengths(each),
        RATE,
        loop=True,
    )
    assert position == Position(0, 2, 3_000)


@pytest.mark.parametrize("loop", [True, False])
def test_while_nothing_can_air_the_place_is_kept(loop: bool) -> None:
    """The disk with the films may come a minute after the station."""
    kept = resume_at(ago(5, "spot", 1, 17), "clock", ENTRIES, lambda each: None, RATE, loop=loop)
    assert kept == Position(0, 1, 17)


def test_an_anchor_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "1.anchor.json"
    anchor = Anchor.of(ENTRIES, Position(4, 1, 77))
    assert anchor == Anchor("spot", 1, 77, NOW)
    anchor.save(path)
    assert Anchor.load(path) == anchor
    assert Anchor.of(ENTRIES, Position(0, 3, 0)) is None


@pytest.mark.parametrize("torn", [None, b"", b'{"entry": "x", "ind', b"[]", b'{"entry": "x"}', b"\xff\xfe", b"null"])
def test_no_anchor_and_a_torn_one_are_the_same(tmp_path: Path, torn: bytes | None) -> None:
    path = tmp_path / "1.anchor.json"
    if torn is not None:
        path.write_bytes(torn)
    assert Anchor.load(path) is None
