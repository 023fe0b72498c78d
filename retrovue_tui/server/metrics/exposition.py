"""Writes the metrics in the format that a client asks for: Prometheus's text format (0.0.4, 1.0.0) or OpenMetrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from retrovue_tui.playout.station_figures import StationFigures
from retrovue_tui.server.metrics.part_families import ServerFigures, server_families, station_families
from retrovue_tui.server.metrics.snapshot_families import snapshot_families

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from retrovue_tui.protocol.answers.snapshots import StationSnapshot


@dataclass(frozen=True, eq=False)
class Scrape(Collector):
    """The figures of one moment, as a collector of `prometheus_client`."""

    station: StationSnapshot
    loop_lag_s: float = 0.0
    figures: StationFigures = field(default_factory=StationFigures)
    server: ServerFigures = field(default_factory=ServerFigures)

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        yield from snapshot_families(self.station, self.loop_lag_s)
        yield from station_families(self.figures)
        yield from server_families(self.server, self.station.house)


def exposition(scrape: Scrape, accept: str = "") -> tuple[bytes, str]:
    """Return the metrics as text, and the type of the text. `accept`: the client's Accept header. Blocking, because it
    also reads the figures of the process from the system (CPU, memory, open files)."""
    registry = CollectorRegistry()
    registry.register(scrape)
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
