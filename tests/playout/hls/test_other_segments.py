"""The segments for groups: they have the right pictures, and all of these can be decoded."""

from __future__ import annotations

from retrovue_tui.playout.channel.other_versions import Side
from retrovue_tui.playout.hls.other_segments import OtherPictures, segment_for
from retrovue_tui.playout.hls.segment import Segment
from retrovue_tui.playout.hls.segmenter import Cut

A1, A2, B0, B1 = Side(1, 1), Side(1, 2), Side(2, 0), Side(2, 1)


def cut(first: int, frames: int) -> Cut:
    return Cut(first, frames, [f"all {n} ".encode() for n in range(first, first + frames)])


def fill(pictures: OtherPictures, sides: tuple[Side, ...], first: int, end: int, *, key: bool = True) -> None:
    for number in range(first, end):
        pictures.add(
            sides,
            number,
            f"{'+'.join(f'{s.split}.{s.group}' for s in sides)} {number} ".encode(),
            key and number == first,
        )


def test_each_group_gets_its_pictures_for_as_long_as_they_last() -> None:
    pictures = OtherPictures()
    fill(pictures, (A1,), 10, 16)
    fill(pictures, (A2,), 10, 16)
    assert pictures.of(cut(4, 6)) == {}
    found = {sides: b"".join(parts) for sides, parts in pictures.of(cut(10, 8)).items()}
    assert found[(A1,)] == b"1.1 10 1.1 11 1.1 12 1.1 13 1.1 14 1.1 15 all 16 all 17 "
    assert set(found) == {(A1,), (A2,)}
    assert pictures.of(cut(18, 6)) == {}


def test_a_group_whose_first_pictures_are_missing_gets_what_all_get() -> None:
    """The segments began in the middle of the spot: the pictures before are those of all, and would not fit."""
    pictures = OtherPictures()
    fill(pictures, (A1,), 12, 16, key=False)
    assert pictures.of(cut(10, 6)) == {}


def test_the_groups_of_a_split_that_began_before_the_segments_get_what_all_get() -> None:
    pictures = OtherPictures(after=1)
    fill(pictures, (A1,), 10, 16)
    fill(pictures, (A1, B1), 16, 17)
    fill(pictures, (B1,), 16, 20)
    assert pictures.of(cut(10, 6)) == {}
    found = pictures.of(cut(16, 4))
    assert set(found) == {(B1,)}
    assert b"".join(found[(B1,)]) == b"2.1 16 2.1 17 2.1 18 2.1 19 "


def test_a_segment_that_two_splits_touch_has_a_version_for_each_pair_of_groups() -> None:
    pictures = OtherPictures()
    fill(pictures, (A1, B0), 20, 21)
    fill(pictures, (A1, B1), 20, 21)
    fill(pictures, (B1,), 20, 24)
    found = {sides: b"".join(parts) for sides, parts in pictures.of(cut(20, 4)).items()}
    assert found[(A1, B0)] == b"1.1+2.0 20 all 21 all 22 all 23 "
    assert found[(A1, B1)] == b"1.1+2.1 20 2.1 21 2.1 22 2.1 23 "
    assert found[(B1,)] == b"2.1 20 2.1 21 2.1 22 2.1 23 "
    made = {sides: Segment(7, 0, 4, 0, "0" * 12, version=n) for n, sides in enumerate(found, 1)}
    assert segment_for((A1, B1), made) is made[(A1, B1)]
    assert segment_for((Side(1, 0), B1), made) is made[(B1,)]
    assert segment_for((Side(1, 0), B0), made) is None
