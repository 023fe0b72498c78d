"""The break candidates (cues) of the files on the timeline: where they lie, and which one a key acts on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retrovue_tui.protocol.answers.pictures import AssetCue, AssetFacts
    from retrovue_tui.tui.rooms.timeline.model.geometry import View
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Item, LinePlan

NEAR_S: Final = 30
"""The inspector describes a candidate that is not farther from the cursor than this (s), and `m` moves it."""
HERE_S: Final = 0.5
"""A candidate that is not farther from the cursor than this (s) counts as the one under the cursor."""


@dataclass(frozen=True)
class PlacedCue:
    """A break candidate at its place: a frame of the timeline."""

    frame: int
    cue: AssetCue

    @property
    def is_usable(self) -> bool:
        """Whether a break may go there: the operator has not rejected it."""
        return self.cue.state != "rejected"


def cues_of(item: Item, facts: AssetFacts | None) -> Iterator[PlacedCue]:
    """Yield the candidates of an item that air with it; none for a spot, or if the file's facts are not known."""
    if facts is None or item.is_spot:
        return
    for cue in facts.cues:
        frame = item.start + cue.frame - item.row.in_frame
        if item.start <= frame < item.end:
            yield PlacedCue(frame, cue)


def cue_in(item: Item, facts: AssetFacts | None, frame: int, way: int, *, usable: bool = False) -> int | None:
    """Return the frame of the first candidate of an item after a frame of the timeline (`way` 1), or of the last one
    before it (-1). None if there is none. `usable`: pass over rejected ones."""
    found = [
        each.frame for each in cues_of(item, facts) if (each.frame - frame) * way > 0 and (each.is_usable or not usable)
    ]
    return (min(found) if way > 0 else max(found)) if found else None


def nearest_cue(plan: LinePlan, facts: Mapping[str, AssetFacts], frame: int) -> PlacedCue | None:
    """Return the candidate nearest to a frame, in the same entry and within `NEAR_S`. None if there is none."""
    item = plan.at(frame)
    if item is None:
        return None
    found = min(cues_of(item, facts.get(item.row.file)), key=lambda each: abs(each.frame - frame), default=None)
    return found if found is not None and abs(found.frame - frame) <= plan.axis.frames(NEAR_S) else None


def is_here(cue: PlacedCue, frame: int, plan: LinePlan, view: View) -> bool:
    """Return whether a candidate is under the cursor at `frame`: in the same column of the view, or very near."""
    return view.column(cue.frame) == view.column(frame) or abs(cue.frame - frame) <= plan.axis.frames(HERE_S)


def clicked_cue(plan: LinePlan, view: View, facts: Mapping[str, AssetFacts], frame: int, reach: int) -> int | None:
    """Return the frame of the candidate nearest to the column of a frame, at most `reach` columns away. None if there
    is none."""
    column = view.column(frame)
    first, end = view.frame(column - reach), view.frame(column + reach + 1)
    found = (each for item in plan.items(first, end) for each in cues_of(item, facts.get(item.row.file)))
    inside = (each.frame for each in found if first <= each.frame < end)
    return min(inside, key=lambda each: (abs(view.column(each) - column), abs(each - frame)), default=None)
