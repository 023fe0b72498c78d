"""Finds the position at which a stream continues after a change of its source. Pure."""

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
    """The position at which the stream enters the new source. `keep`: the number of frames of the old source that still
    air first; None: the new source begins with the next frame."""

    position: Position
    keep: int | None = None


def move(old: Sequence[Entry], new: Sequence[Entry], coming: Iterable[Stretch]) -> SourceSwitch | None:
    """Return the switch from the old source to the new one; None if the new one begins at its start. `coming`: the
    stretches (unbroken runs of frames of one entry) that would air next. They may begin with frames of a source before
    the old one, and may be endless.

    If the new source contains the frame on air (for a spot: in the same break), the stream continues there. If the new
    source does not have the spot on air in that break, the spot airs to its end, and then the programme continues at
    its next frame. So a break that is on air or has passed does not begin again.
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
    """Return the frame to look for in the new source: the last frame that has aired, if the entry has begun, so that a
    break directly after that frame still airs."""
    return stretch.first - 1 if stretch.first > stretch.entry.in_frame else stretch.first


def _find(entries: Sequence[Entry], entry: Entry, frame: int) -> int | None:
    """Return the index of the entry that has this frame of the same file in the same break, preferably one with the
    same id; None if there is none."""
    holding = [
        index
        for index, each in enumerate(entries)
        if (each.file, each.kind, each.break_id) == (entry.file, entry.kind, entry.break_id)
        and each.in_frame <= frame < (math.inf if each.out_frame is None else each.out_frame)
    ]
    return next((index for index in holding if entries[index].id == entry.id), holding[0] if holding else None)
