"""The rules of a pool's spots: when a spot may air, how often, and which spots must stay apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime, timedelta
    from pathlib import Path

Position = Literal["any", "first", "last"]
Shorter = Literal["refuse", "card"]
Rule = Literal["separation", "cooldown", "one per advertiser and tag", "most per day"]
SOFTEST_FIRST: Final[tuple[Rule, ...]] = ("separation", "cooldown", "one per advertiser and tag", "most per day")
"""The rules that may give way, in the order in which they do. All other rules always hold: flight dates, hours, the
position in the break, and no spot twice in a break."""
MINUTES_OF_DAY: Final = 1_440
_NONE: Final[frozenset[Rule]] = frozenset()


@dataclass(frozen=True)
class Hours:
    """A span of the day in local time, in minutes since midnight: from `begin` to before `end`. If `end` is not after
    `begin`, the span goes on after midnight."""

    begin: int
    end: int

    def __contains__(self, minute: int) -> bool:
        """Return whether a minute of the day lies in the span."""
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


@dataclass(frozen=True)
class PoolSpot:
    """A spot of a pool, with its rules.

    `frames` is its length in house frames. `weight` 2 lets it air twice as often as a spot with weight 1. `first_day`
    and `last_day` are its flight dates, both included. `hours` are the spans of the day in which a break with it may
    begin; empty: at any time. `cooldown` is the least time from one airing to the next. `variants` are the file names
    of other versions of the spot, and `variant_weights` how often the spot itself and each of them airs in proportion
    to the others; empty: all as often. `variant_of`: the spot of which this is a version; None if it is none.
    `versions`: the files that can air as this spot, with their weights; empty: only its own. See `with_versions`.
    `split`: its versions do not air in turn, but all at once, each to a group of the viewers. `shorter`: what happens
    to a shorter variant of such a spot: `card` airs a card after it, `refuse` does not air it.
    """

    file: Path
    title: str
    frames: int
    advertiser: str = ""
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    first_day: date | None = None
    last_day: date | None = None
    hours: tuple[Hours, ...] = ()
    most_per_day: int | None = None
    cooldown: timedelta | None = None
    position: Position = "any"
    variants: tuple[str, ...] = ()
    variant_weights: tuple[float, ...] = ()
    variant_of: Path | None = None
    versions: tuple[tuple[Path, float], ...] = ()
    split: bool = False
    shorter: Shorter = "refuse"

    @cached_property
    def keys(self) -> frozenset[str]:
        """The properties that only one spot in a break may have: its advertiser, and each of its tags."""
        keys = {f"tag {tag.casefold()}" for tag in self.tags}
        return frozenset(keys | {f"advertiser {self.advertiser.casefold()}"} if self.advertiser else keys)

    def may_air(self, at: datetime) -> bool:
        """Return whether the flight dates and the hours allow a break that begins at the local time `at`."""
        day, minute = at.date(), 60 * at.hour + at.minute
        if (self.first_day and day < self.first_day) or (self.last_day and day > self.last_day):
            return False
        return not self.hours or any(minute in span for span in self.hours)


@dataclass
class SpotHistory:
    """Which spots have aired, or are planned to air, and when. Times are in UTC, days are local."""

    last: dict[Path, datetime] = field(default_factory=dict)
    """The last airing of each file."""
    count: Counter[Path] = field(default_factory=Counter)
    """The number of airings of each file."""
    last_key: dict[str, datetime] = field(default_factory=dict)
    """The last airing of each advertiser and tag (`PoolSpot.keys`)."""
    by_day: defaultdict[date, Counter[Path]] = field(default_factory=lambda: defaultdict(Counter))
    """The number of airings of each file, by local day."""

    def add(self, spot: PoolSpot, at: datetime) -> None:
        """Record an airing."""
        self.add_last(spot, at)
        self.count[spot.file] += 1
        self.by_day[at.date()][spot.file] += 1

    def add_last(self, spot: PoolSpot, at: datetime) -> None:
        """Record an airing of long ago: it does not count when spots take turns, only how long ago it was."""
        utc = at.astimezone(UTC)  # times of one zone would be subtracted by what clocks show
        self.last[spot.file] = max(utc, self.last.get(spot.file, utc))
        for key in spot.keys:
            self.last_key[key] = max(utc, self.last_key.get(key, utc))


def broken_rules(
    spots: Iterable[PoolSpot], at: datetime, history: SpotHistory, separation: timedelta
) -> dict[Path, frozenset[Rule]]:
    """Return for each spot the rules that it would break if it aired at `at`. `separation` is the least time between
    two spots of the same advertiser or with the same tag in different breaks. The rule about a single break is not
    judged here."""
    utc, today = at.astimezone(UTC), history.by_day[at.date()]
    near = {key for key, last in history.last_key.items() if abs(utc - last) < separation}
    found: dict[Path, frozenset[Rule]] = {}
    for spot in spots:
        broken: set[Rule] = set()
        if near and not near.isdisjoint(spot.keys):
            broken.add("separation")
        if spot.cooldown is not None and (last := history.last.get(spot.file)) and abs(utc - last) < spot.cooldown:
            broken.add("cooldown")
        if spot.most_per_day is not None and today[spot.file] >= spot.most_per_day:
            broken.add("most per day")
        found[spot.file] = frozenset(broken) if broken else _NONE
    return found


def by_turn(spots: Iterable[PoolSpot], history: SpotHistory) -> list[PoolSpot]:
    """Return the spots in the order in which it is their turn: first those that have aired least for their weight, then
    those that aired longest ago. The order of `spots` does not matter."""
    last: Mapping[Path, datetime] = history.last

    def turn(spot: PoolSpot) -> tuple[float, float, str]:
        before = last.get(spot.file)
        aired = float("-inf") if before is None else before.timestamp()
        return history.count[spot.file] / spot.weight, aired, str(spot.file)

    return sorted(spots, key=turn)
