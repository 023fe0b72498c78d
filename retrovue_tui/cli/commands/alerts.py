"""`alerts`: prints the alerts of the running station, or sends a test message to all receivers of the configuration."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.running_station import answer_of, station_of
from retrovue_tui.cli.terminal import say
from retrovue_tui.config.config_file import load_config
from retrovue_tui.errors import StationError
from retrovue_tui.text.printable import json_safe, printable

if TYPE_CHECKING:
    import argparse

    from retrovue_tui.config.station_config import Config
    from retrovue_tui.protocol.answers.alerts import AlertReceiver, AlertsSnapshot

ACTIONS: Final = ("status", "test")


def alerts(arguments: argparse.Namespace) -> int:
    """`alerts [status]`: print the alerts of the station of this home. `alerts test`: send a message to each receiver;
    no station has to run. Return 1 if a receiver did not take it. Raises `StationError` if no station runs, or if there
    is no receiver."""
    if arguments.action == "test":
        return _test(load_config(arguments.home), as_json=arguments.json)
    from retrovue_tui.protocol.json_codec import to_json

    found = answer_of(station_of(arguments.home), lambda client: client.alerts())
    if arguments.json:
        say(json_safe(json.dumps(to_json(found), indent=2)))
    else:
        _show(found)
    return 0


def _test(config: Config, *, as_json: bool) -> int:
    if not config.alerts.has_receivers:
        raise StationError(
            f"{config.path}: there is no receiver of alerts: add webhook, command or notify below [alerts], for example"
            ' webhook = "https://hooks.example/alerts"'
        )
    results = asyncio.run(_sent(config))
    if as_json:
        say(json.dumps([{"kind": kind, "name": name, "fault": fault} for kind, name, fault in results], indent=2))
    else:
        for kind, name, fault in results:
            say(printable(f"{kind} {name}: {'sent' if fault is None else fault}"))
    return 1 if any(fault is not None for *_, fault in results) else 0


async def _sent(config: Config) -> list[tuple[str, str, str | None]]:
    """Send a test message to all receivers at once. Return the kind and the name of each, and why it did not take the
    message."""
    from retrovue_tui.playout.alerts.alert_message import AlertMessage
    from retrovue_tui.playout.alerts.alert_service import receivers_of
    from retrovue_tui.playout.alerts.delivery import attempt
    from retrovue_tui.protocol.answers.alerts import Alert

    now = round(time.time(), 3)
    alert = Alert("test", "test", "a test of the alerts; nothing is wrong", now)
    receivers = receivers_of(config.alerts)
    message = AlertMessage(config.name, now, (alert,), 1)
    faults = await asyncio.gather(*(attempt(each, message) for each in receivers))
    return [
        (each.kind, each.name, None if fault is None else fault.message)
        for each, fault in zip(receivers, faults, strict=True)
    ]


def _show(found: AlertsSnapshot) -> None:
    for alert in found.active:
        say(printable(f"! since {_clock(alert.since)}  {alert.text}"))
    if not found.active:
        say("all clear")
    for alert in found.recent[:10]:
        say(printable(f"  over  {_clock(alert.since)} to {_clock(alert.ended or 0.0)}  {alert.text}"))
    for receiver in found.receivers:
        say(printable(f"{receiver.kind} {receiver.name}: {_state(receiver)}"))
    if not found.receivers:
        say("there is no receiver of alerts below [alerts] in retrovue.toml")


def _state(receiver: AlertReceiver) -> str:
    words = [f"{receiver.sent} sent"]
    words += [f"{receiver.queued} waiting"] if receiver.queued else []
    words += [f"{receiver.dropped} given up"] if receiver.dropped else []
    words += [receiver.fault] if receiver.fault else []
    return ", ".join(words)


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
