"""Makes the reports on the audience from the as-run database, whether its station runs or not. Blocking."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from retrovue_tui.audience.curves import EMPTY, curve_of
from retrovue_tui.audience.figures import (
    AudienceSums,
    Group,
    Reasons,
    differences_of,
    figures_of,
    groups_of,
    merged,
    total_of,
)
from retrovue_tui.playout.asrun import audience_curves, audience_queries
from retrovue_tui.playout.asrun.audience_queries import Selection
from retrovue_tui.protocol.answers.audience import DEFAULT_ROWS, AudienceReport, ProofOfPlay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.protocol.answers.audience import AudienceFilter, Dimension, ViewersNow

FIRST_VERSION = 3
"""The first version of the database's tables that has the audience."""
T = TypeVar("T")


def audience_report(
    path: Path,
    wanted: AudienceFilter,
    by: Dimension,
    *,
    rows: int = DEFAULT_ROWS,
    kept_s: float = 0.0,
    now: tuple[ViewersNow, ...] = (),
    hours: bool = False,
) -> AudienceReport:
    """Return the figures by one dimension. `rows`: the most rows. `kept_s`: for how long the station keeps an audience.
    `now`: the present viewers. `hours`: also the hours of each row. Raises `OSError` if the log cannot be read."""

    def work(base: sqlite3.Connection) -> AudienceReport:
        report = _report(base, wanted, by, rows, kept_s)
        return replace(report, hours=_hours(base, wanted, report)) if hours else report

    return replace(_read(path, work), now=now)


def proof_of_play(path: Path, station: str, wanted: AudienceFilter) -> ProofOfPlay:
    """Return every airing that the filter selects. Raises `OSError` if the log cannot be read."""
    return _read(path, lambda base: _proof(base, station, wanted))


def _report(
    base: sqlite3.Connection,
    wanted: AudienceFilter,
    by: Dimension,
    rows: int,
    kept_s: float,
) -> AudienceReport:
    chosen = Selection(wanted, by)
    if chosen.with_groups:
        audience_queries.collect_groups(base, chosen)
    reasons = audience_queries.reasons(base, chosen, by)
    if by == "break":
        found, count, sums = audience_queries.sums_of_breaks(base, chosen)
        groups = groups_of(by, found, reasons)
        total = Group("", "all", AudienceSums(*sums), sum(reasons.values(), Reasons()))
    else:
        found = audience_queries.sums(base, chosen, by)
        split = audience_queries.sums_of_groups(base, by) if chosen.with_groups else []
        groups = groups_of(by, merged(found, split), reasons)
        count, total = len(groups), total_of(groups)
        if split and chosen.version is None:  # the rows count a split airing once for each of its groups
            once = [*groups_of(by, found, {}), *groups_of("channel", audience_queries.sums_of_split(base, chosen), {})]
            total = total_of(once)._replace(reasons=total.reasons - audience_queries.surplus_reasons(base))
    with_breaks, since = not chosen.of_programmes, audience_curves.counted_since(base, chosen)
    return AudienceReport(
        at=round(time.time(), 3), by=by, filter=wanted, kept_days=round(kept_s / 86_400, 2),
        total=figures_of(total),
        rows=tuple(figures_of(group) for group in groups[:rows]),
        rows_left_out=max(0, count - rows),
        curve=curve_of(audience_curves.airing_curve(base, chosen, since)),
        break_curve=curve_of(audience_curves.break_curve(base, chosen, since)) if with_breaks else EMPTY,
        differences=differences_of(audience_queries.variant_airings(base, chosen)) if by == "variant" else (),
    )  # fmt: skip


def _hours(base: sqlite3.Connection, wanted: AudienceFilter, report: AudienceReport) -> tuple[tuple[float, ...], ...]:
    found = audience_queries.hours(base, Selection(wanted, report.by), report.by)
    return tuple(tuple(found[row.key]) for row in report.rows)


def _proof(base: sqlite3.Connection, station: str, wanted: AudienceFilter) -> ProofOfPlay:
    chosen = Selection(wanted)
    airings, left_out = audience_queries.airings(base, chosen)
    groups = groups_of(
        "channel", audience_queries.sums(base, chosen, "channel"),
        audience_queries.reasons(base, chosen, "channel"),
    )  # fmt: skip
    since = audience_curves.counted_since(base, chosen)
    curve = curve_of(audience_curves.airing_curve(base, chosen, since))
    return ProofOfPlay(
        round(time.time(), 3), station, wanted, tuple(airings), left_out, figures_of(total_of(groups)), curve
    )


def _read(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """Do reading work on a connection of its own, so that the station writes meanwhile."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            version = int(base.execute("PRAGMA user_version").fetchone()[0])
            if version < FIRST_VERSION:
                raise OSError(f"{path} is from a version without audience; start the station once, it adds the tables")
            base.execute("BEGIN")
            return work(base)
    except sqlite3.Error as error:
        raise OSError(f"{path} cannot be read: {error}") from error
