"""The program tables of a channel: PAT, PMT and SDT (ISO/IEC 13818-1, 2.4.4; ETSI EN 300 468, 5.2.3)."""

from __future__ import annotations

from retrovue_tui.playout.mpegts.packets import AUDIO_PID, PACKET, PMT_PID, SDT_PID, SPLICE_PID, SYNC, VIDEO_PID


def crc32(data: bytes) -> int:
    """Return the CRC of a PSI section (ISO/IEC 13818-1, 2.4.4 and Annex A): polynomial 0x04C11DB7, no reflection."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def _section(table: int, number: int, body: bytes, private: int = 0, version: int = 0) -> bytes:
    length = len(body) + 9
    head = bytes((table, 0xB0 | private | length >> 8, length & 0xFF)) + number.to_bytes(2, "big")
    section = head + bytes((0xC1 | version << 1, 0, 0)) + body
    return section + crc32(section).to_bytes(4, "big")


class ProgramTables:
    """The PAT, PMT and SDT of a channel (ISO/IEC 13818-1, 2.4.4; ETSI EN 300 468, 5.2.3), with their continuity
    counters."""

    def __init__(self, name: str, number: int = 1) -> None:
        self._program = program = max(1, number & 0xFFFF)
        self._version = 0
        pat = _section(0, 1, program.to_bytes(2, "big") + (0xE000 | PMT_PID).to_bytes(2, "big"))
        sdt = _section(0x42, 1, b"\xff\x01\xff" + _service(program, name), private=0x40)
        tables = ((SDT_PID, sdt), (0, pat), (PMT_PID, _pmt(program)))
        self._templates = [_table_packet(pid, section) for pid, section in tables]
        self._counter = 0

    @property
    def counter(self) -> int:
        """The continuity counter of the next packet of each table."""
        return self._counter

    def list_splices(self, listed: bool) -> None:
        """List the stream of splice messages in the PMT from now on, or no longer. The PMT gets a new version."""
        self._version = (self._version + 1) & 0x1F
        self._templates[2] = _table_packet(PMT_PID, _pmt(self._program, splices=listed, version=self._version))

    def packets(self) -> bytes:
        """Return the packets of all tables, PAT and PMT first, so that a stream that is cut here begins with them."""
        sdt, pat, pmt = self._templates
        for packet in self._templates:
            packet[3] = 0x10 | self._counter
        self._counter = (self._counter + 1) & 0x0F
        return bytes(pat + pmt + sdt)


def _pmt(program: int, *, splices: bool = False, version: int = 0) -> bytes:
    """Return the PMT. With `splices` it lists the splice messages, and registers their format (ANSI/SCTE 35 2023r1,
    8.1)."""
    listed = ((0x1B, VIDEO_PID), (0x0F, AUDIO_PID), *(((0x86, SPLICE_PID),) if splices else ()))
    streams = b"".join(bytes((kind,)) + (0xE000 | pid).to_bytes(2, "big") + b"\xf0\0" for kind, pid in listed)
    registration = b"\x05\x04CUEI" if splices else b""
    head = (0xE000 | VIDEO_PID).to_bytes(2, "big") + (0xF000 | len(registration)).to_bytes(2, "big") + registration
    return _section(2, program, head + streams, version=version)


def _service(program: int, name: str) -> bytes:
    label = b"\x15" + _clipped(name, 60)  # 0x15: the text is UTF-8 (ETSI EN 300 468, Annex A)
    provider = b"\x15retrovue"
    body = b"\x01" + bytes((len(provider),)) + provider + bytes((len(label),)) + label
    descriptor = b"\x48" + bytes((len(body),)) + body
    return program.to_bytes(2, "big") + b"\xfc" + (0x8000 | len(descriptor)).to_bytes(2, "big") + descriptor


def _clipped(text: str, limit: int) -> bytes:
    return text.encode()[:limit].decode(errors="ignore").encode()


def _table_packet(pid: int, section: bytes) -> bytearray:
    head = bytes((SYNC, 0x40 | pid >> 8, pid & 0xFF, 0x10, 0))
    return bytearray((head + section).ljust(PACKET, b"\xff"))
