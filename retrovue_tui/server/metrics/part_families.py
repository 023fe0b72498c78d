"""The metrics of the station's parts that its snapshot does not show: the event loop, decks, planning, workers, HLS,
the guide, and of the server itself: clients, tuners, commands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, get_args

from retrovue_tui.protocol.answers.alerts import AlertRule
from retrovue_tui.server.metrics.families import Kind, family, histogram, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client import Metric

    from retrovue_tui.playout.station_figures import ChannelFigures, PoolFigures, StationFigures
    from retrovue_tui.protocol.answers.alerts import AlertsSnapshot

_OF_CHANNEL: Final[tuple[tuple[str, Kind, str, Callable[[ChannelFigures], float | None]], ...]] = (
    ("decks", "gauge", "Decks of the channel: the one on air, and those that wait.", lambda each: each.decks),
    ("rundown_entries", "gauge", "Entries of the rundown.", lambda each: each.entries),
    ("guide_until_timestamp_seconds", "gauge", "The end of the channel's guide.", lambda each: each.guide_until),
    ("hls_segments", "gauge", "Segments that can be played now; 0 while nobody asks for them.",
     lambda each: each.hls_segments),
    ("hls_bytes", "gauge", "Size of the segments on the disk.", lambda each: each.hls_bytes),
)  # fmt: skip
_RULES: Final = tuple(rule for rule in get_args(AlertRule) if rule != "test")
_OF_POOL: Final[tuple[tuple[str, Kind, str, Callable[[PoolFigures], float]], ...]] = (
    ("limit", "gauge", "The most worker processes of a kind.", lambda each: each.size),
    ("processes", "gauge", "Running worker processes.", lambda each: each.running),
    ("waiting", "gauge", "Tasks that wait for a worker.", lambda each: each.waiting),
    ("tasks_total", "counter", "Tasks that workers have begun.", lambda each: each.tasks),
    ("killed_total", "counter", "Tasks that killed their worker, or took too long.", lambda each: each.killed),
)


@dataclass(frozen=True)
class ServerFigures:
    """The figures of the server.

    `clients`: how many clients each channel has, by channel id, by how they watch (`ts`, `hls`, `catchup`), and by the
    name of the quality that they get; empty for the channel's own.
    `tuners`: device → its tuners in use, and all of them. `event_streams`: clients that follow the events. `commands`:
    how many commands came, by channel id, command and result (`accepted`, `refused`).
    """

    clients: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    tuners: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    event_streams: int = 0
    commands: Mapping[tuple[str, str, str], int] = field(default_factory=dict)


def station_families(found: StationFigures) -> Iterator[Metric]:
    """Yield the metrics of the station's parts."""
    yield histogram(
        "station_loop_delay_seconds", "How late the event loop ran the station's clock.", found.delay_bounds_s,
        found.delay_counts, found.delay_sum_s,
    )  # fmt: skip
    yield family("station_ticks_total", "counter", "Ticks of the station's clock.", [({}, found.ticks)])
    yield family("guide_age_seconds", "gauge", "Time since a guide last changed.", [({}, found.guide_age_s)])
    files = [({"state": "good"}, found.files), ({"state": "faulty"}, found.faulty_files)]
    yield family("library_files", "gauge", "Media files that can air (good) and that cannot (faulty).", files)
    for name, kind, text, figure in _OF_CHANNEL:
        samples = [({"channel": id}, figure(each)) for id, each in found.channels.items()]
        yield family(f"channel_{name}", kind, text, samples)
    yield summary(
        "channel_planning_seconds", "How often the channel has planned its decks, and how long that took.",
        {id: (each.plans, each.planning_s) for id, each in found.channels.items()},
    )  # fmt: skip
    for name, kind, text, of_pool in _OF_POOL:
        rows = [({"pool": pool}, of_pool(each)) for pool, each in found.pools.items()]
        yield family(f"workers_{name}", kind, text, rows)
    if found.alerts is not None:
        yield from alert_families(found.alerts)


def alert_families(found: AlertsSnapshot) -> Iterator[Metric]:
    """Yield the metrics of the alerts, and of the disks that they watch."""
    active = Counter(each.rule for each in found.active)
    yield family(
        "alerts_active", "gauge", "Problems that last, by the rule of [alerts] that found them.",
        [({"rule": rule}, active[rule]) for rule in _RULES],
    )  # fmt: skip
    counts: Counter[tuple[str, str]] = Counter()
    for each in found.receivers:
        counts.update(
            {(each.kind, "sent"): each.sent, (each.kind, "failed"): each.failed, (each.kind, "dropped"): each.dropped}
        )
    yield family(
        "alert_messages_total", "counter", "Messages about alerts: sent, tries that failed, and given up (dropped).",
        [({"receiver": kind, "result": result}, count) for (kind, result), count in counts.items()],
    )  # fmt: skip
    for name, text, size in (
        ("disk_free_bytes", "Free space of the disk of a folder of the station.", "free"),
        ("disk_size_bytes", "Size of the disk of a folder of the station.", "total"),
    ):
        samples = [({"folder": each.folder}, float(getattr(each, size))) for each in found.disks]
        yield family(name, "gauge", text, samples)


def server_families(found: ServerFigures, house: str) -> Iterator[Metric]:
    """Yield the metrics of the server. `house`: the name of the channels' own quality."""
    yield family(
        "channel_clients", "gauge",
        "Connected clients by how they watch (ts, hls, or catchup: the past), and by the quality that they get.",
        [({"channel": channel, "mode": mode, "rendition": quality or house}, count)
         for (channel, mode, quality), count in found.clients.items()],
    )  # fmt: skip
    yield family("event_streams", "gauge", "Clients that follow the events.", [({}, found.event_streams)])
    for name, text, index in (
        ("tuner_streams", "Streams that a tuner device sends.", 0),
        ("tuner_tuners", "Tuners of a device.", 1),
    ):
        yield family(name, "gauge", text, [({"device": each}, both[index]) for each, both in found.tuners.items()])
    yield family(
        "channel_commands_total", "counter", "Commands that came over HTTP, by their result.",
        [({"channel": channel, "command": command, "result": result}, count)
         for (channel, command, result), count in found.commands.items()],
    )  # fmt: skip
