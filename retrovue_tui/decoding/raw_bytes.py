"""Reads facts from the bytes of transport and program streams, without a demuxer: scrambling, clocks, and the beginning
of a part.

ISO/IEC 13818-1: transport packets 2.4.3.2, adaptation field 2.4.3.4, pack header 2.5.3.3, PES header 2.4.3.6.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTAINERS: Final = ("mpegts", "mpeg")
_SYNC: Final = 0x47
_SIZES: Final = (188, 192, 204)
"""The sizes of a stored transport packet in bytes: bare, with a time code in front (m2ts), or with a checksum at the
end."""
_LOOK_BYTES: Final = 256 * 1024
_PLACES: Final = 5
_SAMPLES: Final = 256
_PACK: Final = b"\x00\x00\x01\xba"
_OGG_PAGE: Final = b"OggS"
_PACK_BYTES: Final = 64 * 1024
"""The size of the largest pack in bytes. Most packs have 2 KiB."""
_WRAP_S: Final = Fraction(1 << 33, 90_000)
_PSI_PIDS: Final = 0x20
"""Program tables have PIDs below this value, and are never scrambled."""


def scrambled(path: Path, container: str) -> bool:
    """Return whether most of a transport or program stream is scrambled (conditional access, CSS). Reads five places of
    the file."""
    size = path.stat().st_size
    scrambled_count = total = 0
    with path.open("rb") as file:
        for place in range(_PLACES):
            file.seek(size * place // _PLACES)
            data = file.read(_LOOK_BYTES)
            marks = _ts_marks(data) if container == "mpegts" else _ps_marks(data) if container == "mpeg" else ()
            for mark in marks:
                total += 1
                scrambled_count += mark
    return total > 0 and scrambled_count * 2 > total


def _ts_marks(data: bytes) -> Iterator[bool]:
    """For each packet that has a payload and is not a table, yield whether it is scrambled."""
    for at in _packets(data):
        pid = (data[at + 1] & 0x1F) << 8 | data[at + 2]
        if data[at + 3] & 0x10 and _PSI_PIDS <= pid < 0x1FFF and not data[at + 1] & 0x80:
            yield bool(data[at + 3] & 0xC0)


def _ps_marks(data: bytes) -> Iterator[bool]:
    at = data.find(b"\x00\x00\x01")
    while 0 <= at < len(data) - 8:
        if 0xC0 <= data[at + 3] <= 0xEF and data[at + 6] & 0xC0 == 0x80:
            yield bool(data[at + 6] & 0x30)
        at = data.find(b"\x00\x00\x01", at + 3)


def clock_restarts(path: Path, container: str) -> bool:
    """Return whether clock samples from the whole length of a file show that its clock restarts somewhere.

    This is for files that are too large to be read whole. It may miss a part that is much shorter than the distance
    between two samples.
    """
    size = path.stat().st_size
    read = {"mpegts": _ts_clock, "mpeg": _ps_clock}.get(container)
    last: Fraction | None = None
    if read is None:
        return False
    with path.open("rb") as file:
        for sample in range(_SAMPLES):
            file.seek(size * sample // _SAMPLES)
            clock = read(file.read(_LOOK_BYTES))
            if clock is None:
                continue
            if last is not None and (clock - last) % _WRAP_S > _WRAP_S / 2:
                return True
            last = clock
    return False


def _ts_clock(data: bytes) -> Fraction | None:
    """Return the first program clock reference in seconds; None if there is none."""
    for at in _packets(data):
        if data[at + 3] & 0x20 and data[at + 4] >= 7 and data[at + 5] & 0x10:
            return Fraction(int.from_bytes(data[at + 6 : at + 11], "big") >> 7, 90_000)
    return None


def _ps_clock(data: bytes) -> Fraction | None:
    """Return the first system clock reference of an MPEG-2 pack in seconds; None if there is none."""
    at = data.find(_PACK)
    if not 0 <= at < len(data) - 10 or data[at + 4] & 0xC0 != 0x40:
        return None
    bits = int.from_bytes(data[at + 4 : at + 9], "big")
    base = (bits >> 35 & 7) << 30 | (bits >> 19 & 0x7FFF) << 15 | (bits >> 3 & 0x7FFF)
    return Fraction(base, 90_000)


def part_begins(path: Path, container: str, after: int, before: int) -> int:
    """Return the byte position at which a part begins, including the tables, pack or page in front of its first packet.
    `before` is the position of that packet, and `after` the position of the last packet of the previous part."""
    # A packet's position is that of its data, not of the headers in front of it.
    start = max(0, after + 1 - (0 if container == "mpegts" else _PACK_BYTES), before - _LOOK_BYTES)
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(before - start)
    if container == "mpegts":
        tables = [at for at in _packets(data) if (data[at + 1] & 0x1F) << 8 | data[at + 2] in (0x00, 0x11)]
        found = next(iter(tables), -1)
    elif container == "mpeg":
        found = _pack_of_another_clock(data)
    else:
        found = _first_page(data)
    return before if found < 0 else start + found


def _pack_of_another_clock(data: bytes) -> int:
    """Return the position of the first pack whose clock is earlier than that of the previous pack. If there is none,
    return the position of the last pack; -1 if there is no pack."""
    at, last = data.find(_PACK), None
    while at >= 0:
        clock = _ps_clock(data[at : at + 16])
        if clock is not None and last is not None and clock < last:
            return at
        last = last if clock is None else clock
        at = data.find(_PACK, at + 4)
    return data.rfind(_PACK)


def _first_page(data: bytes) -> int:
    """Return the position of the last Ogg page that begins a stream and follows a page that does not (RFC 3533, 6); -1
    if there is none."""
    found, begins = -1, True
    at = data.find(_OGG_PAGE)
    while 0 <= at < len(data) - 6:
        before, begins = begins, bool(data[at + 5] & 2)
        if begins and not before:
            found = at
        at = data.find(_OGG_PAGE, at + 4)
    return found


def _packets(data: bytes) -> Iterator[int]:
    """Yield the position of each transport packet."""
    for size in _SIZES:
        for at in range(min(size, max(0, len(data) - 3 * size))):
            if data[at] == _SYNC == data[at + size] == data[at + 2 * size]:
                while at + 188 <= len(data) and data[at] == _SYNC:
                    yield at
                    at += size  # after this run of packets, search for the next one
                return
