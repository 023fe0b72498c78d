"""Date ranges: breaks with splice messages, and ranges that are there again after a restart."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import m3u8
import pytest
import threefive
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.config.hls import HlsConfig
from retrovue_tui.playout.hls.date_ranges import DateRange, DateRanges
from retrovue_tui.playout.hls.playlist import media
from retrovue_tui.playout.hls.segment import Segment
from retrovue_tui.playout.mpegts import scte35
from retrovue_tui.timecode import FrameRate
from tests.playout.studio import entry

RATE = FrameRate(25, 1)
START = 1_795_000_000.0
RUN = "0123456789ab"
OUT = scte35.splice_insert(7, out=True, pts=900_000, duration=30 * 90_000)
IN = scte35.splice_insert(7, out=False, pts=900_000 + 30 * 90_000)


def aired() -> DateRanges:
    """A programme, a break of 30 s that was announced, and a programme that is on air."""
    ranges = DateRanges()
    ranges.begin(entry(Path("film.mp4"), id="a"), "Film", START)
    ranges.begin(entry(Path("spot.mp4"), id="b", spot=True), "Spot", START + 12)
    ranges.splice_out(START + 12, 30.0, OUT)
    ranges.begin(entry(Path("film.mp4"), id="c"), "Film", START + 42)
    ranges.splice_in(IN)
    return ranges


def segments(count: int) -> list[Segment]:
    return [Segment(100 + each, 0, 150, int(START * 1_000) + 6_000 * each, RUN) for each in range(count)]


def test_a_break_has_a_pair_of_messages_which_another_library_reads() -> None:
    page = m3u8.loads(media(segments(9), aired().between(START, START + 54), RATE, 6))
    rows = [each for each in page.segments[0].dateranges if each.id.startswith("break")]
    assert len(rows) == 2
    first, last = rows
    assert first.id == last.id
    assert (first.start_date, first.scte35_out, first.scte35_in) == (last.start_date, f"0x{OUT.hex().upper()}", None)
    assert (last.scte35_in, last.scte35_out) == (f"0x{IN.hex().upper()}", None)
    assert (float(first.duration), float(last.duration), float(first.planned_duration)) == (30.0, 30.0, 30.0)
    for text, out in ((first.scte35_out, True), (last.scte35_in, False)):
        cue = threefive.Cue(text)
        assert cue.decode()
        assert cue.command.out_of_network_indicator is out
        assert cue.command.splice_event_id == 7


def test_a_break_on_air_has_no_end_yet() -> None:
    ranges = DateRanges()
    ranges.splice_out(START, None, OUT)
    text = media(segments(1), ranges.between(START, START + 6), RATE, 6, cue_tags=True)
    assert "SCTE35-OUT" in text
    assert "SCTE35-IN" not in text
    assert "DURATION=" not in text
    assert text.count("#EXT-X-CUE-OUT\n") == 1


def test_tags_for_older_tools_stand_at_each_segment_of_the_break_and_after_it() -> None:
    plain = media(segments(9), aired().between(START, START + 54), RATE, 6)
    assert "CUE-OUT" not in plain
    lines = media(segments(9), aired().between(START, START + 54), RATE, 6, cue_tags=True).splitlines()
    assert [line[:3] if line[0] == "1" else line for line in lines if line.startswith(("#EXT-X-CUE", "10"))] == [
        "100", "101",
        "#EXT-X-CUE-OUT:30.000", "102",
        "#EXT-X-CUE-OUT-CONT:ElapsedTime=6.000,Duration=30.000", "103",
        "#EXT-X-CUE-OUT-CONT:ElapsedTime=12.000,Duration=30.000", "104",
        "#EXT-X-CUE-OUT-CONT:ElapsedTime=18.000,Duration=30.000", "105",
        "#EXT-X-CUE-OUT-CONT:ElapsedTime=24.000,Duration=30.000", "106",
        "#EXT-X-CUE-IN", "107", "108",
    ]  # fmt: skip


@pytest.mark.parametrize("first", range(9))
def test_a_playlist_that_begins_anywhere_says_to_older_tools_where_the_break_is(first: int) -> None:
    listed = segments(9)[first:]
    ranges = aired().between(listed[0].at_ms / 1_000, START + 54)
    text = media(listed, ranges, RATE, 6, cue_tags=True)
    # A reader that knows nothing of the segments before sees the break at each of its segments.
    read = m3u8.loads(text).segments
    assert [each.cue_out for each in read] == [2 <= number < 7 for number in range(first, 9)]
    assert [each.cue_out_start for each in read] == [number == 2 for number in range(first, 9)]
    assert [each.cue_in for each in read] == [number == 7 > first for number in range(first, 9)]
    for number, each in enumerate(read, first):
        if 2 < number < 7:
            assert (each.scte35_elapsedtime, each.scte35_duration) == (f"{6 * (number - 2)}.000", "30.000")


def test_a_break_whose_length_is_not_known_goes_on_without_one() -> None:
    ranges = DateRanges()
    ranges.begin(entry(Path("spot.mp4"), id="b", spot=True), "Spot", START + 6)
    text = media(segments(4), ranges.between(START, START + 24), RATE, 6, cue_tags=True)
    assert [line for line in text.splitlines() if "CUE" in line] == [
        "#EXT-X-CUE-OUT", "#EXT-X-CUE-OUT-CONT:ElapsedTime=6.000", "#EXT-X-CUE-OUT-CONT:ElapsedTime=12.000",
    ]  # fmt: skip


def test_two_breaks_in_a_row_and_one_within_a_segment() -> None:
    ranges = DateRanges()
    ranges.splice_out(START + 6, 6.0, OUT)
    ranges.splice_out(START + 12, None, OUT)
    ranges.begin(entry(Path("film.mp4"), id="c"), "Film", START + 18)
    ranges.begin(entry(Path("spot.mp4"), id="b", spot=True), "Spot", START + 19)
    ranges.begin(entry(Path("film.mp4"), id="d"), "Film", START + 20)
    text = media(segments(5), ranges.between(START, START + 30), RATE, 6, cue_tags=True)
    assert [line for line in text.splitlines() if "CUE" in line] == [
        "#EXT-X-CUE-OUT:6.000", "#EXT-X-CUE-IN", "#EXT-X-CUE-OUT", "#EXT-X-CUE-IN",
    ]  # fmt: skip


def test_a_break_that_goes_on_beyond_its_announced_end_is_another_one() -> None:
    ranges = DateRanges()
    ranges.begin(entry(Path("spot.mp4"), id="b", spot=True), "", START)
    ranges.splice_out(START, 10.0, OUT)
    ranges.splice_in(IN)
    ranges.splice_out(START + 10, None, OUT)
    first, second = ranges.between(START, START + 20)
    assert (first.end_at, bool(first.splice_in)) == (START + 10, True)
    assert (second.at, second.end_at, second.splice_in) == (START + 10, None, "")


def test_after_a_restart_the_ranges_are_there_and_what_was_on_air_has_ended() -> None:
    rows = json.loads(json.dumps(aired().rows(START, START + 50)))
    fresh = DateRanges()
    fresh.begin(entry(Path("film.mp4"), id="d"), "Film", START + 60)
    fresh.restore(rows, START + 50)
    found = fresh.between(START, START + 70)
    assert [each.at for each in found] == [START, START + 12, START + 42, START + 60]
    assert [each.end_at for each in found] == [START + 12, START + 42, START + 50, None]
    assert found[1].splice_out == OUT.hex().upper()


def test_a_break_that_begins_and_ends_just_after_a_segment_did_has_the_tags_of_that_segment() -> None:
    """No segment is cut shorter than a quarter of a second, so these have pictures of both."""
    ranges = DateRanges()
    ranges.splice_out(START + 6.1, 6.0, OUT)
    ranges.begin(entry(Path("film.mp4"), id="c"), "Film", START + 12.2)
    for count in (2, 3, 4):
        text = media(segments(count), ranges.between(START, START + 6 * count), RATE, 6, cue_tags=True)
        read = m3u8.loads(text).segments
        assert [each.cue_out for each in read] == [False, True, False, False][:count]
        assert [each.cue_in for each in read] == [False, False, True, False][:count]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
row_like = st.fixed_dictionaries(
    dict.fromkeys(("kind", "at", "title", "entry"), json_values),
    optional=dict.fromkeys(("end_at", "planned_s", "splice_out", "splice_in"), json_values),
)


@given(st.lists(row_like | json_values, max_size=5) | json_values)
def test_no_file_of_ranges_breaks_a_playlist(rows: Any) -> None:
    ranges = DateRanges()
    ranges.restore(rows, START)
    text = media(segments(2), ranges.between(0, START + 100), RATE, 6, cue_tags=True)
    assert m3u8.loads(text).segments
    assert all("\n" not in each.title and '"' not in each.title for each in ranges.between(0, START))


@pytest.mark.parametrize("kind", ["programme", "break"])
def test_a_range_is_written_and_read_again(kind: str) -> None:
    row = {"kind": kind, "at": START, "title": "", "entry": "", "end_at": START + float(Fraction(1, 3))}
    ranges = DateRanges()
    ranges.restore([row], START + 1)
    (found,) = ranges.between(START, START + 1)
    assert isinstance(found, DateRange)
    assert found.end_at == row["end_at"]


def test_tags_for_older_tools_are_off() -> None:
    assert HlsConfig().cue_tags is False
