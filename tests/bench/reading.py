"""A second opinion on a recorded stream: numpy over the packets and PyAV over the content; none of the station's code.

Times are 90 kHz ticks unless a name says otherwise.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import numpy as np

from tests.media_factory import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.media_factory import Decoded

VIDEO, AUDIO, PAT, PMT = 0x100, 0x101, 0, 0x1000
PACKET, TICKS = 188, 90_000
LOUD, QUIET = 0.02, TICKS // 50
"""A sample that belongs to a beep, and how long it is silent before one."""


@dataclass
class Packets:
    """The facts that the packets alone show (ISO/IEC 13818-1, 2.4.3; TR 101 290)."""

    count: int = 0
    bad_sync: int = 0
    cc_errors: int = 0
    marked_discontinuities: int = 0
    longest_pcr_gap: int = 0
    longest_table_gap: int = 0
    pcr: tuple[int, ...] = ()


def read_packets(data: bytes) -> Packets:
    """Continuity counters, PCR and table spacing of whole packets, the PCR taken as the clock."""
    rows = np.frombuffer(data[: len(data) // PACKET * PACKET], np.uint8).reshape(-1, PACKET)
    pids = (rows[:, 1].astype(np.int32) & 0x1F) << 8 | rows[:, 2]
    control = rows[:, 3] >> 4 & 3
    has_field = (control & 2 > 0) & (rows[:, 4] > 0)
    found = Packets(len(rows), int((rows[:, 0] != 0x47).sum()))
    for pid in np.unique(pids):
        mine = pids == pid
        counters, payload = rows[mine, 3] & 15, control[mine] & 1
        found.cc_errors += int((counters[1:] != (counters[:-1] + payload[1:] & 15)).sum())
    found.marked_discontinuities = int((has_field & (rows[:, 5] & 0x80 > 0)).sum())
    clocked = np.flatnonzero(has_field & (rows[:, 5] & 0x10 > 0))
    fields = rows[clocked, 6:11].astype(np.int64)
    pcr = fields[:, 0] << 25 | fields[:, 1] << 17 | fields[:, 2] << 9 | fields[:, 3] << 1 | fields[:, 4] >> 7
    found.pcr = tuple(int(each) for each in pcr)
    found.longest_pcr_gap = int(np.diff(pcr).max(initial=0))
    for pid in (PAT, PMT):
        at = np.flatnonzero(pids == pid)
        times = pcr[np.clip(np.searchsorted(clocked, at), 0, len(pcr) - 1)]
        found.longest_table_gap = max(found.longest_table_gap, int(np.diff(times).max(initial=0)))
    return found


def picture_starts(data: bytes) -> list[int]:
    """The byte at which each picture of the video begins, in stream order."""
    rows = np.frombuffer(data[: len(data) // PACKET * PACKET], np.uint8).reshape(-1, PACKET)
    pids = (rows[:, 1].astype(np.int32) & 0x1F) << 8 | rows[:, 2]
    return [int(row) * PACKET for row in np.flatnonzero((pids == VIDEO) & (rows[:, 1] & 0x40 > 0))]


@dataclass(frozen=True)
class Seen:
    """A picture as a viewer got it: its number, and the monotonic time (s) at which its first byte was there."""

    number: int | None
    at: float


def seen(data: bytes, arrivals: Sequence[tuple[int, float]]) -> list[Seen]:
    """Every picture of a recording, with when it came. Without B-frames they are coded in the order they are shown."""
    ends = [end for end, _ in arrivals]
    numbers = [frame.number for frame in decode(data)]
    starts = picture_starts(data)[: len(numbers)]
    return [Seen(number, arrivals[bisect_right(ends, at)][1]) for number, at in zip(numbers, starts, strict=True)]


@dataclass
class Times:
    """Presentation times as libavformat reads them."""

    video: list[int] = field(default_factory=list)
    audio: list[int] = field(default_factory=list)

    def video_jumps(self, step: float) -> int:
        """Pictures that are not one frame behind the one before."""
        return sum(abs(later - earlier - step) > 1.5 for earlier, later in pairwise(self.video))

    @property
    def largest_audio_error(self) -> int:
        """How far the distance of two audio frames is from one AAC frame at the most."""
        return max((abs(later - earlier - 1920) for earlier, later in pairwise(self.audio)), default=0)


def read_times(data: bytes) -> Times:
    """The times of every packet of picture and sound, in stream order."""
    times = Times()
    with av.open(io.BytesIO(data), "r", format="mpegts") as container:
        for packet in container.demux(video=0, audio=0):
            if packet.pts is not None:
                assert packet.time_base is not None
                to = times.video if packet.stream.type == "video" else times.audio
                to.append(round(packet.pts * packet.time_base * TICKS))
    return times


def beeps(data: bytes) -> list[float]:
    """When each beep begins. Every audio frame counts from its own time: between two of them there may be a gap."""
    found: list[float] = []
    with av.open(io.BytesIO(data), "r", format="mpegts") as container:
        silent_since = 0.0
        for frame in container.decode(audio=0):
            samples = np.abs(frame.to_ndarray()[0])
            loud = np.flatnonzero(samples > LOUD)
            assert frame.pts is not None
            assert frame.time_base is not None
            start = float(frame.pts * frame.time_base * TICKS)
            for at in loud:
                now = start + at * TICKS / frame.sample_rate
                if now - silent_since > QUIET:
                    found.append(now)
                silent_since = now
    return found


@dataclass(frozen=True)
class Flash:
    """A flash in the picture, and how much later its beep begins."""

    ticks: int
    number: int
    offset: float


def flashes(data: bytes, pictures: Sequence[Decoded], sources: range) -> list[Flash]:
    """Every flash whose beginning aired, of pictures with numbers in `sources`, with the beep that is nearest to it."""
    sounds = np.array(beeps(data))
    found = []
    for before, now in pairwise(pictures):
        if not now.lit or before.lit or now.number not in sources or before.number != (now.number or 0) - 1:
            continue
        if len(sounds):
            nearest = float(sounds[np.argmin(np.abs(sounds - now.ticks))]) - now.ticks
            if abs(nearest) < TICKS / 4:
                found.append(Flash(now.ticks, now.number or 0, nearest))
    return found
