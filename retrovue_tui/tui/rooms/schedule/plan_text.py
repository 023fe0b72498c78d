"""A channel's plan in words: times, blocks, gaps and warnings. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.protocol.answers.plan import BASE
from retrovue_tui.tui.rooms.schedule.grid_layout import offset_at
from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.plan import BlockRules, ClockChange, PlannedSlot, PlanSnapshot

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NO_PLAN: Final = (
    "{name} has no plan: its rundown file is written by hand.\n"
    "\n"
    "To let the station plan it, add this below its [[channel]] in retrovue.toml:\n"
    "\n"
    "    [channel.plan]\n"
    '    programmes = ["*"]        # folders or globs below the library\n'
    '    breaks = "natural"        # natural, chapters, "every 10m", none\n'
    "\n"
    "The station takes it up at once, and shows the week here."
)


class Trouble(NamedTuple):
    """A gap, or a warning of a slot: when it begins (Unix time, s), and what it is."""

    at: float
    text: str


def wall(clock: Sequence[ClockChange], at: float) -> datetime:
    """Return the local time of the channel at a moment."""
    return datetime.fromtimestamp(at + offset_at(clock, at), UTC).replace(tzinfo=None)


def clock_time(clock: Sequence[ClockChange], at: float) -> str:
    """Return a moment as `20:30`; to the second if it is not at a full minute."""
    then = wall(clock, at + 0.5)
    return f"{then:%H:%M:%S}" if then.second else f"{then:%H:%M}"


def day_time(clock: Sequence[ClockChange], at: float) -> str:
    """Return a moment as `Sat 28 20:30`."""
    then = wall(clock, at + 0.5)
    return f"{DAYS[then.weekday()]} {then.day:2} {then:%H:%M}"


def day_name(iso: str, width: int = 99) -> str:
    """Return a date like `2026-11-26` as `Thu 26 Nov`; as `Thu 26` if there are fewer than 15 cells."""
    day = date.fromisoformat(iso)
    short = f"{DAYS[day.weekday()]} {day.day:2}"
    return f"{short} {MONTHS[day.month - 1]}" if width >= 15 else short


def troubles_of(plan: PlanSnapshot) -> tuple[Trouble, ...]:
    """Return the gaps and warnings of a plan in the order of time."""
    found = [Trouble(gap.start_at, gap.why) for gap in plan.gaps]
    found += [Trouble(slot.start_at, warning) for slot in plan.slots for warning in slot.warnings]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: each.at))


def trouble_beside(troubles: Sequence[Trouble], at: float, by: int) -> Trouble | None:
    """Return the next gap or warning after a moment (`by` 1), or the one before (-1); from the other end on if there is
    none."""
    if not troubles:
        return None
    if by > 0:
        return next((each for each in troubles if each.at > at + 1), troubles[0])
    return next((each for each in reversed(troubles) if each.at < at - 1), troubles[-1])


def ends_early(plan: PlanSnapshot) -> bool:
    """Return whether the forecast ends before the last day does, because planning took too long."""
    return plan.planned and plan.until_at < plan.days[-1].end_at - 1


def rules_of(plan: PlanSnapshot, block: int) -> BlockRules | None:
    """Return the rules of a block as the file has them; None if they are not known."""
    return next((each for each in plan.blocks if each.block == block), None)


def block_text(plan: PlanSnapshot, block: int) -> str:
    """Return a block's name, days and times: `Comedy · mon-fri 20:00-22:00`."""
    rules = rules_of(plan, block)
    if rules is None:
        return formats.NOTHING
    if block == BASE:
        return "[channel.plan], where no block holds"
    values = rules.values
    times = f"{values.get('at', '0:00')}-{values.get('until', '24:00')}"
    return f"{rules.name} · {values.get('days', 'daily')} {times}"


def slot_name(slot: PlannedSlot) -> str:
    """Return the title of a slot; what it is if it has none."""
    return slot.title or "No programme"


def breaks_text(slot: PlannedSlot) -> str:
    """Return the breaks of a slot: `3 breaks, 06:00 in all`."""
    if not slot.breaks:
        return "none"
    return f"{formats.plural(slot.breaks, 'break')}, {formats.short(slot.break_s)} in all"
