"""What staged edits do to a rundown, entry by entry. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from retrovue_tui.tui.rooms.timeline.model.line_plan import in_break

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrovue_tui.protocol.rundown import RundownRow
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Plan

Change = Literal["new", "moved", "cut"]
"""Put in; at another place among its neighbours, or another file; in or out changed."""


@dataclass(frozen=True)
class Changes:
    """The entries of the staged rundown that are not as they were, and how many are gone."""

    by_id: Mapping[str, Change] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.by_id or self.gone)


def _change(was: RundownRow, row: RundownRow, *, moved: bool) -> Change | None:
    """What an entry of both rundowns is; `moved`: it has another neighbour before it."""
    if (was.file, was.break_id) != (row.file, row.break_id):
        return "moved"
    if (was.in_frame, was.duration_s) != (row.in_frame, row.duration_s):
        return "cut"
    return "moved" if moved else None


def between(old: Plan, new: Plan) -> Changes:
    """What is different. Moved are those entries of both whose neighbours before them are others; of two that changed
    places with a break, the break is the one that moved."""
    before = {row.id: row for row in old.rows}
    after = {row.id: row for row in new.rows}
    found: dict[str, Change] = {}
    files = {row.file for row in old.rows}
    stays_old = _ranks([row for row in old.rows if row.id in after])
    stays_new = _ranks([row for row in new.rows if row.id in before])
    for row in new.rows:
        was = before.get(row.id)
        if was is None:
            found[row.id] = "new" if in_break(row) or row.file not in files else "cut"
        elif change := _change(was, row, moved=stays_old[row.id] != stays_new[row.id]):
            found[row.id] = change
    stood, stands = _places(old), _places(new)
    found.update((id, "moved") for id, place in stands.items() if id in stood and stood[id] != place)
    return Changes(found, tuple(row.id for row in old.rows if row.id not in after))


def first_difference(old: Plan, new: Plan, frame: int) -> int | None:
    """The first frame of the line, from `frame` on, at which the two air something else; None within a round: never."""
    end = frame + max(old.length, new.length)
    while frame < end:
        was, comes = old.at(frame), new.at(frame)
        if was is None or comes is None:
            return None if was is comes else frame
        if (was.row.file, was.asset(frame)) != (comes.row.file, comes.asset(frame)):
            return frame
        frame = min(was.end, comes.end)
    return None


def _ranks(rows: list[RundownRow]) -> dict[str, int]:
    """The order of programmes among programmes, and of spots within their break."""
    counts: dict[str, int] = {}
    ranks: dict[str, int] = {}
    for row in rows:
        group = f"break {row.break_id}" if in_break(row) else "programme"
        ranks[row.id] = counts[group] = counts.get(group, -1) + 1
    return ranks


def _places(plan: Plan) -> dict[str, tuple[str, int]]:
    """For each spot, the frame of the programme behind which its break stands."""
    found: dict[str, tuple[str, int]] = {}
    place = ("", 0)
    for index, row in enumerate(plan.rows):
        if in_break(row):
            found[row.id] = place
        else:
            item = plan.item(index)
            place = (row.file, row.in_frame + item.frames)
    return found
