"""`clients`: prints who is connected to the station of this home, or disconnects a client."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.running_station import answer_of, station_of
from retrovue_tui.cli.terminal import say
from retrovue_tui.text.printable import json_safe, printable

if TYPE_CHECKING:
    import argparse

    from retrovue_tui.protocol.answers.clients import ClientsSnapshot, ConnectedClient

_WIDE: Final = 100
"""On a narrower terminal (characters), long names of clients are folded, so that IPv4 addresses stay whole."""
_LONGEST_NAME: Final = 12


def clients(arguments: argparse.Namespace) -> int:
    """`clients [--disconnect ID [--block TIME]]`: print the connected clients, or disconnect one. Raises `StationError`
    if no station runs, or if there is no such client. Return 2 for wrong usage."""
    from retrovue_tui.protocol.json_codec import to_json

    if arguments.block and arguments.disconnect is None:
        say("retrovue-tui: --block needs --disconnect ID; see retrovue-tui clients --help", error=True)
        return 2
    running = station_of(arguments.home)
    if arguments.disconnect is not None:
        receipt = answer_of(running, lambda client: client.disconnect(arguments.disconnect, arguments.block))
        say(json_safe(json.dumps(to_json(receipt), indent=2)) if arguments.json else printable(f"{receipt.message}."))
        return 0
    found = answer_of(running, lambda client: client.clients())
    if arguments.json:
        say(json_safe(json.dumps(to_json(found), indent=2)))
    else:
        _show(found)
    return 0


def _show(found: ClientsSnapshot) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    is_narrow = console.width < _WIDE
    may_fold = ("client", "address") if any(":" in each.address for each in found.clients) else ("client",)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in ("id", "ch", "client", "address", "mode", "since", "Mb/s", "behind", "jumps"):
        table.add_column(
            heading, justify="right" if heading in ("Mb/s", "behind", "jumps") else "left", overflow="fold",
            no_wrap=heading not in may_fold, max_width=_LONGEST_NAME if heading == "client" and is_narrow else None,
        )  # fmt: skip
    for each in found.clients:
        table.add_row(*(escape(printable(cell)) for cell in _cells(each)))
    for room in found.control_rooms:
        table.add_row("", "", escape(printable(room.client)), room.address, "control room", _clock(room.since))
    if found.clients or found.control_rooms:
        console.print(table)
    if not found.clients:
        console.print("Nobody is watching.")
    for block in found.blocked:
        console.print(f"! {escape(block.client)} at {block.address} is blocked for {block.for_s:.0f} s more")


def _cells(client: ConnectedClient) -> tuple[str, ...]:
    return (
        client.id, client.channel, client.client, client.address, client.mode.replace("catchup", "catch-up"),
        _clock(client.since), f"{client.bitrate_kbps / 1_000:.2f}", f"{client.behind_s:.1f} s", str(client.jumps),
    )  # fmt: skip


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
