"""The figures of an audience and the proof of play as CSV, and as a table for people. Pure.

Each function yields the text in parts.
"""

from __future__ import annotations

import csv
import io
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.protocol.answers.audience import AudienceFigures, ProofAiring
from retrovue_tui.protocol.asrun_export import iso_time
from retrovue_tui.text.printable import csv_cell, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retrovue_tui.protocol.answers.audience import AudienceReport, ProofOfPlay

NOTHING: Final = "no airing fits the period, the channel and the names given\n"
_TIMES: Final = frozenset({"started_at", "ended_at"})


def figures_csv(report: AudienceReport) -> Iterator[str]:
    """Yield a line of column names, then a line for each group. The column of reasons has texts like
    `cut: break now (3)`."""
    return _csv(AudienceFigures, report.rows)


def proof_csv(proof: ProofOfPlay) -> Iterator[str]:
    """Yield a line of column names, then a line for each airing. Times are ISO 8601 in this machine's time zone, with
    its offset."""
    return _csv(ProofAiring, proof.airings)


def _csv(kind: type[Any], rows: Iterable[Any]) -> Iterator[str]:
    names = [field.name for field in fields(kind)]
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(names)
    for row in rows:
        yield _taken(written)
        table.writerow([_cell(name, getattr(row, name)) for name in names])
    yield _taken(written)


def _taken(written: io.StringIO) -> str:
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text


def _cell(name: str, value: Any) -> Any:
    if name in _TIMES and value is not None:
        return iso_time(value)
    if name == "reasons":
        return csv_cell("; ".join(reason_text(each.ended, each.why, each.airings) for each in value))
    return csv_cell(value) if isinstance(value, str) else value


def reason_text(ended: str, why: str, airings: int) -> str:
    """Return why some airings ended early, like `cut: break now (3)`."""
    return f"{ended}: {why} ({airings})" if why else f"{ended} ({airings})"


def figures_text(report: AudienceReport) -> Iterator[str]:
    """Yield the figures as a table for a person to read."""
    if not report.rows:
        yield NOTHING
        return
    yield f"{'airings':>8} {'complete':>8} {'start':>8} {'left':>7} {'stayed':>7} {'hours seen':>11}  {report.by}\n"
    for row in (*report.rows, report.total):
        stayed = "" if row.retention is None else f"{100 * row.retention:.1f} %"
        yield (
            f"{row.airings:>8} {row.completed:>8} {row.viewers_start:>8} {row.left:>7} {stayed:>7}"
            f" {row.viewer_seconds / 3_600:>11.2f}  {printable(row.label)}\n"
        )
        for each in row.reasons:
            if row is not report.total:
                yield f"{'':>55}  {printable(reason_text(each.ended, each.why, each.airings))}\n"
    if report.rows_left_out:
        yield f"{report.rows_left_out} more rows; --json has up to 2000\n"
    for found in report.differences:
        yield f"{printable(found.statement)}\n"


def proof_text(proof: ProofOfPlay) -> Iterator[str]:
    """Yield the airings as a table for a person to read."""
    if not proof.airings:
        yield NOTHING
        return
    yield f"{'began':<29}  {'ch':<4}  {'frames aired':>17}  {'ended':<8}  {'viewers':>7}  title\n"
    for each in proof.airings:
        frames = f"{each.frames_aired} of {each.frames_planned}"
        why = f" ({each.why})" if each.why else ""
        yield (
            f"{iso_time(each.started_at):<29}  {each.channel:<4}  {frames:>17}  {each.ended or 'on air':<8}"
            f"  {each.viewers_peak:>7}  {printable(each.title + why)}\n"
        )
    if proof.left_out:
        yield f"{proof.left_out} more airings; choose a shorter period with --since and --until\n"
