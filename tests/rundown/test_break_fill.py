from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.rundown.break_fill import NEAR, Clip, fill, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random


def clip(name: str, frames: int) -> Clip:
    return Clip(Path(f"/ads/{name}.mp4"), name, frames)


LONG, HALF, OTHER, SHORT = clip("long", 60), clip("half", 30), clip("other", 30), clip("short", 15)
POOL = (SHORT, OTHER, LONG, HALF)


def titles(pool: tuple[Clip, ...], frames: int, *recent: Clip) -> list[str]:
    return [chosen.title for chosen in fill(pool, frames, [one.file for one in recent])]


def test_the_longest_that_fits_goes_first() -> None:
    assert titles(POOL, 135) == ["long", "half", "other", "short"]
    assert titles(POOL, 59) == ["half", "short"]
    assert titles(POOL, 14) == []
    assert titles((), 100) == []


def test_of_clips_as_long_as_each_other_the_one_that_aired_longest_ago_goes_first() -> None:
    assert titles(POOL, 30, OTHER, HALF) == ["other"]
    assert titles(POOL, 30, HALF, OTHER) == ["half"]
    assert titles((HALF,), 30, HALF) == ["half"]
    thirties = [clip(str(number), 895 + number) for number in range(10)]  # half a minute, more or less
    aired: list[Clip] = []
    for _ in range(5):
        chosen = fill(thirties, 1_800, [one.file for one in aired])
        assert abs(sum(one.frames for one in chosen) - 1_800) <= 30
        aired += chosen
    assert len(set(aired)) == 10


def test_a_recent_airing_is_no_reason_to_leave_a_hole() -> None:
    lengths = {"six": 180, "eight": 240, "fourteen": 420, "twenty": 600}
    pool = tuple(clip(name, frames) for name, frames in lengths.items())
    twenty = pool[-1]
    assert titles(pool, 600, twenty) == ["twenty"]
    assert titles(pool[:-1], 600) == ["fourteen", "six"]


def test_the_rest_is_filled_with_repeats_but_not_in_a_row() -> None:
    assert titles((LONG, SHORT), 150) == ["long", "short", "long", "short"]
    assert titles((LONG, SHORT), 195) == ["short", "long", "short", "long", "short"]
    assert titles((SHORT,), 60) == ["short"]
    assert fill((LONG, SHORT), 60, after=LONG.file) == (SHORT,)


def test_as_near_as_can_be_may_be_a_little_longer() -> None:
    assert fill((LONG,), 40) == ()
    assert nearest((LONG,), 40) == (LONG,)
    assert nearest((LONG,), 29) == ()
    assert nearest((LONG, SHORT), 70) == (LONG, SHORT)


def test_a_clip_without_frames_is_none() -> None:
    assert titles((clip("broken", 0), SHORT), 20) == ["short"]


def test_a_long_break_from_a_large_pool() -> None:
    pool = tuple(clip(str(number), 300 + number % 700) for number in range(1_000))
    for frames in (1_800, 36_000):
        assert abs(total(fill(pool, frames)) - frames) <= frames // NEAR
        assert abs(total(nearest(pool, frames)) - frames) <= 3


pools = st.lists(
    st.builds(clip, st.sampled_from("abcdefgh"), st.integers(0, 40)), max_size=8, unique_by=lambda c: c.file
)
recents = st.lists(st.sampled_from([Path(f"/ads/{name}.mp4") for name in "abcdefgh"]), max_size=6)
fillings = st.sampled_from([fill, nearest])


def total(clips: Iterable[Clip]) -> int:
    return sum(one.frames for one in clips)


@given(fillings, pools, st.integers(-5, 300), recents, st.randoms())
def test_a_fill_never_repeats_at_once_and_is_always_the_same(
    fillings: Callable[..., tuple[Clip, ...]], pool: list[Clip], frames: int, recent: list[Path], random: Random
) -> None:
    chosen = fillings(pool, frames, recent)
    assert all(one.file != other.file for one, other in itertools.pairwise(chosen))
    assert set(chosen) <= set(pool)
    shuffled = list(pool)
    random.shuffle(shuffled)
    assert fillings(shuffled, frames, recent) == chosen


@given(pools, st.integers(-5, 300), recents)
def test_no_clip_more_and_none_exchanged_brings_it_nearer(pool: list[Clip], frames: int, recent: list[Path]) -> None:
    chosen = fill(pool, frames, recent)
    left = frames - total(chosen)
    assert not chosen or left >= -(frames // NEAR)
    if left > frames // NEAR:
        last = chosen[-1].file if chosen else None
        assert not [one for one in pool if 0 < one.frames <= left and one.file != last]
        around = {chosen[-2].file} if chosen[1:] else set()
        for one in chosen[-1:]:
            longer = [each for each in pool if one.frames < each.frames <= one.frames + left]
            assert {each.file for each in longer} <= around


def reached(pool: list[Clip], most: int) -> set[int]:
    """Every length that a row of clips without a repeat in a row can have."""
    found: set[tuple[int, Path | None]] = {(0, None)}
    waiting = list(found)
    while waiting:
        length, last = waiting.pop()
        for one in pool:
            state = (length + one.frames, one.file)
            if one.frames > 0 and one.file != last and state[0] <= most and state not in found:
                found.add(state)
                waiting.append(state)
    return {length for length, _ in found}


@given(
    st.lists(st.builds(clip, st.sampled_from("abcdef"), st.integers(10, 40)), max_size=6, unique_by=lambda c: c.file),
    st.integers(0, 110),
    recents,
)
def test_nothing_that_the_pool_allows_is_nearer(pool: list[Clip], frames: int, recent: list[Path]) -> None:
    lengths = reached(pool, frames + 50)
    near = frames // NEAR
    least = min(abs(frames - each) for each in lengths if each <= frames + near)
    assert abs(frames - total(fill(pool, frames, recent))) <= max(least, near)
    assert abs(frames - total(nearest(pool, frames, recent))) == min(abs(frames - each) for each in lengths)
