"""`metrics`: prints the metrics of the running station, or a dashboard of them for Grafana."""

from __future__ import annotations

import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.running_station import answer_of, station_of

if TYPE_CHECKING:
    import argparse

ACTIONS: Final = ("show", "grafana")
_DASHBOARD: Final = ("server", "metrics", "grafana_dashboard.json")


def metrics(arguments: argparse.Namespace) -> int:
    """`metrics [show]`: print the metrics of the station of this home, as Prometheus reads them. `metrics grafana`:
    print a dashboard; no station has to run. Raises `StationError` if no station runs."""
    if arguments.action == "grafana":
        sys.stdout.write(dashboard())
        return 0
    sys.stdout.write(answer_of(station_of(arguments.home), lambda client: client.metrics()))
    return 0


def dashboard() -> str:
    """Return the dashboard as JSON, as Grafana imports it."""
    return files("retrovue_tui").joinpath(*_DASHBOARD).read_text(encoding="utf-8")
