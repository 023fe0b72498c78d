"""The figures of a row of the audience room in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.tui.rooms.audience.chart import hour_bars, interval_line
from retrovue_tui.tui.rooms.audience.rows import FEW, per_hour, share, viewing
from retrovue_tui.tui.text import formats, glyphs, tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.audience import AudienceFigures, VariantDifference
    from retrovue_tui.tui.rooms.audience.report_source import RowDetails
    from retrovue_tui.tui.rooms.audience.rows import FiguresRow

MOST_REASONS: Final = 4
MOST_DIFFERENCES: Final = 6
INTERVAL: Final = 15
"""The width of the line that draws an interval (cells)."""


class Fact(NamedTuple):
    """One fact about a row, with its label and its style. `drawn`: it is a drawing, which must not be wrapped; `after`
    follows it where there is room."""

    name: str
    text: str
    style: str = "$foreground"
    drawn: bool = False
    after: str = ""


def facts(row: FiguresRow, details: RowDetails | None) -> list[Fact]:
    """Return all facts about a row, the most important first. `details`: what the station has sent about it so far."""
    figures = row.figures
    found = [
        Fact("AIRINGS", _airings(row), "bold $tally-hold" if row.cut else "$foreground"),
        Fact("STAYED", _stayed(figures), tally.QUIET if figures.viewers_start < FEW else "$foreground"),
        *_differences(details.differences if details else ()),
        Fact("LEFT", _left(figures)),
    ]
    if details is not None and any(details.hours):
        busiest = max(range(len(details.hours)), key=lambda hour: details.hours[hour])
        found.append(Fact("BY HOUR", hour_bars(details.hours), "$accent", True, f" most at {busiest:02}:00"))
    start, most, end = map(formats.number, (figures.viewers_start, figures.viewers_peak, figures.viewers_end))
    return [
        *found, Fact("SEEN", _seen(figures)),
        Fact("VIEWERS", f"{start} at starts, {end} at ends, {most} at most at once"),
    ]  # fmt: skip


def _airings(row: FiguresRow) -> str:
    figures = row.figures
    complete = "all" if figures.airings and not row.cut else formats.number(figures.completed)
    words = [f"{formats.number(figures.airings)}, {complete} complete"]
    words += [
        f"{formats.number(each.airings)} {each.ended}{f' ({each.why})' if each.why else ''}"
        for each in figures.reasons[:MOST_REASONS]
    ]
    more = row.cut - sum(each.airings for each in figures.reasons[:MOST_REASONS])
    return ", ".join([*words, *([f"{formats.number(more)} for other reasons"] if more > 0 and row.cut else [])])


def _stayed(figures: AudienceFigures) -> str:
    start = figures.viewers_start
    if figures.retention is None:
        return "nobody watched when it began"
    few = f"; too few to judge (fewer than {FEW})" if start < FEW else ""
    return f"{share(figures.retention)} of {formats.number(start)} at the start{few}"


def _left(figures: AudienceFigures) -> str:
    before = figures.left_per_hour_before
    compared = f"; {per_hour(before)} before the breaks" if before is not None else ""
    if figures.left_per_hour is None:
        return "nobody watched"
    return f"{per_hour(figures.left_per_hour)} per viewer-hour{compared}"


def _seen(figures: AudienceFigures) -> str:
    aired = figures.seconds_aired
    average = f", {figures.viewer_seconds / aired:,.1f} viewers on average" if aired > 0 else ""
    moves = f"; {formats.number(figures.joined)} joined, {formats.number(figures.left)} left"
    return f"{viewing(figures.viewer_seconds)} in {formats.uptime(aired)} on air{average}{moves}"


def _differences(found: Sequence[VariantDifference]) -> list[Fact]:
    """Return the differences between variants in the station's words, each with its interval drawn if there is one."""
    rows = []
    for each in found[:MOST_DIFFERENCES]:
        rows.append(Fact("A/B", each.statement, "bold $foreground" if each.conclusive else "$foreground"))
        if each.low is not None and each.high is not None and each.difference is not None:
            drawn = interval_line(each.low, each.difference, each.high, INTERVAL)
            edges = f"{100 * each.low:+.1f} {drawn} {100 * each.high:+.1f}"
            rows.append(Fact("", edges, "$accent", True, " points"))
    if len(found) > MOST_DIFFERENCES:
        rows.append(Fact("", f"and {len(found) - MOST_DIFFERENCES} more {glyphs.DOT} the export has all", tally.QUIET))
    return rows
