"""Writes the as-run log as CSV, as JSON, or as a table for people. Every export uses this module.

Each function yields the text in parts, so a long log need not fit into memory.
"""

from __future__ import annotations

import csv
import io
import json
import math
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.answers.asrun import COLUMNS, flat
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.text.printable import csv_cell, json_safe, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from retrovue_tui.protocol.answers.asrun import AsRunEntry


def as_csv(entries: Iterable[AsRunEntry]) -> Iterator[str]:
    """Yield a line of column names, then one line for each entry. Times are ISO 8601 in this machine's time zone, with
    its offset."""
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    table.writeheader()
    yield _taken(written)
    for entry in entries:
        table.writerow({name: _cell(name, value) for name, value in flat(entry).items()})
        yield _taken(written)


def as_json(entries: Iterable[AsRunEntry]) -> Iterator[str]:
    """Yield one JSON array, with one entry on each line."""
    lead = "["
    for entry in entries:
        yield f"{lead}\n{json_safe(json.dumps(to_json(entry), ensure_ascii=False))}"
        lead = ","
    yield "\n]\n" if lead == "," else "[]\n"


def as_text(entries: Iterable[AsRunEntry]) -> Iterator[str]:
    """Yield a table for a person to read."""
    yield f"{'began':<23}  {'ch':<4}  {'kind':<9}  {'frames aired':>17}  {'ended':<8}  {'viewers':>7}  title\n"
    for entry in entries:
        frames = f"{entry.frames_aired} of {entry.frames_planned}"
        title = f"{entry.title} [{entry.break_id}]" if entry.break_id else entry.title
        note = f" ({entry.note})" if entry.note else ""
        yield (
            f"{_began(entry.started_at)}  {entry.channel:<4}  {entry.kind:<9}  {frames:>17}"
            f"  {entry.ended or 'on air':<8}  {entry.viewers_peak:>7}  {printable(title + note)}\n"
        )


_TIMES: Final = frozenset({"planned_at", "started_at", "ended_at", "wall_ended_at"})
FORMATS: Final[Mapping[str, Callable[[Iterable[AsRunEntry]], Iterator[str]]]] = {"csv": as_csv, "json": as_json}
"""File suffix → the function that writes this format."""


def _cell(name: str, value: object) -> object:
    if name in _TIMES and isinstance(value, (int, float)):
        return iso_time(value)
    return csv_cell(value) if isinstance(value, str) else value


def iso_time(at: float) -> str:
    """Return Unix time as `2026-11-26T20:15:00.123+01:00`, rounded down to the millisecond."""
    local = datetime.fromtimestamp(math.floor(at), UTC).astimezone()
    return local.replace(microsecond=int(at % 1 * 1_000) * 1_000).isoformat(timespec="milliseconds")


def _taken(written: io.StringIO) -> str:
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text


def _began(at: float) -> str:
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(at))}.{int(at % 1 * 1_000):03}"
