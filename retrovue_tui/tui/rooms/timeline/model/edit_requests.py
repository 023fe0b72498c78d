"""Makes the edits that the timeline's keys stage, from the entry or break under the cursor. Pure; the station decides
whether they are possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui.rooms.timeline.model.lane_drawing import duration
from retrovue_tui.tui.rooms.timeline.model.line_plan import in_break
from retrovue_tui.tui.rooms.timeline.model.staging import StagedStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.tui.rooms.timeline.model.line_plan import Break, Item, LinePlan
    from retrovue_tui.tui.rooms.timeline.model.staging import Edit


class CannotEdit(RetrovueError):
    """The edit makes no sense here; nothing was sent to the station."""

    title = "Edit"


def insert_break(plan: LinePlan, frame: int, *, spots: Sequence[str] = (), seconds: float | None = None) -> StagedStep:
    """Return the step that inserts a break before the frame that airs at `frame` of the timeline. `spots`: its files;
    `seconds`: or its length, for the station to fill. Raises `CannotEdit`."""
    item = _to_come(plan, frame)
    if item.is_spot:
        raise CannotEdit("a break is here already; enter replaces its spots, or go to the programme")
    edit = {"command": "insert_break", "entry": item.row.id, "at_frame": item.asset(frame)}
    if spots:
        edit["spots"] = list(spots)
    elif seconds is not None:
        edit["seconds"] = seconds
    at = plan.axis.rate.timecode(item.asset(frame))
    return StagedStep(f"break in {item.row.title} at {at}", (edit,), target_s=None if spots else seconds)


def add_spots(plan: LinePlan, item: Item, files: Sequence[str]) -> StagedStep:
    """Return the step that adds spots to a break, after the spot `item`."""
    edits = []
    for file in reversed(files):  # the station inserts each file directly after `item`, so the last file goes first
        edit = {"command": "insert", "file": file, "after": item.row.id, "kind": "spot"}
        if item.row.break_id:
            edit["break"] = item.row.break_id
        edits.append(edit)
    return StagedStep(f"{len(edits)} spot{'s' if len(edits) > 1 else ''} after {item.row.title}", tuple(edits))


def replace_spot(item: Item, file: str) -> StagedStep:
    """Return the step that replaces a spot by another file."""
    edit = {"command": "replace_spot", "entry": item.row.id, "file": file}
    return StagedStep(f"{item.row.title} replaced", (edit,))


def fill(block: Break, seconds: float) -> StagedStep:
    """Return the step that has the station choose new spots for a break, `seconds` long in all."""
    edit = {"command": "fill", "break": block.name, "seconds": seconds}
    return StagedStep(f"break {block.name} filled to {seconds:g} s", (edit,), target_s=seconds, target_of=block.name)


def refill(block: Break, files: Sequence[str]) -> StagedStep:
    """Return the step that replaces all spots of a break by these files."""
    edit = {"command": "fill", "break": block.name, "spots": list(files)}
    return StagedStep(f"break {block.name}: other spots", (edit,))


def nudge(plan: LinePlan, block: Break, by: int) -> StagedStep:
    """Return the step that moves a break by `by` frames."""
    return place_break(plan, block, block.start + by, f"break {block.name} {_by(plan, by)}")


def _by(plan: LinePlan, by: int) -> str:
    return f"{duration(abs(by), plan.axis.rate.nominal)} {'later' if by > 0 else 'earlier'}"


def place_break(plan: LinePlan, block: Break, frame: int, label: str = "") -> StagedStep:
    """Return the step that moves a break so that it begins at a frame of the timeline. `label`: text for the step.
    Raises `CannotEdit`."""
    if frame == block.start:
        raise CannotEdit("it is there already")
    # Without the break at its old place, everything after it moves forward by the break's length.
    there = frame if frame < block.start else frame + block.frames
    item = plan.at(there)
    if item is not None and item.start == there:  # the end of a segment before it is the same place
        item = _before(plan, there) if item.is_spot else item
    if item is None or item.index < 0:
        raise CannotEdit("the rundown has nothing there to break into")
    if item.is_spot:
        raise CannotEdit("there is another break; choose a place in a programme")
    if item.round != block.round:
        raise CannotEdit("that is another round of the rundown; a break moves within its own")
    edit = {"command": "move_break", "break": block.name, "entry": item.row.id, "at_frame": item.asset(there)}
    return StagedStep(label or f"break {block.name} to {plan.axis.clock(frame)}", (edit,))


def _before(plan: LinePlan, frame: int) -> Item | None:
    return plan.at(frame - 1)


def split(plan: LinePlan, frame: int) -> StagedStep:
    """Return the step that splits a segment; the second part begins with the frame. Raises `CannotEdit`."""
    item = _to_come(plan, frame)
    if frame == item.start:
        raise CannotEdit("it begins here; go to a frame inside")
    edit = {"command": "split", "entry": item.row.id, "at_frame": item.asset(frame)}
    return StagedStep(f"{item.row.title} split at {plan.axis.rate.timecode(item.asset(frame))}", (edit,))


def trim(plan: LinePlan, item: Item, first: int | None, end: int | None) -> StagedStep:
    """Return the step that trims an entry to the frames [first, end) of its file; None keeps that point. Raises
    `CannotEdit`."""
    if item.index < 0:
        raise CannotEdit("this has aired; only what is to come can be trimmed")
    if first is None and end is None:
        raise CannotEdit("mark in (i) or out (o) on it first")
    if first is not None and end is not None and first >= end:
        raise CannotEdit("the out mark is before the in mark; x clears them")
    edit: Edit = {"command": "trim", "entry": item.row.id}
    rate = plan.axis.rate
    edit |= {"in_frame": first} if first is not None else {}
    edit |= {"out_frame": end} if end is not None else {}
    amounts = " ".join(
        f"{name} {rate.timecode(frame)}" for name, frame in (("from", first), ("to", end)) if frame is not None
    )
    return StagedStep(f"{item.row.title} trimmed {amounts}", (edit,))


def remove(item: Item, block: Break | None) -> StagedStep:
    """Return the step that removes a whole break (if given), or one entry. Later entries air earlier."""
    if block is not None:
        return StagedStep(f"break {block.name} removed", ({"command": "remove_break", "break": block.name},))
    return StagedStep(f"{item.row.title} removed", ({"command": "remove", "entry": item.row.id},))


def lift(item: Item, block: Break | None, frame: int | None = None) -> StagedStep:
    """Return the step that removes a whole break (if given) or one entry, and fills its time with spots from the pool,
    so that later entries keep their times. `frame`: if a programme is on air, keep its part before this frame of the
    timeline."""
    if block is not None:
        return StagedStep(f"break {block.name} lifted", ({"command": "lift", "break": block.name},))
    edit: Edit = {"command": "lift", "entry": item.row.id}
    if frame is not None and item.row.status == "on_air" and not item.is_spot:
        edit["at_frame"] = item.asset(frame)
        return StagedStep(f"the rest of {item.row.title} lifted", (edit,))
    return StagedStep(f"{item.row.title} lifted", (edit,))


def shift(plan: LinePlan, item: Item, by: int) -> StagedStep:
    """Return the step that moves an entry `by` places (1 or -1): a spot past the next spot, a segment past the next
    segment. Raises `CannotEdit`."""
    rows = plan.rows
    at = item.index + by
    while 0 <= at < len(rows) and in_break(rows[at]) != item.is_spot:
        at += by
    if not 0 <= at < len(rows):
        raise CannotEdit(f"{item.row.title} is the {'last' if by > 0 else 'first'} already")
    return reorder(item, plan.item(at, item.round), after=by > 0)


def reorder(item: Item, other: Item, *, after: bool) -> StagedStep:
    """Return the step that moves an entry directly before or after the entry `other`."""
    edit = {"command": "move_entry", "entry": item.row.id, "after" if after else "before": other.row.id}
    return StagedStep(f"{item.row.title} moved {'after' if after else 'before'} {other.row.title}", (edit,))


def target(plan: LinePlan, frame: int, *, single: bool) -> tuple[Item, Break | None]:
    """Return the entry at a frame, and the break if the edit is for the whole break. `single`: the edit is for one spot
    only. Raises `CannotEdit`."""
    item = _to_come(plan, frame)
    return item, None if single else plan.break_of(item)


def _to_come(plan: LinePlan, frame: int) -> Item:
    item = plan.at(frame)
    if item is None:
        raise CannotEdit("no entry of the rundown airs here")
    if item.index < 0 or (item.row.status == "aired" and item.round == 0):
        raise CannotEdit("this has aired; go to what is to come")
    return item
