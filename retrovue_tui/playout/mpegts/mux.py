"""Writes transport packets: time stamps, program clock reference, continuity counters (ISO/IEC 13818-1, 2.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.mpegts.packets import AUDIO_PID, CLOCK_MASK, PACKET, SYNC, VIDEO_PID

if TYPE_CHECKING:
    from retrovue_tui.playout.mpegts.demux import AudioUnit, VideoUnit

_HIGH: Final = bytes(byte & 0xF0 for byte in range(256))


_COUNT: Final = bytes(index & 0x0F for index in range(16)) * 512


def write_pcr(packets: bytearray, at: int, pcr: int) -> None:
    """Write a program clock reference (ISO/IEC 13818-1, 2.4.3.5) at byte `at`. `pcr` is in 90 kHz ticks; the extension
    is 0."""
    pcr &= CLOCK_MASK
    packets[at : at + 6] = (pcr << 15 | 0x7E00).to_bytes(6, "big")


def pts_field(prefix: int, pts: int) -> bytes:
    """Encode a PTS or DTS in five bytes (ISO/IEC 13818-1, 2.4.3.6). `prefix` is the value of the first four bits."""
    pts &= CLOCK_MASK
    top, middle, low = pts >> 30, pts >> 15 & 0x7FFF, pts & 0x7FFF
    return bytes((prefix << 4 | top << 1 | 1, middle >> 7, middle << 1 & 0xFE | 1, low >> 7, low << 1 & 0xFE | 1))


def pcr_packet(counter: int, pcr: int) -> bytes:
    """Return a packet on the video PID that carries only a PCR. `counter` is the counter of the previous packet,
    because a packet without payload repeats it (ISO/IEC 13818-1, 2.4.3.3)."""
    packet = bytearray(b"\xff" * PACKET)
    packet[0:6] = bytes((SYNC, VIDEO_PID >> 8, VIDEO_PID & 0xFF, 0x20 | (counter - 1) & 0x0F, PACKET - 5, 0x10))
    write_pcr(packet, 6, pcr)
    return bytes(packet)


def stamp_video(unit: VideoUnit, counter: int, pts: int, pcr: int) -> tuple[bytearray, int]:
    """Return the unit's packets with new times and continuity counters, and the counter for the next packet.

    The first packet carries the PCR, and no discontinuity mark. If it has no room for a PCR, a separate PCR packet is
    put in front of it.
    """
    packets = unit.packets
    following = _restamp(packets, counter, pts)
    if packets[3] & 0x20 and packets[4] >= 7 and packets[5] & 0x10:
        write_pcr(packets, 6, pcr)
        return packets, following
    return bytearray(pcr_packet(counter, pcr)) + packets, following


def audio_packets(adts: bytes, counter: int, pts: int) -> tuple[bytes, int]:
    """Put ADTS frames into one PES packet. Return its transport packets, and the counter for the next packet."""
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


def _restamp(packets: bytearray, counter: int, pts: int) -> int:
    """Write new continuity counters and a new PTS into the packets of one PES packet, and clear the discontinuity mark
    of the first packet. Return the counter for the next packet."""
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
    """Return the unit's packets with a new PTS and new continuity counters, and the counter for the next packet."""
    return unit.packets, _restamp(unit.packets, counter, pts)
