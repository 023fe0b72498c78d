"""Snapshots of a station and its channels, as clients receive them.

A snapshot is an immutable copy of the station's state. Fields whose names end in `_s` are in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from retrovue_tui.entry_kind import EntryKind  # read at run time, by `from_json`
from retrovue_tui.protocol.answers.guide import Showing  # read at run time, by `from_json`
from retrovue_tui.protocol.answers.pictures import Monitor  # read at run time, by `from_json`

State = Literal["starting", "on_air", "slate", "stopped"]
OutputState = Literal["connecting", "sending", "waiting", "failed"]
ProblemKind = Literal[
    "break_short", "break_card", "pool_small", "series_ends", "no_programme", "nothing_planned", "rundown_ends",
    "file_gone", "not_prepared", "missed_start",
]  # fmt: skip


@dataclass(frozen=True)
class OnAir:
    """The entry on air, or the next entry.

    `entry`: its id. `kind`, `title`: as in the rundown. An entry without a title has the title from a pool file, or the
    name of its file. `file`: the file's path. For the slate, `entry` is `slate` and `file` is empty. `position_s`: the
    length that has aired (0 for the next entry). `remaining_s`: the length that is left. `duration_s`: the total
    length. For the slate, all three are 0.
    """

    entry: str
    kind: EntryKind
    title: str
    file: str
    position_s: float
    remaining_s: float
    duration_s: float


@dataclass(frozen=True)
class DeckFigures:
    """The figures of the FFmpeg on air, from its `-progress` output.

    `pid`: its process id. `frame`, `out_time_s`: frames and seconds of output since it started. `fps`: frames per
    second. `speed`: 1.0 is real time. `bitrate_kbps`: output rate in kbit/s. `dup_frames`, `drop_frames`: frames that
    it duplicated or dropped; both should be 0.
    """

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
    """The measurements at all joins on the bus since the channel started.

    `count`: measured joins. `video_jumps`: video time stamps that were not one frame apart. `max_audio_error_ms`: the
    largest audio error: how far an audio step was from one AAC frame, or an audio frame from its true time.
    `cc_errors`: continuity counter errors.
    """

    count: int = 0
    video_jumps: int = 0
    max_audio_error_ms: float = 0.0
    cc_errors: int = 0


@dataclass(frozen=True)
class PrepareState:
    """How much of a channel's media is prepared.

    `ready_s`: how long the channel can air prepared media without a gap, from the frame on air. `pending`: ranges of
    media that wait to be prepared. `progress`: the prepared part (0 to 1) of the media for the coming hour. `speed`:
    the speed of the fastest render for the channel (1.0: real time; 0: no render runs).
    """

    ready_s: float = 0.0
    pending: int = 0
    progress: float = 1.0
    speed: float = 0.0


@dataclass(frozen=True)
class PrepareJob:
    """One waiting, running or failed render.

    `file`: the path of the media file. `progress`: from 0 to 1. `fps`, `speed`: FFmpeg's frames per second and its
    speed (1.0: real time). `eta_s`: seconds until the render ends; None: unknown. `message`: why it failed; empty if it
    did not. `machine`: the name of the machine of the farm that renders it; empty: this station, or none yet.
    """

    file: str
    state: Literal["waiting", "running", "failed"]
    progress: float
    fps: float
    speed: float
    eta_s: float | None
    message: str = ""
    machine: str = ""


@dataclass(frozen=True)
class UpcomingProblem:
    """A problem on a channel that viewers will see if nobody does anything.

    `at`: when they will (Unix time, s). `text`: one line in words, with times of day in the channel's time zone.
    `subject`: what it is about: the id of a break or an entry, the path of a file, the name of a pool or a series.
    `kind`:

    - `break_short`: a planned break is shorter than it should be.
    - `break_card`: a card closes a long part of a planned break.
    - `pool_small`: rules of the pool's spots give way in planned breaks.
    - `series_ends`: the last episode of a series airs.
    - `no_programme`: only spots and cards are planned for some time.
    - `nothing_planned`: the plan ends before its horizon.
    - `rundown_ends`: a rundown without a plan ends, and does not begin again.
    - `file_gone`: the file of an entry cannot air.
    - `missed_start`: a fixed start of the plan cannot be met.
    - `not_prepared`: an entry will not be prepared in time at the present speed of rendering.
    """

    kind: ProblemKind
    at: float
    text: str
    subject: str = ""


@dataclass(frozen=True)
class PushedOutput:
    """An address to which the station sends a channel's stream.

    `name`: as configured. `url`: the address without secrets. `state`: `connecting` (nothing has been sent yet),
    `sending`, `waiting` (for the next try, or for the channel's first picture), `failed` (the configuration must
    change). `since`: when the state began (Unix time, s). `bytes`: sent since the output was configured. `kbps`: the
    bitrate of the last seconds (kbit/s). `restarts`: how often FFmpeg was replaced. `fault`: why it last failed; empty
    if it has not failed since it last sent for a minute.
    """

    name: str
    url: str
    state: OutputState
    since: float
    bytes: int = 0
    kbps: float = 0.0
    restarts: int = 0
    fault: str = ""


@dataclass(frozen=True)
class ChannelSnapshot:
    """The state of one channel at one moment.

    `id`, `number`, `name`: as configured. `state`: `starting` (viewers see the slate until the first entry is ready),
    `on_air`, `slate` (nothing can air), `stopped`. `url`: the path of the stream. `on_air`, `next`: None if there is no
    entry. `deck`: None if no FFmpeg is on air. `viewers`: connected viewers. `generation`: the number of the air list;
    each change of the planned output makes a new one. `revision`: the number of the rundown; each edit makes a new one.
    `held`: the id of a break that is put off until the operator releases it. `takes`: how often the output switched to
    another deck or to the slate. `restarts`: decks that replaced a failed one. `seams`, `prepare`: see their classes.
    `monitor`: the last measurement of picture and audio; None before the first. `warnings`: active warnings, one line
    each. `rundown_fault`: why the station refuses the rundown file and airs the previous rundown; empty if the file is
    valid. `late_s`: how late the next fixed start of the plan would be (s; early if negative); None if none is planned.
    `upcoming`: problems that are still to come, the earliest first; `more_upcoming`: how many more there are.
    `programme`, `next_programme`: what the guide shows now and next; None if it shows nothing. `outputs`: in the order
    of the config, without those that are switched off.
    """

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
    late_s: float | None = None
    upcoming: tuple[UpcomingProblem, ...] = ()
    more_upcoming: int = 0
    programme: Showing | None = None
    next_programme: Showing | None = None
    outputs: tuple[PushedOutput, ...] = ()


@dataclass(frozen=True)
class StationSnapshot:
    """The state of a station at one moment.

    `name`: as configured. `version`: of the program. `pid`: of the station's process. `at`: Unix time (s). `uptime_s`:
    seconds since the start. `home`: the path of its folder. `url`: its base address. `ffmpeg`: the version of its
    FFmpeg; empty until it is known. `house`: the profile of the house format, such as `720p`. `rate`: the house rate,
    such as `30000/1001`. `channels`: in the order of the config. `jobs`: renders. `cache_bytes`: the size of the
    prepared media. `warnings`: active warnings of the station, one line each. `lock_s`: the station refuses to change
    entries that air within this time (s); 0 if the station is of an older version, which does not report it.
    `playlist_url`, `tuner_url`: the addresses to enter in players and media servers; empty if there is none.
    """

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
    lock_s: float = 0.0
    playlist_url: str = ""
    tuner_url: str = ""
