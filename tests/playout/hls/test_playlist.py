"""Playlists as the RFC and Apple's authoring rules want them, read by a parser of somebody else."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import m3u8
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.playout.hls.date_ranges import DateRanges
from retrovue_tui.playout.hls.playlist import Variant, document, media, multivariant
from retrovue_tui.playout.hls.segment import Segment, date_time
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.timecode import HOUSE_RATES, FrameRate

NTSC = FrameRate(30_000, 1_001)
RUN = "0123456789ab"


def row(*frames: int, discontinuities: tuple[int, ...] = ()) -> list[Segment]:
    """Segments one after another; the numbered ones begin with a new clock."""
    made, at, number = [], 1_795_000_000_000, 3
    for index, count in enumerate(frames):
        number += index in discontinuities
        made.append(Segment(700 + index, number, count, at, RUN, 1_000))
        at += round(NTSC.seconds(count) * 1_000)
    return made


def test_a_media_playlist() -> None:
    text = media(row(180, 137, discontinuities=(1,)), (), NTSC, 6, "?token=a%26b")
    assert text == (
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:700\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:3\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:06:40.000Z\n#EXTINF:6.006000,\n"
        "700-3-180-1795000000000-0123456789ab.ts?token=a%26b\n"
        "#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:06:46.006Z\n#EXTINF:4.571233,\n"
        "701-4-137-1795000006006-0123456789ab.ts?token=a%26b\n"
    )


def test_a_multivariant_playlist() -> None:
    made = m3u8.loads(multivariant([Variant("x.m3u8", 3_600_000, 3_100_000, "avc1.4d401f", 1280, 720, NTSC)]))
    (variant,) = made.playlists
    facts = variant.stream_info
    assert (variant.uri, facts.bandwidth, facts.average_bandwidth) == ("x.m3u8", 3_600_000, 3_100_000)
    assert (facts.codecs, facts.resolution, facts.frame_rate) == ("avc1.4d401f,mp4a.40.2", (1280, 720), 29.97)
    assert made.is_independent_segments


def test_programmes_and_breaks_are_date_ranges() -> None:
    ranges = DateRanges()
    film, spot = Entry("film", "programme", Path("/film.mp4")), Entry("s", "spot", Path("/s.mp4"))
    ranges.begin(film, 'The "Big"\nNight', 100.0)
    ranges.begin(film, "again", 105.0)
    ranges.begin(spot, "Cola", 110.0)
    ranges.begin(spot, "Soap", 140.0)
    ranges.begin(film, "Film", 170.0)
    ranges.end(200.0)
    ranges.end(300.0)
    ranges.begin(Entry("card", "slate", Path("/c.png")), "Card", 200.0)
    assert [(each.kind, each.at, each.end_at) for each in ranges.between(0, 1e9)] == [
        ("programme", 100.0, 110.0), ("break", 110.0, 170.0), ("programme", 170.0, 200.0),
    ]  # fmt: skip
    assert [each.at for each in ranges.between(110.0, 170.0)] == [110.0]
    made = m3u8.loads(media(row(180), ranges.between(0, 1e9), NTSC, 6))
    first = made.segments[0].dateranges
    assert [each.id for each in first] == ["programme-100000", "break-110000", "programme-170000"]
    assert [each.class_ for each in first][:2] == ["tv.retrovue.programme", "tv.retrovue.break"]
    assert (first[0].duration, first[0].start_date) == (10.0, "1970-01-01T00:01:40.000Z")
    assert first[0].x_client_attrs == [("x_tv_retrovue_title", "\"The 'Big' Night\"")]


@given(
    st.sampled_from(HOUSE_RATES),
    st.lists(st.integers(1, 400), min_size=1, max_size=40),
    st.sets(st.integers(1, 39)),
    st.text("abc&=?%", max_size=5),
)
def test_any_playlist_reads_back(rate: str, frames: list[int], breaks: set[int], query: str) -> None:
    segments = row(*frames, discontinuities=tuple(breaks))
    fps = FrameRate.parse(rate)
    made = m3u8.loads(media(segments, (), fps, 6, query))
    assert [each.uri for each in made.segments] == [each.name + query for each in segments]
    lengths = zip(made.segments, segments, strict=True)
    assert all(abs(got.duration - fps.seconds(each.frames)) < 1e-6 for got, each in lengths)
    assert [round(each.program_date_time.timestamp() * 1_000) for each in made.segments] == [s.at_ms for s in segments]
    assert [index for index, each in enumerate(made.segments) if each.discontinuity] == [
        index for index in sorted(breaks) if index < len(frames)
    ]
    assert (made.media_sequence, made.discontinuity_sequence, made.target_duration) == (700, 3, 6)
    assert not made.is_endlist


@given(st.integers(0, 4_000_000_000_000))
def test_dates(at_ms: int) -> None:
    assert round(datetime.fromisoformat(date_time(at_ms)).astimezone(UTC).timestamp() * 1_000) == at_ms


def test_a_document_is_the_same_for_the_same_text() -> None:
    one, other = document("#EXTM3U\n", 5.7), document("#EXTM3U\n", 9.0)
    assert (one.tag, one.gzipped, one.modified_at) == (other.tag, other.gzipped, 5)
    assert gzip.decompress(one.gzipped) == one.body == b"#EXTM3U\n"
