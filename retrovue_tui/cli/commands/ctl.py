"""`ctl`: sends a command to a running station and prints its receipt."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.commands.ctl_edits import read_edits
from retrovue_tui.cli.running_station import station_of
from retrovue_tui.cli.terminal import say
from retrovue_tui.protocol.commands import Command, CommandError, spec_of
from retrovue_tui.text.printable import json_safe

if TYPE_CHECKING:
    import argparse

    from retrovue_tui.protocol.answers.receipts import Receipt

_SHOWN: Final = 20


def ctl(arguments: argparse.Namespace) -> int:
    """`ctl COMMAND CHANNEL [key=value …]`: send the command. Return 0 if the station accepts it, 1 if it refuses, 2 if
    the command is malformed. Raises `StationError`."""
    name = arguments.name.replace("-", "_")
    try:
        spec = spec_of(name)
        if "=" in arguments.channel:
            like = f"retrovue-tui ctl {name} 1 {arguments.channel}"
            raise CommandError(f"CHANNEL is missing before {arguments.channel}; write it like: {like}")
        if arguments.file is not None and "edits" not in spec.names:
            raise CommandError(f"{name} takes no --file; only apply does")
        command = Command.from_words(
            name,
            [_file_here(word) for word in arguments.words],
            spots=[_absolute(spot) for spot in arguments.spots or ()],
            edits=None if arguments.file is None else read_edits(arguments.file, _absolute),
            dry_run=arguments.dry_run,
            revision=arguments.revision,
        )
    except CommandError as error:
        say(f"retrovue-tui: {error.message}; see retrovue-tui ctl --help", error=True)
        return 2
    from retrovue_tui.protocol.client import Refused

    running = station_of(arguments.home)
    try:
        receipt = asyncio.run(_send(running.url or "", running.token, arguments.channel, command))
    except Refused as refused:
        if refused.status != 400:
            raise
        say(f"retrovue-tui: {refused.message}", error=True)
        return 2
    if arguments.json:
        say(json_safe(json.dumps(receipt.to_json(), indent=2, ensure_ascii=False)))
    elif receipt.accepted:
        say("\n".join(lines_of(receipt, dry_run=command.dry_run)))
    if not receipt.accepted:
        say(f"retrovue-tui: refused: {' '.join(receipt.reason.split())}", error=True)
    return 0 if receipt.accepted else 1


async def _send(url: str, token: str | None, channel: str, command: Command) -> Receipt:
    from retrovue_tui.protocol.client import StationClient

    data = command.to_json()
    async with StationClient(url, token) as client:
        return await client.command(channel, data.pop("command"), **data)


def _file_here(word: str) -> str:
    key, _, value = word.partition("=")
    return f"file={_absolute(value)}" if key == "file" and value else word


def _absolute(file: str) -> str:
    """Return the full path of a file that exists here, because the station's working folder may be another one. Return
    any other name as it is."""
    path = Path(file).expanduser()
    return str(path.absolute()) if path.exists() else file


def lines_of(receipt: Receipt, *, dry_run: bool = False) -> list[str]:
    """Return an accepted receipt as lines of text. `dry_run`: it is the receipt of a dry run."""
    lines = ["would be accepted; nothing was changed" if dry_run else "accepted"]
    if receipt.on_air_in_s is not None:
        at = "" if receipt.on_air_at is None else f", at {_clock(receipt.on_air_at)}"
        lines.append(f"  on air      in {max(0.0, receipt.on_air_in_s):.2f} s{at}")
    lines += _listed("changes", receipt.changes)
    if receipt.locked_until is not None:
        lines.append(f"  locked      until {_clock(receipt.locked_until)}")
    lines.append(f"  generation  {receipt.generation}, revision {receipt.revision}")
    later = [f"{_clock(each.starts_at)}  {each.title} ({each.entry})" for each in receipt.downstream]
    if len(later) > _SHOWN:
        later = [*later[:_SHOWN], f"… and {len(later) - _SHOWN} more (all of them with --json)"]
    lines += _listed("then", later)
    lines += [f"  ! {warning}" for warning in receipt.warnings]
    return lines


def _listed(heading: str, rows: tuple[str, ...] | list[str]) -> list[str]:
    return [f"  {heading if number == 0 else '':<10}  {row}" for number, row in enumerate(rows)]


def _clock(at: float) -> str:
    return f"{time.strftime('%H:%M:%S', time.localtime(at))}.{int(at % 1 * 1_000):03}"
