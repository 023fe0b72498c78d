"""`guide`: prints what the channels of a running station air now, tonight, and in the coming days."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from retrovue_tui.cli.running_station import answer_of, station_of
from retrovue_tui.protocol.answers.guide import DEFAULT_DAYS
from retrovue_tui.text.printable import json_safe, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from retrovue_tui.protocol.answers.guide import ChannelGuide, GuideProgramme
    from retrovue_tui.protocol.client import StationClient

NIGHT: Final = 2
"""Tonight lasts until this hour of the night."""


def guide(arguments: argparse.Namespace) -> int:
    """`guide [--days N] [--json|--xmltv]`: print the guide of this home's station. Raises `StationError` if no station
    runs."""
    running = station_of(arguments.home)
    days = arguments.days or (DEFAULT_DAYS if arguments.json or arguments.xmltv else 1)
    if arguments.xmltv:
        sys.stdout.write(answer_of(running, lambda client: client.xmltv(days)))
        return 0
    guides = answer_of(running, lambda client: _guides(client, days))
    if arguments.json:
        print(json_safe(json.dumps([each.to_json() for each in guides], indent=2, ensure_ascii=False)))
    else:
        _show(guides, arguments.days)
    return 0


async def _guides(client: StationClient, days: int) -> list[ChannelGuide]:
    channels = (await client.station()).channels
    return [await client.guide(each.id, days) for each in sorted(channels, key=lambda each: each.number)]


def _show(guides: Sequence[ChannelGuide], days: int | None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("time", "programme", "", "length"):
        table.add_column(name, overflow="fold")
    for number, each in enumerate(guides):
        if number:
            table.add_row("")
        table.add_row("", f"[bold]{each.number} {escape(printable(each.name))}[/bold]")
        zone = ZoneInfo(each.timezone) if each.timezone else None
        day = ""
        for programme in _shown(each, days, zone):
            at = datetime.fromtimestamp(programme.start_at, UTC).astimezone(zone)
            if days is not None and at.strftime("%A %d %B") != day:
                day = at.strftime("%A %d %B")
                table.add_row("", f"[bold]{day}[/bold]")
            on_air = programme.start_at <= each.at < programme.stop_at
            table.add_row(
                f"{at:%H:%M}{' ▸' if on_air else ''}", escape(_title(programme)), _marks(programme), _length(programme)
            )
    Console(soft_wrap=False).print(table)


def _shown(guide: ChannelGuide, days: int | None, zone: tzinfo | None) -> Iterator[GuideProgramme]:
    """Yield the programmes from now on: for `days` days, or until tonight is over."""
    now = datetime.fromtimestamp(guide.at, UTC).astimezone(zone)
    if days is None:
        until = now.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
        until += timedelta(days=1) if until <= now + timedelta(hours=1) else timedelta(0)
    else:
        until = now + timedelta(days=days)
    for each in guide.programmes:
        if each.stop_at > guide.at and each.start_at < until.timestamp():
            yield each


def _title(programme: GuideProgramme) -> str:
    """Return the title, the number and the sub-title: `The Show S01E02: Pilot`."""
    parts = " ".join(filter(None, (programme.title, programme.number)))
    return printable(": ".join(filter(None, (parts, programme.sub_title))))


def _marks(programme: GuideProgramme) -> str:
    if programme.kind == "filler":
        return ""
    return "new" if programme.new else "repeat"


def _length(programme: GuideProgramme) -> str:
    return f"{max(1, round((programme.stop_at - programme.start_at) / 60))} min"
