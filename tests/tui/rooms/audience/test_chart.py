"""The retention curve and the other drawings of the audience room."""

from __future__ import annotations

import pytest

from retrovue_tui.protocol.answers.audience import RetentionCurve
from retrovue_tui.tui.rooms.audience.chart import AXIS, draw_curve, hour_bars, interval_line, length, scale
from retrovue_tui.tui.text import glyphs
from tests.tui.audience_rows import curve


def heights(found: RetentionCurve, width: int, height: int) -> list[int]:
    """How high the area is in each column, in eighths of a row."""
    rows = draw_curve(found, width, height)[:-2]
    columns = list(zip(*(row.chars[AXIS:] for row in rows), strict=True))
    return [sum(glyphs.LEVELS.find(char) + 1 for char in column) for column in columns]


@pytest.mark.parametrize("last", [0.0, 0.3, 0.6, 0.9, 1.0])
@pytest.mark.parametrize(("width", "height"), [(40, 8), (31, 5), (120, 20)])
def test_the_area_is_as_high_as_the_share(last: float, width: int, height: int) -> None:
    falling = RetentionCurve(1, tuple(1 - (1 - last) * n / 20 for n in range(21)), (0.0,) * 21, 3, 40)
    floor, top = scale(falling)
    assert (floor, top) == ({0.0: 0.0, 0.3: 0.0, 0.6: 0.5, 0.9: 0.8, 1.0: 0.8}[last], 1.0)
    found = heights(falling, width, height)
    assert len(found) == width - AXIS
    for column, eighths in enumerate(found):
        share = falling.stayed[column * 21 // len(found)]
        assert eighths == pytest.approx((share - floor) / (top - floor) * 8 * (height - 2), abs=0.51)


def test_the_axes_have_shares_and_seconds() -> None:
    lines = ["".join(row.chars) for row in draw_curve(curve(0.3, 10, 2), 50, 9)]
    assert lines[0].startswith("100 % │")
    assert lines[6].startswith("  0 % │")
    assert lines[7] == f"      ─┴{'─' * 20}┴{'─' * 20}┴"
    assert (lines[8].index("0 s"), lines[8].index("15 s"), lines[8].index("30 s")) == (7, 26, 46)


def test_viewers_who_join_are_points_above_the_area() -> None:
    more = RetentionCurve(1, (1.0, 0.5, 0.5), (1.0, 1.5, 1.5), 1, 2)
    assert scale(more)[1] == 1.5
    rows = draw_curve(more, AXIS + 9, 8)
    assert "".join(rows[0].chars[AXIS:]) == "   ••••••"
    assert [row.chars[:5] for row in rows if row.chars[2] != " "] == [[*"150 %"], [*"100 %"], [*" 50 %"]]
    crowd = RetentionCurve(1, (1.0, 1.0), (1.0, 40.0), 1, 1)
    assert scale(crowd)[1] == 1.5
    assert "".join(draw_curve(crowd, AXIS + 8, 8)[0].chars[AXIS:]) == "    ••••"


def test_nothing_is_drawn_without_viewers_or_without_room() -> None:
    assert draw_curve(RetentionCurve(1, (), (), 0, 0), 60, 10) == []
    for width, height in ((10, 10), (60, 3), (0, 0), (60, 0)):
        assert draw_curve(curve(0.5, 1, 1), width, height) == []
    assert len(draw_curve(RetentionCurve(1, (1.0,), (1.0,), 1, 1), 30, 6)) == 6


def test_seconds_and_hours() -> None:
    assert [length(each) for each in (0, 7.5, 119, 120, 125.2)] == ["0 s", "8 s", "119 s", "2:00", "2:05"]
    assert hour_bars([0.0, 1.0, 4.0, 8.0]) == "·▂▅█"
    assert hour_bars([0.0] * 24) == "·" * 24


def test_an_interval_has_zero_in_its_middle() -> None:
    assert interval_line(-0.04, -0.02, 0.0, 9) == "──●─│    "
    assert interval_line(-0.01, 0.0, 0.01, 5) == "──●──"
    assert interval_line(0.02, 0.03, 0.04, 9) == "    │ ─●─"
    for low, value, high in ((-1.0, 0.0, 1.0), (0.0, 0.0, 0.0), (0.5, 0.7, 1.0)):
        line = interval_line(low, value, high, 15)
        assert len(line) == 15
        assert "●" in line
