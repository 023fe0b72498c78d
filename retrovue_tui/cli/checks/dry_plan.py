"""Plans a channel from the files of a home, whether its station runs or not, and writes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from retrovue_tui.errors import RetrovueError
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retrovue_tui.config.station_config import ChannelConfig, Config
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.playout.scheduling.plans.plan_inputs import PlanInputs
    from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
    from retrovue_tui.playout.scheduling.upcoming_problems import ComingEntry
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.series_memory import Programme
    from retrovue_tui.schedule.spots.pool_file import FolderRules
    from retrovue_tui.schedule.time_grid import TimeGrid

_CARD = Path("card")
"""Stands for the files of cards, which are not made here."""


class DryPlan(NamedTuple):
    """A plan, with what it was made from. The journal contains the plan. `not_analysed`: programmes for which chapter
    marks stand in, because no analysis of them is stored."""

    slots: list[Slot]
    grid: TimeGrid
    inputs: PlanInputs
    journal: PlanJournal
    not_analysed: frozenset[Path]


async def dry_plan(config: Config, channel: ChannelConfig, library: Library, length: timedelta) -> DryPlan:
    """Return what a channel's plan would write from now on. The library is open, and the channel has a plan."""
    from retrovue_tui.playout.scheduling.channel_scheduler import EPOCH
    from retrovue_tui.playout.scheduling.plans.plan_inputs import (
        PlanInputs,
        facts_of,
        pools_for,
        programmes_of,
        without_spots,
        zone_of,
    )
    from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
    from retrovue_tui.schedule.time_grid import TimeGrid

    assert channel.plan is not None
    grid, rate, now = TimeGrid(EPOCH, config.house.rate), config.house.rate, datetime.now(UTC)
    folders = config.library.programmes
    rules = {name: await asyncio.to_thread(_rules, paths) for name, paths in config.pools.items()}
    own = rules.get(channel.pool or "")
    assets = without_spots(library.assets.all(), config.spot_folders)
    programmes = programmes_of(assets, await facts_of(assets, folders), folders, rate)
    programmes, unknown = await asyncio.to_thread(_with_breaks, programmes, library.assets.by_path(), config)
    inputs = PlanInputs(
        rate, channel.plan, zone_of(channel), programmes,
        pools_for(channel, library.assets.pool, rules.get, rate), channel.pool,
        separation=own.separation if own else timedelta(0),
    )  # fmt: skip
    journal = PlanJournal.load(config.state_dir / "plan" / f"{channel.id}.json")
    journal.cut(now)
    slots = await asyncio.to_thread(
        lambda: list(inputs.planner(journal, grid).plan(grid.frame(now), grid.frame(now + length)))
    )
    journal.add(slots, grid)
    return DryPlan(slots, grid, inputs, journal, unknown)


def _with_breaks(
    programmes: Sequence[Programme], assets: Mapping[Path, Asset], config: Config
) -> tuple[list[Programme], frozenset[Path]]:
    """Return the programmes with the break candidates that are stored for them, after the operator's reviews, and the
    files that are not analysed. Blocking."""
    from retrovue_tui.media.analysis.stored_breaks import StoredBreaks

    stored = StoredBreaks(config.state_dir / "analysis", config.state_dir / "reviews", config.house.rate)
    found, unknown = [], set()
    for each in programmes:
        asset = assets[each.file]
        candidates = stored.found(asset)
        if candidates is None:
            unknown.add(each.file)
        offered = stored.offered(asset, candidates or each.candidates)
        found.append(replace(each, candidates=offered, analysed=candidates is not None))
    return found, frozenset(unknown)


async def plan_warnings(config: Config, library: Library) -> list[str]:
    """Return a line for each problem that the plans of a home's channels have ahead of them."""
    lines: list[str] = []
    for channel in config.channels:
        if channel.plan is None:
            continue
        try:
            made = await dry_plan(config, channel, library, timedelta(seconds=channel.plan.horizon_s))
        except RetrovueError as error:
            lines.append(f"channel {channel.id!r}: its plan cannot be checked: {error.message}")
            continue
        if made.inputs.programmes:  # otherwise a problem says so
            lines += await asyncio.to_thread(_warnings, channel, made)
    return lines


def _warnings(channel: ChannelConfig, made: DryPlan) -> list[str]:
    from retrovue_tui.playout.scheduling.plans.plan_ends import ends_of_series
    from retrovue_tui.playout.scheduling.plans.planned_entries import entries_of
    from retrovue_tui.playout.scheduling.upcoming_problems import Judge, listed

    slots, grid, inputs, journal, _ = made
    cards = {(slot.start, number): _CARD for slot in slots for number, row in enumerate(slot.rows) if row.card}
    lengths = [row.frames for slot in slots for row in slot.rows]
    coming = _timed(entries_of(slots, grid, cards), lengths, slots[0].start, grid)
    judge = Judge(grid.time(slots[0].start).timestamp(), grid.rate, inputs.zone, channel.pool)
    ends = ends_of_series(inputs, journal, grid, slots[-1].end)
    problems, more = listed([*judge.of_plan(coming), *judge.ends(ends)])
    texts = [*(each.text for each in problems), *([f"and {more} more problems to come"] if more else [])]
    return [printable(f"channel {channel.id!r}: {text}") for text in texts]


def _timed(entries: Sequence[Entry], lengths: Sequence[int], start: int, grid: TimeGrid) -> list[ComingEntry]:
    """Return planned entries with the times at which they air. `lengths` are theirs in frames; the first one airs at
    frame `start` of the grid."""
    from retrovue_tui.playout.scheduling.upcoming_problems import ComingEntry

    found = []
    for entry, frames in zip(entries, lengths, strict=True):
        begin = grid.time(start).timestamp()
        found.append(ComingEntry(entry, entry.title, begin, float(grid.rate.seconds(frames))))
        start += frames
    return found


def _rules(folders: Sequence[Path]) -> FolderRules | None:
    """Return the rules in the pool files of a pool's folders; None if there are none. A pool file with errors is left
    out; `check` reports it. Blocking."""
    from retrovue_tui.config.station_config import POOL_FILE
    from retrovue_tui.schedule.spots.pool_file import FolderRules, read_pool_file

    found = []
    for path in (folder / POOL_FILE for folder in folders):
        if path.is_file():
            rules, problems = read_pool_file(path.read_text("utf-8", "replace"), path)
            found += [] if problems else [rules]
    return FolderRules(tuple(found)) if found else None
