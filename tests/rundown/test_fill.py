from __future__ import annotations

import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.rundown.fill import Clip, fill


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


def test_what_aired_of_late_comes_last() -> None:
    assert titles(POOL, 60, LONG) == ["half", "other"]
    assert titles(POOL, 30, OTHER, HALF) == ["short"]  # and not 15 frames more: short would air twice in a row
    assert titles((HALF, OTHER), 30, OTHER, HALF) == ["other"]
    assert titles((HALF, OTHER), 30, HALF, OTHER) == ["half"]
    assert titles((HALF,), 30, HALF) == ["half"]


def test_what_is_left_is_filled_with_repeats_but_not_in_a_row() -> None:
    assert titles((LONG, SHORT), 195) == ["long", "short", "long", "short"]
    assert titles((SHORT,), 60) == ["short"]


def test_a_clip_without_frames_is_none() -> None:
    assert titles((clip("broken", 0), SHORT), 20) == ["short"]


def test_a_long_break_from_a_large_pool() -> None:
    pool = tuple(clip(str(number), 300 + number % 700) for number in range(1_000))
    assert sum(each.frames for each in fill(pool, 36_000)) <= 36_000


pools = st.lists(
    st.builds(clip, st.sampled_from("abcdefgh"), st.integers(0, 40)), max_size=8, unique_by=lambda c: c.file
)
recents = st.lists(st.sampled_from([Path(f"/ads/{name}.mp4") for name in "abcdefgh"]), max_size=6)


@given(pools, st.integers(-5, 300), recents, st.randoms())
def test_a_fill_fits_and_never_repeats_at_once(
    pool: list[Clip], frames: int, recent: list[Path], random: object
) -> None:
    chosen = fill(pool, frames, recent)
    left = frames - sum(one.frames for one in chosen)
    assert not chosen or left >= 0
    assert all(one.file != other.file for one, other in itertools.pairwise(chosen))
    last = chosen[-1].file if chosen else None
    assert not [one for one in pool if 0 < one.frames <= left and one.file != last], "what still fits is aired"
    shuffled = list(pool)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    assert fill(shuffled, frames, recent) == chosen
