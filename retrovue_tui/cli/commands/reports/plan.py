"""`plan CHANNEL`: shows what a channel's plan would write from now on, and why, without writing it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from retrovue_tui.cli.checks.dry_plan import dry_plan
from retrovue_tui.cli.terminal import say
from retrovue_tui.config.config_file import load_config
from retrovue_tui.errors import StationError
from retrovue_tui.schedule.break_builder import GAVE_WAY
from retrovue_tui.text.durations import duration_text
from retrovue_tui.text.printable import printable
from retrovue_tui.text.suggestions import did_you_mean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import tzinfo

    from retrovue_tui.cli.checks.dry_plan import DryPlan
    from retrovue_tui.config.station_config import ChannelConfig, Config
    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.time_grid import TimeGrid

_PATIENCE_S = 600.0
_WIDE = 110
"""On a terminal with at least so many columns, reasons have a column of their own. Otherwise they stand below."""


def plan(arguments: argparse.Namespace) -> int:
    """`plan CHANNEL [--days N]`: print the coming programmes with their breaks and reasons. Raises `StationError` if
    the channel has no plan."""
    from retrovue_tui.playout.scheduling.plans.plan_inputs import zone_of

    config = load_config(arguments.home)
    channel = _channel(config, arguments.channel)
    made = asyncio.run(_planned(config, channel, arguments.days))
    slots, grid = made.slots, made.grid
    zone = zone_of(channel)
    if arguments.json:
        say(json.dumps([_as_json(slot, grid) for slot in slots], indent=2))
    else:
        _print(slots, grid, zone)
    unknown = {slot.programme.file for slot in slots if slot.programme} & made.not_analysed
    if unknown and _needs_analysis(channel):
        say(
            f"retrovue-tui: programmes that are not analysed yet: {len(unknown)}; of these, only the chapter marks"
            " count as places for breaks; a running station analyses them, and so does `retrovue-tui analyze`",
            error=True,
        )  # fmt: skip
    return 0


def _needs_analysis(channel: ChannelConfig) -> bool:
    """Return whether the channel's plan puts breaks at places that an analysis finds."""
    assert channel.plan is not None
    rules = (channel.plan.rules, *(block.rules for block in channel.plan.blocks))
    return any(each.breaks not in ("chapters", "none") for each in rules)


def _channel(config: Config, id: str) -> ChannelConfig:
    found = next((each for each in config.channels if each.id == id), None)
    if found is None:
        hint = did_you_mean(id, [each.id for each in config.channels], cutoff=0.0)
        raise StationError(f"there is no channel {id!r}; {hint}")
    if found.plan is None:
        raise StationError(f"channel {id!r} has no plan: add [channel.plan] to its [[channel]]")
    return found


async def _planned(config: Config, channel: ChannelConfig, days: float) -> DryPlan:
    from retrovue_tui.media.library.library import Library

    memory = config.state_dir / "library.jsonl"
    library = Library(
        config.library.programmes, pools=config.pools, memory=memory if memory.exists() else None, ffmpeg=config.ffmpeg
    )
    await library.open(patience=_PATIENCE_S)
    return await dry_plan(config, channel, library, timedelta(days=days))


def _print(slots: Sequence[Slot], grid: TimeGrid, zone: tzinfo | None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(soft_wrap=False)
    wide = console.width >= _WIDE
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("time", no_wrap=True)
    table.add_column("programme", overflow="fold")
    for name in ("length", "breaks", "block", *(["why"] if wide else [])):
        table.add_column(name, overflow="fold", no_wrap=name in ("length", "breaks"))
    day = ""
    for slot in slots:
        at = grid.clock(slot.start).astimezone(zone)
        if at.strftime("%a %d %b") != day:
            day = at.strftime("%a %d %b")
            table.add_row(f"[bold]{day}[/bold]")
        name, why = printable(slot.programme.name) if slot.programme else "(filled)", escape(_why(slot))
        table.add_row(
            f"{at:%H:%M:%S}{' ⚑' if slot.fixed else ''}", escape(name) + ("" if wide else f"\n[dim]{why}[/dim]"),
            _length(slot, grid), _breaks(slot, grid), escape(printable(slot.block)), *([why] if wide else []),
        )  # fmt: skip
    console.print(table)


def _why(slot: Slot) -> str:
    """Return the reason for a slot, and what could not be done in it as the rules want."""
    warnings = [each.removeprefix(f"{slot.programme.name}: ") if slot.programme else each for each in slot.warnings]
    given: dict[str, list[str]] = {}
    for each in slot.gave_way:
        rule, _, spot = each.partition(GAVE_WAY)
        given.setdefault(rule, []).append(spot)
    gave_way = (f"{rule}{GAVE_WAY}{', '.join(dict.fromkeys(spots))}" for rule, spots in given.items())
    return printable("; ".join((slot.why, *warnings, *gave_way)))


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
        "warnings": [*slot.warnings, *slot.gave_way],
        "entries": [
            {"kind": row.kind, "file": None if row.file is None else str(row.file), "in_frame": row.in_frame,
             "out_frame": row.out_frame, "title": row.title}
            for row in slot.rows
        ],
    }  # fmt: skip
