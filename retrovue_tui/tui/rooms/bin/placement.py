"""Finds the places in a rundown where files of the bin can go, and makes the command for each place. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.protocol.commands import Command
from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrovue_tui.protocol.answers.library import LibraryRow
    from retrovue_tui.protocol.answers.rundown import RundownRow, RundownSnapshot

BREAKS: Final = 4
"""How many breaks are offered as places."""
_NUMBERED: Final = re.compile(r"b(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class Trim:
    """The part of a file that airs: asset frames [first, end), 0-based. None: from the file's first frame, or to its
    last."""

    first: int | None = None
    end: int | None = None

    def length(self, frames: int) -> int:
        """Return the number of frames that air, for a file with `frames` frames."""
        return max(0, min(frames, frames if self.end is None else self.end) - (self.first or 0))


@dataclass(frozen=True)
class BinClip:
    """A file of the bin, and the part of it that airs."""

    row: LibraryRow
    trim: Trim = Trim()

    @property
    def duration_s(self) -> float:
        """The length of the part that airs (s)."""
        row = self.row
        return row.duration_s * self.trim.length(row.frames) / row.frames if row.frames else row.duration_s


@dataclass(frozen=True)
class EntryFrame:
    """The timeline's cursor: an entry's id, and a frame of that entry's asset (0-based)."""

    entry: str
    frame: int


@dataclass(frozen=True)
class Place:
    """A place in a rundown. `before`: the id of the entry after the place; None: the end of the rundown. `break_id`:
    the break that spots at this place belong to. `within`: the frame of a programme at which a new break splits it;
    None: the place is between two entries."""

    name: str
    before: str | None
    break_id: str
    within: EntryFrame | None = None

    def command(self, clips: Sequence[BinClip]) -> Command:
        """Return the command that inserts all clips at this place, in their order, as one edit."""
        if self.within is not None:
            files = tuple(clip.row.file for clip in clips)
            return Command("insert_break", {"entry": self.within.entry, "at_frame": self.within.frame, "spots": files})
        return Command("apply", {"edits": tuple(self._edit(clip) for clip in clips)})

    def _edit(self, clip: BinClip) -> dict[str, Any]:
        wanted = {
            "before": self.before, "in_frame": clip.trim.first, "out_frame": clip.trim.end,
            "break": self.break_id if clip.row.kind == "spot" else None,
        }  # fmt: skip
        given = {name: value for name, value in wanted.items() if value is not None}
        return {"command": "insert", "file": clip.row.file, "kind": clip.row.kind, **given}


def places(rundown: RundownSnapshot, clips: Sequence[BinClip], cursor: EntryFrame | None = None) -> tuple[Place, ...]:
    """Return the possible places for the clips, each once: at the timeline's cursor, after the entry on air, at the end
    of each coming break (for spots), at the end of the rundown."""
    rows, fresh = rundown.entries, _fresh_break(rundown.entries)
    spots = all(clip.row.kind == "spot" for clip in clips)
    whole = all(clip.trim == Trim() for clip in clips)
    here = next((at for at, row in enumerate(rows) if row.status == "on_air"), None)
    found = [
        _at_cursor(rows, cursor, fresh, cut=spots and whole),
        None if here is None else _after_air(rows, here, fresh, spots=spots),
        *(_into_breaks(rows, 0 if here is None else here + 1) if spots else ()),
        Place("at the end of the rundown", None, fresh),
    ]
    kept: dict[tuple[str | None, EntryFrame | None], Place] = {}
    for place in found:
        if place is not None:
            kept.setdefault((place.before, place.within), place)
    return tuple(kept.values())


def _at_cursor(rows: Sequence[RundownRow], cursor: EntryFrame | None, fresh: str, *, cut: bool) -> Place | None:
    """Return the place at the cursor; None if there is no cursor. `cut`: a new break may split the programme under the
    cursor; otherwise the place is after the entry under the cursor."""
    at = next((at for at, row in enumerate(rows) if cursor and row.id == cursor.entry), None)
    if at is None or cursor is None:
        return None
    row, title = rows[at], formats.clean(rows[at].title)
    inside = row.in_frame < cursor.frame and (row.out_frame is None or cursor.frame < row.out_frame)
    if cut and row.kind == "programme" and inside:
        return Place(f"at the timeline's cursor, a break in {title}", None, fresh, within=cursor)
    behind = _following(rows, at)
    return Place(f"at the timeline's cursor, after {title}", behind, row.break_id or fresh)


def _after_air(rows: Sequence[RundownRow], here: int, fresh: str, *, spots: bool) -> Place:
    """Return the place after the entry on air; if that is a spot, the place after its whole break."""
    on_air, last = rows[here], here
    if on_air.break_id is not None:
        last = _last_of_break(rows, here)
    title = formats.clean(on_air.title)
    name = f"at the end of break {on_air.break_id}, which is on air" if on_air.break_id else f"after {title}, on air"
    if last + 1 == len(rows):
        return Place(f"{name}, at the end of the rundown", None, on_air.break_id or fresh)
    coming = rows[last + 1]
    joined = on_air.break_id or (coming.break_id if spots else None)
    if joined is not None and on_air.break_id is None:
        name = f"{name}, before the spots of break {joined}"
    return Place(name, coming.id, joined or fresh)


def _into_breaks(rows: Sequence[RundownRow], first: int) -> Iterator[Place]:
    """Yield the end of each coming break; then of the breaks that have aired, because a looped rundown airs them
    again."""
    count = 0
    for at in (*range(first, len(rows)), *range(first)):
        row = rows[at]
        if row.break_id is None or row.status == "on_air" or at != _last_of_break(rows, at) or count == BREAKS:
            continue
        count += 1
        when = f", {formats.wall_time(row.start_at + row.duration_s)}" if row.start_at is not None else ""
        if row.status == "aired":
            when = ", which has aired"
        yield Place(f"at the end of break {row.break_id}{when}", _following(rows, at), row.break_id)


def _last_of_break(rows: Sequence[RundownRow], at: int) -> int:
    while at + 1 < len(rows) and rows[at + 1].break_id == rows[at].break_id:
        at += 1
    return at


def _following(rows: Sequence[RundownRow], at: int) -> str | None:
    return rows[at + 1].id if at + 1 < len(rows) else None


def _fresh_break(rows: Sequence[RundownRow]) -> str:
    """Return an unused break id: `b` and the next free number."""
    numbers = [int(match[1]) for row in rows if row.break_id and (match := _NUMBERED.fullmatch(row.break_id))]
    return f"b{max(numbers, default=0) + 1}"
