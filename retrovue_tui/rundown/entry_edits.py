"""Edits of single entries (trim, split, move, insert), and the replacement of a break's spots or of an entry by new
spots.

The functions are pure, as the edits of breaks are: each returns a new rundown with a readable line for every change,
and entries that it does not touch stay the same objects. Only `trim`, and edits that remove an entry, drop frames of a
programme.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrovue_tui.rundown.break_edits import break_entries
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
)
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrovue_tui.entry_kind import EntryKind
    from retrovue_tui.rundown.entries import Rundown
    from retrovue_tui.rundown.positions import Lengths
    from retrovue_tui.timecode import FrameRate

__all__ = ["Part", "airtime", "insert", "lift", "move_entry", "refill", "split", "trim"]


@dataclass(frozen=True)
class Part:
    """A file to insert, from `in_frame` to before `out_frame` (None: to its end). `break_id` names its break. Without
    `break_id`, a spot joins the break next to it, or makes a new one."""

    spot: Spot
    kind: EntryKind
    in_frame: int = 0
    out_frame: int | None = None
    break_id: str | None = None


def airtime(entries: Iterable[Entry], lengths: Lengths) -> int:
    """Return the total number of frames that the entries air."""
    return sum(end - first for first, end in (span(entry, lengths(entry)) for entry in entries))


def trim(
    rundown: Rundown, entry_id: str, in_frame: int | None, out_frame: int | None, *, lengths: Lengths, rate: FrameRate
) -> EditResult:
    """Change an entry's first frame, its end (exclusive), or both. The neighbouring entries stay as they are. Raises
    `EditError`."""
    index = index_of(rundown, entry_id)
    old = rundown.entries[index]
    length = lengths(old)
    before = end_of(old, lengths, "give its out_frame")
    first = old.in_frame if in_frame is None else in_frame
    end = before if out_frame is None else out_frame
    if end <= first:
        raise EditError(
            f"nothing of {name_of(old)} would be left between {rate.timecode(first)} and {rate.timecode(max(end, 0))}; "
            "set its out point after its in point, or remove the entry"
        )
    if length is not None and end > length:
        raise EditError(f"{name_of(old)} has {length} frames; it ends at {rate.timecode(length)} at the latest")
    if (first, end) == (old.in_frame, before):
        return EditResult(rundown, ())
    out = old.out_frame if end == before else None if end == length else end
    new = old.between(first, out)
    change = f"{name_of(old)} trimmed: {part_of(new, rate)}, {_difference(end - first - before + old.in_frame, rate)}"
    return edited(rundown, [*rundown.entries[:index], new, *rundown.entries[index + 1 :]], [change])


def split(rundown: Rundown, entry_id: str, at: int, *, lengths: Lengths, rate: FrameRate) -> EditResult:
    """Split an entry into two before frame `at` of its asset. The first part keeps the id; the second gets a new one.
    The output stays the same. Raises `EditError`."""
    index = index_of(rundown, entry_id)
    old = rundown.entries[index]
    end = end_of(old, lengths, "leave it whole")
    if at in (old.in_frame, end):
        raise EditError(f"{name_of(old)} {'begins' if at == old.in_frame else 'ends'} at {rate.timecode(at)} as it is")
    if not old.in_frame < at < end:
        raise outside(old, at, end, rate)
    id = free_id(old.file, at, old.out_frame, {entry.id for entry in rundown.entries})
    first, second = old.between(old.in_frame, at), dataclasses.replace(old.between(at, old.out_frame, id), comments=())
    change = f"{name_of(old)} split: {part_of(first, rate)}; {part_of(second, rate)}"
    return edited(rundown, [*rundown.entries[:index], first, second, *rundown.entries[index + 1 :]], [change])


def move_entry(
    rundown: Rundown, entry_id: str, *, before: str | None = None, after: str | None = None, rate: FrameRate
) -> EditResult:
    """Move an entry to before or after another entry. Raises `EditError`.

    A moved spot joins the break in which it lands or which it touches; otherwise it makes a break of its own. If the
    segments around the entry's old place continue each other, they become one entry.
    """
    index = index_of(rundown, entry_id)
    moved = rundown.entries[index]
    if entry_id in (before, after):
        raise EditError(f"{name_of(moved)} cannot be moved beside itself; name another entry")
    others = [*rundown.entries[:index], *rundown.entries[index + 1 :]]
    at, beside = _place(rundown, others, before, after)
    if at == index:
        return EditResult(rundown, ())
    break_id = _break_at(rundown, others, at, beside, moved)
    if break_id != moved.break_id:
        moved = dataclasses.replace(moved, break_id=break_id)
    row = others[index - 1 : index + 1] if index and at != index else []
    meeting = len(row) == 2 and meet(*row)
    entries = [*others[:at], moved, *others[at:]]
    if meeting:
        entries[entries.index(row[0])] = joined(row)
        entries.remove(row[1])
    where = f"{'before' if before else 'after'} {name_of(beside)} ({beside.id})" if beside else "to the end"
    change = f"{moved.kind} {name_of(moved)} ({moved.id}) moved {where}{_in_break(break_id)}"
    return edited(rundown, entries, [change, *(join_lines([row], rate) if meeting else ())])


def insert(
    rundown: Rundown,
    part: Part,
    *,
    before: str | None = None,
    after: str | None = None,
    lengths: Lengths,
    rate: FrameRate,
) -> EditResult:
    """Insert a new entry before or after another entry, or at the end. Raises `EditError`."""
    file, title = checked(part.spot)
    taken = {entry.id for entry in rundown.entries}
    new = Entry("", part.kind, file, part.in_frame, part.out_frame, title, part.break_id)
    length = lengths(new)
    end = end_of(new, lengths, "choose another file")
    if not part.in_frame < end or (length is not None and (part.out_frame or 0) > length):
        raise outside(dataclasses.replace(new, id="its file", in_frame=0), max(part.in_frame, end), length or end, rate)
    out = None if part.out_frame == length else part.out_frame
    at, beside = _place(rundown, rundown.entries, before, after)
    new = dataclasses.replace(new, id=free_id(file, part.in_frame, out, taken), out_frame=out)
    break_id = _break_at(rundown, rundown.entries, at, beside, new)
    new = dataclasses.replace(new, break_id=break_id)
    named = beside if before or after else None
    where = f"{'before' if before else 'after'} {name_of(named)} ({named.id})" if named else "at the end"
    change = f"{new.kind} {name_of(new)} inserted {where}{_in_break(break_id)}: {part_of(new, rate)}"
    return edited(rundown, [*rundown.entries[:at], new, *rundown.entries[at:]], [change])


def refill(
    rundown: Rundown,
    break_id: str,
    spots: Sequence[Spot],
    *,
    begun: Sequence[Entry] = (),
    seconds: float | None = None,
    lengths: Lengths,
    rate: FrameRate,
) -> EditResult:
    """Replace the spots of a break, except those in `begun`. All spots of the break together should then last
    `seconds`. If a new spot was already in the break, its entry is kept. Raises `EditError`."""
    block = break_entries(rundown, break_id)
    left = block[len(begun) :]
    made = [*begun, *_made_of(left, spots, block[0].break_id, {entry.id for entry in rundown.entries})]
    if not made:
        raise EditError("a break has at least one spot; name a file, or remove the break")
    length = f"{float(rate.seconds(airtime(made, lengths))):.2f}{'' if seconds is None else f' of {seconds:g}'} s"
    if [entry.id for entry in made] == [entry.id for entry in block]:
        return EditResult(rundown, ())
    change = f"break {block[0].break_id or break_id} refilled: {titles_of(made)} ({length})"
    return edited(rundown, _with_instead(rundown, block, made), [change])


def lift(
    rundown: Rundown, gone: Sequence[Entry], spots: Sequence[Spot], *, lengths: Lengths, rate: FrameRate
) -> EditResult:
    """Replace a break, or one entry, with spots. A change line states how much later or earlier the following entries
    then air. Raises `EditError`."""
    first = gone[0]
    break_id = first.break_id if in_break(first) else free_break_id(rundown)
    taken = {entry.id for entry in rundown.entries}
    made = [spot_entry(spot, break_id, taken) for spot in spots]
    what = f"{first.kind} {name_of(first)}" if len(gone) == 1 else f"break {first.break_id or first.id}"
    off = airtime(made, lengths) - airtime(gone, lengths)
    later = "the entries after it keep their times"
    if off:
        later = f"the entries after it air {abs(float(rate.seconds(off))):.2f} s {'later' if off > 0 else 'earlier'}"
    changes = [f"{what} lifted; in its place{_in_break(break_id)}: {titles_of(made)}", later]
    return edited(rundown, _with_instead(rundown, gone, made), changes)


def _with_instead(rundown: Rundown, gone: Sequence[Entry], made: Sequence[Entry]) -> list[Entry]:
    """Return the rundown's entries with `made` in place of `gone`."""
    ids = {entry.id for entry in gone}
    entries: list[Entry] = []
    for entry in rundown.entries:
        if entry.id == gone[0].id:
            entries += made
        elif entry.id not in ids:
            entries.append(entry)
    return entries


def _made_of(block: Sequence[Entry], spots: Sequence[Spot], break_id: str | None, taken: set[str]) -> list[Entry]:
    """Return entries for the spots. If the break already has an entry that airs a spot's whole file, use that entry
    again."""
    left = [entry for entry in block if entry.kind == "spot" and (entry.in_frame, entry.out_frame) == (0, None)]
    made: list[Entry] = []
    for spot in spots:
        again = next((entry for entry in left if entry.file == spot.file), None)
        if again is not None:
            left.remove(again)
        made.append(again or spot_entry(spot, break_id, taken))
    return made


def _place(
    rundown: Rundown, entries: Sequence[Entry], before: str | None, after: str | None
) -> tuple[int, Entry | None]:
    """Return the index in `entries` at which to insert, and the entry next to it that the arguments name. If they name
    none, the index is that of the end, and the entry is the last one."""
    if before is None and after is None:
        return len(entries), entries[-1] if entries else None
    beside = rundown.entries[index_of(rundown, before or after or "")]
    at = next(index for index, entry in enumerate(entries) if entry is beside)  # `index` would compare every field
    return at + (before is None), beside


def _refuse_in_the_middle(spot: Entry, new: Entry) -> None:
    """Raise `EditError` if `new` would be inserted inside the break of `spot` without belonging to that break."""
    if new.kind != "spot" and not in_break(new):
        raise EditError(
            f"that is in the middle of break {spot.break_id}, where no {new.kind} goes; "
            "choose a place before or after the break, or name the break"
        )


def _break_at(rundown: Rundown, entries: Sequence[Entry], at: int, beside: Entry | None, new: Entry) -> str | None:
    """Return the id of the break to which an entry inserted at index `at` belongs; None if it belongs to none.
    `entries` are the other entries. Raises `EditError`."""
    left, right = entries[at - 1] if at else None, entries[at] if at < len(entries) else None
    around = [entry for entry in (beside, left, right) if entry is not None and entry in (left, right)]
    if new.break_id is not None and rundown.index(new.id) is None:  # a new entry whose break the caller has named
        _check_break(entries, around, new.break_id)
        return new.break_id
    inside = left is not None and right is not None and left.break_id == right.break_id is not None
    if inside or new.kind == "spot":
        found = next((entry for entry in around if in_break(entry)), None)
        if found is not None:
            _refuse_in_the_middle(found, new)
            return found.break_id
    if new.kind != "spot" or (new.break_id is None and rundown.index(new.id) is not None):
        return None
    alone = new.break_id is not None and all(entry.break_id != new.break_id for entry in entries)
    return new.break_id if alone else free_break_id(rundown)


def _check_break(entries: Sequence[Entry], around: Sequence[Entry], break_id: str) -> None:
    ids = {entry.id for entry in entries}
    if not break_id.isprintable() or break_id in ids:
        raise EditError(f"the break id {break_id!r} is taken or is not a valid name; leave it out to get a new one")
    if all(entry.break_id != break_id for entry in around) and any(entry.break_id == break_id for entry in entries):
        raise EditError(f"break {break_id} is elsewhere; put it beside one of its spots, or leave `break` out")


def _in_break(break_id: str | None) -> str:
    return f", in break {break_id}" if break_id else ""


def _difference(frames: int, rate: FrameRate) -> str:
    if not frames:
        return "as long as before"
    return f"{abs(float(rate.seconds(frames))):.2f} s {'longer' if frames > 0 else 'shorter'}"
