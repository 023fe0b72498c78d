from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.rundown.break_edits import Spot, insert_break, remove_break
from retrovue_tui.rundown.entries import Entry, EntryKind
from retrovue_tui.rundown.file_format.ffconcat import dump, parse
from retrovue_tui.rundown.position_mapping import carry_over
from retrovue_tui.rundown.positions import Position
from retrovue_tui.timecode import FrameRate

LENGTH = 100
PATH = Path("/tv/1.ffconcat")


def lengths(entry: Entry) -> int | None:
    return None if entry.file.stem == "gone" else LENGTH


def entry(
    id: str, file: str, first: int = 0, end: int | None = None, kind: EntryKind = "programme", part: str | None = None
) -> Entry:
    return Entry(id, kind, Path(f"/media/{file}.mp4"), first, end, break_id=part)


def carried(old: list[Entry], new: list[Entry], index: int, frame: int) -> tuple[str, int] | None:
    there = carry_over(old, new, Position(3, index, frame), lengths)
    if there is None:
        return None
    assert there.loop == 3
    return new[there.index].id, there.frame


def rundown(*files: str) -> list[Entry]:
    """As read from a file that a person wrote: without ids, and so with derived ones."""
    lines = "\n".join(f"file /media/{file}.mp4" for file in files)
    return list(parse(f"ffconcat version 1.0\n{lines}\n", Path("/tv/1.ffconcat"), FrameRate(25)).entries)


A, B, C = entry("a", "a"), entry("b", "b"), entry("c", "c")
AD = entry("s", "ad", kind="spot", part="b1")


def test_an_entry_is_where_it_is_now_whatever_its_line() -> None:
    assert carried([A, B, C], [AD, C, B, A], 1, 40) == ("b", 40)
    assert carried([A, B, C], [A, B, AD, C], 1, LENGTH) == ("b", LENGTH)  # just ended: the ad comes next
    again = [entry("a", "a"), entry("b", "b")]
    assert carried([A, B], again, 1, 40) == ("b", 40)


def test_a_split_goes_on_in_the_part_that_has_the_frame() -> None:
    split = [entry("a", "a", 0, 50), AD, entry("n", "a", 50), B]
    assert carried([A, B], split, 0, 49) == ("a", 49)
    assert carried([A, B], split, 0, 50) == ("n", 50)
    assert carried([A, B], split, 0, LENGTH) == ("b", 0)
    assert carried(split, [A, B], 2, 70) == ("a", 70)
    assert carried(split, [A, B], 1, 7) == ("a", 50)  # the ad that aired is gone: what came next


def test_the_airing_entry_is_removed() -> None:
    assert carried([A, B, C], [A, C], 1, 40) == ("c", 0)
    assert carried([A, B, C], [A, B], 2, 40) == ("a", 0)
    assert carried([A, B, C], [C, A], 1, 40) == ("c", 0)
    assert carried([A, B], [AD, C], 0, 40) == ("s", 0)
    assert carried([A, B], [entry("x", "x", 20)], 0, 40) == ("x", 20)
    assert carried([A, B], [], 0, 40) is None


def test_an_airing_that_was_there_before_is_not_this_one() -> None:
    second = entry("s2", "ad", kind="spot", part="b2")
    assert carried([A, AD, B, second, C], [A, B, second, C], 1, 40) == ("b", 0)
    assert carried([A, AD, B, second, C], [A, AD, B, C], 3, 40) == ("c", 0)


def test_equal_spots_without_ids_are_told_apart_by_their_order() -> None:
    old = rundown("a", "ad", "b", "ad", "c")
    without_first = rundown("a", "b", "ad", "c")
    without_second = rundown("a", "ad", "b", "c")
    assert carried(old, without_first, 3, 40) == (without_first[2].id, 40)
    assert carried(old, without_first, 1, 40) == (without_first[1].id, 0)
    assert carried(old, without_second, 1, 40) == (without_second[1].id, 40)
    assert carried(old, without_second, 3, 40) == (without_second[3].id, 0)
    doubled = rundown("ad", "a", "ad", "b", "ad", "c")
    assert carried(old, doubled, 1, 40) == (doubled[2].id, 40)
    swapped = rundown("c", "ad", "b", "ad", "a")
    assert carried(old, swapped, 0, 40) == (swapped[4].id, 40)


def test_an_entry_that_was_joined_again_is_told_apart_from_its_copy() -> None:
    """Its id is the derived one, and so the file has none for it."""
    rate = FrameRate(25)
    read = parse("ffconcat version 1.0\nfile /media/a.mp4\nfile /media/a.mp4\n", PATH, rate)
    first, second = read.entries
    cut = insert_break(read, first.id, 10, [Spot(Path("/ads/x.mp4"))], lengths=lengths, rate=rate).rundown
    joined = remove_break(cut, "b1", rate=rate).rundown
    assert [each.id for each in joined.entries] == [first.id, second.id]
    edited = insert_break(joined, second.id, 1, [Spot(Path("/ads/x.mp4"))], lengths=lengths, rate=rate).rundown
    again = parse(dump(edited, PATH, rate), PATH, rate)
    assert carried(list(joined.entries), list(again.entries), 0, 0) == (first.id, 0)


def test_a_replaced_spot_begins_again() -> None:
    assert carried([A, AD, B], [A, entry("s", "other", kind="spot", part="b1"), B], 1, 40) == ("s", 0)
    elsewhere = [A, entry("s", "other", kind="spot", part="b1"), B, entry("n", "ad", kind="spot", part="b2")]
    assert carried([A, AD, B], elsewhere, 1, 40) == ("s", 0)


def test_a_trimmed_entry_goes_on_with_what_is_left() -> None:
    assert carried([A, B], [entry("a", "a", 0, 30), B], 0, 40) == ("b", 0)
    assert carried([A, B], [entry("a", "a", 60), B], 0, 40) == ("a", 60)
    assert carried([A, B], [entry("a", "a", 60), B], 1, 40) == ("b", 40)
    cut_out = [entry("a", "a", 0, 30), entry("n", "a", 60), B]
    assert carried([A, B], cut_out, 0, 40) == ("n", 60)


def test_the_best_of_several_parts() -> None:
    same_kind = [entry("x", "a", 1, kind="spot"), entry("y", "a", 2), entry("z", "a", 3)]
    assert carried([A], same_kind, 0, 40) == ("y", 40)
    assert carried([A], [*same_kind, entry("a", "a", 4)], 0, 40) == ("a", 40)


def test_behind_the_last_entry_the_next_round_comes() -> None:
    assert carry_over([A], [B, C], Position(2, 1, 0), lengths) == Position(2, 2, 0)


def test_an_asset_that_cannot_air_now_keeps_its_place() -> None:
    gone = entry("g", "gone")
    assert carried([A, gone], [gone, A], 1, 40) == ("g", 40)
    split = [A, entry("g", "gone", 0, 20), AD, entry("n", "gone", 20)]
    assert carried([A, gone], split, 1, 40) == ("n", 40)


def test_long_rundowns() -> None:
    names = [f"p{n}" if n % 2 else f"ad{n % 40}" for n in range(10_000)]
    old, new = rundown(*names), rundown(*names[:3_000], "new", *names[3_001:8_000], "more", *names[8_000:])
    for rundowns in ((old, new), (old, rundown(*reversed(names))), (old, [*old[:50], AD, *old[60:]])):
        assert carry_over(*rundowns, Position(0, 3_000, 40), lengths) is not None


ranges = st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.none() | st.integers(10, 20))


def made(parts: list[tuple[str, int, int | None]]) -> list[Entry]:
    return [entry(str(number), *part) for number, part in enumerate(parts)]


def short(entry: Entry) -> int | None:
    return 15


@given(st.lists(ranges, max_size=5), st.lists(ranges, max_size=5), st.integers(0, 5), st.integers(0, 16))
def test_a_carried_position_is_one_of_the_new_rundown(
    old: list[tuple[str, int, int | None]], new: list[tuple[str, int, int | None]], index: int, frame: int
) -> None:
    there = carry_over(made(old), made(new), Position(7, index, frame), short)
    assert (there is None) == (not new)
    if there is not None:
        assert there.loop == 7
        assert 0 <= there.index <= len(new)
    same = carry_over(made(old), made(old), Position(7, index, frame), short)
    assert not old or index >= len(old) or same == Position(7, index, frame)


def test_without_a_loop_nothing_comes_after_the_last_entry() -> None:
    assert carry_over([A, B, C], [A, B], Position(0, 2, 40), lengths, loop=False) == Position(0, 2, 0)
    assert carry_over([A, B, C], [B, A], Position(0, 2, 40), lengths, loop=False) == Position(0, 2, 0)
    assert carry_over([A, B, C], [A, C], Position(0, 1, 40), lengths, loop=False) == Position(0, 1, 0)
    assert carry_over([A], [B, C], Position(0, 0, 40), lengths, loop=False) == Position(0, 0, 0)  # another rundown
    assert carry_over([A, B], [A, B, C], Position(0, 2, 0), lengths, loop=False) == Position(0, 2, 0)
    assert carry_over([A, B], [C, A, B], Position(0, 2, 0), lengths, loop=False) == Position(0, 3, 0)


def test_the_first_entries_of_an_empty_rundown_air_from_the_top() -> None:
    assert carry_over([], [A, B], Position(3, 0, 0), lengths) == Position(3, 0, 0)
    assert carry_over([], [A, B], Position(3, 0, 0), lengths, loop=False) == Position(3, 0, 0)
