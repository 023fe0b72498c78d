"""Finds the series of a plan that end soon: plans on roughly, further than the rundown is written."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retrovue_tui.schedule.series_ends import AHEAD, SeriesEnds, without_spots

if TYPE_CHECKING:
    from retrovue_tui.playout.scheduling.plans.plan_inputs import PlanInputs
    from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
    from retrovue_tui.schedule.series_ends import SeriesEnd
    from retrovue_tui.schedule.time_grid import TimeGrid


def ends_of_series(inputs: PlanInputs, journal: PlanJournal, grid: TimeGrid, start: int) -> list[SeriesEnd]:
    """Return the series that end within `AHEAD`. The journal contains what is planned up to frame `start`. Slow: call
    it in a thread."""
    now = datetime.now(UTC)
    airings = [row.airing for row in journal.rows if row.airing is not None]
    planner = inputs.planner(journal, grid)
    ends = SeriesEnds(planner.chooser, inputs.plan, {each.file: each.start for each in airings if each.start <= now})
    for each in airings:
        if each.start > now:
            ends.add(each)
    for slot in without_spots(planner).plan(start, grid.frame(now + AHEAD)):
        if slot.airing is not None:
            ends.add(slot.airing)
        time.sleep(0)  # let the event loop's thread run
    return ends.found
