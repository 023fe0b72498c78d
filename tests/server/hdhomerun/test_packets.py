"""Packets of the discovery protocol, against known bytes and another parser."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.server.hdhomerun.packets import (
    ANY,
    DEVICE_ID,
    DEVICE_TYPE,
    DISCOVER_REQUEST,
    MOST_BYTES,
    MULTI_TYPE,
    DiscoverRequest,
    PacketError,
    discover_reply,
    read_packet,
    read_request,
    write_packet,
)

OF_JELLYFIN = bytes.fromhex("0002000C0104FFFFFFFF0204FFFFFFFF73CC7D8F")
VALUES = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=300)), max_size=4)


def taken_apart(packet: bytes) -> tuple[int, list[tuple[int, bytes]]]:
    """A parser of its own, which counts bytes as `hdhomerun_pkt_read_tlv` does."""
    rest = list(packet)
    crc = sum(rest.pop() << 8 * (3 - place) for place in range(4))
    assert crc == zlib.crc32(bytes(rest))
    kind = rest.pop(0) << 8 | rest.pop(0)
    assert rest.pop(0) << 8 | rest.pop(0) == len(rest)
    found = []
    while rest:
        tag, length = rest.pop(0), rest.pop(0)
        if length > 127:
            length = length - 128 + 128 * rest.pop(0)
        found.append((tag, bytes(rest[:length])))
        del rest[:length]
    return kind, found


def test_the_request_of_jellyfin() -> None:
    request = read_request(OF_JELLYFIN)
    assert request == DiscoverRequest((ANY,), ANY)
    assert request.wants(0x105A_1232)
    assert write_packet(DISCOVER_REQUEST, read_packet(OF_JELLYFIN).values) == OF_JELLYFIN


def test_a_known_reply() -> None:
    base = "http://192.168.1.10:8080"
    data = bytes.fromhex("0003004f01040000000102 04105a1232100104 2a18".replace(" ", "")) + base.encode()
    data += bytes.fromhex("2724") + f"{base}/lineup.json".encode() + bytes.fromhex("25a4e636")
    assert discover_reply(0x105A_1232, 4, base) == data


@given(st.integers(0, 0xFFFF), VALUES)
def test_another_parser_reads_the_same(kind: int, values: list[tuple[int, bytes]]) -> None:
    packet = write_packet(kind, values)
    assert taken_apart(packet) == (kind, values)
    assert read_packet(packet) == (kind, tuple(values))


@given(st.binary(max_size=64) | st.binary(max_size=40).map(lambda payload: framed(payload)))
def test_any_bytes_are_a_request_or_nothing(data: bytes) -> None:
    request = read_request(data)
    assert request is None or data[:2] == b"\0\2"


def framed(payload: bytes) -> bytes:
    head = b"\0\2" + len(payload).to_bytes(2, "big") + payload
    return head + zlib.crc32(head).to_bytes(4, "little")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        OF_JELLYFIN[:-1],
        OF_JELLYFIN + b"\0",
        OF_JELLYFIN[:-1] + b"\0",  # the CRC
        b"\0\4" + OF_JELLYFIN[2:],
        framed(b"\1"),  # a tag without a length
        framed(b"\1\4\0\0\0"),  # a value that is cut off
        framed(b"\1\x84"),  # half a length
        framed(b"\1\3\0\0\1"),  # a type of three bytes
        framed(b"\2\2\0\1"),
        framed(b"\xf0" * MOST_BYTES),
    ],
    ids=range(11),
)
def test_other_packets_are_no_request(data: bytes) -> None:
    assert read_request(data) is None


@pytest.mark.parametrize(
    ("payload", "answers"),
    [
        (b"\1\4\0\0\0\1", True),  # any tuner
        (b"\1\4\0\0\0\1\2\4\x10\x5a\x12\x32", True),
        (b"\1\4\0\0\0\1\2\4\x10\x5a\x12\x33", False),  # another device
        (b"\1\4\0\0\0\5", False),  # a recorder
        (b"\x2d\x08\0\0\0\5\0\0\0\1", True),  # recorders and tuners
        (b"\x2d\x08\0\0\0\5\0\0\0\6", False),
        (b"\2\4\xff\xff\xff\xff", False),  # of no type
        (b"\1\4\0\0\0\1\x7f\1a", True),  # with a tag of a later version
    ],
)
def test_which_requests_a_tuner_answers(payload: bytes, answers: bool) -> None:
    request = read_request(framed(payload))
    assert request is not None
    assert request.wants(0x105A_1232) == answers
    assert {DEVICE_TYPE, DEVICE_ID, MULTI_TYPE} >= {payload[0]}


def test_a_reply_that_does_not_fit() -> None:
    with pytest.raises(PacketError, match="the limit is 1460"):
        discover_reply(1, 4, "http://" + "a" * 800)
