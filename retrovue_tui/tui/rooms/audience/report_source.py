"""Asks the station for the figures of the audience room: the rows, and the details of one row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.client import Refused

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.audience import (
        AudienceFilter,
        AudienceReport,
        Dimension,
        RetentionCurve,
        VariantDifference,
    )
    from retrovue_tui.tui.rooms.audience.query import AudienceQuery
    from retrovue_tui.tui.station_link import StationLine

MOST_ROWS: Final = 200
"""The most rows that the room asks for."""
MOST_VARIANTS: Final = 20
HOURS: Final = 24
NO_HOURS: Final = frozenset({"hour", "break"})
"""The dimensions whose rows have no hours worth a column."""


class FiguresUnavailable(RetrovueError):
    """The station has no figures for the room now; the message says why."""


@dataclass(frozen=True)
class RowDetails:
    """The details that the panels show about one row. `hours`: the viewer-seconds of each hour of the day; empty if
    unknown. `differences`: the differences between variants that concern the row."""

    curve: RetentionCurve
    break_curve: RetentionCurve
    hours: tuple[float, ...] = ()
    differences: tuple[VariantDifference, ...] = ()


class ReportSource:
    """Asks one station. All calls raise `FiguresUnavailable`."""

    def __init__(self, line: StationLine) -> None:
        self._line = line

    async def report(self, query: AudienceQuery, now: float) -> AudienceReport:
        """Return the rows of a query at Unix time `now`."""
        return await self._ask(query.wanted(now), query.by, MOST_ROWS, hours=query.by not in NO_HOURS)

    async def details(self, query: AudienceQuery, key: str | None, now: float, report: AudienceReport) -> RowDetails:
        """Return the details of one row. `key`: its key; None: the row of all together. `report`: the rows, with what
        is known of all together."""
        if key is None:
            return await self._of_all(query, now, report)
        wanted = query.wanted(now, key)
        found = await self._ask(wanted, "hour", HOURS)
        differences = _concerning(key, report.differences)
        if query.by == "spot":
            variants = await self._ask(replace(query.wanted(now), spot=key), "variant", MOST_VARIANTS)
            differences = variants.differences
        return RowDetails(found.curve, found.break_curve, hours_of(found), differences)

    async def _of_all(self, query: AudienceQuery, now: float, report: AudienceReport) -> RowDetails:
        if query.by == "hour":
            hours = hours_of(report)
        elif report.hours and not report.rows_left_out:
            hours = tuple(map(sum, zip(*report.hours, strict=True)))
        elif query.by == "programme":  # the figures by hour are those of spots
            hours = ()
        else:
            hours = hours_of(await self._ask(query.wanted(now), "hour", HOURS))
        return RowDetails(report.curve, report.break_curve, hours, report.differences)

    async def _ask(self, wanted: AudienceFilter, by: Dimension, limit: int, *, hours: bool = False) -> AudienceReport:
        try:
            return await self._line.audience(wanted, by, limit, hours=hours)
        except Refused as error:
            if error.status == 404 or "There is no filter" in error.message:
                raise FiguresUnavailable("This station cannot show this: it is an old version.") from error
            raise FiguresUnavailable(error.message) from error
        except (RetrovueError, OSError, ValueError) as error:
            raise FiguresUnavailable(f"{str(error) or type(error).__name__}".rstrip(".") + ".") from error


def hours_of(report: AudienceReport) -> tuple[float, ...]:
    """Return the viewer-seconds of each hour of the day, from a report by hours."""
    seen = [0.0] * HOURS
    for row in report.rows:
        if row.key.isdigit() and int(row.key) < HOURS:
            seen[int(row.key)] += row.viewer_seconds
    return tuple(seen)


def _concerning(key: str, differences: tuple[VariantDifference, ...]) -> tuple[VariantDifference, ...]:
    return tuple(each for each in differences if key in (each.spot, each.variant, each.other))
