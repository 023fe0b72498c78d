"""Finds settings of [alerts] that cannot work on this machine, and those that have no effect."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from retrovue_tui.cli.checks.problems import Problem
from retrovue_tui.config.alerts import AlertsConfig, shown
from retrovue_tui.config.form import lines_of_keys
from retrovue_tui.errors import ConfigError
from retrovue_tui.files.toml_lines import read_text

if TYPE_CHECKING:
    from retrovue_tui.config.station_config import Config


def alert_problems(config: Config) -> list[Problem]:
    """Return a problem for a command that is not there, and for addresses that apprise does not know. Blocking: loads
    apprise if there is such an address."""
    alerts = config.alerts
    if not alerts.has_receivers:
        return []
    try:
        lines = lines_of_keys(read_text(config.path, ConfigError))
    except ConfigError:
        return []  # another check reports it
    problems = []
    if alerts.command and shutil.which(alerts.command[0]) is None:
        program = alerts.command[0]
        hint = f'; write its arguments apart: command = ["{program.partition(" ")[0]}", …]' if " " in program else ""
        message = f"command: {program} is not there, or may not be run{hint}"
        problems.append(Problem(config.path, lines.get(("alerts", "command")), message))
    line = lines.get(("alerts", "notify"))
    return [*problems, *(Problem(config.path, line, f"notify: {each}") for each in _unknown_addresses(alerts))]


def alert_advice(config: Config) -> tuple[str, ...]:
    """Return a line if alerts are configured without a receiver."""
    alerts = config.alerts
    if alerts.has_receivers or alerts == AlertsConfig():
        return ()
    return (f"{config.path}: [alerts] has no receiver: add webhook, command or notify",)


def _unknown_addresses(alerts: AlertsConfig) -> list[str]:
    from retrovue_tui.playout.alerts.receivers.notify import MISSING, is_installed

    if not alerts.notify:
        return []
    if not is_installed():
        return [MISSING]
    import apprise

    return [
        f"apprise does not understand the address {shown(url)}"
        for url in alerts.notify if apprise.Apprise.instantiate(url, suppress_exceptions=True) is None
    ]  # fmt: skip
