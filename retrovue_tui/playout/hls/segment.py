"""A segment of a channel, and its file's name, which has all facts about it. So the files alone are enough to go on
after a restart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Final

_NAME: Final = re.compile(
    r"([0-9]{1,12})-([0-9]{1,9})-([0-9]{1,7})-([0-9]{1,15})-([0-9a-f]{12})(?:-([1-9][0-9]{0,3}))?\.ts", re.ASCII
)

_EPOCH: Final = 1_577_836_800
"""2020-01-01 (Unix time)."""


@dataclass(frozen=True)
class Segment:
    """One segment.

    `sequence`: its media sequence number. `discontinuity`: its discontinuity sequence number; it differs from that of
    the segment before if time stamps begin again. `frames`: its pictures. `at_ms`: when the first one is due (Unix time
    in ms). `run`: random digits, so that nobody can guess the name, and no name is ever used twice. `size`: in bytes.
    `version`: 0; a number from 1 if it is what a group of viewers gets instead, while a spot is split.
    """

    sequence: int
    discontinuity: int
    frames: int
    at_ms: int
    run: str
    size: int = 0
    version: int = 0

    @cached_property
    def name(self) -> str:
        """The name of its file."""
        version = f"-{self.version}" if self.version else ""
        return f"{self.sequence}-{self.discontinuity}-{self.frames}-{self.at_ms}-{self.run}{version}.ts"

    @cached_property
    def date(self) -> str:
        """When its first picture is due, as playlists state it."""
        return date_time(self.at_ms)


def date_time(at_ms: int) -> str:
    """Return a Unix time in ms as ISO 8601 with milliseconds, in UTC."""
    seconds, rest = divmod(at_ms, 1_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}Z"


def after_gap(due: Segment, now: float) -> Segment:
    """Return the segment to make instead of the one that is due, if pictures before it are missing. `now`: Unix time
    (s). Its number counts half seconds since 2020 then, so that numbers never go back, even if all files are deleted.
    """
    sequence = max(due.sequence + 1, int(2 * (now - _EPOCH)))
    return Segment(sequence, due.discontinuity, 0, 0, "")


@lru_cache(maxsize=1_024)
def named(name: str, size: int = 0) -> Segment | None:
    """Return the segment whose file has this name; None for any other name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    sequence, discontinuity, frames, at_ms = map(int, found.groups()[:4])
    made = Segment(sequence, discontinuity, frames, at_ms, found[5], size, int(found[6] or 0))
    return made if made.name == name and frames else None
