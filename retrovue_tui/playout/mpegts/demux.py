"""Splits a deck's transport stream into coded pictures and audio frames (ISO/IEC 13818-1, 2.4.3)."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from msgspec import Struct

from retrovue_tui.playout.mpegts.packets import AUDIO_PID, PACKET, SYNC, VIDEO_PID

_STARTS: Final = re.compile(rb"[\x40-\x7f\xc0-\xff]")  # second header byte if payload_unit_start_indicator is set


_CONTROL_ONLY: Final = bytes((byte >> 4) & 3 for byte in range(256))


class VideoUnit(Struct, gc=False):
    """The packets of one coded picture, and its presentation time. `key` is True for an IDR picture with its parameter
    sets."""

    pts: int
    key: bool
    packets: bytearray


class AudioUnit(Struct, gc=False):
    """The packets of one PES packet that contains whole ADTS frames, the number of these frames, and the time of the
    first one."""

    pts: int
    frames: int
    packets: bytearray

    @property
    def adts(self) -> bytes:
        """The ADTS frames, without the headers of the packets and of the PES."""
        pes = _payload(self.packets)
        return pes[9 + pes[8] :]


Unit = VideoUnit | AudioUnit


class Demux:
    """Takes the bytes of a transport stream and returns access units in stream order. It skips damaged packets, finds
    the next sync byte, and never raises."""

    def __init__(self) -> None:
        self._rest = b""
        self._open: dict[int, list[bytes]] = {}
        self._ready: list[Unit] = []
        self.lost_bytes = 0

    def feed(self, data: bytes) -> list[Unit]:
        """Return every access unit that these bytes complete. A unit ends where the next unit of its PID begins."""
        buffer = self._rest + data if self._rest else data
        at = 0
        while len(buffer) - at >= PACKET:
            count = (len(buffer) - at) // PACKET
            marks = buffer[at : at + count * PACKET : PACKET]
            good = count if marks.count(SYNC) == count else _leading_syncs(marks)
            if good:
                self._packets(buffer[at : at + good * PACKET], good)
                at += good * PACKET
            if good < count:
                found = _next_sync(buffer, at + 1)
                self.lost_bytes += found - at
                self._open.clear()  # the open units lack bytes
                at = found
        self._rest = buffer[at:]
        ready, self._ready = self._ready, []
        return ready

    def flush(self) -> list[Unit]:
        """Return the units that are still open. Call this only if the stream ended without a fault."""
        for pid in list(self._open):
            self._close(pid)
        ready, self._ready = self._ready, []
        return ready

    def _packets(self, run: bytes, count: int) -> None:
        high, low = run[1::PACKET], run[2::PACKET]
        starts = [match.start() for match in _STARTS.finditer(high)]
        if not starts or starts[0]:
            self._continue(run, high, low, 0, starts[0] if starts else count)
        starts.append(count)
        for start, end in pairwise(starts):
            pid = (high[start] & 0x1F) << 8 | low[start]
            if pid not in (VIDEO_PID, AUDIO_PID):
                self._continue(run, high, low, start + 1, end)
                continue
            self._close(pid)
            alone = low.count(low[start], start, end) == end - start
            if alone and high.count(pid >> 8, start + 1, end) == end - start - 1:
                self._open[pid] = [run[start * PACKET : end * PACKET]]  # the usual case: the muxer writes whole units
            else:
                self._open[pid] = [run[start * PACKET : (start + 1) * PACKET]]
                self._continue(run, high, low, start + 1, end)

    def _continue(self, run: bytes, high: bytes, low: bytes, start: int, end: int) -> None:
        """Add packets to the open unit of their PID; no unit begins in them. Nearly always all of them have the same
        PID."""
        while start < end:
            upper, lower = high[start], low[start]
            stop = end
            if high.count(upper, start, end) != end - start or low.count(lower, start, end) != end - start:
                stop = start + 1
            parts = self._open.get((upper & 0x1F) << 8 | lower)
            if parts is not None:
                parts.append(run[start * PACKET : stop * PACKET])
            start = stop

    def _close(self, pid: int) -> None:
        parts = self._open.pop(pid, None)
        if parts is None:
            return
        packets = parts[0] if len(parts) == 1 else b"".join(parts)
        unit = _video_unit(packets) if pid == VIDEO_PID else _audio_unit(packets)
        if unit is not None:
            self._ready.append(unit)


def _leading_syncs(marks: bytes) -> int:
    return next((index for index, mark in enumerate(marks) if mark != SYNC), len(marks))


def _next_sync(buffer: bytes, at: int) -> int:
    """Return the offset at which packets begin again: where three packets in a row have sync bytes, or fewer near the
    end of the bytes."""
    while (at := buffer.find(SYNC, at)) >= 0:
        if all(buffer[ahead] == SYNC for ahead in (at + PACKET, at + 2 * PACKET) if ahead < len(buffer)):
            return at
        at += 1
    return len(buffer)


def _payload_at(packet: bytes | bytearray, at: int = 0) -> int:
    """Return the offset of the payload in the packet that begins at byte `at`, counted from there; PACKET or more if
    the packet has no payload."""
    control = packet[at + 3] >> 4 & 3
    if control == 1:
        return 4
    return 5 + packet[at + 4] if control == 3 else PACKET


def pes_time(packet: bytes) -> int | None:
    """Return the PTS of the PES packet that begins in a transport packet; None if none does, or if it states none."""
    return _pes_time(packet, _payload_at(packet))


def _pes_time(packets: bytes, at: int) -> int | None:
    """Return the PTS of the PES packet that begins at offset `at` (ISO/IEC 13818-1, 2.4.3.7); None if its header is not
    valid."""
    if at + 14 > PACKET or packets[at : at + 3] != b"\0\0\1" or not packets[at + 7] & 0x80:
        return None
    first, second, third, fourth, fifth = packets[at + 9 : at + 14]
    if not first & third & fifth & 1:  # the marker bits
        return None
    return (first >> 1 & 7) << 30 | second << 22 | third >> 1 << 15 | fourth << 7 | fifth >> 1


def _video_unit(packets: bytes) -> VideoUnit | None:
    packets, _ = _with_payload(packets)
    if not packets:
        return None
    pts = _pes_time(packets, _payload_at(packets))
    if pts is None:
        return None
    key = packets[3] & 0x20 != 0 and packets[4] > 0 and packets[5] & 0x40 != 0
    return VideoUnit(pts, key, bytearray(packets))


def _audio_unit(packets: bytes) -> AudioUnit | None:
    packets, controls = _with_payload(packets)
    if not packets:
        return None
    pes = _payload_at(packets)
    pts = _pes_time(packets, pes)
    if pts is None:
        return None
    first = pes + 9 + packets[pes + 8]
    if first + 7 > PACKET or packets[first] != 0xFF:
        return None
    length = len(controls) * (PACKET - 4)
    at = controls.find(3)
    while at >= 0:  # a packet with an adaptation field: mostly stuffing in a unit's last packet
        length -= 1 + packets[at * PACKET + 4]
        at = controls.find(3, at + 1)
    stated = packets[pes + 4] << 8 | packets[pes + 5]
    if stated and length != 6 + stated:
        return None
    size = _adts_length(packets, first)
    unit = AudioUnit(pts, 1, bytearray(packets))
    if size != length - (first - pes):
        unit.frames = _count_frames(unit.adts)
    return unit


def elementary(data: bytes, pid: int) -> bytes:
    """Return the payload of all PES packets of one PID, without their headers. `data` consists of whole transport
    packets, and the first begins a PES packet."""
    lows, low, high = data[2::PACKET], pid & 0xFF, pid >> 8
    parts = []
    index = lows.find(low)
    while index >= 0:
        at = index * PACKET
        if data[at + 1] & 0x1F == high:
            begin = _payload_at(data, at)
            if data[at + 1] & 0x40 and begin + 9 <= PACKET:
                begin += 9 + data[at + begin + 8]
            if begin < PACKET:
                parts.append(data[at + begin : at + PACKET])
        index = lows.find(low, index + 1)
    return b"".join(parts)


def _with_payload(packets: bytes) -> tuple[bytes, bytes]:
    """Return the packets that carry payload, and the adaptation field control of each (ISO/IEC 13818-1, 2.4.3.3)."""
    controls = packets[3::PACKET].translate(_CONTROL_ONLY)
    if controls.count(1) + controls.count(3) != len(controls):
        kept = [index for index, control in enumerate(controls) if control in (1, 3)]
        packets = b"".join(packets[index * PACKET : (index + 1) * PACKET] for index in kept)
        controls = bytes(controls[index] for index in kept)
    return packets, controls


def _adts_length(data: bytes, at: int) -> int:
    """Return the length in bytes of the ADTS frame that begins at offset `at`, from the frame's header (ISO/IEC
    13818-7, 6.2)."""
    return (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5


def _count_frames(adts: bytes) -> int:
    """Return the number of consecutive ADTS frames, at least 1."""
    count, at = 0, 0
    while at + 7 <= len(adts) and adts[at] == 0xFF and adts[at + 1] & 0xF0 == 0xF0:
        length = _adts_length(adts, at)
        if length < 7:
            break
        count, at = count + 1, at + length
    return max(1, count)


def _payload(packets: bytes | bytearray) -> bytes:
    """Return the payload of packets, without headers and adaptation fields."""
    parts = (packets[at + _payload_at(packets, at) : at + PACKET] for at in range(0, len(packets), PACKET))
    return b"".join(parts)
