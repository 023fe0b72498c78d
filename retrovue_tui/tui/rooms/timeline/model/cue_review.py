"""Makes the review that a key of the timeline sends, from the break candidate at the cursor. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrovue_tui.tui.rooms.timeline.model.cues import is_here, nearest_cue
from retrovue_tui.tui.rooms.timeline.model.edit_requests import CannotEdit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrovue_tui.break_candidate import ReviewDecision
    from retrovue_tui.protocol.answers.pictures import AssetFacts
    from retrovue_tui.tui.rooms.timeline.model.geometry import View
    from retrovue_tui.tui.rooms.timeline.model.line_plan import LinePlan


@dataclass(frozen=True)
class CueReview:
    """A decision about the candidate at `frame` of a file; `to` is the frame of the file to which `move` moves it.
    `at`: the frame of the timeline at which the candidate is then."""

    file: str
    frame: int
    decision: ReviewDecision
    to: int | None
    at: int


def review_at(
    plan: LinePlan, view: View, facts: Mapping[str, AssetFacts], frame: int, decision: ReviewDecision
) -> CueReview:
    """Return the review that a key makes with the cursor at a frame of the timeline. `accept` without a candidate sets
    one there; `move` moves the nearest one there; the others are about the candidate under the cursor. Raises
    `CannotEdit`."""
    item = plan.at(frame)
    if item is None or item.is_spot or item.row.status == "missing":
        raise CannotEdit("break candidates are in programmes; there is none here")
    near, file, here = nearest_cue(plan, facts, frame), item.row.file, item.asset(frame)
    if decision == "move":
        if near is None:
            raise CannotEdit("no break candidate is near enough to move here; A sets a new one")
        if near.frame == frame:
            raise CannotEdit("the candidate is here already; go to its new frame, then m moves it")
        return CueReview(file, near.cue.frame, decision, here, frame)
    if near is not None and is_here(near, frame, plan, view):
        back = near.cue.was is not None and decision in ("forget", "reject")
        at = near.frame if not back else near.frame - near.cue.frame + (near.cue.was or 0)
        return CueReview(file, near.cue.frame, decision, None, at)
    if decision == "accept":
        return CueReview(file, here, decision, None, frame)
    raise CannotEdit("there is no break candidate here; n and N go to one")
