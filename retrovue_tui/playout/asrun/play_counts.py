"""Counts how often each file has aired, and when it last did. It reads each row of the as-run database once.

A programme that continues after a break is counted once. A row is such a continuation if it begins later in its file
than the previous row of that file on the same channel.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

_QUERY: Final = """
WITH fresh AS (
    SELECT rowid AS number, file, channel, asset_frame, started_at,
           lag(asset_frame) OVER stretch AS before,
           first_value(asset_frame) OVER stretch AS first,
           first_value(started_at) OVER stretch AS first_at,
           last_value(asset_frame) OVER (
               PARTITION BY file, channel ORDER BY rowid RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
           ) AS last
    FROM aired
    WHERE rowid > ? AND kind <> 'slate' AND file <> '' AND NOT (ended IS 'failed' AND frames_aired = 0)
    WINDOW stretch AS (PARTITION BY file, channel ORDER BY rowid)
)
SELECT file, channel, sum(before IS NULL OR asset_frame <= before), max(started_at), min(first), min(last), max(number),
       sum((before IS NULL OR asset_frame <= before) AND started_at >= ?), min(first_at)
FROM fresh GROUP BY file, channel
"""


@dataclass(frozen=True)
class PlayCount:
    """How often a file has begun to air on any channel (`times`), the Unix time at which it last began (`last`), and
    how often it has begun today (`today`), by the machine's clock."""

    times: int
    last: float
    today: int = 0


class PlayCounts:
    """The counts so far. Use it only in the database's thread."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._midnight = 0.0
        self._base: sqlite3.Connection | None = None
        self._counted = 0
        self._airings: dict[str, PlayCount] = {}
        self._reached: dict[tuple[str, str], int] = {}

    def count(self, base: sqlite3.Connection) -> Mapping[str, PlayCount]:
        """Return the counts of all aired files, by path. Reads only new rows. Raises `sqlite3.Error`."""
        if base is not self._base:  # a new database, which may lack the rows counted so far
            self._base, self._counted = base, 0
            self._airings, self._reached = {}, {}
        self._begin_day()
        counted = self._counted
        for row in base.execute(_QUERY, (self._counted, self._midnight)):
            file, channel, times, last, first, reached, number, today, first_at = row
            known = self._reached.get((file, channel))
            goes_on = known is not None and first > known
            self._reached[file, channel] = reached
            before = self._airings.get(file, PlayCount(0, last))
            today -= goes_on and first_at >= self._midnight
            self._airings[file] = PlayCount(
                before.times + times - goes_on, max(last, before.last), before.today + today
            )
            counted = max(counted, number)
        self._counted = counted
        return dict(self._airings)

    def _begin_day(self) -> None:
        """Count from zero today if another day has begun."""
        now = datetime.fromtimestamp(self._clock(), UTC).astimezone()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        if midnight != self._midnight:
            self._midnight = midnight
            self._airings = {
                file: replace(each, today=0) if each.today else each for file, each in self._airings.items()
            }
