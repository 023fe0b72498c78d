"""Putting files of the bin into a rundown: where they can go, and the edits that put them there. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.control.commands import Command
from retrovue_tui.tui import formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.control.library import LibraryRow
    from retrovue_tui.control.receipts import RundownRow, RundownSnapshot

_NUMBERED: Final = re.compile(r"b(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class Trim:
    """Asset frames [first, end) of a file; None: from its beginning, to its end."""

    first: int | None = None
    end: int | None = None

    def length(self, frames: int) -> int:
        """How many frames that are of a file with so many."""
        return max(0, min(frames, frames if self.end is None else self.end) - (self.first or 0))


@dataclass(frozen=True)
class Clip:
    """A file that is to be inserted, and how much of it."""

    row: LibraryRow
    trim: Trim = Trim()

    @property
    def duration_s(self) -> float:
        """How long it airs."""
        row = self.row
        return row.duration_s * self.trim.length(row.frames) / row.frames if row.frames else row.duration_s


@dataclass(frozen=True)
class Place:
    """Somewhere in a rundown. `before`: the entry that comes behind it, None at the end. `break_id`: of spots there."""

    name: str
    before: str | None
    break_id: str

    def command(self, clips: Sequence[Clip]) -> Command:
        """All clips there, in their order, as one edit."""
        return Command("apply", {"edits": tuple(self._edit(clip) for clip in clips)})

    def _edit(self, clip: Clip) -> dict[str, Any]:
        wanted = {
            "before": self.before, "in_frame": clip.trim.first, "out_frame": clip.trim.end,
            "break": self.break_id if clip.row.kind == "spot" else None,
        }  # fmt: skip
        given = {name: value for name, value in wanted.items() if value is not None}
        return {"command": "insert", "file": clip.row.file, "kind": clip.row.kind, **given}


def places(rundown: RundownSnapshot, *, spots: bool) -> tuple[Place, ...]:
    """Where files can go: behind what is on air, and at the end. `spots`: they are, so they may join a break."""
    rows, fresh = rundown.entries, _fresh_break(rundown.entries)
    last = Place("at the end of the rundown", None, fresh)
    here = next((place for place, row in enumerate(rows) if row.status == "on_air"), None)
    if here is None:
        return (last,)
    on_air, behind = rows[here], here + 1
    while on_air.break_id is not None and behind < len(rows) and rows[behind].break_id == on_air.break_id:
        behind += 1
    title = formats.clean(on_air.title)
    name = f"at the end of break {on_air.break_id}, which is on air" if on_air.break_id else f"behind {title}, on air"
    if behind == len(rows):
        return (Place(f"{name}, where the rundown ends", None, on_air.break_id or fresh),)
    coming = rows[behind]
    joined = on_air.break_id or (coming.break_id if spots else None)
    if joined is not None and on_air.break_id is None:
        name = f"{name}, ahead of the spots of break {joined}"
    return Place(name, coming.id, joined or fresh), last


def _fresh_break(rows: Sequence[RundownRow]) -> str:
    """The next number that no break has."""
    numbers = [int(match[1]) for row in rows if row.break_id and (match := _NUMBERED.fullmatch(row.break_id))]
    return f"b{max(numbers, default=0) + 1}"
