"""MPEG transport stream packets (ISO/IEC 13818-1): reading access units out of them, and writing them.

The house multiplex is what FFmpeg's muxer makes of one video and one audio stream: PAT on PID 0, PMT on 0x1000,
H.264 on 0x100, ADTS AAC on 0x101. Times are 90 kHz ticks of 33 bits.

A channel carries about 2200 packets a second, so nothing here loops over packets where whole runs of them can be
handled by slicing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from retrovue_tui.playout.mpegts.demux import _CONTROL_ONLY, AudioUnit, _payload_at
from retrovue_tui.playout.mpegts.mux import _COUNT, _HIGH, pts_field

Sent = Sequence[tuple[int, bool, bytes]]
"""Pictures as a bus has sent them: number, whether it is a key frame, packets of picture and sound."""

PACKET: Final = 188
SYNC: Final = 0x47
PMT_PID: Final = 0x1000
VIDEO_PID: Final = 0x100
AUDIO_PID: Final = 0x101
SDT_PID: Final = 0x11
CLOCK_MASK: Final = (1 << 33) - 1


def clock_distance(later: int, earlier: int) -> int:
    """`later - earlier` for two 33-bit times that are less than 13 hours apart, whatever wraps between them."""
    return ((later - earlier + (1 << 32)) & CLOCK_MASK) - (1 << 32)


def _with_payload(packets: bytes) -> tuple[bytes, bytes]:
    """The packets that carry payload, and the adaptation field control of each (2.4.3.3)."""
    controls = packets[3::PACKET].translate(_CONTROL_ONLY)
    if controls.count(1) + controls.count(3) != len(controls):
        kept = [index for index, control in enumerate(controls) if control in (1, 3)]
        packets = b"".join(packets[index * PACKET : (index + 1) * PACKET] for index in kept)
        controls = bytes(controls[index] for index in kept)
    return packets, controls


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


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


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


def stamp_audio(unit: AudioUnit, counter: int, pts: int) -> tuple[bytearray, int]:
    """The unit's packets with a new time and new continuity counters, and the next counter."""
    return unit.packets, _restamp(unit.packets, counter, pts)


# ── tables ───────────────────────────────────────────────────────────────────────────────────────
