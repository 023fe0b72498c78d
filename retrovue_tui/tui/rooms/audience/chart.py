"""Draws the retention curve, the hours of a day and the interval of a difference with characters. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.canvas import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.audience import RetentionCurve

AXIS: Final = 7
"""The width of the axis at the left (cells): a share, and a line."""
LEAST_ROWS: Final = 2
FLOORS: Final = (0.8, 0.5)
"""The axis begins at the highest of these shares that the curve never falls below; otherwise at 0."""
MOST_AUDIENCE: Final = 1.5
"""The axis ends here at most: an audience that grows more leaves the chart at its top."""
_STEPS: Final = len(glyphs.LEVELS)


def scale(curve: RetentionCurve) -> tuple[float, float]:
    """Return the shares at which the axis begins and ends."""
    lowest, highest = min(curve.stayed), min(MOST_AUDIENCE, max(curve.audience))
    floor = next((each for each in FLOORS if lowest >= each), 0.0)
    return floor, max(1.0, math.ceil(10 * highest - 0.1) / 10)


def draw_curve(curve: RetentionCurve, width: int, height: int, style: str = "$accent") -> list[Row]:
    """Return the chart in `height` rows of `width` cells: the share of the viewers at the start who are still there as
    a filled area, the audience as points where it is above; the last two rows are the axis of seconds. Empty if the
    curve is empty or the chart would be too small. `style`: that of the area."""
    rows, columns = height - 2, width - AXIS
    if not curve.stayed or rows < LEAST_ROWS or columns < 8:
        return []
    floor, top = scale(curve)
    drawn = [Row(width) for _ in range(height)]
    for row in drawn[:rows]:
        row.put(AXIS - 1, glyphs.WALL, tally.QUIET)
    for number, level in _shares(floor, top, rows).items():
        drawn[number].text(0, AXIS - 2, formats.fit_right(f"{100 * level:.0f} %", AXIS - 2), tally.QUIET)
    for column in range(columns):
        at = min(len(curve.stayed) - 1, column * len(curve.stayed) // columns)
        stayed, audience = curve.stayed[at], curve.audience[at]
        _draw_column(drawn[:rows], AXIS + column, _part(stayed, floor, top), _part(audience, floor, top), style)
    _draw_seconds(drawn[rows], drawn[rows + 1], (len(curve.stayed) - 1) * curve.step_s)
    return drawn


def _shares(floor: float, top: float, rows: int) -> dict[int, float]:
    """Return the shares to write beside some rows, by the number of the row from the top: those at the upper edge of
    the first and of the middle row, and at the lower edge of the last one. If the axis goes beyond 100 %, the row in
    which 100 % lies has it in place of the middle one."""
    labels = {rows // 2: top - (top - floor) * (rows // 2) / rows} if rows > 3 else {}
    if top > 1.0:
        labels = {rows - math.ceil(_part(1.0, floor, top) * rows - 1e-9): 1.0}
    return {**labels, 0: top, rows - 1: floor}


def _part(value: float, floor: float, top: float) -> float:
    return min(1.0, max(0.0, (value - floor) / (top - floor)))


def _draw_column(rows: Sequence[Row], column: int, stayed: float, audience: float, style: str) -> None:
    """Draw one column: a bar for those who stayed, and a point for the audience if it is above the bar."""
    level = round(stayed * len(rows) * _STEPS)
    for number, row in enumerate(reversed(rows)):
        part = min(_STEPS, level - number * _STEPS)
        if part > 0:
            row.put(column, glyphs.LEVELS[part - 1], style)
    at = min(len(rows) - 1, int(audience * len(rows)))
    if audience > stayed and at * _STEPS >= level:
        rows[len(rows) - 1 - at].put(column, glyphs.POINT, tally.NEXT)


def _draw_seconds(line: Row, labels: Row, seconds: int) -> None:
    """Draw the axis of seconds with its labels at the start, in the middle and at the end."""
    line.fill(AXIS - 1, line.width, glyphs.RULE, tally.QUIET)
    columns = line.width - AXIS
    for share, align in ((0.0, 0.0), (0.5, 0.5), (1.0, 1.0)):
        text = length(seconds * share)
        tick = AXIS + round(share * (columns - 1))
        line.put(tick, glyphs.TICK, tally.QUIET)
        first = tick - round(align * (len(text) - 1))
        labels.text(first, first + len(text), text, tally.QUIET)


def length(seconds: float) -> str:
    """Return a number of seconds as `30 s`; from two minutes on as `2:05`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60}:{whole % 60:02}"


def hour_bars(seen: Sequence[float]) -> str:
    """Return a character for each hour of the day: a block as high as what was seen in it; a dot for nothing."""
    most = max(seen, default=0.0)
    return "".join(
        glyphs.LEVELS[min(_STEPS - 1, int(value / most * _STEPS))] if value > 0 else glyphs.DOT for value in seen
    )


def interval_line(low: float, value: float, high: float, width: int) -> str:
    """Return an interval and the measured value in it as a line of `width` cells, with 0 in its middle."""
    edge = max(abs(low), abs(high), 0.01)

    def cell(share: float) -> int:
        return min(width - 1, max(0, round((share / edge + 1) / 2 * (width - 1))))

    cells = [" "] * width
    for at in range(cell(low), cell(high) + 1):
        cells[at] = glyphs.RULE
    cells[cell(0.0)] = glyphs.WALL
    cells[cell(value)] = glyphs.CONNECTED
    return "".join(cells)
