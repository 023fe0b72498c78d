"""`plan CHANNEL`: shows what a channel's plan would write from now on, and why, without writing it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from retrovue_tui.cli.terminal import say
from retrovue_tui.config import load_config
from retrovue_tui.durations import duration_text
from retrovue_tui.errors import StationError
from retrovue_tui.suggestions import did_you_mean
from retrovue_tui.text_safety import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import tzinfo
    from pathlib import Path

    from retrovue_tui.config import ChannelConfig, Config
    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.pool_file import FolderRules
    from retrovue_tui.schedule.time_grid import TimeGrid

_PATIENCE_S = 600.0


def plan(arguments: argparse.Namespace) -> int:
    """`plan CHANNEL [--days N]`: print the coming programmes with their breaks and reasons. Raises `StationError` if
    the channel has no plan."""
    from retrovue_tui.playout.scheduling.plan_inputs import zone_of

    config = load_config(arguments.home)
    channel = _channel(config, arguments.channel)
    slots, grid = asyncio.run(_planned(config, channel, arguments.days))
    zone = zone_of(channel)
    if arguments.json:
        say(json.dumps([_as_json(slot, grid) for slot in slots], indent=2))
    else:
        _print(slots, grid, zone)
    return 0


def _channel(config: Config, id: str) -> ChannelConfig:
    found = next((each for each in config.channels if each.id == id), None)
    if found is None:
        hint = did_you_mean(id, [each.id for each in config.channels], cutoff=0.0)
        raise StationError(f"there is no channel {id!r}; {hint}")
    if found.plan is None:
        raise StationError(f"channel {id!r} has no plan: add [channel.plan] to its [[channel]]")
    return found


async def _planned(config: Config, channel: ChannelConfig, days: float) -> tuple[list[Slot], TimeGrid]:
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.playout.scheduling.channel_scheduler import EPOCH
    from retrovue_tui.playout.scheduling.plan_inputs import PlanInputs, facts_of, pools_for, programmes_of, zone_of
    from retrovue_tui.playout.scheduling.plan_journal import PlanJournal
    from retrovue_tui.schedule.time_grid import TimeGrid

    assert channel.plan is not None
    memory = config.state_dir / "library.jsonl"
    library = Library(
        config.library.programmes, pools=config.pools, memory=memory if memory.exists() else None, ffmpeg=config.ffmpeg
    )
    await library.open(patience=_PATIENCE_S)
    grid, rate, now = TimeGrid(EPOCH, config.house.rate), config.house.rate, datetime.now(UTC)
    folders = config.library.programmes
    rules = {name: await asyncio.to_thread(_rules, paths) for name, paths in config.pools.items()}
    own = rules.get(channel.pool or "")
    inputs = PlanInputs(
        rate, channel.plan, zone_of(channel),
        programmes_of(library.assets, await facts_of(library.assets, folders), folders, rate),
        pools_for(channel, library.pool, rules.get, rate), channel.pool,
        separation=own.separation if own else timedelta(0),
    )  # fmt: skip
    journal = PlanJournal.load(config.state_dir / "plan" / f"{channel.id}.json")
    journal.cut(now)
    start = grid.frame(now)
    slots = await asyncio.to_thread(
        lambda: list(inputs.planner(journal, grid).plan(start, grid.frame(now + timedelta(days=days))))
    )
    return slots, grid


def _rules(folders: Sequence[Path]) -> FolderRules | None:
    """Return the rules in the pool files of a pool's folders; None if there are none. A pool file with errors is left
    out; `check` reports it. Blocking."""
    from retrovue_tui.config import POOL_FILE
    from retrovue_tui.schedule.pool_file import FolderRules, read_pool_file

    found = []
    for path in (folder / POOL_FILE for folder in folders):
        if path.is_file():
            rules, problems = read_pool_file(path.read_text("utf-8", "replace"), path)
            found += [] if problems else [rules]
    return FolderRules(tuple(found)) if found else None


def _print(slots: Sequence[Slot], grid: TimeGrid, zone: tzinfo | None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("time", "programme", "length", "breaks", "block", "why"):
        table.add_column(name, overflow="fold")
    day = ""
    for slot in slots:
        at = grid.time(slot.start).astimezone(zone)
        if at.strftime("%A %d %B") != day:
            day = at.strftime("%A %d %B")
            table.add_row(f"[bold]{day}[/bold]")
        name = printable(slot.programme.name) if slot.programme else "(filled)"
        table.add_row(
            f"{at:%H:%M:%S}{' ⚑' if slot.fixed else ''}", escape(name), _length(slot, grid), _breaks(slot, grid),
            escape(printable(slot.block)), escape(printable("; ".join((slot.why, *slot.warnings)))),
        )  # fmt: skip
    Console(soft_wrap=False).print(table)


def _length(slot: Slot, grid: TimeGrid) -> str:
    return duration_text(timedelta(seconds=round(grid.rate.seconds(slot.end - slot.start))))


def _breaks(slot: Slot, grid: TimeGrid) -> str:
    """Return the number of breaks of a slot, and their whole length."""
    numbers = {row.break_number for row in slot.rows if row.break_number is not None}
    frames = sum(row.frames for row in slot.rows if row.break_number is not None)
    return (
        f"{len(numbers)} × {duration_text(timedelta(seconds=round(grid.rate.seconds(frames) / len(numbers))))}"
        if numbers
        else "-"
    )


def _as_json(slot: Slot, grid: TimeGrid) -> dict[str, Any]:
    return {
        "start": grid.time(slot.start).isoformat(timespec="milliseconds"),
        "end": grid.time(slot.end).isoformat(timespec="milliseconds"),
        "block": slot.block,
        "programme": slot.programme.name if slot.programme else None,
        "file": str(slot.programme.file) if slot.programme else None,
        "fixed": slot.fixed,
        "why": slot.why,
        "warnings": list(slot.warnings),
        "entries": [
            {"kind": row.kind, "file": None if row.file is None else str(row.file), "in_frame": row.in_frame,
             "out_frame": row.out_frame, "title": row.title}
            for row in slot.rows
        ],
    }  # fmt: skip
