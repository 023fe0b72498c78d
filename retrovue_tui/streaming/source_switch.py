"""Finds the position at which a stream continues when its source is changed. Pure."""

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
    """The position at which the new source takes over. First, `keep` frames of the old source air as planned; None: it
    takes over at the next frame."""

    position: Position
    keep: int | None = None


def move(old: Sequence[Entry], new: Sequence[Entry], coming: Iterable[Stretch]) -> SourceSwitch | None:
    """Return the switch from the old source to the new one, or None if the new one begins at its start. `coming` are
    the stretches that would air next. They may begin with the rest of an even older source, and may be endless.

    If the new source contains the frame on air (for a spot: in the same break), the stream goes on at that frame. A
    spot that the new source does not have in that break airs to its end as planned, and the programme goes on at its
    next frame: a break that is on air, or has passed, does not begin again.
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
    """Return the frame to look for in the new source. If the entry has begun, it is the last frame that has aired, so
    that a break directly after that frame still airs."""
    return stretch.first - 1 if stretch.first > stretch.entry.in_frame else stretch.first


def _find(entries: Sequence[Entry], entry: Entry, frame: int) -> int | None:
    """Return the index of an entry with this frame of the same file in the same break; None if there is none. An entry
    with the same id is preferred."""
    holding = [
        index
        for index, each in enumerate(entries)
        if (each.file, each.kind, each.break_id) == (entry.file, entry.kind, entry.break_id)
        and each.in_frame <= frame < (math.inf if each.out_frame is None else each.out_frame)
    ]
    return next((index for index in holding if entries[index].id == entry.id), holding[0] if holding else None)
