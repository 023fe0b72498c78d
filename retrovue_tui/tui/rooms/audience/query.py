"""The query of the audience room: a dimension, a period, and the operator's limits. Pure."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.audience import DIMENSIONS, AudienceFilter
from retrovue_tui.protocol.time_input import moment

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.audience import Dimension

PLURALS: Final[dict[Dimension, str]] = {
    "spot": "spots", "advertiser": "advertisers", "position": "positions", "break": "breaks",
    "programme": "programmes", "hour": "hours", "variant": "variants", "channel": "channels",
}  # fmt: skip
PERIOD_HINT: Final = (
    "3d (the last three days), 2026-03-01, 20:15 (today); with an end: 2026-03-01..2026-04-01. Units: s m h d."
)
_LENGTH: Final = re.compile(r"[0-9.]+[smhd]")


@dataclass(frozen=True)
class Period:
    """A period of time, which moves on with the clock. `name`: as the heading shows it. `hours`: the hours up to now;
    None: no such limit. `since`, `until`: typed times; empty: no limit."""

    name: str
    hours: float | None = None
    today: bool = False
    since: str = ""
    until: str = ""

    def bounds(self, now: float) -> tuple[float | None, float | None]:
        """Return the first moment of the period at Unix time `now`, and its end; None: no limit."""
        if self.today:
            day = time.localtime(now)
            return time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 0, 0, 0, 0, 0, -1)), None
        if self.hours is not None:
            return now - 3_600 * self.hours, None
        return (moment(self.since) if self.since else None), (moment(self.until) if self.until else None)


PERIODS: Final = (
    Period("today", today=True),
    Period("last 24 h", 24),
    Period("last 7 days", 7 * 24),
    Period("last 30 days", 30 * 24),
    Period("all time"),
)
DEFAULT_PERIOD: Final = PERIODS[2]


def typed_period(text: str) -> Period:
    """Return the period that a typed text stands for: a time, or two with `..` between them, of which one may be
    missing. Raises `RetrovueError` with the reason if it is none."""
    since, dots, until = (part.strip() for part in text.partition(".."))
    if not since and not until:
        raise RetrovueError("type when the period begins, or 2026-03-01..2026-04-01 for its begin and end")
    name = f"{since}..{until}" if dots else f"last {since}" if _LENGTH.fullmatch(since) else f"since {since}"
    period = Period(name, since=since, until=until)
    first, end = period.bounds(0.0)
    if first is not None and end is not None and first >= end:
        raise RetrovueError(f"the period ends before it begins: {since} is not before {until}")
    return period


@dataclass(frozen=True)
class AudienceQuery:
    """The figures that the operator wants to see. `channel`: its id; None: all channels. `spot`: the file of the only
    spot that counts, `advertiser`: the only advertiser; None: all."""

    by: Dimension = "spot"
    period: Period = DEFAULT_PERIOD
    channel: str | None = None
    spot: str | None = None
    advertiser: str | None = None

    def wanted(self, now: float, key: str | None = None) -> AudienceFilter:
        """Return the filter to send at Unix time `now`. `key`: only the group with this key of the dimension."""
        since, until = self.period.bounds(now)
        one = None if key is None else self.by
        return AudienceFilter(self.channel, since, until, self.spot, self.advertiser, one, key)

    def turned(self, by: int) -> AudienceQuery:
        """Return the query by the next dimension, or the one before."""
        return replace(self, by=DIMENSIONS[(DIMENSIONS.index(self.by) + by) % len(DIMENSIONS)])

    def closer(self, key: str) -> AudienceQuery | None:
        """Return the query for what is inside of one group: the variants of a spot, or the spots of an advertiser; None
        if the group cannot be looked into."""
        if self.by == "spot":
            return replace(self, by="variant", spot=key)
        if self.by == "advertiser" and key:
            return replace(self, by="spot", advertiser=key)
        return None

    @property
    def narrowed(self) -> bool:
        """Whether it counts only one spot or one advertiser."""
        return self.spot is not None or self.advertiser is not None

    @property
    def filtered(self) -> bool:
        """Whether resetting the filters would change it."""
        return self.narrowed or self.period != DEFAULT_PERIOD

    @property
    def reset(self) -> AudienceQuery:
        """The query without filters, for the same channel and by the same dimension."""
        return AudienceQuery(self.by, channel=self.channel)

    @property
    def whose(self) -> str:
        """The limits of the query in words, like `only spot cola30`; empty if there are none."""
        words = [
            f"only spot {PurePath(self.spot).stem}" if self.spot is not None else "",
            f"only {self.advertiser}" if self.advertiser is not None else "",
        ]
        return " · ".join(filter(None, words))
