"""The operator's position on the timeline, and where the keys lead from there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.tui.rooms.timeline.model.geometry import View, fitting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from retrovue_tui.protocol.pictures import AssetFacts
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Item, LinePlan

FASTEST: Final = 64
"""The fastest speed of the running cursor, as a multiple of real time."""
OPENING_S: Final = 3_600
"""The seconds in view when the timeline is opened."""
LOOKED_THROUGH: Final = 60
"""How many entries are searched for a cue."""
SNAP_COLUMNS: Final = 2
"""Within so many columns, a place attracts what is dragged."""


@dataclass(frozen=True)
class Mark:
    """A marked frame: `asset` is the frame of the file, in an entry, in a round."""

    entry: str
    round: int
    asset: int

    @classmethod
    def at(cls, item: Item, frame: int) -> Mark:
        """Return a mark for a frame of the line inside `item`."""
        return cls(item.row.id, item.round, item.asset(frame))

    def frame(self, plan: LinePlan) -> int | None:
        """Return its frame on the line; None if the entry is gone, or does not have the frame any more."""
        start, index = plan.start_of(self.entry, self.round), plan.index_of.get(self.entry)
        if start is None or index is None:
            return None
        item = plan.item(index, self.round)
        frame = start + self.asset - item.row.in_frame
        return frame if item.start <= frame < item.end else None


@dataclass(frozen=True)
class Chosen:
    """The selection, independent of the cursor: a whole break by its name, or one entry by its id."""

    kind: Literal["break", "entry"]
    name: str
    round: int

    def extent(self, plan: LinePlan) -> tuple[int, int] | None:
        """Return its frames [first, end); None if it is gone."""
        if self.kind == "break":
            block = plan.break_named(self.name, self.round)
            return (block.start, block.stop) if block else None
        index = plan.index_of.get(self.name)
        if index is None:
            return None
        item = plan.item(index, self.round)
        return item.start, item.end


def choosing(plan: LinePlan, frame: int, before: Chosen | None) -> Chosen | None:
    """Return what `space` selects at a frame: the whole break, then its spot there, then nothing; in a programme,
    the segment, then nothing."""
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
    """Return the frame, or the nearest one that is known."""
    return max(plan.start, min(frame, plan.horizon - 1))


def carried(plan: LinePlan, mark: Mark, frame: int) -> int:
    """Return the new frame of what was at `frame`, marked by `mark`: a little earlier or later in the same round; or
    `frame` itself if it is gone."""
    there = mark.frame(plan)
    if there is None or not plan.length:
        return frame
    half = plan.length // 2
    return held(plan, frame + (there - frame + half) % plan.length - half)


def opening(plan: LinePlan, air: int, width: int) -> View:
    """Return the first view: a round if it is short, or an hour with the playhead near its beginning."""
    rate = plan.axis.rate
    hour = plan.axis.frames(OPENING_S)
    if 0 < plan.length <= hour and plan.base <= air < plan.round_end:
        return fitting(plan.base, plan.round_end, width, rate)
    first = air - hour // 10
    return fitting(first, first + hour, width, rate)


def whole(plan: LinePlan, view: View) -> View:
    """Return a view of the whole round on air; if that is the view already, of everything known."""
    rate = plan.axis.rate
    round_ = fitting(plan.base, max(plan.round_end, plan.base + 1), view.width, rate)
    return round_ if view != round_ else fitting(plan.start, plan.horizon, view.width, rate)


def faster(speed: int, way: int) -> int:
    """Return the speed after another press of forward (1) or reverse (-1)."""
    return way if speed * way <= 0 else way * min(FASTEST, 2 * abs(speed))


def items_from(plan: LinePlan, frame: int, way: int) -> Iterator[Item]:
    """Yield the items from a frame on, or backwards from it; at most `LOOKED_THROUGH`."""
    item = plan.at(frame)
    for _ in range(LOOKED_THROUGH):
        if item is None:
            return
        yield item
        item = plan.at(item.end) if way > 0 else plan.at(item.start - 1)


def cue_in(item: Item, facts: AssetFacts | None, frame: int, way: int) -> int | None:
    """Return the first cue candidate in an item after a frame of the line, or the last before it."""
    if facts is None:
        return None
    places = (item.start + cue.frame - item.row.in_frame for cue in facts.cues)
    found = [place for place in places if item.start <= place < item.end and (place - frame) * way > 0]
    return (min(found) if way > 0 else max(found)) if found else None


def finding(plan: LinePlan, words: str, frame: int) -> Item | None:
    """Return the next entry after a frame whose title has these words, wrapping round at the end."""
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
    """Return the places in view to which dragging snaps: edit points, cue candidates, marks; but none of the dragged
    entries `besides`."""
    yield from marks
    for item in plan.items(view.left, view.end):
        if item.row.id in besides:
            continue
        yield from (item.start, item.end)
        known = facts.get(item.row.file)
        if known is not None:
            places = (item.start + cue.frame - item.row.in_frame for cue in known.cues)
            yield from (place for place in places if item.start <= place < item.end)
