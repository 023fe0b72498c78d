"""A plan of two weeks, for the tests of the schedule room."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from retrovue_tui.protocol.answers.plan import (
    BASE,
    BlockRules,
    BlockSpan,
    ClockChange,
    PlanDay,
    PlanGap,
    PlannedSlot,
    PlanSnapshot,
)
from tests.tui.station import NOW

SHOWS = ("Night Court, S02E05", "The Late Picture Show", "Cheers, S01E01", "Countdown to Midnight")


def days_of(zone: str, first: datetime, count: int) -> tuple[PlanDay, ...]:
    """Days of a time zone, from the midnight before `first` on."""
    midnight = first.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [(midnight + timedelta(days=number)) for number in range(count + 1)]
    return tuple(
        PlanDay(start.date().isoformat(), start.timestamp(), end.timestamp()) for start, end in pairwise(starts)
    )


def clock_of(zone: str, days: tuple[PlanDay, ...]) -> tuple[ClockChange, ...]:
    """The offset from UTC, and its changes."""
    found: list[ClockChange] = []
    at = days[0].start_at
    while at < days[-1].end_at:
        offset = datetime.fromtimestamp(at, ZoneInfo(zone)).utcoffset() or timedelta(0)
        if not found or found[-1].offset_s != offset.total_seconds():
            found.append(ClockChange(at, offset.total_seconds()))
        at += 900
    return tuple(found)


def spans_of(days: tuple[PlanDay, ...]) -> tuple[BlockSpan, ...]:
    """Comedy from 20 to 22 o'clock, Night from 23 to 1, the plan's own rules otherwise."""
    spans: list[BlockSpan] = []
    for day in days:
        noon = day.start_at
        for block, first, last in ((1, 0, 1), (BASE, 1, 20), (0, 20, 22), (BASE, 22, 23), (1, 23, 24)):
            spans.append(BlockSpan(block, noon + first * 3_600, noon + last * 3_600))
    return tuple(spans)


def a_plan(channel: str = "1", zone: str = "UTC", count: int = 14) -> PlanSnapshot:
    """Programmes of an hour, of half an hour in Comedy; a gap on the third day at 4, and a warning on the second."""
    days = days_of(zone, datetime.fromtimestamp(NOW, UTC), count)
    spans, slots = spans_of(days), []
    at, number = NOW - 754.0, 0
    gap = PlanGap(days[2].start_at + 4 * 3_600, days[2].start_at + 5 * 3_600, "no programmes found")
    while at < days[-1].end_at:
        block = next(span.block for span in spans if span.start_at <= at < span.end_at)
        end = at + (1_800.0 if block == 0 else 3_600.0)
        if number == 0:  # from now on at full hours
            end = (at + 3_600.0) // 3_600 * 3_600 + 3_600
        if at == gap.start_at:
            slots.append(PlannedSlot(at, end, "", gap.why, block=block, source="forecast"))
        else:
            slots.append(
                PlannedSlot(
                    at, end, SHOWS[number % 4], "turn of Night Court; 3 days since last", f"/m/{number}.mkv", block,
                    "rundown" if at < NOW + 86_400 else "forecast", 3, 360.0, fixed=block == 0,
                    marks=("premiere",) if number % 5 == 0 else (),
                    warnings=("Cheers: no natural break was found",) if number == 30 else (),
                )
            )  # fmt: skip
        at, number = end, number + 1
    return PlanSnapshot(
        channel, NOW, "r1", "" if zone == "UTC" else zone, True, NOW + 86_400, days[-1].end_at, days,
        clock_of(zone, days), spans, tuple(slots), (gap,), rules(), "Comedy changed",
    )  # fmt: skip


def rules() -> tuple[BlockRules, ...]:
    """The rules of the plan and of its two blocks."""
    return (
        BlockRules(BASE, "plan", {"programmes": ["Shows/*", "Movies"], "breaks": "natural", "align": "30m"}),
        BlockRules(0, "Comedy", {"name": "Comedy", "at": "20:00", "until": "22:00", "programmes": ["Shows/Sitcoms/*"]}),
        BlockRules(1, "Night", {"name": "Night", "days": "daily", "at": "23:00", "until": "01:00", "order": "shuffle"}),
    )


def hand_written(channel: str) -> PlanSnapshot:
    """The answer for a channel without a plan."""
    plan = a_plan(channel)
    return dataclasses.replace(plan, planned=False, spans=(), blocks=(), undo="", gaps=(), slots=plan.slots[:6])
