"""The changes that staged edits make to a rundown, entry by entry. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from retrovue_tui.tui.rooms.timeline.model.line_plan import in_break

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrovue_tui.protocol.answers.rundown import RundownRow
    from retrovue_tui.tui.rooms.timeline.model.line_plan import LinePlan

Change = Literal["new", "moved", "cut"]
"""`new`: the entry is new. `moved`: its place or its file changed. `cut`: its in or out point changed."""


@dataclass(frozen=True)
class Changes:
    """The changed entries of the staged rundown by id, and the ids of the removed entries."""

    by_id: Mapping[str, Change] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.by_id or self.gone)


def _change(was: RundownRow, row: RundownRow, *, moved: bool) -> Change | None:
    """Return the change between two versions of an entry; None if they are alike. `moved`: the entry has another
    place."""
    if (was.file, was.break_id) != (row.file, row.break_id):
        return "moved"
    if (was.in_frame, was.duration_s) != (row.in_frame, row.duration_s):
        return "cut"
    return "moved" if moved else None


def between(old: LinePlan, new: LinePlan) -> Changes:
    """Return the changes from `old` to `new`. An entry counts as moved if its rank has changed: programmes are ranked
    among programmes, spots within their break. If a segment and a break changed places, the break has moved."""
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


def first_difference(old: LinePlan, new: LinePlan, frame: int) -> int | None:
    """Return the first frame of the timeline, from `frame` on, at which the two plans air different frames. None if
    they agree for a whole pass through the rundown."""
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
    """Return the 0-based rank of each entry: of programmes among programmes, of spots within their break."""
    counts: dict[str, int] = {}
    ranks: dict[str, int] = {}
    for row in rows:
        group = f"break {row.break_id}" if in_break(row) else "programme"
        ranks[row.id] = counts[group] = counts.get(group, -1) + 1
    return ranks


def _places(plan: LinePlan) -> dict[str, tuple[str, int]]:
    """Return, for each spot, the place of its break: the file before the break, and the frame of that file at which the
    break begins."""
    found: dict[str, tuple[str, int]] = {}
    place = ("", 0)
    for index, row in enumerate(plan.rows):
        if in_break(row):
            found[row.id] = place
        else:
            item = plan.item(index)
            place = (row.file, row.in_frame + item.frames)
    return found
