"""The packets of the HDHomeRun discovery protocol (libhdhomerun, `hdhomerun_pkt.h`). Pure.

A packet has a 16-bit type, the 16-bit length of its values, tagged values, and the CRC-32 of all this. Numbers are big
endian, except the CRC. A tagged value has a tag (one byte), a length (one or two bytes), and the value.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DISCOVER_REQUEST, DISCOVER_REPLY = 2, 3
DEVICE_TYPE, DEVICE_ID, TUNER_COUNT, LINEUP_URL, BASE_URL, MULTI_TYPE = 0x01, 0x02, 0x10, 0x27, 0x2A, 0x2D
TUNER: Final = 1
"""The device type of tuners."""
ANY: Final = 0xFFFF_FFFF
"""Stands for every device type, and for every device id."""
MOST_BYTES: Final = 1_460
"""The most bytes of a packet."""
_LONG: Final = 0x80
"""The flag in the first byte of a length: a second byte follows, with the higher bits."""


class PacketError(ValueError):
    """The bytes are not a packet of this protocol."""


class Packet(NamedTuple):
    """A packet: its type, and its tagged values in order."""

    kind: int
    values: tuple[tuple[int, bytes], ...]


class DiscoverRequest(NamedTuple):
    """Which devices a discovery request looks for: their types and their id; `ANY` stands for all."""

    types: tuple[int, ...]
    device_id: int

    def wants(self, device_id: int) -> bool:
        """Return whether a tuner with this id answers the request."""
        return bool({TUNER, ANY} & set(self.types)) and self.device_id in (ANY, device_id)


def read_packet(data: bytes) -> Packet:
    """Return the packet in a datagram. Raises `PacketError`."""
    if not 8 <= len(data) <= MOST_BYTES:
        raise PacketError(f"a packet has 8 to {MOST_BYTES} bytes, not {len(data)}")
    kind, length = struct.unpack_from(">HH", data)
    if length != len(data) - 8:
        raise PacketError(f"the packet states {length} bytes of values and has {len(data) - 8}")
    if struct.unpack("<I", data[-4:])[0] != zlib.crc32(data[:-4]):
        raise PacketError("the CRC of the packet is wrong")
    return Packet(kind, tuple(_values(data[4:-4])))


def _values(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        head = data[at : at + 3]
        if len(head) < 2 or (head[1] & _LONG and len(head) < 3):
            raise PacketError("the last value has no length")
        tag, length, at = head[0], head[1], at + 2
        if length & _LONG:
            length, at = length & ~_LONG | head[2] << 7, at + 1
        if at + length > len(data):
            raise PacketError(f"the value with tag {tag} is longer than the packet")
        yield tag, data[at : at + length]
        at += length


def write_packet(kind: int, values: Iterable[tuple[int, bytes]]) -> bytes:
    """Return a packet as bytes. Raises `PacketError` if it has more than `MOST_BYTES`."""
    payload = b"".join(bytes((tag,)) + _length(len(value)) + value for tag, value in values)
    if len(payload) + 8 > MOST_BYTES:
        raise PacketError(f"the packet has {len(payload) + 8} bytes; the limit is {MOST_BYTES}")
    data = struct.pack(">HH", kind, len(payload)) + payload
    return data + struct.pack("<I", zlib.crc32(data))


def _length(length: int) -> bytes:
    return bytes((length,)) if length < _LONG else bytes((length & 0x7F | _LONG, length >> 7))


def read_request(data: bytes) -> DiscoverRequest | None:
    """Return the discovery request in a datagram; None if it is another packet, or no packet."""
    try:
        kind, values = read_packet(data)
        if kind != DISCOVER_REQUEST:
            return None
        types: list[int] = []
        device_id = ANY
        for tag, value in values:
            if tag in (DEVICE_TYPE, MULTI_TYPE):
                types += [number for (number,) in struct.iter_unpack(">I", value)]
            elif tag == DEVICE_ID:
                (device_id,) = struct.unpack(">I", value)
    except (PacketError, struct.error):
        return None
    return DiscoverRequest(tuple(types), device_id)


def discover_reply(device_id: int, tuners: int, base_url: str) -> bytes:
    """Return the answer of a tuner to a discovery request. Raises `PacketError` if the address is too long."""
    values = (
        (DEVICE_TYPE, struct.pack(">I", TUNER)),
        (DEVICE_ID, struct.pack(">I", device_id)),
        (TUNER_COUNT, bytes((tuners,))),
        (BASE_URL, base_url.encode()),
        (LINEUP_URL, f"{base_url}/lineup.json".encode()),
    )
    return write_packet(DISCOVER_REPLY, values)
