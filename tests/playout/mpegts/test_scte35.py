"""Splice messages, against the standard's own samples and against a decoder that others wrote."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from threefive import Cue

from retrovue_tui.playout.mpegts import scte35
from retrovue_tui.playout.mpegts.packets import CLOCK_MASK, PACKET

TICKS = st.integers(0, CLOCK_MASK)
EVENTS = st.integers(0, 0xFFFF_FFFF)


def decoded(section: bytes) -> Cue:
    """The message as the other decoder reads it; it checks the CRC. It gets Base64, because it searches plain bytes for
    what may stand before a section, and can find that inside one."""
    cue = Cue(base64.b64encode(section).decode())
    assert cue.decode()
    assert cue.info_section.crc == hex(int.from_bytes(section[-4:], "big"))
    return cue


def ticks(seconds: float) -> int:
    return round(seconds * 90_000)


def test_the_sample_of_a_splice_insert_byte_for_byte() -> None:
    avail = b"\0\x08CUEI" + (309).to_bytes(4, "big")
    section = scte35.splice_insert(
        0x4800_008F, out=True, pts=ticks(21514.559089), duration=ticks(60.293567), descriptors=avail
    )
    assert base64.b64encode(section) == b"/DAvAAAAAAAA///wFAVIAACPf+/+c2nALv4AUsz1AAAAAAAKAAhDVUVJAAABNWLbowo="


def test_the_sample_of_a_time_signal_byte_for_byte() -> None:
    descriptor = scte35.segmentation_descriptor(
        0x4800_008E, 0x34, duration=ticks(307), upid_type=8, upid=(0x2CA0A18A).to_bytes(8, "big"), delivery=0x0F,
        number=2, expected=0,
    )  # fmt: skip
    section = scte35.time_signal(ticks(21388.766756), descriptor)
    assert base64.b64encode(section) == (
        b"/DA0AAAAAAAA///wBQb+cr0AUAAeAhxDVUVJSAAAjn/PAAGlmbAICAAAAAAsoKGKNAIAmsnRfg=="
    )


def test_a_heartbeat() -> None:
    cue = decoded(scte35.splice_null())
    assert (cue.command.command_type, cue.info_section.tier) == (0, "0x0fff")


@given(EVENTS, st.booleans(), st.none() | TICKS, st.none() | TICKS, st.integers(0, 0xFFFF))
def test_any_splice_insert(event: int, out: bool, pts: int | None, duration: int | None, program: int) -> None:
    command = decoded(scte35.splice_insert(event, out=out, pts=pts, duration=duration, program=program)).command
    assert int(command.splice_event_id) == event
    assert command.out_of_network_indicator == out
    assert command.splice_immediate_flag == (pts is None)
    assert command.duration_flag == (duration is not None)
    if pts is not None:
        assert ticks(command.pts_time) == pts
    if duration is not None:
        assert (command.break_auto_return, ticks(command.break_duration)) == (True, duration)
    assert command.unique_program_id == program
    assert not command.splice_event_cancel_indicator


@given(EVENTS)
def test_any_cancelled_event(event: int) -> None:
    command = decoded(scte35.splice_cancel(event)).command
    assert (int(command.splice_event_id), command.splice_event_cancel_indicator) == (event, True)
    descriptor = decoded(scte35.time_signal(None, scte35.segmentation_cancel(event))).descriptors[0]
    assert int(str(descriptor.segmentation_event_id), 16) == event
    assert descriptor.segmentation_event_cancel_indicator


@given(EVENTS, TICKS, st.none() | st.integers(0, (1 << 40) - 1), st.binary(max_size=40))
@example(0, 508, None, b"\xfc\x00")  # contains 00 00 01 FC
def test_any_programme_start(event: int, pts: int, duration: int | None, upid: bytes) -> None:
    descriptor = scte35.segmentation_descriptor(
        event, scte35.PROGRAMME_START, duration=duration, upid_type=9 if upid else 0, upid=upid
    )
    cue = decoded(scte35.time_signal(pts, descriptor))
    found = cue.descriptors[0]
    assert ticks(cue.command.pts_time) == pts
    assert int(str(found.segmentation_event_id), 16) == event
    assert (found.segmentation_type_id, found.segmentation_upid_length) == (0x10, len(upid))
    assert found.segmentation_duration_flag == (duration is not None)
    if duration is not None:
        assert ticks(found.segmentation_duration) == duration


@given(st.integers(0, 15), st.binary(max_size=600))
def test_the_packets_of_a_section(counter: int, section: bytes) -> None:
    data, following = scte35.splice_packets(section, counter)
    parts = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
    assert [part[1] >> 6 & 1 for part in parts] == [1] + [0] * (len(parts) - 1)
    assert [part[3] for part in parts] == [0x10 | (counter + n) & 15 for n in range(len(parts))]
    assert following == (counter + len(parts)) & 15
    assert all(part[0] == 0x47 and (part[1] & 0x1F) << 8 | part[2] == 0x86 for part in parts)
    payload = b"".join(part[4:] for part in parts)
    assert payload[0] == 0
    assert payload[1 : 1 + len(section)] == section
    assert set(payload[1 + len(section) :]) <= {0xFF}
    assert len(payload) - len(section) - 1 < PACKET - 4


@pytest.mark.parametrize("pts", [0, CLOCK_MASK, CLOCK_MASK + 1])
def test_times_wrap_after_33_bits(pts: int) -> None:
    command = decoded(scte35.splice_insert(1, out=True, pts=pts)).command
    assert ticks(command.pts_time) == pts & CLOCK_MASK
