"""Looks further ahead than the rundown is written: plans on roughly, and finds the series that end."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retrovue_tui.playout.scheduling.upcoming_problems import ComingEntry
from retrovue_tui.schedule.series_ends import AHEAD, SeriesEnds, without_spots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.playout.scheduling.plan_inputs import PlanInputs
    from retrovue_tui.playout.scheduling.plan_journal import PlanJournal
    from retrovue_tui.rundown.entries import Entry
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


def entries_from(entries: Sequence[Entry], lengths: Sequence[int], start: int, grid: TimeGrid) -> list[ComingEntry]:
    """Return planned entries with the times at which they air. `lengths` are theirs in frames; the first one airs at
    frame `start` of the grid."""
    found = []
    for entry, frames in zip(entries, lengths, strict=True):
        begin = grid.time(start).timestamp()
        found.append(ComingEntry(entry, entry.title, begin, float(grid.rate.seconds(frames))))
        start += frames
    return found
