"""Splice messages in a channel's stream: the tables list them, and nothing else changes."""

from __future__ import annotations

import hashlib
import io

import av
import pytest

from retrovue_tui.playout.mpegts import scte35
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.playout.mpegts.psi import crc32
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.timecode import FrameRate
from tests.playout.output.test_splicer import pictures, splice
from tests.playout.streams import PACKET, stream

NTSC = FrameRate(30_000, 1_001)
FRAMES = 150
BEFORE_SPLICE_MESSAGES = "84437026b33232c58a7277843c1cf473f226568e94f22130f4bf665d9a8edfb6"
"""The digest of the stream in `plain`, as the station sent it before it knew splice messages."""


def plain() -> bytes:
    return splice(Splicer(NTSC, "Retro One"), pictures(stream(FRAMES)))


def with_messages(every: int) -> bytes:
    """The same stream with a message before each `every`-th picture."""
    splicer, source, counter = Splicer(NTSC, "Retro One"), pictures(stream(FRAMES)), 0
    splicer.list_splices(True)
    out = b""
    while (picture := source.pop()) is not None:
        message = b""
        if splicer.frame % every == 0:
            section = scte35.splice_insert(1, out=True, pts=splicer.pts(splicer.frame))
            message, counter = scte35.splice_packets(section, counter)
        out += splicer.splice(picture, message)
    return out


def by_pid(data: bytes) -> list[tuple[int, bytes]]:
    packets = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
    return [((packet[1] & 0x1F) << 8 | packet[2], packet) for packet in packets]


def pmts(data: bytes) -> list[bytes]:
    """The sections of the PMT; each with its CRC checked."""
    found = []
    for pid, packet in by_pid(data):
        if pid == 0x1000:
            section = packet[5 : 8 + ((packet[6] & 0x0F) << 8 | packet[7])]
            assert crc32(section) == 0
            found.append(section)
    return found


def test_a_stream_without_them_is_the_same_to_the_byte_as_ever() -> None:
    assert hashlib.sha256(plain()).hexdigest() == BEFORE_SPLICE_MESSAGES


@pytest.mark.parametrize("every", [1, 7, 60])
def test_splice_messages_change_nothing_but_the_tables(every: int) -> None:
    data = with_messages(every)
    report = analyse(data, NTSC)
    assert report.clean
    assert report.cc_errors == 0
    assert report.largest_table_gap <= 45_000
    rest = [(pid, packet) for pid, packet in by_pid(data) if pid != 0x86]
    assert [each for each in rest if each[0] != 0x1000] == [each for each in by_pid(plain()) if each[0] != 0x1000]
    assert [pid for pid, _ in rest] == [pid for pid, _ in by_pid(plain())]


def test_the_pmt_registers_and_lists_them() -> None:
    (section,) = set(pmts(with_messages(60)))
    assert section[10:18] == bytes((0xF0, 6)) + b"\x05\x04CUEI"
    assert section[18:-4] == bytes.fromhex("1be100f000 0fe101f000 86e086f000")
    assert section[5] >> 1 & 31 == 1


def test_switched_on_and_off_each_pmt_has_a_version_of_its_own() -> None:
    splicer, source = Splicer(NTSC, "Retro One"), pictures(stream(FRAMES))
    out = b""
    for listed in (None, True, False, True):
        if listed is not None:
            splicer.list_splices(listed)
        out += splice(splicer, source, 3)
    assert [section[5] >> 1 & 31 for section in pmts(out)] == [0, 1, 2, 3]
    assert [b"CUEI" in section for section in pmts(out)] == [False, True, False, True]
    assert analyse(out, NTSC).clean


def test_a_message_stands_between_the_tables_and_its_picture() -> None:
    """A stream that is cut there begins with PAT, PMT and SDT, then the message, then the key frame."""
    order = [pid for pid, _ in by_pid(with_messages(60))]
    assert order[:5] == [0, 0x1000, 0x11, 0x86, 0x100]
    assert order.count(0x86) == 3


def test_ffmpeg_sees_a_stream_of_splice_messages() -> None:
    with av.open(io.BytesIO(with_messages(7)), format="mpegts") as container:
        kinds = [(each.type, each.id) for each in container.streams]
    assert ("data", 0x86) in kinds
