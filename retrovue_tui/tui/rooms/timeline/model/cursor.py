"""The cursor, the marks and the selection on the timeline, and the targets of the keys that move them. Pure.

A round is one pass through the rundown: a rundown that loops airs again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.tui.rooms.timeline.model.cues import cues_of
from retrovue_tui.tui.rooms.timeline.model.geometry import View, fitting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from retrovue_tui.protocol.answers.pictures import AssetFacts
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Item, LinePlan

FASTEST: Final = 64
"""The highest speed of the running cursor, as a multiple of real time."""
OPENING_S: Final = 3_600
"""How many seconds the timeline shows when it opens."""
LOOKED_THROUGH: Final = 60
"""A search for a break candidate looks through at most this many entries."""
SNAP_COLUMNS: Final = 2
"""A dragged break or spot, and a click in the lane of the candidates, snap to a place at most this many columns
away."""


@dataclass(frozen=True)
class Mark:
    """A marked frame: frame `asset` (0-based) of the file of entry `entry`. `round`: which pass through the rundown."""

    entry: str
    round: int
    asset: int

    @classmethod
    def at(cls, item: Item, frame: int) -> Mark:
        """Return the mark for a frame of the timeline that lies inside `item`."""
        return cls(item.row.id, item.round, item.asset(frame))

    def frame(self, plan: LinePlan) -> int | None:
        """Return the mark's frame on the timeline; None if the entry no longer exists, or no longer contains the
        frame."""
        start, index = plan.start_of(self.entry, self.round), plan.index_of.get(self.entry)
        if start is None or index is None:
            return None
        item = plan.item(index, self.round)
        frame = start + self.asset - item.row.in_frame
        return frame if item.start <= frame < item.end else None


@dataclass(frozen=True)
class Chosen:
    """The selection, which does not depend on the cursor: a whole break by its name, or one entry by its id. `round`:
    which pass through the rundown."""

    kind: Literal["break", "entry"]
    name: str
    round: int

    def extent(self, plan: LinePlan) -> tuple[int, int] | None:
        """Return the selected frames [first, end) of the timeline; None if the break or entry no longer exists."""
        if self.kind == "break":
            block = plan.break_named(self.name, self.round)
            return (block.start, block.stop) if block else None
        index = plan.index_of.get(self.name)
        if index is None:
            return None
        item = plan.item(index, self.round)
        return item.start, item.end


def choosing(plan: LinePlan, frame: int, before: Chosen | None) -> Chosen | None:
    """Return the selection after `space` at a frame; `before` is the one so far. In a break: first the break, then the
    spot, then nothing. In a programme: first the segment, then nothing."""
    item = plan.at(frame)
    if item is None or item.index < 0:
        return None
    entry = Chosen("entry", item.row.id, item.round)
    block = plan.break_of(item)
    if block is None:
        return None if before == entry else entry
    whole = Chosen("break", block.name, block.round)
    if before == whole:
        return entry
    return None if before == entry else whole


def held(plan: LinePlan, frame: int) -> int:
    """Return the frame; if the plan does not know it, the nearest frame that it knows."""
    return max(plan.start, min(frame, plan.horizon - 1))


def carried(plan: LinePlan, mark: Mark, frame: int) -> int:
    """Return the new place of the frame that `mark` marks, formerly at `frame`, in the nearest pass (round) through the
    rundown. If the marked frame no longer exists, return `frame`."""
    there = mark.frame(plan)
    if there is None or not plan.length:
        return frame
    half = plan.length // 2
    return held(plan, frame + (there - frame + half) % plan.length - half)


def opening(plan: LinePlan, air: int, width: int) -> View:
    """Return the view for a new timeline: the present pass (round) through the rundown if it is at most an hour,
    otherwise an hour with the playhead (`air`) near its beginning. `width`: columns."""
    rate = plan.axis.rate
    hour = plan.axis.frames(OPENING_S)
    if 0 < plan.length <= hour and plan.base <= air < plan.round_end:
        return fitting(plan.base, plan.round_end, width, rate)
    first = air - hour // 10
    return fitting(first, first + hour, width, rate)


def whole(plan: LinePlan, view: View) -> View:
    """Return a view of the whole present pass (round) through the rundown. If `view` already is that, return a view of
    all known frames."""
    rate = plan.axis.rate
    round_ = fitting(plan.base, max(plan.round_end, plan.base + 1), view.width, rate)
    return round_ if view != round_ else fitting(plan.start, plan.horizon, view.width, rate)


def faster(speed: int, way: int) -> int:
    """Return the speed of the running cursor after another press of forward (`way` 1) or reverse (-1)."""
    return way if speed * way <= 0 else way * min(FASTEST, 2 * abs(speed))


def items_from(plan: LinePlan, frame: int, way: int) -> Iterator[Item]:
    """Yield the items from a frame on (`way` 1), or backwards from it (-1); at most `LOOKED_THROUGH`."""
    item = plan.at(frame)
    for _ in range(LOOKED_THROUGH):
        if item is None:
            return
        yield item
        item = plan.at(item.end) if way > 0 else plan.at(item.start - 1)


def finding(plan: LinePlan, words: str, frame: int) -> Item | None:
    """Return the first entry after a frame whose title contains these words; at the end of the plan, search on from its
    start. None if there is none."""
    wanted = words.casefold().split()
    if not wanted or not plan.length:
        return None
    here = plan.at(frame)
    first = here.end if here else plan.air_from
    rounds = (plan.horizon - plan.base) // plan.length
    start = plan.at(first) or plan.at(plan.air_from)
    if start is None or start.index < 0:
        start = plan.at(plan.air_from)
    if start is None:
        return None
    index, number = start.index, start.round
    for _ in range(len(plan.rows) + 1):
        row = plan.rows[index]
        item = plan.item(index, number)
        if item.frames and item.start < plan.horizon and all(word in row.title.casefold() for word in wanted):
            return item
        index += 1
        if index == len(plan.rows):
            index, number = 0, number + 1 if number < rounds else 0
    return None


def attracting(
    plan: LinePlan, view: View, facts: Mapping[str, AssetFacts], marks: Collection[int], besides: Collection[str]
) -> Iterator[int]:
    """Yield the frames in view to which a dragged break or spot snaps: edit points, usable break candidates and marks,
    except those of the dragged entries (`besides`: their ids)."""
    yield from marks
    for item in plan.items(view.left, view.end):
        if item.row.id in besides:
            continue
        yield from (item.start, item.end)
        yield from (each.frame for each in cues_of(item, facts.get(item.row.file)) if each.is_usable)
