"""A stream goes on with another one's packets: every counter and every clock fits, whatever the two had before."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.media.house_format import AAC_TICKS
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.playout.mpegts.demux import Demux, VideoUnit, elementary
from retrovue_tui.playout.mpegts.packets import PACKET, VIDEO_PID
from retrovue_tui.playout.output.rejoin import Rejoin, spread
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.timecode import HOUSE_RATES, FrameRate
from tests.playout.split.scene import pictures
from tests.playout.streams import Mux


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(HOUSE_RATES),
    st.tuples(st.integers(1, 40), st.integers(1, 4_000), st.integers(0, AAC_TICKS - 1)),
    st.tuples(st.integers(1, 4_000), st.integers(0, AAC_TICKS - 1)),
    st.tuples(st.integers(200, 4_000), st.integers(0, AAC_TICKS - 1)),  # a key frame is longer than a packet
)
def test_any_two_streams_come_together(
    rate: str, one: tuple[int, int, int], other: tuple[int, int], after: tuple[int, int]
) -> None:
    frames = FrameRate.parse(rate)
    count, size, audio_at = one
    first, second = Splicer(frames, "Test"), Splicer(frames, "Test")
    left = b"".join(first.splice(each) for each in pictures(frames, count, size=size, audio_at=audio_at))
    right = b"".join(second.splice(each) for each in pictures(frames, count, size=other[0], audio_at=other[1]))
    rejoin = Rejoin(first.counters, first.audio_due)
    step = frames.ticks(count)
    for each in pictures(frames, 30, size=after[0], audio_at=after[1], start=step):
        data = second.splice(each)
        right += data
        left += rejoin.picture(data)
    assert rejoin.done
    report = analyse(left, frames)
    assert report.clean
    assert report.pictures == count + 30
    assert report.largest_audio_error <= AAC_TICKS
    assert left[-PACKET * 8 :] == right[-PACKET * 8 :]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 3_000), st.integers(0, 15), st.booleans())
def test_the_same_payload_takes_more_packets(size: int, more: int, key: bool) -> None:
    data = Mux().video(90_000, key=key, size=size)
    unit = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
    made = spread(unit, more)
    assert all(len(packet) == PACKET for packet in made)
    assert elementary(b"".join(made), VIDEO_PID) == elementary(data, VIDEO_PID)
    assert len(made) <= len(unit) + more
    assert len(made) == len(unit) + more or size < 200, "only a very small picture cannot be spread"
    demux = Demux()
    (found,) = [*demux.feed(b"".join(made)), *demux.flush()]
    assert isinstance(found, VideoUnit)
    assert (found.pts, found.key) == (90_000, key)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_sound_that_lasts_longer_is_not_heard_twice(frames: int) -> None:
    """The sound of one stream ends some AAC frames later: as many of the other's are left out."""
    rate = FrameRate(30_000, 1_001)
    splicer = Splicer(rate, "Test")
    for each in pictures(rate, 10):
        splicer.splice(each)
    assert splicer.audio_due is not None
    rejoin = Rejoin(splicer.counters, splicer.audio_due + frames * AAC_TICKS)
    before = splicer.audio_due
    out = b"".join(rejoin.picture(splicer.splice(each)) for each in pictures(rate, 10, start=30_030))
    assert rejoin.done
    times = [each.pts for each in Demux().feed(out) if not isinstance(each, VideoUnit)]
    assert times[0] == before + frames * AAC_TICKS
