"""The calendar of a channel laid out over days: local days as moments, changes of the clocks, and the stretches of time
in which each block holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.config.plan import ChannelPlan
    from retrovue_tui.schedule.air_calendar import AirCalendar, Rules

DAY_S: Final = 86_400.0
_QUARTER: Final = timedelta(minutes=15)


class LocalDay(NamedTuple):
    """A day in the channel's time zone, with its first moment and that of the next day, in UTC. It has 23 or 25 hours
    where clocks change."""

    date: date
    start: datetime
    end: datetime


class Span(NamedTuple):
    """A stretch in which one block's rules hold. `block`: its number in the plan; -1 for [channel.plan]."""

    block: int
    start: datetime
    end: datetime


def local_days(calendar: AirCalendar, now: datetime, count: int) -> list[LocalDay]:
    """Return the local days of the channel, `count` of them. The first one contains `now`."""
    start = _next_day(calendar, now - timedelta(days=2))
    while (following := _next_day(calendar, start)) <= now:
        start = following
    days = []
    for _ in range(count):
        end = _next_day(calendar, start)
        days.append(LocalDay(calendar.local(start).date(), start, end))
        start = end
    return days


def _next_day(calendar: AirCalendar, moment: datetime) -> datetime:
    """Return the first moment of the local day after the one that contains `moment`. Where clocks are set back at
    midnight, a day has two midnights."""
    at, today = moment, calendar.local(moment).date()
    while calendar.local(at).date() <= today:
        at = calendar.next_multiple(at + timedelta(seconds=1), DAY_S)
    return at


def clock_offsets(calendar: AirCalendar, start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
    """Return the offset from UTC at `start`, and each moment before `end` at which it changes, with the new offset.
    Clocks change at a quarter of an hour."""
    found: list[tuple[datetime, timedelta]] = []
    at = start
    while at < end:
        offset = calendar.local(at).utcoffset() or timedelta(0)
        if not found or found[-1][1] != offset:
            found.append((at.astimezone(UTC), offset))
        at += _QUARTER
    return found


def block_spans(calendar: AirCalendar, plan: ChannelPlan, start: datetime, end: datetime) -> list[Span]:
    """Return the stretches from `start` to `end`, without a hole."""
    spans: list[Span] = []
    for rules, first, last in _stretches(calendar, start, end):
        number = block_number(plan, rules)
        if spans and spans[-1].block == number:
            spans[-1] = Span(number, spans[-1].start, last)
        else:
            spans.append(Span(number, first, last))
    return spans


def _stretches(calendar: AirCalendar, start: datetime, end: datetime) -> Iterator[tuple[Rules, datetime, datetime]]:
    at = start
    while at < end:
        until = min(calendar.until(at), end)
        yield calendar.at(at), at, until
        at = until


def block_number(plan: ChannelPlan, rules: Rules) -> int:
    """Return the number of the block to which rules belong; -1 for those of [channel.plan]."""
    return next((number for number, block in enumerate(plan.blocks) if block.rules is rules.rules), -1)
