"""Snapshots of a station and its channels, as clients get them.

A snapshot is a frozen copy: no client ever holds a live object of the station. Durations and positions are in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from retrovue_tui.entry_kind import EntryKind  # read at run time, by `from_json`
from retrovue_tui.protocol.pictures import Monitor  # read at run time, by `from_json`

State = Literal["starting", "on_air", "slate", "stopped"]


@dataclass(frozen=True)
class OnAir:
    """The entry on air, or the next one; `position_s` is 0 for the next."""

    entry: str
    kind: EntryKind
    title: str
    file: str
    position_s: float
    remaining_s: float
    duration_s: float


@dataclass(frozen=True)
class DeckFigures:
    """The FFmpeg on air, as its `-progress` reports it."""

    pid: int
    frame: int
    fps: float
    speed: float
    bitrate_kbps: float
    dup_frames: int
    drop_frames: int
    out_time_s: float


@dataclass(frozen=True)
class Seams:
    """The measurements at the joins on the bus since the channel started.

    `video_jumps` counts video time stamps that were not one frame apart, `cc_errors` continuity counter errors,
    `max_audio_error_ms` the largest distance of an audio frame from its true time.
    """

    count: int = 0
    video_jumps: int = 0
    max_audio_error_ms: float = 0.0
    cc_errors: int = 0


@dataclass(frozen=True)
class PrepareState:
    """How far a channel is prepared. `ready_s`: seconds from the play head that can air without a gap; `pending`:
    stretches that wait to be prepared; `progress`: the prepared part (0 to 1) of what the coming hour needs; `speed`:
    the speed of the fastest render that runs for it."""

    ready_s: float = 0.0
    pending: int = 0
    progress: float = 1.0
    speed: float = 0.0


@dataclass(frozen=True)
class PrepareJob:
    """One waiting, running or failed render. `progress` runs from 0 to 1; `eta_s` is None until it is known."""

    file: str
    state: Literal["waiting", "running", "failed"]
    progress: float
    fps: float
    speed: float
    eta_s: float | None
    message: str = ""


@dataclass(frozen=True)
class ChannelSnapshot:
    """Everything about one channel at one moment. `held`: the id of a break that is put off until it is released.
    `rundown_fault`: why its rundown file is refused, so that the channel airs its previous rundown; empty if the file
    is in order."""

    id: str
    number: int
    name: str
    state: State
    url: str
    on_air: OnAir | None = None
    next: OnAir | None = None
    deck: DeckFigures | None = None
    viewers: int = 0
    generation: int = 0
    revision: int = 0
    held: str | None = None
    takes: int = 0
    restarts: int = 0
    seams: Seams = field(default_factory=Seams)
    prepare: PrepareState = field(default_factory=PrepareState)
    monitor: Monitor | None = None
    warnings: tuple[str, ...] = ()
    rundown_fault: str = ""


@dataclass(frozen=True)
class StationSnapshot:
    """Everything about a station at one moment. `at` is Unix time."""

    name: str
    version: str
    pid: int
    at: float
    uptime_s: float
    home: str
    url: str
    ffmpeg: str
    house: str
    rate: str
    channels: tuple[ChannelSnapshot, ...] = ()
    jobs: tuple[PrepareJob, ...] = ()
    cache_bytes: int = 0
    warnings: tuple[str, ...] = ()
