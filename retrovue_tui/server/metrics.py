"""The station's metrics in the Prometheus text format (version 0.0.4)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, get_args

from retrovue_tui.protocol.answers.snapshots import OutputState, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, PushedOutput, StationSnapshot

_STATES: Final = get_args(State)
_OUTPUT_STATES: Final = get_args(OutputState)

_OF_CHANNEL: Final[tuple[tuple[str, str, str, Callable[[ChannelSnapshot], float | None]], ...]] = (
    ("viewers", "gauge", "Viewers connected to the channel.", lambda channel: channel.viewers),
    ("generation", "gauge", "Generation of the air list.", lambda channel: channel.generation),
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
    ("warnings", "gauge", "Active warnings.", lambda channel: len(channel.warnings)),
)  # fmt: skip

_OF_OUTPUT: Final[tuple[tuple[str, str, str, Callable[[PushedOutput], float]], ...]] = (
    ("bytes_total", "counter", "Bytes that the output has sent.", lambda output: output.bytes),
    ("bitrate_bits_per_second", "gauge", "Bit rate of the last seconds.", lambda output: round(output.kbps * 1_000)),
    ("restarts_total", "counter", "FFmpegs of the output that were replaced.", lambda output: output.restarts),
)


def exposition(station: StationSnapshot, loop_lag_s: float = 0.0) -> str:
    """Return all metrics in the Prometheus text format. `loop_lag_s`: how late the station's event loop ran its tasks
    (s)."""
    lines: list[str] = []
    about = {"version": station.version, "ffmpeg": station.ffmpeg, "house": station.house, "rate": station.rate}
    _family(lines, "station_info", "gauge", "Versions and house format of the station.", [(about, 1)])
    _family(lines, "station_uptime_seconds", "gauge", "Time since the station started.", [({}, station.uptime_s)])
    _family(lines, "station_cache_bytes", "gauge", "Size of the prepared media.", [({}, station.cache_bytes)])
    _family(lines, "station_warnings", "gauge", "Active warnings.", [({}, len(station.warnings))])
    jobs = Counter(job.state for job in station.jobs)
    _family(
        lines, "station_prepare_jobs", "gauge", "Renders by their state.",
        [({"state": state}, jobs[state]) for state in ("waiting", "running", "failed")],
    )  # fmt: skip
    _family(
        lines, "station_loop_lag_seconds", "gauge", "Worst lateness of the event loop in the last 10 to 20 s.",
        [({}, round(loop_lag_s, 6))],
    )  # fmt: skip
    _family(
        lines, "channel_info", "gauge", "A channel's number and name.",
        [({"channel": each.id, "number": str(each.number), "name": each.name}, 1) for each in station.channels],
    )  # fmt: skip
    _family(
        lines, "channel_state", "gauge", "1 for the state that the channel is in.",
        [({"channel": each.id, "state": state}, int(each.state == state))
         for each in station.channels for state in _STATES],
    )  # fmt: skip
    for name, kind, text, figure in _OF_CHANNEL:
        figures = [({"channel": each.id}, figure(each)) for each in station.channels]
        _family(lines, f"channel_{name}", kind, text, figures)
    _outputs(lines, station)
    return "\n".join(lines) + "\n"


def _outputs(lines: list[str], station: StationSnapshot) -> None:
    """Add the metrics of pushed outputs, labelled with their channel and their name; nothing if there are none."""
    pushed = [({"channel": channel.id, "output": each.name}, each)
              for channel in station.channels for each in channel.outputs]  # fmt: skip
    if not pushed:
        return
    _family(
        lines, "output_state", "gauge", "1 for the state that the output is in.",
        [({**labels, "state": state}, int(each.state == state)) for labels, each in pushed for state in _OUTPUT_STATES],
    )  # fmt: skip
    for name, kind, text, figure in _OF_OUTPUT:
        _family(lines, f"output_{name}", kind, text, [(labels, figure(each)) for labels, each in pushed])


def _family(
    lines: list[str], name: str, kind: str, text: str, figures: Iterable[tuple[dict[str, str], float | None]]
) -> None:
    lines += (f"# HELP retrovue_{name} {text}", f"# TYPE retrovue_{name} {kind}")
    for labels, value in figures:
        if value is not None:
            inside = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
            lines.append(f"retrovue_{name}{{{inside}}} {value}" if inside else f"retrovue_{name} {value}")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
