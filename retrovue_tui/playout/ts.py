"""MPEG transport stream packets (ISO/IEC 13818-1): reading access units out of them, and writing them.

The house multiplex is what FFmpeg's muxer makes of one video and one audio stream: PAT on PID 0, PMT on 0x1000,
H.264 on 0x100, ADTS AAC on 0x101. Times are 90 kHz ticks of 33 bits.

A channel carries about 2200 packets a second, so nothing here loops over packets where whole runs of them can be
handled by slicing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

Sent = Sequence[tuple[int, bool, bytes]]
"""Pictures as a bus has sent them: number, whether it is a key frame, packets of picture and sound."""

PACKET: Final = 188
SYNC: Final = 0x47
PMT_PID: Final = 0x1000
VIDEO_PID: Final = 0x100
AUDIO_PID: Final = 0x101
SDT_PID: Final = 0x11
CLOCK_MASK: Final = (1 << 33) - 1


_STARTS: Final = re.compile(rb"[\x40-\x7f\xc0-\xff]")  # second header byte with payload_unit_start_indicator
_CONTROL_ONLY: Final = bytes((byte >> 4) & 3 for byte in range(256))
_HIGH: Final = bytes(byte & 0xF0 for byte in range(256))
_COUNT: Final = bytes(index & 0x0F for index in range(16)) * 512


def clock_distance(later: int, earlier: int) -> int:
    """`later - earlier` for two 33-bit times that are less than 13 hours apart, whatever wraps between them."""
    return ((later - earlier + (1 << 32)) & CLOCK_MASK) - (1 << 32)


@dataclass(slots=True)
class VideoUnit:
    """The packets of one coded picture, and its presentation time. `key`: it is an IDR with its parameter sets."""

    pts: int
    key: bool
    packets: bytearray


@dataclass(slots=True)
class AudioUnit:
    """The packets of one PES packet of whole ADTS frames, how many frames these are, and the time of the first."""

    pts: int
    frames: int
    packets: bytearray

    @property
    def adts(self) -> bytes:
        """The ADTS frames alone."""
        pes = _payload(self.packets)
        return pes[9 + pes[8] :]


Unit = VideoUnit | AudioUnit


class Demux:
    """Bytes in, access units out, in stream order. Damage is passed over: it resynchronises and never raises."""

    def __init__(self) -> None:
        self._rest = b""
        self._open: dict[int, list[bytes]] = {}
        self._ready: list[Unit] = []
        self.lost_bytes = 0
        self.damaged_units = 0

    def feed(self, data: bytes) -> list[Unit]:
        """Every unit that these bytes complete: a unit ends where the next one of its PID begins."""
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
                self._open.clear()  # what was under way has a hole
                at = found
        self._rest = buffer[at:]
        ready, self._ready = self._ready, []
        return ready

    def flush(self) -> list[Unit]:
        """The units that are still open, to be asked for only when the stream ended well."""
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
                self._open[pid] = [run[start * PACKET : end * PACKET]]  # the muxer nearly always finishes a unit first
            else:
                self._open[pid] = [run[start * PACKET : (start + 1) * PACKET]]
                self._continue(run, high, low, start + 1, end)

    def _continue(self, run: bytes, high: bytes, low: bytes, start: int, end: int) -> None:
        """Packets without a unit start belong to what is open on their PID; nearly always all to the same."""
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
        if unit is None:
            self.damaged_units += 1
        else:
            self._ready.append(unit)


def _leading_syncs(marks: bytes) -> int:
    return next((index for index, mark in enumerate(marks) if mark != SYNC), len(marks))


def _next_sync(buffer: bytes, at: int) -> int:
    """Where packets begin again: three sync bytes in a row, or as many as there are bytes to look at."""
    while (at := buffer.find(SYNC, at)) >= 0:
        if all(buffer[ahead] == SYNC for ahead in (at + PACKET, at + 2 * PACKET) if ahead < len(buffer)):
            return at
        at += 1
    return len(buffer)


def _payload_at(packet: bytes | bytearray, at: int = 0) -> int:
    """Where the payload of the packet at `at` begins, relative to the packet; PACKET or more where it has none."""
    control = packet[at + 3] >> 4 & 3
    if control == 1:
        return 4
    return 5 + packet[at + 4] if control == 3 else PACKET


def _pes_time(packets: bytes, at: int) -> int | None:
    """The PTS of the PES packet that begins at `at` (2.4.3.7), or None where there is no sound header."""
    if at + 14 > PACKET or packets[at : at + 3] != b"\0\0\1" or not packets[at + 7] & 0x80:
        return None
    first, second, third, fourth, fifth = packets[at + 9 : at + 14]
    if not first & third & fifth & 1:  # the marker bits
        return None
    return (first >> 1 & 7) << 30 | second << 22 | third >> 1 << 15 | fourth << 7 | fifth >> 1


def _with_payload(packets: bytes) -> tuple[bytes, bytes]:
    """The packets that carry payload, and the adaptation field control of each (2.4.3.3)."""
    controls = packets[3::PACKET].translate(_CONTROL_ONLY)
    if controls.count(1) + controls.count(3) != len(controls):
        kept = [index for index, control in enumerate(controls) if control in (1, 3)]
        packets = b"".join(packets[index * PACKET : (index + 1) * PACKET] for index in kept)
        controls = bytes(controls[index] for index in kept)
    return packets, controls


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
    while at >= 0:  # adaptation fields, mostly the stuffing of the last packet
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


def _adts_length(data: bytes, at: int) -> int:
    """The length of the ADTS frame that begins at `at`, by its own field (ISO/IEC 13818-7, 6.2)."""
    return (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5


def _count_frames(adts: bytes) -> int:
    """How many ADTS frames follow each other, at least 1."""
    count, at = 0, 0
    while at + 7 <= len(adts) and adts[at] == 0xFF and adts[at + 1] & 0xF0 == 0xF0:
        length = _adts_length(adts, at)
        if length < 7:
            break
        count, at = count + 1, at + length
    return max(1, count)


def _payload(packets: bytes | bytearray) -> bytes:
    """What the packets carry, headers and adaptation fields left out."""
    parts = (packets[at + _payload_at(packets, at) : at + PACKET] for at in range(0, len(packets), PACKET))
    return b"".join(parts)


def newest_key(sent: Sent) -> int | None:
    """The index of the newest key frame."""
    return next((index for index in range(len(sent) - 1, -1, -1) if sent[index][1]), None)


def elementary(data: bytes, pid: int) -> bytes:
    """What the PES packets of one PID carry, without their headers, in whole packets of which the first begins one."""
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


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def write_pcr(packets: bytearray, at: int, pcr: int) -> None:
    """Put a program clock reference (2.4.3.5) at byte `at`; `pcr` in 90 kHz ticks, extension 0."""
    pcr &= CLOCK_MASK
    packets[at : at + 6] = (pcr << 15 | 0x7E00).to_bytes(6, "big")


def pts_field(prefix: int, pts: int) -> bytes:
    """The five bytes of a PTS or DTS (2.4.3.6) behind its four-bit prefix."""
    pts &= CLOCK_MASK
    top, middle, low = pts >> 30, pts >> 15 & 0x7FFF, pts & 0x7FFF
    return bytes((prefix << 4 | top << 1 | 1, middle >> 7, middle << 1 & 0xFE | 1, low >> 7, low << 1 & 0xFE | 1))


def pcr_packet(counter: int, pcr: int) -> bytes:
    """A packet on the video PID that carries a PCR alone; without payload the counter stands still (2.4.3.3)."""
    packet = bytearray(b"\xff" * PACKET)
    packet[0:6] = bytes((SYNC, VIDEO_PID >> 8, VIDEO_PID & 0xFF, 0x20 | (counter - 1) & 0x0F, PACKET - 5, 0x10))
    write_pcr(packet, 6, pcr)
    return bytes(packet)


def _restamp(packets: bytearray, counter: int, pts: int) -> int:
    """Put new continuity counters and a new time into the packets of one PES packet, and take a discontinuity mark out
    of the first; returns the next counter."""
    count = len(packets) // PACKET
    numbers = _COUNT[counter : counter + count] if count <= 8_000 else bytes((counter + n) & 15 for n in range(count))
    controls = packets[3::PACKET].translate(_HIGH)
    merged = int.from_bytes(controls, "little") | int.from_bytes(numbers, "little")
    packets[3::PACKET] = merged.to_bytes(count, "little")
    pes = 4
    if controls[0] & 0x20:
        pes = 5 + packets[4]
        if pes > 5:
            packets[5] &= 0x7F
    both = packets[pes + 7] >> 6 == 3
    packets[pes + 9 : pes + 14] = pts_field(3 if both else 2, pts)
    if both:
        packets[pes + 14 : pes + 19] = pts_field(1, pts)
    return (counter + count) & 0x0F


def stamp_video(unit: VideoUnit, counter: int, pts: int, pcr: int) -> tuple[bytearray, int]:
    """The unit's packets with new times and continuity counters, and the next counter.

    The first packet carries the PCR and no discontinuity mark; a PCR packet goes ahead where it has no room for one.
    """
    packets = unit.packets
    following = _restamp(packets, counter, pts)
    if packets[3] & 0x20 and packets[4] >= 7 and packets[5] & 0x10:
        write_pcr(packets, 6, pcr)
        return packets, following
    return bytearray(pcr_packet(counter, pcr)) + packets, following


def stamp_audio(unit: AudioUnit, counter: int, pts: int) -> tuple[bytearray, int]:
    """The unit's packets with a new time and new continuity counters, and the next counter."""
    return unit.packets, _restamp(unit.packets, counter, pts)


def audio_packets(adts: bytes, counter: int, pts: int) -> tuple[bytes, int]:
    """A PES packet of ADTS frames in transport packets, and the next counter."""
    pes = b"\0\0\1\xc0" + (len(adts) + 8).to_bytes(2, "big") + b"\x80\x80\x05" + pts_field(2, pts) + adts
    out = []
    upper = 0x40 | AUDIO_PID >> 8
    for at in range(0, len(pes), PACKET - 4):
        body = pes[at : at + PACKET - 4]
        stuffing = PACKET - 4 - len(body)
        control = 0x30 if stuffing else 0x10
        out.append(bytes((SYNC, upper, AUDIO_PID & 0xFF, control | counter)))
        if stuffing == 1:
            out.append(b"\0")
        elif stuffing:
            out.append(bytes((stuffing - 1, 0)) + b"\xff" * (stuffing - 2))
        out.append(body)
        upper = AUDIO_PID >> 8
        counter = (counter + 1) & 0x0F
    return b"".join(out), counter


# ── tables ───────────────────────────────────────────────────────────────────────────────────────


def crc32(data: bytes) -> int:
    """The CRC of PSI sections (2.4.4, Annex A): polynomial 0x04C11DB7, no reflection."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def _section(table: int, number: int, body: bytes, private: int = 0) -> bytes:
    length = len(body) + 9
    head = bytes((table, 0xB0 | private | length >> 8, length & 0xFF)) + number.to_bytes(2, "big") + b"\xc1\0\0"
    section = head + body
    return section + crc32(section).to_bytes(4, "big")


class ProgramTables:
    """PAT, PMT and SDT of a channel (ISO/IEC 13818-1, 2.4.4; EN 300 468, 5.2.3), with their continuity counters."""

    def __init__(self, name: str, number: int = 1) -> None:
        program = max(1, number & 0xFFFF)
        pat = _section(0, 1, program.to_bytes(2, "big") + (0xE000 | PMT_PID).to_bytes(2, "big"))
        streams = b"".join(
            bytes((kind,)) + (0xE000 | pid).to_bytes(2, "big") + b"\xf0\0"
            for kind, pid in ((0x1B, VIDEO_PID), (0x0F, AUDIO_PID))
        )
        pmt = _section(2, program, (0xE000 | VIDEO_PID).to_bytes(2, "big") + b"\xf0\0" + streams)
        sdt = _section(0x42, 1, b"\xff\x01\xff" + _service(program, name), private=0x40)
        self._templates = [_table_packet(pid, section) for pid, section in ((SDT_PID, sdt), (0, pat), (PMT_PID, pmt))]
        self._counter = 0

    def packets(self) -> bytes:
        """The tables once more: PAT and PMT first, so that a stream cut here begins with them."""
        sdt, pat, pmt = self._templates
        for packet in self._templates:
            packet[3] = 0x10 | self._counter
        self._counter = (self._counter + 1) & 0x0F
        return bytes(pat + pmt + sdt)


def _service(program: int, name: str) -> bytes:
    label = b"\x15" + _clipped(name, 60)  # 0x15: the text is UTF-8 (EN 300 468, Annex A)
    provider = b"\x15retrovue"
    body = b"\x01" + bytes((len(provider),)) + provider + bytes((len(label),)) + label
    descriptor = b"\x48" + bytes((len(body),)) + body
    return program.to_bytes(2, "big") + b"\xfc" + (0x8000 | len(descriptor)).to_bytes(2, "big") + descriptor


def _clipped(text: str, limit: int) -> bytes:
    return text.encode()[:limit].decode(errors="ignore").encode()


def _table_packet(pid: int, section: bytes) -> bytearray:
    head = bytes((SYNC, 0x40 | pid >> 8, pid & 0xFF, 0x10, 0))
    return bytearray((head + section).ljust(PACKET, b"\xff"))
