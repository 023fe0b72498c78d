"""Black, fades, cuts and credits in the brightness of pictures."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.analysis.measuring.picture_events import (
    Black,
    blacks,
    credits_from,
    cuts,
    floor_of,
    is_black,
    joined,
)
from retrovue_tui.media.analysis.measuring.signals import FrameLook
from tests.media.analysis.looks import black, bright, dark_scene, faded, letters

LUMA = st.integers(0, 255)
LOOKS = st.lists(
    st.builds(FrameLook, st.just(0), LUMA, LUMA, LUMA, LUMA, st.floats(0, 80), st.floats(0, 80)), max_size=60
).map(lambda some: [replace(look, frame=n) for n, look in enumerate(some)])


@pytest.mark.parametrize("luma", [16, 24, 36, 40])
def test_black_and_grey_are_black_in_their_programme(luma: int) -> None:
    window = [*map(bright, range(10)), *(black(n, luma) for n in range(10, 18)), *map(bright, range(18, 30))]
    assert blacks(window, floor_of([bright(0), black(1, luma)])) == [Black(10, 18, luma)]


def test_dark_scenes_letters_and_grey_walls_are_not_black() -> None:
    assert not is_black(dark_scene(0), 16)
    assert not is_black(letters(0), 16)
    assert not is_black(black(0, 90), 16)
    mist = FrameLook(0, 26, 31, 35, 38, 3.2)
    assert is_black(mist, 26)
    assert not is_black(mist, 16)
    assert floor_of([]) == 16


@pytest.mark.parametrize("pictures", [8, 12, 25])
def test_fades_are_seen_on_both_sides(pictures: int) -> None:
    out = [faded(n, n / pictures) for n in range(pictures)]
    dark = [black(pictures + n) for n in range(10)]
    into = [faded(pictures + 10 + n, 1 - n / pictures) for n in range(1, pictures)]
    (both,) = blacks([*out, *dark, *into], 16)
    assert (both.fades_out, both.fades_in, both.fades) == (True, True, True)
    (one,) = blacks([*out, *dark, *map(bright, range(pictures + 10, pictures + 40))], 16)
    assert (one.fades_out, one.fades_in) == (True, False)
    (none,) = blacks([*map(bright, range(5)), *(black(n) for n in range(5, 9)), *map(bright, range(9, 20))], 16)
    assert not none.fades


def test_the_ends_of_a_long_black_are_joined() -> None:
    halves = [Black(300, 340, 16, fades_in=True), Black(100, 140, 16, fades_out=True)]
    assert joined(halves, [(98, 345)]) == [Black(100, 340, 16, fades_out=True, fades_in=True)]
    assert len(joined(halves, [(98, 200)])) == 2


def test_a_cut_is_the_first_frame_of_the_new_scene_and_a_flash_is_none() -> None:
    scenes = [bright(n, 40.0 if n == 20 else 2.0) for n in range(40)]
    assert cuts(scenes) == [20]
    flash = [bright(n, 60.0 if n in (20, 22) else 2.0) for n in range(40)]
    assert cuts(flash) == []
    assert cuts([bright(n, 30.0) for n in range(40)]) == []


def test_credits_are_letters_on_black_that_reach_the_end() -> None:
    survey = [*map(bright, range(0, 9000, 500)), *map(letters, range(9000, 9900, 100)), black(9950)]
    assert credits_from(survey, 16, 10_000, 500) == 9000
    assert credits_from([*survey, bright(9960), bright(9990)], 16, 10_000, 500) == 9000
    opening = [*map(letters, range(0, 500, 100)), *map(bright, range(500, 9900, 100))]
    assert credits_from(opening, 16, 10_000, 500) is None


@given(LOOKS, st.integers(0, 60))
def test_blacks_and_cuts_lie_inside_the_window(window: list[FrameLook], floor: int) -> None:
    found = blacks(window, floor)
    assert all(0 <= each.first < each.end <= len(window) for each in found)
    assert all(earlier.end < later.first for earlier, later in pairwise(found))
    assert set(cuts(window)) <= set(range(len(window)))
    assert joined(found, []) == found
