"""Facts as text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from retrovue_tui.tui.text import formats


@given(st.text(), st.integers(0, 60))
def test_a_fitted_text_has_exactly_its_width_and_one_line(text: str, width: int) -> None:
    for fitted in (formats.fit(text, width), formats.fit_right(text, width)):
        assert cell_len(fitted) == width
        assert fitted.isprintable() or not fitted


@given(st.text(), st.integers(1, 60))
def test_a_text_kept_at_its_end_is_never_too_wide(text: str, width: int) -> None:
    assert cell_len(formats.fit_end(text, width)) <= width


def test_a_cut_text_ends_with_a_mark() -> None:
    assert formats.fit("The Late Picture Show", 10) == "The Late… "
    assert formats.fit("映画の夜", 5) == "映画…"
    assert formats.fit_end("/media/programmes/late.mkv", 10) == "…/late.mkv"
    assert formats.fit_right("12", 4) == "  12"


def test_a_title_cannot_drive_the_terminal() -> None:
    assert formats.clean("a\x1b[31mb\nc") == "a·[31mb·c"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00"),
        (59.999, "00:00:59"),
        (60, "00:01:00"),
        (3_599.9999999, "01:00:00"),
        (360_000, "100:00:00"),
        (-3, "00:00:00"),
        (math.nan, "00:00:00"),
        (math.inf, "00:00:00"),
    ],
)
def test_a_countdown_shows_a_second_until_it_has_passed(seconds: float, text: str) -> None:
    assert formats.countdown(seconds) == text


def test_short_times_and_uptimes() -> None:
    assert formats.short(80) == "01:20"
    assert formats.short(4_460) == "01:14:20"
    assert formats.uptime(86_399) == "23:59:59"
    assert formats.uptime(3 * 86_400 + 4) == "3d 00:00:04"


def test_positions_are_timecode_of_the_house_rate() -> None:
    assert formats.position(60.06, "30000/1001") == "00:01:00;02"
    assert formats.position(1.0, "25") == "00:00:01:00"
    assert formats.position(-1.0, "25") == "00:00:00:00"
    assert formats.position(61.0, "what") == "00:01:01"
    assert formats.position(math.inf, "25") == formats.NOTHING


@pytest.mark.parametrize(
    ("rate", "label"), [("30000/1001", "29.97"), ("24000/1001", "23.98"), ("25", "25"), ("50", "50"), ("x", "x")]
)
def test_rates_are_named_as_people_name_them(rate: str, label: str) -> None:
    assert formats.rate_label(rate) == label


def test_figures_have_units_and_a_dash_where_there_are_none() -> None:
    assert formats.bitrate(3_120.4) == "3.12 Mb/s"
    assert formats.bitrate(940) == "940 kb/s"
    assert formats.bitrate(0) == formats.bitrate(math.nan) == formats.NOTHING
    assert [formats.speed(each) for each in (1.0, 12.34, 250.0, 0.0)] == ["1.00×", "12.3×", "250×", "–"]
    assert [formats.percent(each) for each in (0.0, 0.29, 0.999, 1.0, 7.0)] == ["0 %", "29 %", "99 %", "100 %", "100 %"]
    assert [formats.size(each) for each in (0, 1_500, 1_234_567_890)] == ["0 B", "2 kB", "1.2 GB"]
    assert formats.version("n9.0.2-17-g2a571b6068-20260930") == "9.0.2"
    assert formats.version("N-118000-gabc") == "N-118000-gabc"
    assert formats.number(1_204_331) == "1,204,331"
    assert (formats.plural(1, "viewer"), formats.plural(0, "viewer")) == ("1 viewer", "0 viewers")


@given(st.floats(), st.integers(0, 200))
def test_a_bar_always_fills_its_width(fraction: float, width: int) -> None:
    done, rest = formats.bar(fraction, width)
    assert len(done) + len(rest) == width


def test_a_bar_tells_half_cells_apart() -> None:
    assert formats.bar(0.25, 10) == ("━━╸", "─" * 7)
    assert formats.bar(1.0, 3) == ("━━━", "")
