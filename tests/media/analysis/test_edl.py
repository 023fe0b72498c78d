"""EDL files: what is read, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.errors import MediaError
from retrovue_tui.media.analysis.edl import EdlLine, edl_marks, edl_path, parse_edl, read_edl
from retrovue_tui.media.analysis.measuring.signals import FileMark
from retrovue_tui.timecode import FrameRate

PAL = FrameRate(25)
HUNDREDTHS = st.integers(0, 99_999_999).map(lambda count: count / 100)


def test_the_lines_of_a_file_are_read_and_mark_both_ends(tmp_path: Path) -> None:
    path = edl_path(tmp_path / "Show 1.5.mkv")
    assert path.name == "Show 1.5.edl"
    assert read_edl(path) == []
    path.write_bytes(
        b"\xef\xbb\xbf# made by hand\r\n612.40\t642.40\t3\r\n\r\n10 20.5 0\n30.00\t31.00\t1\n700.00\t700.00\t2\n"
    )
    lines = read_edl(path)
    assert lines == [EdlLine(612.4, 642.4, 3), EdlLine(10, 20.5, 0), EdlLine(30, 31, 1), EdlLine(700, 700, 2)]
    assert edl_marks(lines, PAL) == [
        FileMark(250, "edl", "cut"), FileMark(513, "edl", "cut"), FileMark(15_310, "edl", "commercial"),
        FileMark(16_060, "edl", "commercial"), FileMark(17_500, "edl", "scene marker"),
    ]  # fmt: skip


def test_times_may_have_minutes_and_hours() -> None:
    assert parse_edl("00:10:12.40\t0:10:42.4\t3\n10:12 642.40 0\n01:02:03\t1:02:03.500 2\n") == [
        EdlLine(612.4, 642.4, 3), EdlLine(612, 642.4, 0), EdlLine(3_723, 3_723.5, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("1 2 3\nfoo\n", 2, "not a line of an EDL: 'foo'"),
        ("5.00\t4.00\t0", 1, "the end 4.00 is before the start 5.00"),
        ("1:2:3:4 9999 0", 1, "not a line of an EDL"),
        ("1 2 4", 1, "not a line of an EDL"),
        ("-1 2 0", 1, "not a line of an EDL"),
        ("nan inf 0", 1, "not a line of an EDL"),
    ],
)
def test_a_wrong_line_is_named_with_the_form(text: str, line: int, words: str) -> None:
    with pytest.raises(MediaError) as caught:
        parse_edl(text, Path("a.edl"))
    assert caught.value.message.startswith(f"a.edl:{line}: {words}")
    assert "612.40<tab>642.40<tab>3" in caught.value.message


def test_the_size_of_a_file_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "a.edl"
    path.write_text("1 2 0\n" * 2001)
    with pytest.raises(MediaError, match=r"a\.edl:2001: more than 2000 marks"):
        read_edl(path)
    path.write_text(" " * 1_000_001)
    with pytest.raises(MediaError, match="more than 1 MB"):
        read_edl(path)


@given(st.lists(st.tuples(HUNDREDTHS, HUNDREDTHS, st.integers(0, 3))))
def test_a_written_file_is_read_back(lines: list[tuple[float, float, int]]) -> None:
    wanted = [EdlLine(min(a, b), max(a, b), action) for a, b, action in lines]
    text = "".join(f"{each.start_s:.2f}\t{each.end_s:.2f}\t{each.action}\n" for each in wanted)
    assert parse_edl(text) == wanted


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        lines = parse_edl(text)
    except MediaError:
        return
    assert all(0 <= each.start_s <= each.end_s for each in lines)
