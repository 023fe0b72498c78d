"""The slots of a guide: breaks are folded into programmes, and no time is left out or shown twice."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.guide.air_run import AirRun, whole_second
from retrovue_tui.guide.guide_slots import MOST_PAST, GuideSlot, guide_slots
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Iterator

PAL = FrameRate(25)
NTSC = FrameRate(30_000, 1_001)
A, B = Path("/media/a.mp4"), Path("/media/b.mp4")
MINUTE = 60 * 25


def runs(*parts: tuple[Path | None, int, int], start: int = 0) -> list[AirRun]:
    """One run after another: its file (None: a break), the minute of the file at which it begins, and its minutes."""
    made = []
    for file, first, minutes in parts:
        made.append(AirRun(start, minutes * MINUTE, file is not None, file, first * MINUTE))
        start += minutes * MINUTE
    return made


def minutes(slots: list[GuideSlot]) -> list[tuple[int, int, Path | None]]:
    return [(slot.start // MINUTE, slot.end // MINUTE, slot.file) for slot in slots]


def test_a_break_belongs_to_the_programme_that_it_interrupts_and_to_the_one_before() -> None:
    slots = guide_slots(runs((A, 0, 20), (None, 0, 3), (A, 20, 10), (None, 0, 5), (B, 0, 30)), PAL)
    assert minutes(slots) == [(0, 38, A), (38, 68, B)]
    assert [slot.frames for slot in slots] == [30 * MINUTE, 30 * MINUTE]


def test_a_break_before_the_first_programme_belongs_to_it() -> None:
    assert minutes(guide_slots(runs((None, 0, 2), (A, 0, 20)), PAL)) == [(0, 22, A)]


def test_a_long_time_without_a_programme_is_a_slot_of_its_own() -> None:
    slots = guide_slots(runs((None, 0, 11), (A, 0, 20), (None, 0, 11), (B, 0, 30), (None, 0, 800)), PAL)
    assert minutes(slots) == [
        (0, 11, None), (11, 31, A), (31, 42, None), (42, 72, B), (72, 432, None), (432, 792, None), (792, 872, None),
    ]  # fmt: skip


def test_a_hole_counts_as_time_without_a_programme() -> None:
    short = [*runs((A, 0, 20)), *runs((B, 0, 10), start=25 * MINUTE)]
    assert minutes(guide_slots(short, PAL)) == [(0, 25, A), (25, 35, B)]
    long = [*runs((A, 0, 20)), *runs((B, 0, 10), start=40 * MINUTE)]
    assert minutes(guide_slots(long, PAL)) == [(0, 20, A), (20, 40, None), (40, 50, B)]


def test_a_programme_that_begins_again_is_another_airing() -> None:
    assert minutes(guide_slots(runs((A, 0, 20), (A, 0, 20)), PAL)) == [(0, 20, A), (20, 40, A)]
    again = [AirRun(0, 200, True, A, 0), AirRun(200, 200, True, A, 0)]  # a film of eight seconds, in a loop
    assert len(guide_slots(again, PAL)) == 2


def test_a_programme_goes_on_after_a_restart_that_airs_some_seconds_again() -> None:
    parts = [AirRun(0, 20 * MINUTE, True, A, 0), AirRun(21 * MINUTE, MINUTE, True, A, 20 * MINUTE - 150)]
    assert minutes(guide_slots(parts, PAL)) == [(0, 22, A)]


def test_a_programme_does_not_last_through_a_night_off_air() -> None:
    for minutes_off, fillers in ((580, 2), (11, 1), (9, 0)):
        parts = [*runs((A, 0, 20)), *runs((A, 20, 10), start=(20 + minutes_off) * MINUTE)]
        found = [slot.file for slot in guide_slots(parts, PAL)]
        assert found == ([A, *[None] * fillers, A] if fillers else [A])
    break_of_minutes = runs((A, 0, 20), (None, 0, 30), (A, 20, 10))
    assert minutes(guide_slots(break_of_minutes, PAL)) == [(0, 60, A)]


def test_where_runs_overlap_the_earlier_one_counts() -> None:
    parts = [*runs((A, 0, 20)), *runs((B, 0, 10), start=15 * MINUTE), *runs((B, 0, 3), start=16 * MINUTE)]
    assert minutes(guide_slots(parts, PAL)) == [(0, 20, A), (20, 25, B)]


def test_the_title_that_a_person_gave_is_kept() -> None:
    parts = [AirRun(0, 100, True, A, 0), AirRun(100, 100, True, A, 100, "The News")]
    assert guide_slots(parts, PAL)[0].title == "The News"


def test_there_is_a_limit() -> None:
    def loop() -> Iterator[AirRun]:
        return (AirRun(number * 100, 100, True, (A, B)[number % 2], 0) for number in range(10**9))

    assert len(guide_slots(loop(), PAL, most=50)) == 50
    now = (MOST_PAST + 100) * 100
    slots = guide_slots(loop(), PAL, now, most=50)
    assert len(slots) == MOST_PAST + 50, "programmes that have aired take no room from those that come"
    assert slots[MOST_PAST].start == now
    assert all(one.end == other.start for one, other in pairwise(slots))


PART = st.tuples(st.sampled_from([A, B, None]), st.integers(0, 30), st.integers(0, 40_000), st.integers(-2_000, 40_000))


@given(st.lists(PART, max_size=40), st.integers(0, 10**11), st.sampled_from([PAL, NTSC]))
def test_slots_have_neither_holes_nor_overlaps_and_their_lengths_add_up(
    parts: list[tuple[Path | None, int, int, int]], start: int, rate: FrameRate
) -> None:
    made, at = [], start
    for file, first, frames, gap in parts:
        at = max(start, at + gap)
        made.append(AirRun(at, frames, file is not None, file, first * 1_000))
        at += frames
    slots = guide_slots(made, rate)
    there = [run for run in made if run.frames]
    if not there:
        assert slots == []
        return
    assert slots[0].start == there[0].start
    assert slots[-1].end == max(run.end for run in there)
    assert all(one.end == other.start for one, other in pairwise(slots))
    assert all(slot.end > slot.start for slot in slots)
    assert all(slot.file or slot.end - slot.start <= rate.count(6 * 3_600) for slot in slots)
    # whatever airs in the middle of a run of a programme is in a slot of that programme
    seconds = [(whole_second(slot.start, rate), whole_second(slot.end, rate)) for slot in slots]
    assert all(one[1] == other[0] for one, other in pairwise(seconds))
    covered = there[0].start
    for run in there:
        first = max(run.start, covered)
        if run.end > first and run.programme:
            inside = [slot for slot in slots if slot.start <= first < slot.end]
            assert [slot.file for slot in inside] == [run.file]
            assert inside[0].end >= run.end
        covered = max(covered, run.end)
