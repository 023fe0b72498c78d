"""The marks of entries that a plan wrote: tags of their `#retrovue` comments. When a person changes an entry, its marks
are removed."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.rundown.entries import Entry

BY_PLAN: Final = ("by", "plan")
"""The tag of an entry that the plan wrote. It is removed when a person changes the entry."""
FIXED: Final = ("version", "fixed")
"""The tag of a spot with variants that always airs the file it names, also in a rundown that repeats."""
START: Final = "start"
"""The tag with the time at which a slot must begin (ISO 8601, UTC), on the slot's first entry."""
WHY: Final = "why"
"""The tag that says why a programme airs here, on the slot's first entry."""
CARD: Final = "card"
"""The tag of a card: its kind."""
SHORT: Final = "short"
"""The tag of a break that is shorter than it should be, on the break's first entry: by how many frames."""
GAVE_WAY: Final = "gave_way"
"""The tag of a spot for which rules gave way: these rules, separated by commas."""


def is_planned(entry: Entry) -> bool:
    """Return whether the plan wrote an entry, and no person changed it since."""
    return BY_PLAN in entry.tags


def tag(entry: Entry, name: str) -> str | None:
    """Return the value of an entry's tag; None if it has none."""
    return next((value for key, value in entry.tags if key == name), None)


def without_marks(old: Sequence[Entry], new: Sequence[Entry], break_id: str | None = None) -> list[Entry]:
    """Return the entries after a person's edit. Planned entries that the edit made, changed or moved lose their marks,
    so that the plan does not change them any more. `break_id`: the break that the edit moved, if that is known."""
    if not any(map(is_planned, new)):
        return list(new)
    # An edit leaves most entries as they are. With thousands of them, only the part in between is compared one by one.
    first = _same_at_start(old, new)
    after = _same_at_start(old[first:][::-1], new[first:][::-1])
    edited = new[first : len(new) - after]
    kept = _in_place(old[first : len(old) - after], edited, break_id)
    marked = [
        entry if number in kept or not is_planned(entry) else _without_mark(entry)
        for number, entry in enumerate(edited)
    ]
    return [*new[:first], *marked, *new[len(new) - after :]]


def _same_at_start(old: Sequence[Entry], new: Sequence[Entry]) -> int:
    """Return how many entries at the start of two rundowns are the same objects."""
    pairs = zip(old, new, strict=False)
    return next((number for number, (one, other) in enumerate(pairs) if one is not other), min(len(old), len(new)))


def _in_place(old: Sequence[Entry], new: Sequence[Entry], break_id: str | None) -> set[int]:
    """Return the numbers of the entries of `new` that are unchanged and in the order of `old`. Those of the break with
    this id are not."""
    before = {entry.id: (number, entry.facts) for number, entry in enumerate(old)}
    unchanged = [
        number for number, entry in enumerate(new)
        if entry.id in before and before[entry.id][1] == entry.facts
        and (break_id is None or break_id not in (entry.break_id, entry.id))
    ]  # fmt: skip
    return {unchanged[number] for number in _longest_rising([before[new[number].id][0] for number in unchanged])}


def _without_mark(entry: Entry) -> Entry:
    return replace(entry, tags=tuple(each for each in entry.tags if each != BY_PLAN), spelling=None)


def _longest_rising(values: Sequence[int]) -> list[int]:
    """Return the indices of a longest increasing subsequence of distinct numbers."""
    tails: list[int] = []
    indices: list[int] = []
    before: list[int | None] = []
    for number, value in enumerate(values):
        place = bisect_left(tails, value)
        before.append(indices[place - 1] if place else None)
        if place == len(tails):
            tails.append(value)
            indices.append(number)
        else:
            tails[place], indices[place] = value, number
    found: list[int] = []
    at = indices[-1] if indices else None
    while at is not None:
        found.append(at)
        at = before[at]
    return found[::-1]
