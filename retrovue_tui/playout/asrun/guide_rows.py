"""Reads from the as-run database what the guide needs: what aired lately, and when each programme last began before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import sqlite3

MOST_ROWS: Final = 50_000
"""The most rows that are read at once, the newest ones."""
_SINCE: Final = """
SELECT kind, file, title, asset_frame, started_at, ended_at, ended IS NULL FROM (
    SELECT *, rowid AS number FROM aired
    WHERE channel = ? AND started_at >= ? AND NOT (ended IS 'failed' AND frames_aired = 0)
    ORDER BY started_at DESC, rowid DESC LIMIT ?
) ORDER BY started_at, number
"""
_LAST: Final = """
WITH rows AS (
    SELECT file, started_at, asset_frame, lag(asset_frame) OVER (PARTITION BY file ORDER BY started_at, rowid) AS before
    FROM aired
    WHERE channel = ? AND started_at < ? AND kind = 'programme' AND NOT (ended IS 'failed' AND frames_aired = 0)
)
SELECT file, max(started_at) FROM rows WHERE before IS NULL OR asset_frame <= before GROUP BY file
"""
"""A row that begins later in its file than the row before it goes on with the same airing."""


class AiredRun(NamedTuple):
    """An unbroken run of frames of an entry that aired. `started_at`, `ended_at`: Unix time (s). `is_open`: it is on
    air; `ended_at` is then the time of the last note about it."""

    kind: str
    file: str
    title: str
    asset_frame: int
    started_at: float
    ended_at: float
    is_open: bool


def aired_since(base: sqlite3.Connection, channel: str, since: float) -> list[AiredRun]:
    """Return what aired on a channel and began at the Unix time `since` or later, in order."""
    return [
        AiredRun(kind, file, title, first, start, start if end is None else end, bool(is_open))
        for kind, file, title, first, start, end, is_open in base.execute(_SINCE, (channel, since, MOST_ROWS))
    ]


def last_airings(base: sqlite3.Connection, channel: str, before: float) -> dict[Path, float]:
    """Return the last time at which each programme began to air on a channel before the Unix time `before`."""
    return {Path(file): at for file, at in base.execute(_LAST, (channel, before))}
