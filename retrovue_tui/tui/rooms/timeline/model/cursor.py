"""Where the operator is on the line, and where the keys lead from there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.tui.rooms.timeline.model.geometry import View, fitting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from retrovue_tui.protocol.pictures import AssetFacts
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Item, Plan

FASTEST: Final = 64
"""Times the speed of the air at which the cursor can run."""
OPENING_S: Final = 3_600
"""How much is seen when the timeline is opened."""
LOOKED_THROUGH: Final = 60
"""How many entries are gone through for a cue."""
SNAP_COLUMNS: Final = 2
"""So near, a place draws what is dragged to it."""


@dataclass(frozen=True)
class Mark:
    """A marked frame: `asset` of the file, in an entry, in a round."""

    entry: str
    round: int
    asset: int

    @classmethod
    def at(cls, item: Item, frame: int) -> Mark:
        """The frame of the line that lies in `item`."""
        return cls(item.row.id, item.round, item.asset(frame))

    def frame(self, plan: Plan) -> int | None:
        """Where it is on the line; None: the entry is gone, or does not have it any more."""
        start, index = plan.start_of(self.entry, self.round), plan.index_of.get(self.entry)
        if start is None or index is None:
            return None
        item = plan.item(index, self.round)
        frame = start + self.asset - item.row.in_frame
        return frame if item.start <= frame < item.end else None


@dataclass(frozen=True)
class Chosen:
    """What is chosen, wherever the cursor goes: a whole break by its name, or one entry by its id."""

    kind: Literal["break", "entry"]
    name: str
    round: int

    def extent(self, plan: Plan) -> tuple[int, int] | None:
        """The frames [first, end) of it; None: it is gone."""
        if self.kind == "break":
            block = plan.break_named(self.name, self.round)
            return (block.start, block.stop) if block else None
        index = plan.index_of.get(self.name)
        if index is None:
            return None
        item = plan.item(index, self.round)
        return item.start, item.end


def choosing(plan: Plan, frame: int, before: Chosen | None) -> Chosen | None:
    """What `space` chooses at a frame: the break as a whole, then its spot there, then neither; in a programme the
    segment, then nothing."""
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


def held(plan: Plan, frame: int) -> int:
    """The frame, or the nearest one of which something is known."""
    return max(plan.start, min(frame, plan.horizon - 1))


def carried(plan: Plan, mark: Mark, frame: int) -> int:
    """Where what was at a frame of the line is now: a little earlier or later, but not in another round; the same frame
    where it is gone."""
    there = mark.frame(plan)
    if there is None or not plan.length:
        return frame
    half = plan.length // 2
    return held(plan, frame + (there - frame + half) % plan.length - half)


def opening(plan: Plan, air: int, width: int) -> View:
    """What is seen first: a round where that is short, else an hour, with the air near its beginning."""
    rate = plan.axis.rate
    hour = plan.axis.frames(OPENING_S)
    if 0 < plan.length <= hour and plan.base <= air < plan.round_end:
        return fitting(plan.base, plan.round_end, width, rate)
    first = air - hour // 10
    return fitting(first, first + hour, width, rate)


def whole(plan: Plan, view: View) -> View:
    """The round on air as a whole; where that is what is seen, all that is known."""
    rate = plan.axis.rate
    round_ = fitting(plan.base, max(plan.round_end, plan.base + 1), view.width, rate)
    return round_ if view != round_ else fitting(plan.start, plan.horizon, view.width, rate)


def faster(speed: int, way: int) -> int:
    """The speed behind another press of forward (1) or reverse (-1)."""
    return way if speed * way <= 0 else way * min(FASTEST, 2 * abs(speed))


def items_from(plan: Plan, frame: int, way: int) -> Iterator[Item]:
    """What airs from a frame on, or back from it; not for ever."""
    item = plan.at(frame)
    for _ in range(LOOKED_THROUGH):
        if item is None:
            return
        yield item
        item = plan.at(item.end) if way > 0 else plan.at(item.start - 1)


def cue_in(item: Item, facts: AssetFacts | None, frame: int, way: int) -> int | None:
    """The first cue candidate inside an item behind a frame of the line, or the last before it."""
    if facts is None:
        return None
    places = (item.start + cue.frame - item.row.in_frame for cue in facts.cues)
    found = [place for place in places if item.start <= place < item.end and (place - frame) * way > 0]
    return (min(found) if way > 0 else max(found)) if found else None


def finding(plan: Plan, words: str, frame: int) -> Item | None:
    """The next entry behind a frame whose title has these words; round the end of what is known."""
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
    plan: Plan, view: View, facts: Mapping[str, AssetFacts], marks: Collection[int], besides: Collection[str]
) -> Iterator[int]:
    """The places in view to which what is dragged snaps: edits, cue candidates, marks; but those of the entries
    `besides`, which are dragged."""
    yield from marks
    for item in plan.items(view.left, view.end):
        if item.row.id in besides:
            continue
        yield from (item.start, item.end)
        known = facts.get(item.row.file)
        if known is not None:
            places = (item.start + cue.frame - item.row.in_frame for cue in known.cues)
            yield from (place for place in places if item.start <= place < item.end)
