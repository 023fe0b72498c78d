"""The times at which aligned programmes of a channel may begin: the grid lines of its plan. Pure."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from retrovue_tui.schedule.air_calendar import AirCalendar

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from retrovue_tui.config.plan import ChannelPlan

MOST_LINES: Final = 300
"""The most lines that are returned: those of a day with `align = "5m"`."""


def grid_lines(plan: ChannelPlan, zone: tzinfo | None, first: datetime, end: datetime) -> list[datetime]:
    """Return the moments in [first, end), in UTC, that are multiples of `align` after midnight in the blocks that have
    one; at most `MOST_LINES`. `zone`: the channel's time zone; None: the machine's."""
    calendar = AirCalendar(plan, zone)
    found: list[datetime] = []
    at = first.astimezone(UTC)
    while at < end and len(found) < MOST_LINES:
        rules, until = calendar.at(at).rules, min(end, calendar.until(at))
        if rules.align_s is not None:
            line = calendar.next_multiple(at, rules.align_s)
            while line < until and len(found) < MOST_LINES:
                found.append(line)
                line = _next_line(calendar, line, rules.align_s)
        at = until
    return found


def _next_line(calendar: AirCalendar, line: datetime, every_s: float) -> datetime:
    """Return the line after a line. It is one step later, unless the clocks change or the day ends in between."""
    after = line + timedelta(seconds=every_s)
    here, there = calendar.local(line), calendar.local(after)
    if here.utcoffset() == there.utcoffset() and here.date() == there.date():
        return after
    return calendar.next_multiple(line + timedelta(microseconds=1), every_s)
