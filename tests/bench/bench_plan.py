"""Planning ahead: `python -m tests.bench.bench_plan [--days 7] [--programmes 2000] [--spots 300]`.

1. Four channels with different rules are planned for some days; a checker that shares no code with the planner reads
   the plans. Times are processor times.
2. Single breaks are filled from all spots with all rules.
3. Thirty days over each change of the clocks, one day at a time with the memory of the days before.
"""

from __future__ import annotations

import argparse
import resource
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from retrovue_tui.config.plan import Block, ChannelPlan, Days, PlanRules
from retrovue_tui.schedule.air_calendar import AirCalendar
from retrovue_tui.schedule.break_builder import BreakBuilder
from retrovue_tui.schedule.planner import SchedulePlanner
from retrovue_tui.schedule.series_memory import Chooser, SeriesMemory
from retrovue_tui.schedule.spots.exact_fill import BreakRequest, fill_exactly
from retrovue_tui.schedule.spots.spot_rules import SpotHistory
from retrovue_tui.schedule.time_grid import TimeGrid
from retrovue_tui.timecode import FrameRate
from tests.bench.rig import Figures, percentile
from tests.schedule.plan_checker import faults, media, spots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.schedule.series_memory import Programme
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot

BERLIN = ZoneInfo("Europe/Berlin")
RATE = FrameRate.parse("30000/1001")
SEPARATION = timedelta(minutes=10)
FILMS = Block("films", Days(), 20 * 60, 0, PlanRules(("Movies",), order="shuffle", align_s=1_800.0))
PLANS = (
    (ChannelPlan(PlanRules(("Shows/*",), align_s=1_800.0), (FILMS,)), 1_800.0),
    (ChannelPlan(PlanRules(("*",), order="shuffle", align_s=900.0)), 900.0),
    (ChannelPlan(PlanRules(("Shows/*",), overrun="skip"), (FILMS,), seed=1), 1_800.0),
    (ChannelPlan(PlanRules(("*",), order="random")), 0.0),
)


def planner(
    plan: ChannelPlan, grid: TimeGrid, programmes: Sequence[Programme], pool: Sequence[PoolSpot]
) -> SchedulePlanner:
    breaks = BreakBuilder(RATE, pool, SpotHistory(), separation=SEPARATION)
    return SchedulePlanner(AirCalendar(plan, BERLIN), Chooser(programmes, plan.seed), grid, breaks, SeriesMemory())


def weeks(figures: Figures, days: int, programmes: Sequence[Programme], pool: Sequence[PoolSpot]) -> None:
    start = datetime(2026, 11, 26, 5, tzinfo=UTC)
    grid, spent, wrong, slots = TimeGrid(start, RATE), 0.0, [], 0
    for plan, align in PLANS:
        began = time.process_time()
        made = list(planner(plan, grid, programmes, pool).plan(0, grid.frame(start + timedelta(days=days))))
        spent += time.process_time() - began
        slots += len(made)
        wrong += faults(made, grid, pool, BERLIN, align)
    for each in wrong[:10]:
        print(f"  ! {each}")
    figures.most(f"{days} days, {len(PLANS)} channels: {slots} slots", spent, 10, "s")
    figures.none("faults that the checker finds", len(wrong))


def fills(figures: Figures, pool: Sequence[PoolSpot], count: int = 300) -> None:
    history, at, taken, exact = SpotHistory(), datetime(2026, 11, 26, 18, tzinfo=BERLIN), [], 0
    for number in range(count):
        request = BreakRequest(at + number * timedelta(minutes=11), 3_000 + 37 * (number % 40), 450, SEPARATION)
        began = time.process_time()
        filled = fill_exactly(pool, request, history)
        taken.append((time.process_time() - began) * 1_000)
        exact += not filled.rest
        for spot in filled.spots:
            history.add(spot, request.at)
    figures.add(
        f"{count} breaks from {len(pool)} spots: p50; exact without a card", f"{percentile(taken, 50):.1f} ms; {exact}"
    )
    figures.most("the same: p99", percentile(taken, 99), 20, "ms")


def month(figures: Figures, first: datetime, programmes: Sequence[Programme], pool: Sequence[PoolSpot]) -> None:
    grid, plan, align = TimeGrid(first, RATE), *PLANS[0]
    one, frame, wrong, memory = planner(plan, grid, programmes, pool), 0, [], []
    made = []
    for day in range(1, 31):
        made += list(one.plan(frame, grid.frame(first + timedelta(days=day))))
        frame = made[-1].end
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024)
    wrong = faults(made, grid, pool, BERLIN, align)
    for each in wrong[:10]:
        print(f"  ! {each}")
    figures.none(f"30 days from {first:%Y-%m-%d}, a day at a time: faults", len(wrong))
    figures.add("memory after 10, 20, 30 days", ", ".join(f"{memory[day - 1]:.0f}" for day in (10, 20, 30)) + " MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--programmes", type=int, default=2_000)
    parser.add_argument("--spots", type=int, default=300)
    arguments = parser.parse_args()
    programmes, pool = media(arguments.programmes), spots(arguments.spots)
    figures = Figures("planning ahead")
    weeks(figures, arguments.days, programmes, pool)
    fills(figures, pool)
    month(figures, datetime(2026, 3, 15, tzinfo=UTC), programmes, pool)
    month(figures, datetime(2026, 10, 10, tzinfo=UTC), programmes, pool)
    figures.end()


if __name__ == "__main__":
    main()
