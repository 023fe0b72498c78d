"""Edits of a rundown's breaks: insert, move and remove a break, remove entries, replace a spot.

The functions are pure: each takes a rundown and returns a new one, with a readable line for every change. Entries that
an edit does not touch stay the same objects. No edit drops a frame of a programme or airs it twice: when a break is
removed, the segments on both sides of it become one entry again.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from retrovue_tui.rundown.edit_helpers import (
    EditError,
    EditResult,
    Spot,
    checked,
    edited,
    end_of,
    free_break_id,
    free_id,
    in_break,
    index_of,
    join_lines,
    joined,
    meet,
    name_of,
    outside,
    part_of,
    spot_entry,
    titles_of,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from retrovue_tui.rundown.entries import Entry, Rundown
    from retrovue_tui.rundown.positions import Lengths
    from retrovue_tui.timecode import FrameRate

__all__ = [
    "EditError",
    "EditResult",
    "Spot",
    "break_entries",
    "insert_break",
    "move_break",
    "remove_break",
    "remove_entries",
    "replace_spot",
    "segments",
]


def break_entries(rundown: Rundown, break_id: str) -> tuple[Entry, ...]:
    """Return the entries of a break, in order. Raises `EditError` if there is no such break.

    The id of one of its spots names a break too, because spots that were written without `break=` have no other name.
    Such a spot and the neighbouring spots without `break=` form one break.
    """
    entries = rundown.entries
    found = tuple(entry for entry in entries if entry.break_id == break_id)
    if found:
        return found
    index = rundown.index(break_id)
    if index is None or not in_break(entries[index]):
        known = dict.fromkeys(entry.break_id or entry.id for entry in entries if in_break(entry))
        raise unknown("break", break_id, known)
    if entries[index].break_id:
        return break_entries(rundown, entries[index].break_id or "")
    first = end = index
    while first and _nameless(entries[first - 1]):
        first -= 1
    while end < len(entries) and _nameless(entries[end]):
        end += 1
    return entries[first:end]


def segments(rundown: Rundown, entry_id: str) -> tuple[Entry, ...]:
    """Return all segments of the entry's programme: the parts that breaks separate. Each begins at the frame at which
    the previous one ends."""
    entries = rundown.entries
    index = _programme(rundown, entry_id)
    found = [entries[index]]
    for entry in reversed(entries[:index]):
        if meet(entry, found[0]):
            found.insert(0, entry)
        elif not in_break(entry):
            break
    for entry in entries[index + 1 :]:
        if meet(found[-1], entry):
            found.append(entry)
        elif not in_break(entry):
            break
    return tuple(found)


def new_block(rundown: Rundown, spots: Sequence[Spot], break_id: str | None = None) -> tuple[Entry, ...]:
    """Return entries for a break of these spots, with ids that the rundown does not use yet. Raises `EditError`. Call
    this in a thread before the break is inserted, because a thousand spots take 10 ms."""
    if not spots:
        raise EditError("a break has at least one spot; name a file, or a length to be filled from the pool")
    taken = {entry.id for entry in rundown.entries}
    if break_id is None:
        break_id = free_break_id(rundown)
    elif (
        not break_id.isprintable()
        or not break_id
        or break_id in taken
        or any(entry.break_id == break_id for entry in rundown.entries)
    ):
        raise EditError(f"the break id {break_id!r} is taken or is not a valid name; leave it out to get a new one")
    return tuple(spot_entry(spot, break_id, taken) for spot in spots)


def insert_break(
    rundown: Rundown,
    entry_id: str,
    at: int,
    spots: Sequence[Spot],
    *,
    lengths: Lengths,
    rate: FrameRate,
    break_id: str | None = None,
    block: Sequence[Entry] | None = None,
) -> EditResult:
    """Insert a break of these spots into a programme segment, before frame `at` of its asset. Raises `EditError`.

    The segment is split there: its first part keeps the id, the second gets a new one. If `at` is the segment's first
    frame, the break goes in front of the segment; if it is the segment's end, after it. `block` is the result of
    `new_block` for the spots. Without a `break_id`, the break gets the next free id, such as b7.
    """
    index = _programme(rundown, entry_id)
    if block is None:
        block = new_block(rundown, spots, break_id)
    taken = {entry.id for entry in (*rundown.entries, *block)}
    target = rundown.entries[index]
    before, after_break = _divide((target,), at, lengths, rate, taken)
    entries = [*rundown.entries[:index], *before, *block, *after_break, *rundown.entries[index + 1 :]]
    changes = [f"break {block[0].break_id} inserted in {name_of(target)} at {rate.timecode(at)}: {titles_of(block)}"]
    if before and after_break:
        changes.append(f"{name_of(target)} split: {part_of(before[0], rate)}; {part_of(after_break[0], rate)}")
    return edited(rundown, entries, changes)


def move_break(
    rundown: Rundown, break_id: str, entry_id: str, at: int, *, lengths: Lengths, rate: FrameRate
) -> EditResult:
    """Move a break, with its entries unchanged, into a programme segment, before frame `at` of its asset. Raises
    `EditError`.

    If the segments around the break's old place continue each other, they become one entry. `entry_id` may name either
    of them, and `at` may be in either; both then keep their ids.
    """
    block = break_entries(rundown, break_id)
    moved = {entry.id for entry in block}
    if entry_id in moved:
        raise EditError(f"entry {entry_id!r} is part of the break that is to be moved; name a programme segment")
    _programme(rundown, entry_id)
    taken = {entry.id for entry in rundown.entries}
    rows = _rows_without(rundown.entries, moved)
    index = next(index for index, row in enumerate(rows) if any(part.id == entry_id for part in row))
    before, after_break = _divide(rows[index], at, lengths, rate, taken)
    entries = [
        *(joined(row) for row in rows[:index]),
        *before,
        *block,
        *after_break,
        *(joined(row) for row in rows[index + 1 :]),
    ]
    target = rows[index][0]
    changes = [f"break {block[0].break_id or break_id} moved to {rate.timecode(at)} of {name_of(target)}"]
    if before and after_break:
        changes.append(f"{name_of(target)} split: {part_of(before[-1], rate)}; {part_of(after_break[0], rate)}")
    left = [row for number, row in enumerate(rows) if number != index or not (before and after_break)]
    return edited(rundown, entries, [*changes, *join_lines(left, rate)])


def remove_break(rundown: Rundown, break_id: str, *, rate: FrameRate) -> EditResult:
    """Remove a whole break. If the segments around it continue each other, they become one entry. Raises
    `EditError`."""
    gone = break_entries(rundown, break_id)
    return _without(rundown, gone, [f"break {gone[0].break_id or break_id} removed: {titles_of(gone)}"], rate)


def remove_entries(rundown: Rundown, entry_ids: Collection[str], *, rate: FrameRate) -> EditResult:
    """Remove entries. If segments around them continue each other, they become one entry. Raises `EditError` for an
    unknown id."""
    by_id = {entry.id: entry for entry in rundown.entries}
    for id in entry_ids:
        if id not in by_id:
            raise unknown("entry", id, by_id)
    gone = [by_id[id] for id in dict.fromkeys(entry_ids)]
    return _without(
        rundown, gone, [f"{entry.kind} {name_of(entry)} removed ({part_of(entry, rate)})" for entry in gone], rate
    )


def replace_spot(rundown: Rundown, entry_id: str, file: Path, *, rate: FrameRate, title: str = "") -> EditResult:
    """Air a different whole file (absolute path) in place of a spot. The entry keeps its id, comments and tags. Raises
    `EditError`."""
    del rate  # unused: all edits have the same signature
    index = index_of(rundown, entry_id)
    old = rundown.entries[index]
    if old.kind != "spot":
        raise EditError(f"entry {entry_id!r} is a {old.kind}, not a spot; only spots are replaced")
    file, title = checked(Spot(file, title))
    if (old.file, old.in_frame, old.out_frame) == (file, 0, None) and title in ("", old.title):
        return EditResult(rundown, ())
    # the directives described only the old file
    new = dataclasses.replace(old, file=file, in_frame=0, out_frame=None, title=title, directives=(), spelling=None)
    place = f" in break {old.break_id}" if old.break_id else ""
    entries = [*rundown.entries[:index], new, *rundown.entries[index + 1 :]]
    return edited(rundown, entries, [f"{name_of(old)}{place} replaced by {name_of(new)}"])


def _nameless(entry: Entry) -> bool:
    return entry.kind == "spot" and entry.break_id is None


def _rows_without(entries: Iterable[Entry], gone: Collection[str]) -> list[tuple[Entry, ...]]:
    """Return the entries that stay, in groups. A group is one entry, or several entries that continue each other after
    entries between them were removed."""
    rows: list[tuple[Entry, ...]] = []
    gap = False
    for entry in entries:
        if entry.id in gone:
            gap = True
            continue
        if gap and rows and meet(rows[-1][-1], entry):
            rows[-1] = (*rows[-1], entry)
        else:
            rows.append((entry,))
        gap = False
    return rows


def _without(rundown: Rundown, gone: Sequence[Entry], changes: list[str], rate: FrameRate) -> EditResult:
    if not gone:
        return EditResult(rundown, ())
    ids, entries = {entry.id for entry in gone}, rundown.entries
    # A removal changes only the part from before its first entry to after its last one.
    places = [place for place, entry in enumerate(entries) if entry.id in ids]
    begin, end = max(0, places[0] - 1), places[-1] + 2
    rows = _rows_without(entries[begin:end], ids)
    kept = [*entries[:begin], *(joined(row) for row in rows), *entries[end:]]
    return edited(rundown, kept, [*changes, *join_lines(rows, rate)])


def _divide(
    parts: Sequence[Entry], at: int, lengths: Lengths, rate: FrameRate, taken: set[str]
) -> tuple[list[Entry], list[Entry]]:
    """Return the parts before asset frame `at`, and the parts from it on. If the frame is inside a part, that part is
    split. One of the lists may be empty, but no part has zero frames."""
    whole = joined(parts)
    if at == whole.in_frame:
        return [], [whole]
    end = end_of(whole, lengths, "put the break at its start")
    if at == end:
        return [whole], []
    if not whole.in_frame < at < end:
        raise outside(whole, at, end, rate)
    if len(parts) == 1:
        (entry,) = parts
        second = entry.between(at, entry.out_frame, free_id(entry.file, at, entry.out_frame, taken))
        return [entry.between(entry.in_frame, at)], [dataclasses.replace(second, comments=())]
    # Parts that a break already separates are not joined: each keeps its own comments, tags and directives.
    middle = min(max(sum(part.in_frame < at for part in parts), 1), len(parts) - 1)
    first, second = joined(parts[:middle]), joined(parts[middle:])
    if first.out_frame == at:
        return [first], [second]
    return [first.between(first.in_frame, at)], [second.between(at, second.out_frame)]


def _programme(rundown: Rundown, entry_id: str) -> int:
    index = index_of(rundown, entry_id)
    kind = rundown.entries[index].kind
    if kind != "programme":
        nearby = sorted(range(len(rundown.entries)), key=lambda other: abs(other - index))
        instead = next((rundown.entries[i].id for i in nearby if rundown.entries[i].kind == "programme"), None)
        hint = f"name one, such as {instead!r}" if instead else "this rundown has none"
        raise EditError(f"entry {entry_id!r} is a {kind}; a break goes into a programme segment: {hint}")
    return index
