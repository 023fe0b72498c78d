"""The times at which spots air: those that have aired, and those that are planned. Each rule of a spot is judged by the
airing that is nearest in time."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from datetime import UTC
from typing import TYPE_CHECKING

from retrovue_tui.schedule.spots.spot_rules import SpotHistory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from retrovue_tui.schedule.spots.spot_rules import PoolSpot


class AiringTimes:
    """The airings of files. Times are aware, in the channel's time zone."""

    def __init__(self, aired: Iterable[tuple[Path, datetime]] = ()) -> None:
        self._times: defaultdict[Path, list[datetime]] = defaultdict(list)
        self._count: Counter[Path] = Counter()
        for file, at in aired:
            self.add(file, at)

    def add(self, file: Path, at: datetime) -> None:
        """Add an airing. It counts when spots take turns."""
        insort(self._times[file], at)
        self._count[file] += 1

    def plan(self, file: Path, at: datetime) -> None:
        """Add a planned airing. It does not count when spots take turns."""
        insort(self._times[file], at)

    def merge(self, other: AiringTimes) -> None:
        """Add all airings of another object."""
        for file, times in other._times.items():
            self._times[file] = sorted([*self._times[file], *times])
        self._count += other._count

    def forget(self, before: datetime) -> None:
        """Remove the airings before a time. Call it only where nothing is planned."""
        for file in list(self._times):
            kept = self._times[file][bisect_left(self._times[file], before) :]
            if kept:
                self._times[file], self._count[file] = kept, len(kept)
            else:
                del self._times[file], self._count[file]

    def copy(self) -> AiringTimes:
        """Return an independent copy."""
        other = AiringTimes()
        other._times = defaultdict(list, {file: list(times) for file, times in self._times.items()})
        other._count = Counter(self._count)
        return other

    def history(self, spots: Iterable[PoolSpot], at: datetime) -> SpotHistory:
        """Return the history by which these spots are judged for a break at the time `at`."""
        found = SpotHistory(count=Counter(self._count))
        today = found.by_day[at.date()]
        for spot in spots:
            if spot.versions:
                found.count[spot.file] = sum(self._count[file] for file, _ in spot.versions)
            times = self._times_of(spot)
            if not times:
                continue
            near = nearest(times, at)
            found.last[spot.file] = near.astimezone(UTC)
            today[spot.file] = sum(time.date() == at.date() for time in times)
            for key in spot.keys:
                other = found.last_key.get(key, near)
                found.last_key[key] = min(near, other, key=_distance(at)).astimezone(UTC)
        return found

    def _times_of(self, spot: PoolSpot) -> list[datetime]:
        """Return the times at which a spot airs, in order. An airing of a variant is an airing of the spot."""
        if not spot.versions:
            return self._times.get(spot.file, [])
        return sorted(time for file, _ in spot.versions for time in self._times.get(file, ()))


def _distance(at: datetime) -> Callable[[datetime], float]:
    """Return the distance of a moment from `at`, in seconds. Times of one zone would be subtracted by what clocks
    show."""
    now = at.timestamp()
    return lambda moment: abs(moment.timestamp() - now)


def nearest(times: Sequence[datetime], at: datetime) -> datetime:
    """Return the one of these sorted times that is nearest to `at`; the earlier of two that are equally near."""
    index = bisect_left(times, at)
    return min(times[max(0, index - 1) : index + 1], key=_distance(at))
