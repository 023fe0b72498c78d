"""Splice messages: tell equipment down the line where breaks and programmes begin (ANSI/SCTE 35 2023r1).

Times and durations are 90 kHz ticks; times are in the time base of the stream, so that `pts_adjustment` is 0.
"""

from __future__ import annotations

from typing import Final

from retrovue_tui.playout.mpegts.packets import CLOCK_MASK, PACKET, SPLICE_PID, SYNC
from retrovue_tui.playout.mpegts.psi import crc32

PLANNED: Final = 0x4000_0000
"""The upper four bits of the id of an event that automation makes."""
MANUAL: Final = 0x6000_0000
"""The upper four bits of the id of an event that an operator makes."""
PROGRAMME_START: Final = 0x10
"""The segmentation type of the start of a programme (10.3.3.1)."""
LONGEST_BREAK: Final = CLOCK_MASK
"""The longest `break_duration`, in ticks."""
_SPLICE_NULL: Final = 0x00
_SPLICE_INSERT: Final = 0x05
_TIME_SIGNAL: Final = 0x06
_PAYLOAD: Final = PACKET - 4


def splice_null() -> bytes:
    """Return the section of a `splice_null`, the heartbeat (9.7.1)."""
    return _section(_SPLICE_NULL, b"")


def splice_insert(
    event: int, *, out: bool, pts: int | None = None, duration: int | None = None, program: int = 0,
    descriptors: bytes = b"",
) -> bytes:  # fmt: skip
    """Return the section of a `splice_insert` (9.7.3): a break begins (`out`), or the programme is back.

    `pts` is the time of the first picture after the splice; None: the splice is immediate. With a `duration` the
    programme returns by itself after it (`auto_return`), and no second message is needed. `program` is the
    `unique_program_id`.
    """
    flags = 0x4F | out << 7 | (duration is not None) << 5 | (pts is None) << 4
    body = event.to_bytes(4, "big") + bytes((0x7F, flags))
    if pts is not None:
        body += _splice_time(pts)
    if duration is not None:
        body += (0xFE << 32 | min(duration, LONGEST_BREAK)).to_bytes(5, "big")
    return _section(_SPLICE_INSERT, body + program.to_bytes(2, "big") + b"\0\0", descriptors)


def splice_cancel(event: int) -> bytes:
    """Return the section of a `splice_insert` that cancels an event announced earlier."""
    return _section(_SPLICE_INSERT, event.to_bytes(4, "big") + b"\xff")


def time_signal(pts: int | None, descriptors: bytes) -> bytes:
    """Return the section of a `time_signal` (9.7.4). The descriptors say what happens at `pts`; None: at once."""
    return _section(_TIME_SIGNAL, b"\x7f" if pts is None else _splice_time(pts), descriptors)


def segmentation_descriptor(
    event: int, kind: int, *, duration: int | None = None, upid_type: int = 0, upid: bytes = b"", delivery: int = 0x3F,
    number: int = 1, expected: int = 1,
) -> bytes:  # fmt: skip
    """Return a `segmentation_descriptor` (10.3.3): a segment of type `kind` begins or ends.

    `upid_type` and `upid` identify the content. `delivery` is the six bits of the restrictions of delivery; all set:
    there are none. `number` of `expected` segments.
    """
    body = b"CUEI" + event.to_bytes(4, "big") + bytes((0x7F, 0x80 | (duration is not None) << 6 | delivery))
    if duration is not None:
        body += duration.to_bytes(5, "big")
    body += bytes((upid_type, len(upid))) + upid + bytes((kind, number, expected))
    return bytes((0x02, len(body))) + body


def segmentation_cancel(event: int) -> bytes:
    """Return a `segmentation_descriptor` that cancels an event announced earlier."""
    body = b"CUEI" + event.to_bytes(4, "big") + b"\xff"
    return bytes((0x02, len(body))) + body


def splice_packets(section: bytes, counter: int) -> tuple[bytes, int]:
    """Return the transport packets of one section, and the continuity counter of the next packet. The section begins
    in the first packet, and no other follows it (8.1)."""
    payload = b"\0" + section
    out = []
    for at in range(0, len(payload), _PAYLOAD):
        upper = (0x40 if at == 0 else 0) | SPLICE_PID >> 8
        head = bytes((SYNC, upper, SPLICE_PID & 0xFF, 0x10 | counter))
        out.append((head + payload[at : at + _PAYLOAD]).ljust(PACKET, b"\xff"))
        counter = (counter + 1) & 0x0F
    return b"".join(out), counter


def _splice_time(pts: int) -> bytes:
    return (0xFE << 32 | pts & CLOCK_MASK).to_bytes(5, "big")


def _section(command: int, body: bytes, descriptors: bytes = b"") -> bytes:
    """Return a `splice_info_section` (9.6): not encrypted, for every tier."""
    rest = b"\0" + bytes(5) + b"\xff" + (0xFFF << 12 | len(body)).to_bytes(3, "big") + bytes((command,)) + body
    rest += len(descriptors).to_bytes(2, "big") + descriptors
    section = b"\xfc" + (0x3000 | len(rest) + 4).to_bytes(2, "big") + rest
    return section + crc32(section).to_bytes(4, "big")
