"""The splicer: whatever comes in, one continuous stream goes out."""

from __future__ import annotations

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.media.house_format import AAC_TICKS
from retrovue_tui.playout.mpegts.access_units import PictureAssembler
from retrovue_tui.playout.mpegts.analyser import StreamAnalyser
from retrovue_tui.playout.mpegts.demux import AudioUnit, Demux
from retrovue_tui.playout.output.splicer import SLACK, Splicer
from retrovue_tui.timecode import HOUSE_RATES, FrameRate
from tests.playout.streams import stream

NTSC = FrameRate(30_000, 1_001)


def pictures(data: bytes) -> PictureAssembler:
    source = PictureAssembler()
    source.feed(data)
    source.finish(complete=True)
    return source


def splice(splicer: Splicer, source: PictureAssembler, count: int | None = None) -> bytes:
    out = b""
    while count is None or count > 0:
        picture = source.pop()
        if picture is None:
            break
        out += splicer.splice(picture)
        count = None if count is None else count - 1
    return out


def pcr_count(stream: bytes) -> int:
    """How many packets of a stream carry a PCR."""
    starts = range(0, len(stream), 188)
    return sum(bool(stream[at + 3] & 0x20 and stream[at + 4] and stream[at + 5] & 0x10) for at in starts)


def silent_frames(stream: bytes) -> list[bytes]:
    """The ADTS frames in a stream that the splicer has made."""
    units = [unit for unit in Demux().feed(stream) if isinstance(unit, AudioUnit)]
    return [unit.adts for unit in units if len(unit.adts) == 16]


@pytest.mark.parametrize("rate", HOUSE_RATES)
@pytest.mark.parametrize("start", [90_000, (1 << 33) - 50_000])
def test_takes_leave_no_trace(rate: str, start: int) -> None:
    """Every house rate, over many takes in mid-GOP, also where the 33-bit clock wraps."""
    frames = FrameRate.parse(rate)
    splicer = Splicer(frames, "Retro One", start=start)
    watch = StreamAnalyser(frames)
    step = frames.ticks(1)
    for take in range(40):
        source = pictures(stream(30, step=step, start=take * 77_777, audio_at=(take * 613) % AAC_TICKS))
        watch.feed(splice(splicer, source, 7 + take % 20))
    report = watch.report
    assert report.clean
    assert report.largest_pcr_gap <= 3_600
    assert report.pcr_backwards == 0
    assert report.largest_table_gap <= 45_000
    assert report.largest_audio_error <= AAC_TICKS
    assert report.first_pids[:4] == [0, 0x1000, 0x11, 0x100]


@pytest.mark.parametrize("rate", HOUSE_RATES)
def test_a_picture_may_be_spliced_into_several_streams(rate: str) -> None:
    """As a channel and its lower qualities do; a loop even splices the same pictures again."""
    frames = FrameRate.parse(rate)
    channel, lower = Splicer(frames, "Retro One"), Splicer(frames, "Retro One")
    source, streams = pictures(stream(75, step=frames.ticks(1), size=1_500)), [b"", b""]
    while (picture := source.pop()) is not None:
        length = len(picture.video.packets)
        for number, splicer in enumerate((channel, lower)):
            streams[number] += splicer.splice(picture)
        assert len(picture.video.packets) == length
    assert streams[0] == streams[1]
    for each in streams:
        report = StreamAnalyser(frames).feed(each)
        assert report.clean
        assert report.largest_pcr_gap <= 3_600
        assert pcr_count(each) == report.pictures * (2 if frames.ticks(1) > 3_240 else 1)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.integers(0, (1 << 33) - 1), st.integers(0, AAC_TICKS - 1), st.booleans()),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(HOUSE_RATES),
)
def test_the_audio_error_never_adds_up(takes: list[tuple[int, int, int, bool]], rate: str) -> None:
    """Random sources, cut anywhere, with and without a hole: audio stays within an AAC frame of its true place."""
    frames = FrameRate.parse(rate)
    splicer = Splicer(frames, "Retro One")
    watch = StreamAnalyser(frames)
    for length, start, audio_at, hole in takes:
        data = stream(length, step=frames.ticks(1), start=start, audio_at=audio_at, size=100)
        if hole:
            data = data[: 188 * 3] + data[188 * 9 :]
        watch.feed(splice(splicer, pictures(data)))
        assert splicer.audio.largest_error <= SLACK
    report = watch.report
    assert report.video_jumps == report.cc_errors == report.late_pes == report.discontinuities == 0
    assert all(step >= AAC_TICKS - 1 for step in watch.audio_steps)


def test_audio_that_begins_early_gives_way_and_late_audio_leaves_a_known_gap() -> None:
    splicer = Splicer(NTSC, "Retro One")
    watch = StreamAnalyser(NTSC)
    watch.feed(splice(splicer, pictures(stream(10))))
    first = watch.report.audio_frames
    assert set(watch.audio_steps) == {AAC_TICKS}
    watch.feed(splice(splicer, pictures(stream(10))))  # begins with its picture: what is on air reaches past that
    dropped = 2 * first - watch.report.audio_frames
    assert dropped + sum(step > AAC_TICKS + SLACK for step in watch.audio_steps) <= 1
    watch.feed(splice(splicer, pictures(stream(10, audio_at=20_000))))
    assert sum(step > AAC_TICKS + SLACK for step in watch.audio_steps) == 1


def test_a_short_hole_in_the_sound_is_filled_with_silence() -> None:
    """Then audio frames follow each other without a gap, whatever the joins: their count alone tells the time."""
    splicer = Splicer(NTSC, "Retro One")
    watch = StreamAnalyser(NTSC)
    out = b"".join(
        splice(splicer, pictures(stream(20 + take % 7, audio_at=take * 613 % AAC_TICKS))) for take in range(60)
    )
    out += splice(splicer, pictures(stream(10, audio_at=9_000)))
    watch.feed(out)
    assert watch.report.clean
    assert set(watch.audio_steps) == {AAC_TICKS}
    assert silent_frames(out)
    assert splicer.audio.largest_error <= SLACK


def test_the_silence_is_sound_aac() -> None:
    """A strict decoder takes it between real frames, and it is silent."""
    source = pictures(stream(3, audio_at=6_000))
    splicer = Splicer(NTSC, "Retro One")
    splice(splicer, pictures(stream(1)))
    out = splice(splicer, source)
    silent = silent_frames(out)
    assert silent
    decoder = av.CodecContext.create("aac", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    for adts in silent:
        (frame,) = decoder.decode(av.Packet(adts))
        assert (frame.sample_rate, frame.samples, frame.layout.nb_channels) == (48_000, 1_024, 2)
        assert not frame.to_ndarray().any()


def test_a_torn_last_picture_is_left_out() -> None:
    data = stream(5, size=3_000)
    source = PictureAssembler()
    source.feed(data[:-1_000])
    source.finish(complete=False)
    assert len(source) == 4
