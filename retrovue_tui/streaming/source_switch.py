"""Where the air goes on when a stream's source changes under it. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrovue_tui.rundown.positions import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Stretch


@dataclass(frozen=True)
class SourceSwitch:
    """The new source's position of the next frame; or, with `keep`, of the frame behind so many that air as planned."""

    position: Position
    keep: int | None = None


def move(old: Sequence[Entry], new: Sequence[Entry], coming: Iterable[Stretch]) -> SourceSwitch | None:
    """How the air, with this to come, goes from one source to another; None where it begins at the top. `coming` may
    begin with what is left of a source before the old one, and have no end.

    A frame that is on air goes on where the new source has it, in the same break if it is a spot's. A spot that the
    new source does not have there ends as planned, and the programme goes on at its frame: a break that is on air, or
    has passed, is not begun again.
    """
    stretches = iter(coming)
    airing = next(stretches, None)
    if airing is None:
        return None
    found = _find(new, airing.entry, _aired_or_next(airing))
    if found is not None:
        return SourceSwitch(Position(airing.loop, found, airing.first))
    if airing.entry.kind != "spot":
        return None
    keep = airing.frames
    for each in stretches:
        if (each.loop, each.index, each.entry) == (airing.loop, airing.index, airing.entry):
            keep += each.frames
        elif each.loop > airing.loop:
            break
        elif each.entry.kind == "programme":
            found = _find(new, each.entry, each.first)
            return None if found is None else SourceSwitch(Position(airing.loop, found, each.first), keep)
    shared = any(entry.file == other.file for entry in old for other in new if entry.kind == "programme")
    return SourceSwitch(Position(airing.loop + 1, 0, 0), keep) if shared else None


def _aired_or_next(stretch: Stretch) -> int:
    """The frame to look for: of an entry that is under way the last that has aired, so that a break right behind that
    is still to come."""
    return stretch.first - 1 if stretch.first > stretch.entry.in_frame else stretch.first


def _find(entries: Sequence[Entry], entry: Entry, frame: int) -> int | None:
    """Which entry has this frame of the same file, in the same break; best the one with the same id."""
    holding = [
        index
        for index, each in enumerate(entries)
        if (each.file, each.kind, each.break_id) == (entry.file, entry.kind, entry.break_id)
        and each.in_frame <= frame < (math.inf if each.out_frame is None else each.out_frame)
    ]
    return next((index for index in holding if entries[index].id == entry.id), holding[0] if holding else None)
