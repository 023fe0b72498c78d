"""The analyser sees every kind of fault that is put into a stream, and none where there is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.playout.mpegts.access_units import PictureAssembler
from retrovue_tui.playout.mpegts.analyser import StreamAnalyser, StreamReport, analyse
from retrovue_tui.playout.output.splicer import LEAD, Splicer
from retrovue_tui.timecode import HOUSE_RATES, FrameRate
from tests.playout.streams import PACKET, pts_bytes, stream

NTSC = FrameRate(30_000, 1_001)
VIDEO, AUDIO = 0x100, 0x101


def aired(frames: int = 150, rate: FrameRate = NTSC) -> bytes:
    """The stream of a channel."""
    source = PictureAssembler()
    source.feed(stream(frames, step=rate.ticks(1)))
    source.finish(complete=True)
    splicer = Splicer(rate, "Retro One")
    out = b""
    while (picture := source.pop()) is not None:
        out += splicer.splice(picture)
    return out


GOOD = aired()


def packets(data: bytes = GOOD) -> list[bytearray]:
    return [bytearray(data[at : at + PACKET]) for at in range(0, len(data), PACKET)]


def pid(packet: bytes | bytearray) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def starts(packet: bytes | bytearray) -> bool:
    """Whether a PES begins in it."""
    return bool(packet[1] & 0x40) and pid(packet) in (VIDEO, AUDIO)


def has_pcr(packet: bytes | bytearray) -> bool:
    return bool(packet[3] & 0x20 and packet[4] and packet[5] & 0x10)


def restamped(packet: bytearray, pts: int) -> None:
    at = packet.index(b"\0\0\1")
    packet[at + 9 : at + 14] = pts_bytes(pts)


def report(parts: list[bytearray]) -> StreamReport:
    return analyse(b"".join(parts), NTSC)


@pytest.mark.parametrize("rate", HOUSE_RATES)
def test_a_sound_stream_has_no_fault(rate: str) -> None:
    frames = FrameRate.parse(rate)
    found = analyse(aired(150, frames), frames)
    assert found.clean
    assert (found.pictures, found.key_frames) == (150, 3)
    assert found.largest_pcr_gap <= 3_600
    assert found.pcr_backwards == 0
    assert found.largest_table_gap <= 45_000
    assert found.first_pids[:2] == [0, 0x1000]
    assert found.audio_frames == pytest.approx(150 / frames.fraction * 48_000 / 1_024, abs=2)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 2_000), max_size=60))
def test_however_the_bytes_are_cut_the_report_is_the_same(sizes: list[int]) -> None:
    watch, at = StreamAnalyser(NTSC), 0
    for size in sizes:
        watch.feed(GOOD[at : at + size])
        at += size
    assert watch.feed(GOOD[at:]) == analyse(GOOD, NTSC)


def test_a_lost_packet_is_a_counter_error() -> None:
    parts = packets()
    lost = next(n for n, p in enumerate(parts) if n > 100 and pid(p) == VIDEO and not starts(p) and not has_pcr(p))
    del parts[lost]
    found = report(parts)
    assert found.cc_errors == 1
    assert not found.clean


def test_a_packet_that_comes_twice_is_a_counter_error() -> None:
    parts = packets()
    twice = next(n for n, p in enumerate(parts) if n > 100 and pid(p) == AUDIO)
    parts.insert(twice, bytearray(parts[twice]))
    assert report(parts).cc_errors == 1


@pytest.mark.parametrize("by", [3_003, -3_003, 2, 90_000, -90_000])
def test_a_video_time_that_jumps(by: int) -> None:
    """Everything from one picture on is moved: one jump."""
    parts = packets()
    pictures = [n for n, p in enumerate(parts) if starts(p) and pid(p) == VIDEO]
    for number, at in enumerate(pictures):
        if number >= 75:
            restamped(parts[at], 90_000 + NTSC.ticks(number) + by)
    found = report(parts)
    assert found.video_jumps == 1
    assert abs(found.largest_video_error - abs(by)) <= 1
    assert not found.clean


def test_a_picture_left_out_is_a_jump_and_a_counter_error() -> None:
    parts = packets()
    pictures = [n for n, p in enumerate(parts) if starts(p) and pid(p) == VIDEO]
    found = report(parts[: pictures[70]] + parts[pictures[71] :])
    assert found.video_jumps == 1
    assert found.cc_errors >= 1


@pytest.mark.parametrize("which", [VIDEO, AUDIO])
def test_a_unit_whose_time_has_passed_is_late(which: int) -> None:
    parts = packets()
    unit = [p for p in parts if starts(p) and pid(p) == which][50]
    clock = 90_000 + NTSC.ticks(0) - LEAD
    restamped(unit, clock)
    found = report(parts)
    assert found.late_pes == 1
    assert not found.clean


def test_a_hole_in_the_clock() -> None:
    """PCRs taken out for eight pictures: packets that carry nothing else go, others lose their field."""
    parts = packets()
    pictures = [n for n, p in enumerate(parts) if starts(p) and pid(p) == VIDEO]
    for at in range(pictures[70], pictures[78]):
        if pid(parts[at]) == VIDEO and has_pcr(parts[at]):
            parts[at][5] &= 0xEF
    found = report(parts)
    assert found.largest_pcr_gap == pytest.approx(9 * 3_003, abs=2)
    assert report(packets()).largest_pcr_gap == pytest.approx(3_003, abs=1)


def test_a_clock_that_goes_back() -> None:
    parts = packets()
    half = len(parts) // 2
    found = report([*parts[half:], *parts[:half]])
    assert found.pcr_backwards == 1
    assert found.video_jumps == 1


def test_a_mark_of_discontinuity() -> None:
    parts = packets()
    next(p for p in parts[200:] if has_pcr(p))[5] |= 0x80
    found = report(parts)
    assert found.discontinuities == 1
    assert not found.clean


@pytest.mark.parametrize(("cut", "added"), [(100, 0), (187, 0), (0, 1), (0, 300)])
def test_lost_sync_is_seen_and_found_again(cut: int, added: int) -> None:
    parts = packets()
    middle = len(parts) // 2
    parts[middle] = parts[middle][cut:] + bytearray(added)
    found = report(parts)
    assert found.sync_errors >= 1
    assert found.pictures >= 148
    assert not found.clean


def test_a_step_in_the_audio_is_measured() -> None:
    parts = packets()
    sound = [p for p in parts if starts(p) and pid(p) == AUDIO]
    at = sound[100].index(b"\0\0\1")
    raw = sound[100][at + 9 : at + 14]
    pts = (raw[0] >> 1 & 7) << 30 | raw[1] << 22 | raw[2] >> 1 << 15 | raw[3] << 7 | raw[4] >> 1
    restamped(sound[100], pts + 700)
    assert report(parts).largest_audio_error == 700
    assert report(packets()).largest_audio_error == 0


def test_tables_that_come_too_seldom() -> None:
    parts = packets()
    tables = [n for n, p in enumerate(parts) if pid(p) == 0x1000]
    del parts[tables[len(tables) // 2]]
    assert report(parts).largest_table_gap > 45_000
    assert report(packets()).largest_table_gap <= 45_000


@settings(deadline=None, max_examples=60)
@given(
    st.binary(max_size=2_000), st.integers(0, 400), st.lists(st.tuples(st.integers(0, 40_000), st.binary(max_size=40)))
)
def test_damage_never_raises(noise: bytes, at: int, hits: list[tuple[int, bytes]]) -> None:
    data = bytearray(GOOD)
    for place, scar in hits:
        data[place % len(data) : place % len(data) + len(scar)] = scar
    analyse(bytes(data[: at * PACKET]) + noise + bytes(data[at * PACKET :]), NTSC)


def test_a_header_cut_short_by_its_packet_is_no_unit() -> None:
    packet = bytearray(b"\x47\x41\x00\x30\xb0" + b"\0" * 183)
    packet[181:184] = b"\0\0\1"
    assert analyse(bytes(packet), NTSC).pictures == 0
