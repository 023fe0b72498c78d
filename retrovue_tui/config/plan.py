"""The plan of a channel in the configuration: [channel.plan] and [[channel.block]]."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from retrovue_tui.text.durations import duration_text, parse_duration

if TYPE_CHECKING:
    from retrovue_tui.config.form import Form

Order = Literal["series", "shuffle", "random"]
Breaks = Literal["natural", "chapters", "every", "none"]
Overrun = Literal["finish", "skip", "cut"]
OnTime = Literal["absorb", "drift"]
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PLAN_KEYS: Final = (
    "programmes", "order", "breaks", "break_length", "act_length", "most_breaks", "unnatural_breaks", "align",
    "overrun", "on_time", "marathon", "weights", "break_in", "break_out", "rerun_of", "after",
)  # fmt: skip
BLOCK_KEYS: Final = ("name", "days", "at", "until", *PLAN_KEYS)
CHANNEL_PLAN_KEYS: Final = (*PLAN_KEYS, "horizon", "seed", "colour")
MINUTES_OF_DAY: Final = 1_440
LONGEST_AFTER_S: Final = 40 * 86_400.0
"""The longest time after which a block can repeat another one (s): so long the plan remembers what each block aired."""
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
_EVERY: Final = re.compile(r"every\s+(\S+)")


@dataclass(frozen=True)
class PlanRules:
    """The keys that [channel.plan] and [[channel.block]] share. Lengths are in seconds.

    `programmes`: folders or globs below the library's folders. `segment_s`: the target length of a segment, that is, of
    a programme's part between two breaks. `align_s`: programmes begin on multiples of this after midnight; None: one
    after another. `break_in`, `break_out`: the pools of the bumpers that open and close a break. `rerun_of`, `after_s`:
    the block repeats the programmes that the block `rerun_of` aired this much earlier. `weights`: glob → the weight of
    its programmes in the draw of `order = "random"`.
    """

    programmes: tuple[str, ...] = ()
    order: Order = "series"
    breaks: Breaks = "natural"
    break_s: float = 120.0
    segment_s: float = 600.0
    most_breaks: int | None = None
    unnatural_breaks: bool = True
    align_s: float | None = None
    overrun: Overrun = "finish"
    on_time: OnTime = "absorb"
    marathon: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)
    break_in: str | None = None
    break_out: str | None = None
    rerun_of: str | None = None
    after_s: float = 86_400.0


@dataclass(frozen=True)
class Days:
    """The days on which a block airs: weekdays (0 is Monday), and spans of dates, both ends included. A span without a
    year returns each year."""

    weekdays: frozenset[int] = frozenset(range(7))
    dates: tuple[tuple[date, date], ...] = ()
    yearly: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()

    def __contains__(self, day: date) -> bool:
        """Return whether the block airs on this day."""
        return day.weekday() in self.weekdays or self.by_date(day)

    def by_date(self, day: date) -> bool:
        """Return whether a span of dates contains this day. Such a block wins over those for weekdays."""
        if any(first <= day <= last for first, last in self.dates):
            return True
        at = day.month, day.day
        return any(first <= at <= last if first <= last else at >= first or at <= last for first, last in self.yearly)


@dataclass(frozen=True)
class Block:
    """[[channel.block]]: other rules for a part of the day.

    `at` and `until` are minutes after midnight in local time; if `until` is not after `at`, the block ends on the next
    day.
    """

    name: str
    days: Days
    at: int
    until: int
    rules: PlanRules


@dataclass(frozen=True)
class ChannelPlan:
    """[channel.plan] with the channel's blocks. `horizon_s`: how far ahead the rundown is written (s). `colour`: the
    colour of the channel's cards, `#rrggbb`; None: one that depends on the channel's name."""

    rules: PlanRules
    blocks: tuple[Block, ...] = ()
    horizon_s: float = 86_400.0
    seed: int = 0
    colour: str | None = None


class PlanReader:
    """Reads the plans of channels, and records all problems in the form."""

    def __init__(self, form: Form, pools: Mapping[str, object]) -> None:
        self._form = form
        self._pools = pools

    def plan(self, table: Any, blocks: Any, where: str) -> ChannelPlan | None:
        """Return the plan of a channel; None if it has none. `where` is the name of the channel's table."""
        if table is None:
            if blocks:
                self._form.problem("blocks need a plan for the rest of the day: add [channel.plan]", f"{where}.block.0")
            return None
        if not isinstance(table, dict):
            self._form.problem("the plan is a table; write [channel.plan]", where, "plan")
            return None
        place = f"{where}.plan"
        self._form.unknown(table, place)
        rules = self._rules(table, place, PlanRules())
        if not rules.programmes and not self._form.partial:
            self._form.problem('the plan needs programmes, for example programmes = ["*"]', place, "programmes")
        horizon = self._duration(table, place, "horizon", 86_400.0, 3_600, 14 * 86_400)
        seed = self._form.whole(table, place, "seed", 0, 0, 2**31)
        colour = self._form.text(table, place, "colour", None)
        if colour is not None and not re.fullmatch("#[0-9a-fA-F]{6}", colour):
            self._form.problem(f'colour {colour!r} is not a colour; write it like colour = "#2a4d8f"', place, "colour")
            colour = None
        return ChannelPlan(rules, self._blocks(blocks, where, rules), horizon, seed, colour)

    def zone(self, table: dict[str, Any], where: str) -> str | None:
        """Return the name of the channel's time zone; None for the machine's."""
        name = self._form.text(table, where, "timezone", None)
        if name is None:
            return None
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            problem = f"timezone {name!r} is not known; write a name like Europe/Berlin, or leave it out"
            self._form.problem(problem, where, "timezone")
            return None
        return name

    def _blocks(self, tables: Any, where: str, base: PlanRules) -> tuple[Block, ...]:
        if tables is None:
            return ()
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._form.problem("blocks are written as [[channel.block]], one table for each", where, "block")
            return ()
        blocks = [self._block(table, f"{where}.block.{index}", index, base) for index, table in enumerate(tables)]
        names = {block.name for block in blocks}
        for index, block in enumerate(blocks):
            if block.rules.rerun_of is not None and block.rules.rerun_of not in names - {block.name}:
                problem = f"rerun_of {block.rules.rerun_of!r} is not the name of another block of this channel"
                self._form.problem(problem, f"{where}.block.{index}", "rerun_of")
        return tuple(blocks)

    def _block(self, table: dict[str, Any], where: str, index: int, base: PlanRules) -> Block:
        self._form.unknown(table, where)
        at, until = self._time(table, where, "at", 0), self._time(table, where, "until", MINUTES_OF_DAY)
        rules = self._rules(table, where, replace(base, rerun_of=None))
        name = self._form.text(table, where, "name", f"block {index + 1}")
        return Block(name, self._days(table, where), at % MINUTES_OF_DAY, until % MINUTES_OF_DAY, rules)

    def _rules(self, table: dict[str, Any], where: str, base: PlanRules) -> PlanRules:
        form = self._form
        breaks, segment_s = self._breaks(table, where, base)
        unnatural = form.one_of(table, where, "unnatural_breaks", "allow" if base.unnatural_breaks else "avoid",
                                ("allow", "avoid"))  # fmt: skip
        return PlanRules(
            programmes=self._globs(table, where, base.programmes),
            order=cast("Order", form.one_of(table, where, "order", base.order, ("series", "shuffle", "random"))),
            breaks=breaks,
            break_s=self._duration(table, where, "break_length", base.break_s, 1, 3_600),
            segment_s=self._duration(table, where, "act_length", segment_s, 30, 24 * 3_600),
            most_breaks=form.whole(table, where, "most_breaks", base.most_breaks, 0, 100),
            unnatural_breaks=unnatural == "allow",
            align_s=self._align(table, where, base.align_s),
            overrun=cast("Overrun", form.one_of(table, where, "overrun", base.overrun, ("finish", "skip", "cut"))),
            on_time=cast("OnTime", form.one_of(table, where, "on_time", base.on_time, ("absorb", "drift"))),
            marathon=self._flag(table, where, "marathon", base.marathon),
            weights=self._weights(table, where, base.weights),
            break_in=self._pool(table, where, "break_in", base.break_in),
            break_out=self._pool(table, where, "break_out", base.break_out),
            rerun_of=form.text(table, where, "rerun_of", base.rerun_of),
            after_s=self._duration(table, where, "after", base.after_s, 60, LONGEST_AFTER_S),
        )

    def _breaks(self, table: dict[str, Any], where: str, base: PlanRules) -> tuple[Breaks, float]:
        value = table.get("breaks", base.breaks)
        if isinstance(value, str) and (match := _EVERY.fullmatch(value.strip())):
            spacing = parse_duration(match[1])
            if spacing is not None and 30 <= spacing.total_seconds() <= 86_400:
                return "every", spacing.total_seconds()
        elif isinstance(value, str) and value in ("natural", "chapters", "none", base.breaks):
            return cast("Breaks", value), base.segment_s
        problem = f'breaks {value!r} is not one of natural, chapters, none, or a spacing like "every 10m"'
        self._form.problem(problem, where, "breaks")
        return base.breaks, base.segment_s

    def _globs(self, table: dict[str, Any], where: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = table.get("programmes", list(default))
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(each, str) and each.strip() for each in values):
            problem = 'programmes is a list of folders or globs below the library, such as ["Shows/*", "Movies"]'
            self._form.problem(problem, where, "programmes")
            return default
        return tuple(values)

    def _weights(self, table: dict[str, Any], where: str, default: Mapping[str, float]) -> Mapping[str, float]:
        value = table.get("weights", default)
        if not isinstance(value, Mapping) or not all(
            isinstance(each, int | float) and not isinstance(each, bool) and 0 < each <= 1_000
            for each in value.values()
        ):
            problem = 'weights is a table of globs and numbers over 0, such as { "Shows/Quiz/*" = 2 }'
            self._form.problem(problem, where, "weights")
            return default
        return {str(glob): float(weight) for glob, weight in value.items()}

    def _flag(self, table: dict[str, Any], where: str, key: str, default: bool) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            self._form.problem(f"{key} is true or false, not {value!r}", where, key)
            return default
        return value

    def _pool(self, table: dict[str, Any], where: str, key: str, default: str | None) -> str | None:
        name = self._form.text(table, where, key, default)
        if name is not None and name not in self._pools and not self._form.partial:
            self._form.problem(f"{key} {name!r} is not a pool in [pools]", where, key)
            return default
        return name

    def _duration(self, table: dict[str, Any], where: str, key: str, default: float, low: float, high: float) -> float:
        value = table.get(key)
        if value is None:
            return default
        length = parse_duration(value) if isinstance(value, str) else None
        seconds = -1.0 if length is None else length.total_seconds()
        if not low <= seconds <= high:
            least, most = (duration_text(timedelta(seconds=limit)) for limit in (low, high))
            problem = f'{key} {value!r} is not a duration like "90s", "2m" or "1h30m" from {least} to {most}'
            self._form.problem(problem, where, key)
            return default
        return seconds

    def _align(self, table: dict[str, Any], where: str, default: float | None) -> float | None:
        if table.get("align") in ("", "none"):
            return None
        if "align" not in table:
            return default
        seconds = self._duration(table, where, "align", 1_800.0, 60, 86_400)
        if 86_400 % seconds:
            problem = f"align {table['align']!r} does not divide a day evenly; take 5m, 10m, 15m, 20m, 30m or 1h"
            self._form.problem(problem, where, "align")
            return default
        return seconds

    def _time(self, table: dict[str, Any], where: str, key: str, default: int) -> int:
        value = table.get(key)
        if value is None:
            return default
        match = _TIME.fullmatch(value) if isinstance(value, str) else None
        minutes = 60 * int(match[1]) + int(match[2]) if match else MINUTES_OF_DAY + 1
        if minutes > MINUTES_OF_DAY:
            self._form.problem(f'{key} {value!r} is not a time of day like "18:30"', where, key)
            return default
        return minutes

    def _days(self, table: dict[str, Any], where: str) -> Days:
        value = table.get("days", "daily")
        days = read_days(value) if isinstance(value, str) else None
        if days is None:
            self._form.problem(
                f'days {value!r} is not a list of days: write "mon-fri", "sat,sun", "2026-12-24..2026-12-26", or'
                ' "12-24..12-26" for each year', where, "days",
            )  # fmt: skip
            return Days()
        return days


def read_days(text: str) -> Days | None:
    """Return the days that a text like `mon-fri,2026-12-24..2026-12-26` names; None if the text does not name days."""
    weekdays: set[int] = set()
    dates: list[tuple[date, date]] = []
    yearly: list[tuple[tuple[int, int], tuple[int, int]]] = []
    if text.strip().lower() == "daily":
        return Days()
    for part in text.lower().split(","):
        if named := _weekdays(part.strip()):
            weekdays |= named
            continue
        ends = [each.strip() for each in part.split("..")]
        of_each_year = all(len(end) == len("12-24") for end in ends)
        span = _span(ends, "2024-" if of_each_year else "")  # 2024 is a leap year
        if span is None:
            return None
        first, last = span
        if of_each_year:
            yearly.append(((first.month, first.day), (last.month, last.day)))
        elif first <= last:
            dates.append(span)
        else:
            return None
    return Days(frozenset(weekdays), tuple(dates), tuple(yearly))


def _span(ends: Sequence[str], year: str) -> tuple[date, date] | None:
    """Return the first and the last of these dates, which are one or two; None if they are no dates."""
    try:
        days = [date.fromisoformat(year + end) for end in ends]
    except ValueError:
        return None
    return (days[0], days[-1]) if len(days) <= 2 else None


def _weekdays(text: str) -> set[int]:
    """Return the weekdays that a text like `sat` or `mon-fri` names; none if the text does not name weekdays."""
    names = [each.strip()[:3] for each in text.split("-")]
    if not text.replace("-", "").isalpha() or len(names) > 2 or not all(name in WEEKDAYS for name in names):
        return set()
    first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
    return {day % 7 for day in range(first, last + 1 + (7 if last < first else 0))}
