"""`asrun`: what has aired, out of the station's log, whether it runs or not."""

from __future__ import annotations

import csv
import json
import sys
import time
from typing import TYPE_CHECKING

from retrovue_tui.config import Config, read_config
from retrovue_tui.control.asrun import COLUMNS, AsRunFilter, flat
from retrovue_tui.control.snapshots import to_json
from retrovue_tui.errors import StationError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from retrovue_tui.control.asrun import AsRunEntry


def asrun(arguments: argparse.Namespace) -> int:
    """`asrun [--csv|--json]`: every entry that aired, in its order. Raises `StationError` for a log that is damaged."""
    from retrovue_tui.playout.asrun import FILE_NAME, read_asrun

    config, _ = read_config(arguments.home)
    path = (config or Config(arguments.home)).state_dir / FILE_NAME
    wanted = AsRunFilter(arguments.channel, arguments.since, arguments.until, arguments.kind)
    there = path.exists()
    if not there:
        print(f"retrovue-tui: nothing has aired yet: there is no {path}", file=sys.stderr)
    entries: Iterable[AsRunEntry] = read_asrun(path, wanted) if there else ()
    write = _csv if arguments.csv else _json if arguments.json else _text
    try:
        write(entries)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StationError(f"the as-run log cannot be exported: {error}") from error
    return 0


def _csv(entries: Iterable[AsRunEntry]) -> None:
    table = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(flat(entry) for entry in entries)


def _json(entries: Iterable[AsRunEntry]) -> None:
    """One array, a line to an entry; written as it is read, for a log may be long."""
    lead = "["
    for entry in entries:
        print(f"{lead}\n{json.dumps(to_json(entry), ensure_ascii=False)}", end="")
        lead = ","
    print("\n]" if lead == "," else "[]")


def _text(entries: Iterable[AsRunEntry]) -> None:
    for line in lines_of(entries):
        print(line)


def lines_of(entries: Iterable[AsRunEntry]) -> Iterator[str]:
    """The log for a person to read."""
    yield f"{'began':<23}  {'ch':<4}  {'kind':<9}  {'frames aired':>17}  {'ended':<8}  {'viewers':>7}  title"
    for entry in entries:
        began = f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(entry.started_at))}.{_millis(entry.started_at)}"
        frames = f"{entry.frames_aired} of {entry.frames_planned}"
        title = f"{entry.title} [{entry.break_id}]" if entry.break_id else entry.title
        note = f" ({entry.note})" if entry.note else ""
        yield (
            f"{began}  {entry.channel:<4}  {entry.kind:<9}  {frames:>17}  {entry.ended or 'on air':<8}"
            f"  {entry.viewers_peak:>7}  {title}{note}"
        )


def _millis(at: float) -> str:
    return f"{int(at % 1 * 1_000):03}"
