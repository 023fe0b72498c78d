"""The lines of the bin: their order, their filter, their figures."""

from __future__ import annotations

from datetime import datetime

import pytest

from retrovue_tui.protocol.answers.snapshots import PrepareJob
from retrovue_tui.tui.rooms.bin.rows import (
    LABELS,
    BinRowState,
    Columns,
    arrange,
    episode,
    flight,
    head_line,
    last_aired,
    machines_of,
    row_line,
)
from tests.tui.media_rows import a_bin, media, spot
from tests.tui.station import NOW

ROWS = a_bin()


def titles(column: str, *, reverse: bool = False, wanted: str = "") -> str:
    return " ".join(row.title.split()[0] for row in arrange(ROWS, column, reverse=reverse, wanted=wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ("kind", "Late Matinee torn Cola Soap"),
        ("title", "Cola Late Matinee Soap torn"),
        ("length", "torn Cola Soap Late Matinee"),
        ("prepared", "Soap Matinee Cola Late torn"),
        ("gain", "Matinee Soap Cola Late torn"),
        ("aired", "Matinee Soap torn Late Cola"),
        ("today", "Cola Matinee Soap torn Late"),
        ("last", "Matinee Soap torn Cola Late"),
        ("problem", "torn Cola Late Matinee Soap"),
    ],
)
def test_orders(column: str, order: str) -> None:
    assert titles(column) == order


def test_an_order_turned_round_is_the_same_backwards() -> None:
    for column in LABELS:
        assert titles(column, reverse=True).split() == titles(column).split()[::-1]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ("cola", "Cola"),
        ("bubble", "Cola"),
        ("SUMMER", "Cola"),
        ("ADS", "Cola Soap"),
        ("ads mpeg2", "Soap"),
        ("torn frame", "torn"),
        ("zzz", ""),
        ("  ", "all"),
    ],
)
def test_a_filter_leaves_what_holds_every_word(wanted: str, left: str) -> None:
    assert titles("title", wanted=wanted) == (titles("title") if left == "all" else left)


@pytest.mark.parametrize("width", [70, 79, 99, 100, 119, 139, 200])
@pytest.mark.parametrize("today", [False, True])
def test_every_line_is_as_wide_as_its_head(width: int, today: bool) -> None:
    columns = Columns.of(width, today=today)
    head = head_line(columns, "title", reverse=False)
    assert head.cell_length == width
    odd = (*ROWS, media("東京 物語" * 20), spot("x\ty", times_aired=123_456), media("long", duration_s=360_000.0))
    for row in odd:
        for shown in (
            BinRowState(),
            BinRowState(cursor=True, marked=True, trimmed=True, work="running"),
            BinRowState(stale=True),
        ):
            assert row_line(row, columns, shown, NOW).cell_length == width


def test_the_series_and_the_flight_in_words() -> None:
    assert [episode(row) for row in ROWS[:2]] == ["Late Show · season 2 · episode 5", ""]
    assert episode(media("x", series="Court", season=0)) == "Court · a special"
    assert episode(media("x", series="Court", episode=3)) == "Court · episode 3"
    noon = datetime(2026, 9, 30, 12).astimezone().timestamp()
    dates = [("2026-06-01", "2026-09-30"), ("2026-10-01", ""), ("", "2026-09-29"), ("", "2026-09-30"), ("", "")]
    assert [flight(spot("x", first_day=first, last_day=last), noon) for first, last in dates] == [
        "2026-06-01 to 2026-09-30", "from 2026-10-01, not begun", "until 2026-09-29, over", "until 2026-09-30", "",
    ]  # fmt: skip


def test_the_contents_of_a_line() -> None:
    columns = Columns.of(119)
    line = row_line(ROWS[0], columns, BinRowState(marked=True, trimmed=True), NOW).plain
    assert all(text in line for text in ("◉ Late Show", "01:40✎", "100 % ✓", "+0.5 dB", "h264 1280×720", " 4 "))
    line = row_line(ROWS[1], columns, BinRowState(work="running"), NOW).plain
    assert all(text in line for text in ("16:40", " 42 % ▸", "–", "never"))
    line = row_line(ROWS[1], Columns.of(160), BinRowState(work="running", machines="render-1, render-2"), NOW).plain
    assert "rendered on render-1, render-2" in line
    broken = row_line(ROWS[2], columns, BinRowState(), NOW).plain
    assert "✗ it ends in the middle of a frame" in broken
    assert "%" not in broken
    assert "◆ Cola" in row_line(ROWS[3], columns, BinRowState(), NOW).plain


def test_the_head_says_the_order() -> None:
    columns = Columns.of(119)
    assert "AIRED▴" not in head_line(columns, "title", reverse=False).plain
    for column, arrow in (
        ("kind", "KIND, TITLE▴"),
        ("length", "DURATION▴"),
        ("gain", "GAIN▴"),
        ("last", "LAST▴"),
        ("aired", "AIRED▴"),
    ):
        assert arrow in head_line(columns, column, reverse=False).plain  # type: ignore[arg-type]
    assert "TITLE▾" in head_line(columns, "title", reverse=True).plain


def test_last_aired() -> None:
    assert last_aired(None, NOW) == "never"
    assert last_aired(NOW - 86_400 * 3, NOW) != last_aired(NOW - 60, NOW)
    assert last_aired(NOW - 60, NOW).count(":") == 2


def test_the_machines_that_render_a_file_are_named_once() -> None:
    jobs = [
        PrepareJob(file, state, 0.1, 0.0, 1.0, None, "", machine)  # type: ignore[arg-type]
        for file, state, machine in (("/a", "running", "m2"), ("/a", "running", "m1"), ("/a", "running", "m2"),
                                     ("/b", "running", ""), ("/c", "failed", "m1"))
    ]  # fmt: skip
    assert machines_of(jobs) == {"/a": "m1, m2"}
