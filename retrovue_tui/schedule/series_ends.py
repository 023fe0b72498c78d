"""Finds out when the series of a channel's plan end: looks further ahead than the plan is written. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.schedule.air_calendar import BASE
from retrovue_tui.schedule.break_builder import BreakBuilder, BuiltBreak
from retrovue_tui.schedule.planned_slot import PlanRow
from retrovue_tui.schedule.series_memory import FILMS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from retrovue_tui.config.plan import ChannelPlan, PlanRules
    from retrovue_tui.schedule.planned_slot import CardKind
    from retrovue_tui.schedule.planner import SchedulePlanner
    from retrovue_tui.schedule.series_memory import Chooser, Planned, Programme

AHEAD: Final = timedelta(days=7)
"""How far ahead the end of a series is searched for."""
LOOP: Final = timedelta(days=1)
"""A series that airs from its first to its last episode in less than this repeats by design; its end is no news."""


class SeriesEnd(NamedTuple):
    """The end of a series: when its last episode begins, that episode, the first episode, and the number of other
    series in its block."""

    at: datetime
    series: str
    block: str
    last: Programme
    first: Programme
    others: int


@dataclass
class PlainBreaks(BreakBuilder):
    """Builds breaks of the right length without choosing spots."""

    def build(
        self, at: datetime, frames: int, number: int, rules: PlanRules, *, exact: bool, card: CardKind = "back"
    ) -> BuiltBreak:  # fmt: skip
        """Return a break that consists of one row."""
        return BuiltBreak((PlanRow("card", None, 0, frames, "", number, card),), frames, ())


def without_spots(planner: SchedulePlanner) -> SchedulePlanner:
    """Return a planner that plans the same programmes at nearly the same times, much faster. It shares the memory."""
    return replace(planner, breaks=PlainBreaks(planner.breaks.rate, (), planner.breaks.history))


class SeriesEnds:
    """Finds the first end of each series among airings, which are added in the order of their starts."""

    def __init__(self, chooser: Chooser, plan: ChannelPlan, aired: Mapping[Path, datetime]) -> None:
        """`aired`: when files have last aired."""
        self._ends: dict[str, SeriesEnd] = {}
        self._began = dict(aired)
        self._series: dict[str, dict[str, list[Programme]]] = {}
        for name, rules in ((BASE, plan.rules), *((block.name, block.rules) for block in plan.blocks)):
            if rules.order == "series" and rules.rerun_of is None:
                series = self._series.setdefault(name, {})
                for each in sorted(chooser.programmes(rules), key=lambda each: each.order):
                    series.setdefault(each.series, []).append(each)

    def add(self, each: Planned) -> None:
        """Add an airing."""
        self._began[each.file] = each.start
        series = self._series.get(each.block, {})
        episodes = series.get(each.series, [])
        if (
            each.turn != "own"
            or each.series == FILMS
            or each.series in self._ends
            or len(episodes) < 2
            or each.file != episodes[-1].file
        ):
            return
        began = self._began.get(episodes[0].file)
        if began is None or each.start - began >= LOOP:
            self._ends[each.series] = SeriesEnd(
                each.start, each.series, each.block, episodes[-1], episodes[0], len(series) - 1
            )

    @property
    def found(self) -> list[SeriesEnd]:
        """The ends, the earliest first."""
        return sorted(self._ends.values(), key=lambda end: (end.at, end.series))
