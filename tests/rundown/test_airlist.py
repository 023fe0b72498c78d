from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.rundown.airlist import AirItem, write_airlist
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.file_format.ffconcat_syntax import duration
from retrovue_tui.rundown.positions import Lengths, Position, Stretch, advance, distance, span, stretches
from retrovue_tui.timecode import HOUSE_RATES, FrameRate

NTSC = FrameRate(30_000, 1_001)


def entry(id: str, first: int = 0, end: int | None = None) -> Entry:
    return Entry(id, "programme", Path(f"/media/{id}.mp4"), first, end)


def lengths_of(entries: list[Entry], frames: list[int | None]) -> Lengths:
    by_id = {one.id: length for one, length in zip(entries, frames, strict=True)}
    return lambda one: by_id[one.id]


@st.composite
def a_list(draw: st.DrawFn) -> tuple[list[Entry], Lengths]:
    count = draw(st.integers(0, 5))
    entries = []
    for index in range(count):
        first = draw(st.integers(0, 30))
        entries.append(entry(str(index), first, draw(st.none() | st.integers(first + 1, first + 40))))
    frames = draw(st.lists(st.none() | st.integers(0, 60), min_size=count, max_size=count))
    return entries, lengths_of(entries, frames)


positions = st.builds(Position, st.integers(0, 3), st.integers(0, 6), st.integers(0, 70))
grids = st.integers(1, 25)


def frames_of(parts: list[Stretch]) -> list[tuple[int, int, int]]:
    return [(part.loop, part.index, frame) for part in parts for frame in range(part.first, part.end)]


@given(a_list(), grids)
def test_stretches_cover_each_entry_once_in_order(made: tuple[list[Entry], Lengths], grid: int) -> None:
    entries, lengths = made
    parts = list(stretches(entries, Position(0, 0, 0), lengths, grid, loop=False))
    expected = [(0, index, frame) for index, one in enumerate(entries) for frame in range(*span(one, lengths(one)))]
    assert frames_of(parts) == expected


@given(a_list(), positions, grids)
def test_stretches_lie_in_one_cell_and_follow_each_other(
    made: tuple[list[Entry], Lengths], start: Position, grid: int
) -> None:
    entries, lengths = made
    parts = list(itertools.islice(stretches(entries, start, lengths, grid), 40))
    for part in parts:
        assert part.entry is entries[part.index]
        assert part.frames > 0
        assert part.first // grid == (part.end - 1) // grid
        assert part.at_end == (part.end == lengths(part.entry))
        assert part.whole(grid) == (part.first % grid == 0 and part.end in (part.first + grid, lengths(part.entry)))
    for before, after in itertools.pairwise(parts):
        assert before.position < before.following <= after.position
        assert next(stretches(entries, before.following, lengths, grid)) == after


@given(a_list(), positions, grids, st.integers(0, 400), st.booleans())
def test_advance_agrees_with_summing_stretches(
    made: tuple[list[Entry], Lengths], start: Position, grid: int, frames: int, loop: bool
) -> None:
    entries, lengths = made
    ahead = frames_of(list(itertools.islice(stretches(entries, start, lengths, grid, loop), frames + 1)))
    expected = Position(*ahead[frames]) if frames < len(ahead) else None
    assert advance(entries, start, frames, lengths, loop) == expected


@given(a_list(), positions, st.integers(0, 400))
def test_distance_is_what_advance_goes(made: tuple[list[Entry], Lengths], start: Position, frames: int) -> None:
    entries, lengths = made
    there = advance(entries, start, frames, lengths)
    if there is not None:
        assert distance(entries, start, there, lengths) == frames
        assert distance(entries, there, start, lengths) == -frames


@given(a_list(), positions, st.integers(0, 10**9), st.integers(0, 10**9))
def test_two_steps_go_as_far_as_one(made: tuple[list[Entry], Lengths], start: Position, one: int, two: int) -> None:
    entries, lengths = made
    middle = advance(entries, start, one, lengths)
    whole = advance(entries, start, one + two, lengths)
    assert whole == (None if middle is None else advance(entries, middle, two, lengths))


def test_years_of_loops_are_counted_at_once() -> None:
    entries = [entry(str(index)) for index in range(10_000)]
    there = advance(entries, Position(0, 0, 0), 30 * 86_400 * 365 * 50, lambda _: 5_000)
    assert there is not None
    assert distance(entries, Position(0, 0, 0), there, lambda _: 5_000) == 30 * 86_400 * 365 * 50


def test_nothing_that_airs_ends_at_once() -> None:
    entries = [entry("a"), entry("b", 50)]
    for lengths in (lambda _: None, lambda one: 10 if one.id == "b" else 0):
        assert list(stretches(entries, Position(0, 0, 0), lengths, 10)) == []
        assert advance(entries, Position(0, 0, 0), 0, lengths) is None
    assert list(stretches([], Position(0, 0, 0), lambda _: 1, 10)) == []


def test_a_start_behind_the_only_entry_goes_round() -> None:
    first = next(stretches([entry("a")], Position(0, 0, 10), lambda _: 10, 6))
    assert first.position == Position(1, 0, 0)


def test_an_entry_that_becomes_airable_joins_at_its_next_turn() -> None:
    known: dict[str, int | None] = {"a": 5, "b": None}
    parts = stretches([entry("a"), entry("b")], Position(0, 0, 0), lambda one: known[one.id], 10)
    assert [next(parts).entry.id for _ in range(2)] == ["a", "a"]
    known["b"] = 5
    assert [next(parts).entry.id for _ in range(2)] == ["b", "a"]
    known.update(a=None, b=None)
    assert list(parts) == []


def test_in_and_out_are_clamped_to_the_asset() -> None:
    assert span(entry("a", 5, 100), 20) == (5, 20)
    assert span(entry("a", 50, 100), 20) == (20, 20)
    assert span(entry("a", 5, 10), None) == (0, 0)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        next(stretches([entry("a")], Position(0, 0, 0), lambda _: 5, 0))
    with pytest.raises(ValueError, match="must not be negative"):
        advance([entry("a")], Position(0, 0, 0), -1, lambda _: 5)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=60), st.sampled_from(HOUSE_RATES).map(FrameRate.parse))
def test_durations_add_up_to_the_microsecond(
    tmp_path_factory: pytest.TempPathFactory, frames: list[int], rate: FrameRate
) -> None:
    path = tmp_path_factory.getbasetemp() / "air.ffconcat"
    items = [AirItem(Path("/cache/p q.ts"), Stretch(0, 0, entry("a"), 0, count)) for count in frames]
    write_airlist(items, path, rate)
    lines = path.read_text().splitlines()
    assert lines[0] == "ffconcat version 1.0"
    assert [line for line in lines if line.startswith("file")] == ["file '/cache/p q.ts'"] * len(frames)
    told = [duration(line.removeprefix("duration ")) for line in lines if line.startswith("duration")]
    for micros, true in zip(itertools.accumulate(told), itertools.accumulate(frames), strict=True):
        assert abs(micros - rate.seconds(true) * 1_000_000) <= Fraction(1, 2)


def test_an_air_list_without_items_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one item"):
        write_airlist([], tmp_path / "air.ffconcat", NTSC)
