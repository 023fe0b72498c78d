from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.rundown.edit_steps import EditSteps, carried
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import Position

if TYPE_CHECKING:
    from collections.abc import Sequence

LENGTH = 100
FILMS = [Entry(f"e{number}", "programme", Path(f"/media/{number % 5}.mp4"), 0, None) for number in range(30)]


def lengths(_: Entry) -> int:
    return LENGTH


@st.composite
def steps(draw: st.DrawFn) -> list[Sequence[Entry]]:
    """Entries, and what edits make of them: removed, inserted, moved, cut, or all read from a file again."""
    made: list[Sequence[Entry]] = [tuple(draw(st.lists(st.sampled_from(FILMS), unique=True, max_size=12)))]
    for _ in range(draw(st.integers(0, 6))):
        entries = list(made[-1])
        at, end = sorted((draw(st.integers(0, len(entries))), draw(st.integers(0, len(entries)))))
        what = draw(st.sampled_from(["remove", "insert", "move", "cut", "read"]))
        if what == "insert":
            there = {each.id for each in entries}
            entries[at:at] = [each for each in draw(st.lists(st.sampled_from(FILMS), unique=True, max_size=3))
                              if each.id not in there]  # fmt: skip
        elif what == "cut":
            entries[at:end] = [replace(each, in_frame=min(LENGTH - 1, each.in_frame + 40)) for each in entries[at:end]]
        elif what == "read":
            entries = [replace(each) for each in entries]
        else:
            taken = entries[at:end]
            del entries[at:end]
            if what == "move":
                to = draw(st.integers(0, len(entries)))
                entries[to:to] = taken
        made.append(tuple(entries))
    return made


@given(steps(), st.integers(-1, 14), st.integers(0, LENGTH), st.booleans())
def test_a_position_is_carried_as_from_each_step_to_the_next(
    made: list[Sequence[Entry]], index: int, frame: int, loop: bool
) -> None:
    kept, position = EditSteps(made[0]), Position(2, index, frame)
    right = position
    for before, after in pairwise(made):
        kept.add(after)
        right = carried(before, after, right, lengths, loop=loop)
    assert kept.first == made[0]
    assert kept.last == made[-1]
    assert kept.carried(position, lengths, loop=loop) == right


def test_edits_of_a_long_rundown_keep_only_what_they_change() -> None:
    entries: list[Entry] = [replace(FILMS[0], id=f"n{number}") for number in range(5_000)]
    kept = EditSteps(tuple(entries))
    for number in range(500):
        del entries[number * 3]
        kept.add(tuple(entries))
    assert sum(len(each.added) for each in kept._splices) == 0
    assert kept.carried(Position(0, 4_000, 7), lengths) == Position(0, 3_500, 7)
