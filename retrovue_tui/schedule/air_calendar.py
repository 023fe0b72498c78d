"""The calendar of a channel: which block's rules hold at a moment, and when other rules begin.

Blocks are in local time. A moment is looked up by its local time, so a day of 23 or 25 hours has neither a hole nor a
moment with two blocks.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.config.plan import ChannelPlan, PlanRules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, tzinfo

    from retrovue_tui.config.plan import Block

BASE: Final = "plan"
"""The name of the rules of [channel.plan], which hold where no block does."""
_FAR: Final = timedelta(days=8)
_MOST_DAYS: Final = 400
"""The most days whose edges are remembered."""
_LONGEST_CHANGE: Final = timedelta(hours=3)
"""The most by which clocks are set forward or back."""


class Rules(NamedTuple):
    """The rules that hold at a moment, and the name of their block."""

    name: str
    rules: PlanRules


class AirCalendar:
    """Looks up the rules of a channel. All moments have a time zone; results are in UTC."""

    def __init__(self, plan: ChannelPlan, zone: tzinfo | None) -> None:
        """`zone`: the channel's time zone; None: the machine's."""
        self.zone = zone
        self._base = Rules(BASE, plan.rules)
        self._blocks = plan.blocks
        self._edges = sorted({edge for block in plan.blocks for edge in (block.at, block.until)})
        self._known_edges: dict[date, Sequence[datetime]] = {}

    @classmethod
    def of_zone(cls, zone: tzinfo | None) -> AirCalendar:
        """Return the calendar of a channel without a plan: it knows only the time zone."""
        return cls(ChannelPlan(PlanRules()), zone)

    def local(self, moment: datetime) -> datetime:
        """Return a moment in the channel's local time."""
        return moment.astimezone(self.zone)

    def at(self, moment: datetime) -> Rules:
        """Return the rules that hold at a moment. A block for dates wins over one for weekdays; of two such blocks, the
        one that stands later in the file wins."""
        local = self.local(moment)
        minute = 60 * local.hour + local.minute
        best, rank = self._base, -1
        for number, block in enumerate(self._blocks):
            day = _day_of(block, local.date(), minute)
            if day is None or day not in block.days:
                continue
            mine = number + (len(self._blocks) if block.days.by_date(day) else 0)
            if mine > rank:
                best, rank = Rules(block.name, block.rules), mine
        return best

    def until(self, moment: datetime) -> datetime:
        """Return the moment at which other rules begin to hold; a week and a day later if none do."""
        now, far = self.at(moment), moment.astimezone(UTC) + _FAR
        if not self._blocks:
            return far
        for edge in self._edges_after(moment):
            if edge >= far:
                break
            if self.at(edge).name != now.name:
                return edge
        return far

    def day_of(self, name: str, moment: datetime) -> date:
        """Return the day to which a moment belongs in a block: after midnight, the day on which the block began. It is
        the local date if the block does not cover the moment."""
        local = self.local(moment)
        for block in self._named(name):
            day = _day_of(block, local.date(), 60 * local.hour + local.minute)
            if day is not None and day in block.days:
                return day
        return local.date()

    def begin_of(self, name: str, day: date) -> datetime:
        """Return the local time at which a block begins on a day; that of midnight for other rules."""
        at = next((block.at for block in self._named(name) if day in block.days), 0)
        return self.local(self.moment(datetime.combine(day, time.min) + timedelta(minutes=at)))

    def moment(self, wall: datetime) -> datetime:
        """Return the moment, in UTC, at which clocks first show a wall time, or skip it."""
        return self._moments(wall)[0]

    def _named(self, name: str) -> Sequence[Block]:
        """Return the blocks of a name. Several may share one, as for other times at the weekend."""
        return [block for block in self._blocks if block.name == name]

    def next_multiple(self, moment: datetime, every_s: float) -> datetime:
        """Return the first moment, from `moment` on, whose local time is a multiple of `every_s` after midnight."""
        utc, every = moment.astimezone(UTC), timedelta(seconds=every_s)
        wall = self.local(moment).replace(tzinfo=None, fold=0)
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        step, around = -(-(wall - midnight) // every), 1 + int(_LONGEST_CHANGE // every)
        walls = [midnight + each * every for each in range(step - around, step + around + 1)]
        return min(each for wall in walls for each in self._moments(wall) if each >= utc)

    def _edges_after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the moments after `moment` at which a block may begin or end, and at which the clocks change."""
        first, utc = self.local(moment).date() - timedelta(days=1), moment.astimezone(UTC)
        for number in range(_FAR.days + 2):
            yield from (edge for edge in self._edges_of(first + timedelta(days=number)) if edge > utc)

    def _edges_of(self, day: date) -> Sequence[datetime]:
        """Return the moments of a day at which a block may begin or end, and at which the clocks change, in order."""
        if day not in self._known_edges:
            midnight = datetime.combine(day, time.min)  # a wall time, which gets its zone below
            walls = [midnight + timedelta(minutes=minute) for minute in (0, *self._edges)]
            edges = {each for wall in walls for each in self._moments(wall)} | set(self._clock_changes(midnight))
            if len(self._known_edges) >= _MOST_DAYS:
                self._known_edges.clear()
            self._known_edges[day] = sorted(edges)
        return self._known_edges[day]

    def _moments(self, wall: datetime) -> Sequence[datetime]:
        """Return the moments at which clocks show a wall time, in order: two in the hour that is repeated. For a time
        that is skipped, the moment of the change."""
        found = []
        for fold in (0, 1):
            aware = self._aware(wall.replace(fold=fold))
            utc = aware.astimezone(UTC)
            if self.local(utc).replace(tzinfo=None, fold=0) == wall.replace(fold=0):
                found.append(utc)
        if found:
            return sorted(set(found))
        return [self._change_near(wall)]

    def _aware(self, wall: datetime) -> datetime:
        return wall.astimezone() if self.zone is None else wall.replace(tzinfo=self.zone)

    def _change_near(self, wall: datetime) -> datetime:
        """Return the moment at which the clocks skip a wall time, by bisection to the second."""
        low = self._aware(wall - timedelta(hours=4)).astimezone(UTC)
        high = self._aware(wall + timedelta(hours=4)).astimezone(UTC)
        while high - low > timedelta(seconds=1):
            middle = (low + (high - low) / 2).replace(microsecond=0)
            middle = middle if middle > low else low + timedelta(seconds=1)
            if self.local(middle).replace(tzinfo=None) < wall:
                low = middle
            else:
                high = middle
        return high

    def _clock_changes(self, midnight: datetime) -> list[datetime]:
        """Return the moment of the day at which the clocks change, if they do."""
        first, last = self._aware(midnight), self._aware(midnight + timedelta(days=1))
        if first.utcoffset() == last.utcoffset():
            return []
        low, high = first.astimezone(UTC), last.astimezone(UTC)
        while high - low > timedelta(seconds=1):
            middle = (low + (high - low) / 2).replace(microsecond=0)
            middle = middle if middle > low else low + timedelta(seconds=1)
            if self.local(middle).utcoffset() == first.utcoffset():
                low = middle
            else:
                high = middle
        return [high]


def _day_of(block: Block, day: date, minute: int) -> date | None:
    """Return the day to which a block belongs that covers this minute of a day; None if it does not cover it. After
    midnight, a block belongs to the day on which it began."""
    if block.at < block.until:
        return day if block.at <= minute < block.until else None
    if minute >= block.at:
        return day
    return day - timedelta(days=1) if minute < block.until else None
