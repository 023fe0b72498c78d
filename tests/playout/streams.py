"""Transport streams made by hand, packet by packet, for tests of the packet layer; nothing here uses its code."""

from __future__ import annotations

from dataclasses import dataclass, field

PACKET = 188


def pts_bytes(pts: int) -> bytes:
    bits = f"{pts % (1 << 33):033b}"
    return int("0010" + bits[:3] + "1" + bits[3:18] + "1" + bits[18:] + "1", 2).to_bytes(5, "big")


def adts(size: int = 40, fill: int = 0x55) -> bytes:
    """One ADTS frame of `size` bytes with a sound header."""
    head = 0xFFF << 44 | 1 << 40 | 1 << 38 | 3 << 34 | 2 << 30 | size << 13 | 0x7FF << 2
    return head.to_bytes(7, "big") + bytes([fill]) * (size - 7)


@dataclass
class Mux:
    """Writes packets like FFmpeg's muxer: a picture's packets in one run, the PCR in its first."""

    counters: dict[int, int] = field(default_factory=dict)
    pcr: bool = True

    def video(self, pts: int, *, key: bool = False, size: int = 500, fill: int = 0xAA) -> bytes:
        pes = b"\0\0\1\xe0\0\0\x80\x80\x05" + pts_bytes(pts) + bytes([fill]) * size
        flags = (0x40 if key else 0) | (0x10 if self.pcr else 0)
        clock = ((pts % (1 << 33)) << 15 | 0x7E00).to_bytes(6, "big") if self.pcr else b""
        field = bytes([flags]) + clock if flags else b""
        return self.pes(0x100, pes, field)

    def audio(self, pts: int, *, size: int = 40, frames: int = 1) -> bytes:
        body = adts(size) * frames
        pes = b"\0\0\1\xc0" + (len(body) + 8).to_bytes(2, "big") + b"\x80\x80\x05" + pts_bytes(pts) + body
        return self.pes(0x101, pes, b"\x40")

    def pes(self, pid: int, pes: bytes, field: bytes) -> bytes:
        out = b""
        first = True
        while pes or first:
            adaptation = field if first else b""
            room = PACKET - 4 - (len(adaptation) + 1 if adaptation else 0)
            body, pes = pes[:room], pes[room:]
            stuffing = room - len(body)
            if stuffing and not adaptation:
                adaptation = b"" if stuffing == 1 else b"\0" + b"\xff" * (stuffing - 2)
                control, length = 3, bytes([len(adaptation)])
            elif adaptation:
                adaptation += b"\xff" * stuffing
                control, length = 3, bytes([len(adaptation)])
            else:
                control, length = 1, b""
            counter = self.counters.get(pid, 0)
            self.counters[pid] = (counter + 1) % 16
            head = bytes([0x47, (0x40 if first else 0) | pid >> 8, pid & 0xFF, control << 4 | counter])
            packet = head + length + adaptation + body
            assert len(packet) == PACKET
            out += packet
            first = False
        return out


def stream(
    frames: int, *, step: int = 3003, start: int = 0, gop: int = 60, size: int = 500, audio_at: int = 0, sound: int = 40
) -> bytes:
    """Pictures `step` ticks apart with the audio that lies between them, in frames of `sound` bytes, on a grid that
    begins at `audio_at`."""
    mux = Mux()
    out, heard = b"", start + audio_at
    for number in range(frames):
        pts = start + number * step
        out += mux.video(pts, key=number % gop == 0, size=size, fill=number & 0xFF)
        while heard < pts + step:
            out += mux.audio(heard, size=sound)
            heard += 1920
    return out
