"""Transport stream analyser after ETSI TR 101 290: finds the errors that a strict receiver would report.

It measures every join on the bus, and whole recordings. It reads only the stream itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retrovue_tui.media.house_format import AAC_TICKS
from retrovue_tui.playout.mpegts.packets import AUDIO_PID, CLOCK_MASK, PACKET, PMT_PID, SYNC, VIDEO_PID, clock_distance

if TYPE_CHECKING:
    from retrovue_tui.timecode import FrameRate


@dataclass
class StreamReport:
    """The measurements of a stream. Times are in 90 kHz ticks; numbers in brackets are indicators of ETSI TR 101 290.

    - `packets`, `pictures`, `key_frames`, `audio_frames`: their numbers in the stream.
    - `sync_errors`: positions without a sync byte where a packet should begin (1.2 Sync_byte_error).
    - `cc_errors`: continuity counters that do not follow the counter of the previous packet (1.4
      Continuity_count_error). A repeated counter is an error too, because the station sends no duplicate packets.
    - `discontinuities`: packets with `discontinuity_indicator` set. That is legal, but the station never needs it.
    - `video_jumps`: pictures whose PTS is not one frame (within one tick) after the previous picture's;
      `largest_video_error`: the largest deviation of such a step from one frame.
    - `largest_audio_error`: the largest deviation of the step between two audio PES packets from the length of an AAC
      frame.
    - `audio_video_distance`: the PTS of the last audio PES packet minus that of the last picture.
    - `largest_pcr_gap`: the longest time between two PCRs (2.3a PCR_repetition_error: at most 3600 ticks, or 40 ms).
      `pcr_backwards`: PCRs that are not later than the previous one.
    - `late_pes`: PES packets whose PTS is before the last PCR, so that they arrive after their presentation time. This
      is no indicator: a decoder would have an empty buffer.
    - `largest_table_gap`: the longest time between two PATs, or two PMTs (1.3 PAT_error, 1.5 PMT_error: at most 45 000
      ticks, or 0.5 s).
    - `first_pids`: the PIDs of the first eight packets.
    """

    packets: int = 0
    pictures: int = 0
    key_frames: int = 0
    audio_frames: int = 0
    sync_errors: int = 0
    cc_errors: int = 0
    discontinuities: int = 0
    video_jumps: int = 0
    largest_video_error: int = 0
    largest_audio_error: int = 0
    audio_video_distance: int = 0
    largest_pcr_gap: int = 0
    pcr_backwards: int = 0
    late_pes: int = 0
    largest_table_gap: int = 0
    first_pids: list[int] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether the stream has no jump, no lost packet and no late PES packet."""
        return not (self.sync_errors or self.cc_errors or self.discontinuities or self.video_jumps or self.late_pes)


class StreamAnalyser:
    """Reads packets and updates a `StreamReport`. The stream may come in parts of any size."""

    def __init__(self, rate: FrameRate) -> None:
        self.report = StreamReport()
        self._rate = rate
        self._rest = b""
        self._counters: dict[int, int] = {}
        self._pcr: int | None = None
        self._video: int | None = None
        self._audio: int | None = None
        self._tables: dict[int, int] = {}
        self._shortest, self._longest = rate.ticks(1), -(-90_000 * rate.den // rate.num)
        self.audio_steps: list[int] = []

    def feed(self, data: bytes) -> StreamReport:
        """Read more of the stream, and return the report on everything read so far."""
        data = self._rest + data
        at = 0
        while at + PACKET <= len(data):
            if data[at] != SYNC:
                self.report.sync_errors += 1
                at = data.find(SYNC, at + 1)
                if at < 0:
                    at = len(data)
                continue
            at = self._continuing(data, at)
            if at + PACKET <= len(data) and data[at] == SYNC:
                self._packet(data[at : at + PACKET])
                at += PACKET
        self._rest = data[at:]
        return self.report

    def _continuing(self, data: bytes, at: int) -> int:
        """Count the packets from `at` on that only carry payload, as nine of ten do. Return the offset of the first
        packet that does more."""
        if len(self.report.first_pids) < 8:
            return at
        counters, begin, wrong = self._counters, at, 0
        while at + PACKET <= len(data):
            sync, upper, lower, third = data[at : at + 4]
            if sync != SYNC or upper & 0x40 or third & 0x30 != 0x10:
                break
            pid, counter = (upper & 0x1F) << 8 | lower, third & 0x0F
            last = counters.get(pid)
            wrong += last is not None and counter != (last + 1) & 0x0F
            counters[pid] = counter
            at += PACKET
        self.report.packets += (at - begin) // PACKET
        self.report.cc_errors += wrong
        return at

    def _packet(self, packet: bytes) -> None:
        report = self.report
        report.packets += 1
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        if len(report.first_pids) < 8:
            report.first_pids.append(pid)
        control = packet[3] >> 4 & 3
        self._count(pid, packet[3] & 0x0F, control)
        payload = 4
        if control & 2:
            payload = 5 + packet[4]
            if packet[4]:
                self._adaptation(packet)
        if control & 1 and packet[1] & 0x40:
            self._unit(pid, packet, payload)

    def _count(self, pid: int, counter: int, control: int) -> None:
        last = self._counters.get(pid)
        if last is not None and counter != ((last + 1) & 0x0F if control & 1 else last):
            self.report.cc_errors += 1
        self._counters[pid] = counter

    def _adaptation(self, packet: bytes) -> None:
        report = self.report
        flags = packet[5]
        if flags & 0x80:
            report.discontinuities += 1
        if flags & 0x10:
            pcr = int.from_bytes(packet[6:11], "big") >> 7
            if self._pcr is not None:
                step = clock_distance(pcr, self._pcr)
                report.largest_pcr_gap = max(report.largest_pcr_gap, step)
                report.pcr_backwards += step <= 0
            self._pcr = pcr

    def _unit(self, pid: int, packet: bytes, payload: int) -> None:
        report = self.report
        if pid in (0, PMT_PID):
            if self._pcr is not None:
                last = self._tables.get(pid)
                if last is not None:
                    report.largest_table_gap = max(report.largest_table_gap, clock_distance(self._pcr, last))
                self._tables[pid] = self._pcr
            return
        if pid not in (VIDEO_PID, AUDIO_PID) or payload + 14 > PACKET or packet[payload : payload + 3] != b"\0\0\1":
            return
        stamp = packet[payload + 9 : payload + 14]
        pts = (stamp[0] >> 1 & 7) << 30 | stamp[1] << 22 | stamp[2] >> 1 << 15 | stamp[3] << 7 | stamp[4] >> 1
        if self._pcr is not None and clock_distance(pts, self._pcr) < 0:
            report.late_pes += 1
        if pid == VIDEO_PID:
            report.key_frames += bool(packet[3] & 0x20 and packet[4] and packet[5] & 0x40)
            self._picture(pts)
        else:
            self._sound(pts)

    def _picture(self, pts: int) -> None:
        self.report.pictures += 1
        if self._video is not None:
            step = clock_distance(pts, self._video)
            error = min(abs(step - self._shortest), abs(step - self._longest))
            if error > 1:
                self.report.video_jumps += 1
                self.report.largest_video_error = max(self.report.largest_video_error, error)
        self._video = pts & CLOCK_MASK

    def _sound(self, pts: int) -> None:
        self.report.audio_frames += 1
        if self._audio is not None:
            step = clock_distance(pts, self._audio)
            self.audio_steps.append(step)
            self.report.largest_audio_error = max(self.report.largest_audio_error, abs(step - AAC_TICKS))
        self._audio = pts
        if self._video is not None:
            self.report.audio_video_distance = clock_distance(pts, self._video)


def analyse(data: bytes, rate: FrameRate) -> StreamReport:
    """Return the report on a whole recording. `rate` is the frame rate that its pictures should have."""
    return StreamAnalyser(rate).feed(data)
