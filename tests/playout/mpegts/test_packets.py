"""The packet layer: what goes in comes out, and damage never raises."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.playout.mpegts.demux import AudioUnit, Demux, VideoUnit, elementary
from retrovue_tui.playout.mpegts.mux import audio_packets, stamp_video
from retrovue_tui.playout.mpegts.packets import AUDIO_PID, PACKET, VIDEO_PID, clock_distance, sound_and_picture
from retrovue_tui.playout.mpegts.psi import ProgramTables, crc32
from tests.playout.streams import Mux, adts, stream

CLOCK = st.integers(0, (1 << 33) - 1)


def units_of(data: bytes, sizes: list[int] | None = None) -> tuple[list[VideoUnit | AudioUnit], Demux]:
    demux = Demux()
    units = []
    at = 0
    for size in sizes or []:
        units += demux.feed(data[at : at + size])
        at += size
    return units + demux.feed(data[at:]) + demux.flush(), demux


@given(CLOCK, st.integers(-(1 << 31), 1 << 31))
def test_a_distance_survives_the_wrap_of_the_clock(time: int, step: int) -> None:
    assert clock_distance((time + step) % (1 << 33), time) == step


@given(pts=CLOCK, size=st.integers(1, 5_000), key=st.booleans(), pcr=st.booleans())
def test_a_picture_is_read_as_it_was_written(pts: int, size: int, key: bool, pcr: bool) -> None:
    units, _ = units_of(Mux(pcr=pcr).video(pts, key=key, size=size))
    assert [(type(unit), unit.pts) for unit in units] == [(VideoUnit, pts)]
    assert isinstance(units[0], VideoUnit)
    assert units[0].key is key


@given(pts=CLOCK, size=st.integers(8, 2_000), frames=st.integers(1, 3))
def test_audio_is_read_as_it_was_written(pts: int, size: int, frames: int) -> None:
    units, _ = units_of(Mux().audio(pts, size=size, frames=frames))
    (unit,) = units
    assert isinstance(unit, AudioUnit)
    assert (unit.pts, unit.adts) == (pts, adts(size) * frames)
    assert unit.frames == frames


@given(pts=CLOCK, size=st.integers(8, 2_000), counter=st.integers(0, 15))
def test_audio_packets_read_back(pts: int, size: int, counter: int) -> None:
    packets, following = audio_packets(adts(size), counter, pts)
    assert len(packets) % PACKET == 0
    assert following == (counter + len(packets) // PACKET) % 16
    (unit,) = units_of(packets)[0]
    assert isinstance(unit, AudioUnit)
    assert (unit.pts, unit.adts) == (pts, adts(size))


@given(sizes=st.lists(st.integers(1, 3_000), min_size=1, max_size=4), kept=st.integers(-1, 4), sounds=st.integers(0, 2))
def test_of_what_a_bus_has_sent_the_sound_is_kept_and_one_picture(sizes: list[int], kept: int, sounds: int) -> None:
    mux, tables = Mux(), ProgramTables("Test", 1)
    sent = [
        (
            number,
            number == 0,
            tables.packets()
            + mux.video(3_000 * number, key=number == 0, size=size)
            + b"".join(mux.audio(3_000 * number + 1_920 * n, size=300) for n in range(sounds)),
        )
        for number, size in enumerate(sizes)
    ]
    found = sound_and_picture(sent, None if kept < 0 else kept)
    assert [each[:2] for each in found] == [each[:2] for each in sent]
    for index, (less, whole) in enumerate(zip(found, sent, strict=True)):
        assert elementary(less[2], AUDIO_PID) == elementary(whole[2], AUDIO_PID)
        assert elementary(less[2], VIDEO_PID) == (elementary(whole[2], VIDEO_PID) if index == kept else b"")


@given(st.lists(st.integers(1, 900), max_size=60), st.integers(1, 12))
def test_however_the_bytes_are_cut_the_units_are_the_same(sizes: list[int], frames: int) -> None:
    data = stream(frames)
    assert units_of(data, sizes)[0] == units_of(data)[0]


@given(pts=CLOCK, pcr=CLOCK, counter=st.integers(0, 15), size=st.integers(1, 20_000), has_pcr=st.booleans())
def test_a_stamped_picture_has_new_times_and_counters_and_the_same_contents(
    pts: int, pcr: int, counter: int, size: int, has_pcr: bool
) -> None:
    unit = units_of(Mux(pcr=has_pcr, counters={0x100: 7}).video(12_345, key=True, size=size))[0][0]
    assert isinstance(unit, VideoUnit)
    before = bytes(unit.packets)
    out, following = stamp_video(unit, counter, pts, pcr)
    pictured = [at for at in range(0, len(out), PACKET) if out[at + 3] & 0x10]
    assert [out[at + 3] & 15 for at in pictured] == [(counter + n) % 16 for n in range(len(pictured))]
    assert following == (counter + len(pictured)) % 16
    first = next(at for at in range(0, len(out), PACKET) if out[at + 3] & 0x20 and out[at + 5] & 0x10)
    assert first == 0
    assert int.from_bytes(out[6:12], "big") >> 15 == pcr
    again = units_of(bytes(out))[0][0]
    assert again.pts == pts
    assert out[-size:][-150:] == before[-size:][-150:]


@given(st.data())
def test_damage_never_raises_and_sync_is_found_again(data: st.DataObject) -> None:
    clean = stream(40, gop=10)
    seed = data.draw(st.integers(0, 1 << 32))
    dice = random.Random(seed)
    damaged = bytearray(clean)
    for _ in range(data.draw(st.integers(1, 40))):
        at = dice.randrange(len(damaged) // 2)
        match dice.randrange(3):
            case 0:
                damaged[at] = dice.randrange(256)
            case 1:
                del damaged[at : at + dice.randrange(400)]
            case _:
                damaged[at:at] = dice.randbytes(dice.randrange(400))
    units, demux = units_of(bytes(damaged), [dice.randrange(1, 700) for _ in range(200)])
    good, undamaged = units_of(clean)
    assert units[-10:] == good[-10:]
    assert demux.lost_bytes % PACKET == len(damaged) % PACKET, "the rest is whole packets"
    assert undamaged.lost_bytes == 0


@given(st.integers(1, 1_000), st.integers(1, 30))
def test_bytes_between_packets_are_counted_as_lost(size: int, before: int) -> None:
    clean = stream(40, gop=10)
    at = before * PACKET
    assert units_of(clean[:at] + bytes(size) + clean[at:])[1].lost_bytes == size


@given(st.binary(max_size=5_000))
def test_noise_never_raises(noise: bytes) -> None:
    units_of(noise)
    units_of(b"\x47" + noise)


def test_packets_of_another_pid_between_those_of_a_picture_are_passed_over() -> None:
    picture = Mux().video(3003, key=True, size=2_000)
    tables = ProgramTables("Retro One").packets()
    mixed = picture[: 3 * PACKET] + tables + picture[3 * PACKET :]
    assert units_of(mixed)[0] == units_of(picture)[0]


def test_tables_are_sound_sections() -> None:
    tables = ProgramTables("Ünïcode TV " * 20, 7)
    packets = [tables.packets()[at : at + PACKET] for at in range(0, 3 * PACKET, PACKET)]
    assert [(packet[1] & 0x1F) << 8 | packet[2] for packet in packets] == [0, 0x1000, 0x11]
    for packet in packets:
        length = (packet[6] & 0x0F) << 8 | packet[7]
        assert crc32(packet[5 : 8 + length]) == 0  # a section with its own CRC behind it
    assert tables.packets()[3] & 15 == 3
