"""Turns keys into edits of the rundown, from what is under the cursor. Pure; the station decides."""

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
    """An edit makes no sense here; nothing was sent."""

    title = "Edit"


def insert_break(plan: LinePlan, frame: int, *, spots: Sequence[str] = (), seconds: float | None = None) -> StagedStep:
    """Return a break at a frame of the line: before the programme's frame that would air there. Raises `CannotEdit`."""
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
    """Return edits that add spots after a spot of a break."""
    edits = []
    for file in reversed(files):  # each goes right after the same one
        edit = {"command": "insert", "file": file, "after": item.row.id, "kind": "spot"}
        if item.row.break_id:
            edit["break"] = item.row.break_id
        edits.append(edit)
    return StagedStep(f"{len(edits)} spot{'s' if len(edits) > 1 else ''} after {item.row.title}", tuple(edits))


def replace_spot(item: Item, file: str) -> StagedStep:
    """Return an edit that replaces a spot by another file."""
    edit = {"command": "replace_spot", "entry": item.row.id, "file": file}
    return StagedStep(f"{item.row.title} replaced", (edit,))


def fill(block: Break, seconds: float) -> StagedStep:
    """Return an edit that chooses new spots for a break, to a length."""
    edit = {"command": "fill", "break": block.name, "seconds": seconds}
    return StagedStep(f"break {block.name} filled to {seconds:g} s", (edit,), target_s=seconds, target_of=block.name)


def refill(block: Break, files: Sequence[str]) -> StagedStep:
    """Return an edit that replaces a break's spots by these files."""
    edit = {"command": "fill", "break": block.name, "spots": list(files)}
    return StagedStep(f"break {block.name}: other spots", (edit,))


def nudge(plan: LinePlan, block: Break, by: int) -> StagedStep:
    """Return an edit that moves a break by that many frames."""
    return place_break(plan, block, block.start + by, f"break {block.name} {_by(plan, by)}")


def _by(plan: LinePlan, by: int) -> str:
    return f"{duration(abs(by), plan.axis.rate.nominal)} {'later' if by > 0 else 'earlier'}"


def place_break(plan: LinePlan, block: Break, frame: int, label: str = "") -> StagedStep:
    """Return an edit that moves a break so that it begins at a frame of the line. Raises `CannotEdit`."""
    if frame == block.start:
        raise CannotEdit("it is there already")
    # Moving it away brings what follows it earlier by its length.
    there = frame if frame < block.start else frame + block.frames
    item = plan.at(there)
    if item is not None and item.start == there:  # the end of the entry before is equally good, if that is a segment
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
    """Return an edit that splits a segment at a frame. Raises `CannotEdit`."""
    item = _to_come(plan, frame)
    if frame == item.start:
        raise CannotEdit("it begins here; go to a frame inside")
    edit = {"command": "split", "entry": item.row.id, "at_frame": item.asset(frame)}
    return StagedStep(f"{item.row.title} split at {plan.axis.rate.timecode(item.asset(frame))}", (edit,))


def trim(plan: LinePlan, item: Item, first: int | None, end: int | None) -> StagedStep:
    """Return an edit that sets an entry's in and out, in frames of its file; None keeps one. Raises `CannotEdit`."""
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
    """Return an edit that removes a whole break, or one entry; what follows airs earlier."""
    if block is not None:
        return StagedStep(f"break {block.name} removed", ({"command": "remove_break", "break": block.name},))
    return StagedStep(f"{item.row.title} removed", ({"command": "remove", "entry": item.row.id},))


def lift(item: Item, block: Break | None, frame: int | None = None) -> StagedStep:
    """Return an edit that removes an entry or break and fills its time from the pool, so that what follows keeps its
    time. With `frame`, only what comes after that frame of the line is removed, for a programme on air."""
    if block is not None:
        return StagedStep(f"break {block.name} lifted", ({"command": "lift", "break": block.name},))
    edit: Edit = {"command": "lift", "entry": item.row.id}
    if frame is not None and item.row.status == "on_air" and not item.is_spot:
        edit["at_frame"] = item.asset(frame)
        return StagedStep(f"the rest of {item.row.title} lifted", (edit,))
    return StagedStep(f"{item.row.title} lifted", (edit,))


def shift(plan: LinePlan, item: Item, by: int) -> StagedStep:
    """Return an edit that moves an entry one place earlier or later: a spot among the spots of its break, a segment
    among segments. Raises `CannotEdit`."""
    rows = plan.rows
    at = item.index + by
    while 0 <= at < len(rows) and in_break(rows[at]) != item.is_spot:
        at += by
    if not 0 <= at < len(rows):
        raise CannotEdit(f"{item.row.title} is the {'last' if by > 0 else 'first'} already")
    return reorder(item, plan.item(at, item.round), after=by > 0)


def reorder(item: Item, other: Item, *, after: bool) -> StagedStep:
    """Return an edit that moves an entry right before or after another one."""
    edit = {"command": "move_entry", "entry": item.row.id, "after" if after else "before": other.row.id}
    return StagedStep(f"{item.row.title} moved {'after' if after else 'before'} {other.row.title}", (edit,))


def target(plan: LinePlan, frame: int, *, single: bool) -> tuple[Item, Break | None]:
    """Return what an edit at the cursor acts on: the whole break there, one spot of it if it is chosen (`single`),
    or the programme segment. Raises `CannotEdit`."""
    item = _to_come(plan, frame)
    return item, None if single else plan.break_of(item)


def _to_come(plan: LinePlan, frame: int) -> Item:
    item = plan.at(frame)
    if item is None:
        raise CannotEdit("no entry of the rundown airs here")
    if item.index < 0 or (item.row.status == "aired" and item.round == 0):
        raise CannotEdit("this has aired; go to what is to come")
    return item
