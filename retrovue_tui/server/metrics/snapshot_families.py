"""The metrics that come from the station's snapshot: the station, its channels, and their outputs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, get_args

from retrovue_tui.protocol.answers.snapshots import OutputState, ProblemKind, State
from retrovue_tui.server.metrics.families import Kind, family

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client import Metric

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, PushedOutput, StationSnapshot

_STATES: Final = get_args(State)
_OUTPUT_STATES: Final = get_args(OutputState)
_PROBLEMS: Final = get_args(ProblemKind)

_OF_CHANNEL: Final[tuple[tuple[str, Kind, str, Callable[[ChannelSnapshot], float | None]], ...]] = (
    ("viewers", "gauge", "Viewers connected to the channel's stream.", lambda channel: channel.viewers),
    ("generation", "gauge", "Generation of the air list.", lambda channel: channel.generation),
    ("edits_total", "counter", "Changes of the rundown, by commands, by its plan, and by other programs.",
     lambda channel: channel.revision),
    ("takes_total", "counter", "Changes of the output from one source to another.", lambda channel: channel.takes),
    ("restarts_total", "counter", "Decks that were replaced because they failed.", lambda channel: channel.restarts),
    ("seams_total", "counter", "Joins measured on the bus.", lambda channel: channel.seams.count),
    ("seam_video_jumps_total", "counter", "Video time stamps that were not one frame apart, at joins.",
     lambda channel: channel.seams.video_jumps),
    ("seam_cc_errors_total", "counter", "Continuity counter errors at joins.",
     lambda channel: channel.seams.cc_errors),
    ("seam_audio_error_max_seconds", "gauge", "Largest distance of an audio frame from its true time, at joins.",
     lambda channel: channel.seams.max_audio_error_ms / 1_000),
    ("prepare_ready_seconds", "gauge", "Time that can air from now on without a gap.",
     lambda channel: channel.prepare.ready_s),
    ("prepare_pending", "gauge", "Ranges of media that wait to be prepared.",
     lambda channel: channel.prepare.pending),
    ("prepare_progress_ratio", "gauge", "Prepared part of what the coming hour needs.",
     lambda channel: channel.prepare.progress),
    ("deck_speed_ratio", "gauge", "Speed of the FFmpeg on air, as it reports it.",
     lambda channel: channel.deck.speed if channel.deck else None),
    ("deck_bitrate_bits_per_second", "gauge", "Bit rate of the FFmpeg on air, as it reports it.",
     lambda channel: channel.deck.bitrate_kbps * 1_000 if channel.deck else None),
    ("late_seconds", "gauge", "How late the next fixed start of the plan would be; early if negative.",
     lambda channel: channel.late_s),
    ("break_held", "gauge", "1 while a break is held.", lambda channel: channel.held is not None),
    ("silent_since_timestamp_seconds", "gauge", "When the silence on air began; absent while there is sound.",
     lambda channel: channel.monitor.silent_since if channel.monitor else None),
    ("black_since_timestamp_seconds", "gauge", "When the picture on air went black; absent while there is a picture.",
     lambda channel: channel.monitor.black_since if channel.monitor else None),
    ("audio_peak_dbfs", "gauge", "Highest sample since the last measurement, in dB below full scale.",
     lambda channel: max(channel.monitor.peaks_dbfs, default=None) if channel.monitor else None),
    ("warnings", "gauge", "Active warnings.", lambda channel: len(channel.warnings)),
)  # fmt: skip

_OF_OUTPUT: Final[tuple[tuple[str, Kind, str, Callable[[PushedOutput], float]], ...]] = (
    ("bytes_total", "counter", "Bytes that the output has sent.", lambda output: output.bytes),
    ("bitrate_bits_per_second", "gauge", "Bit rate of the last seconds.", lambda output: round(output.kbps * 1_000)),
    ("restarts_total", "counter", "FFmpegs of the output that were replaced.", lambda output: output.restarts),
)


def snapshot_families(station: StationSnapshot, loop_lag_s: float = 0.0) -> Iterator[Metric]:
    """Yield the metrics of a snapshot. `loop_lag_s`: how late the station's event loop ran its tasks (s)."""
    about = {"version": station.version, "ffmpeg": station.ffmpeg, "house": station.house, "rate": station.rate}
    yield family("station_info", "gauge", "Versions and house format of the station.", [(about, 1)])
    yield family("station_uptime_seconds", "gauge", "Time since the station started.", [({}, station.uptime_s)])
    yield family("station_cache_bytes", "gauge", "Size of the prepared media.", [({}, station.cache_bytes)])
    yield family("station_warnings", "gauge", "Active warnings.", [({}, len(station.warnings))])
    jobs = Counter(job.state for job in station.jobs)
    yield family(
        "station_prepare_jobs", "gauge", "Renders by their state.",
        [({"state": state}, jobs[state]) for state in ("waiting", "running", "failed")],
    )  # fmt: skip
    speed = sum(job.speed for job in station.jobs if job.state == "running")
    yield family(
        "station_prepare_speed_ratio", "gauge", "Speed of all running renders together; 1 is real time.", [({}, speed)]
    )
    yield family(
        "station_loop_lag_seconds", "gauge", "Worst lateness of the event loop in the last 10 to 20 s.",
        [({}, round(loop_lag_s, 6))],
    )  # fmt: skip
    yield from _channels(station)
    yield from _outputs(station)


def _channels(station: StationSnapshot) -> Iterator[Metric]:
    yield family(
        "channel_info", "gauge", "A channel's number and name.",
        [({"channel": each.id, "number": str(each.number), "name": each.name}, 1) for each in station.channels],
    )  # fmt: skip
    yield family(
        "channel_state", "gauge", "1 for the state that the channel is in.",
        [({"channel": each.id, "state": state}, int(each.state == state))
         for each in station.channels for state in _STATES],
    )  # fmt: skip
    for name, kind, text, figure in _OF_CHANNEL:
        figures = [({"channel": each.id}, figure(each)) for each in station.channels]
        yield family(f"channel_{name}", kind, text, figures)
    counts = [(each.id, Counter(problem.kind for problem in each.upcoming)) for each in station.channels]
    yield family(
        "channel_upcoming_problems", "gauge", "Problems that are still to come, by their kind.",
        [({"channel": id, "kind": kind}, count[kind]) for id, count in counts for kind in _PROBLEMS],
    )  # fmt: skip


def _outputs(station: StationSnapshot) -> Iterator[Metric]:
    """Yield the metrics of pushed outputs, labelled with their channel and their name; nothing if there are none."""
    pushed = [({"channel": channel.id, "output": each.name}, each)
              for channel in station.channels for each in channel.outputs]  # fmt: skip
    if not pushed:
        return
    yield family(
        "output_state", "gauge", "1 for the state that the output is in.",
        [({**labels, "state": state}, int(each.state == state)) for labels, each in pushed for state in _OUTPUT_STATES],
    )  # fmt: skip
    for name, kind, text, figure in _OF_OUTPUT:
        yield family(f"output_{name}", kind, text, [(labels, figure(each)) for labels, each in pushed])
