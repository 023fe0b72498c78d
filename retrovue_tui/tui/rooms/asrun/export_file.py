"""Fetches all rows of the as-run log from the station, and writes rows to a local file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.protocol.answers.asrun import MOST
from retrovue_tui.protocol.asrun_export import FORMATS
from retrovue_tui.tui.dialogs import export_file
from retrovue_tui.tui.rooms.asrun.log_pages import JUST_AFTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from retrovue_tui.tui.dialogs.export_file import Export
    from retrovue_tui.tui.rooms.asrun.log_pages import Query
    from retrovue_tui.tui.station_link import StationLine


def write(export: Export, rows: Iterable[AsRunEntry]) -> None:
    """Write rows to a file. Blocking; raises `ExportError`."""
    export_file.write(export, FORMATS[export.format](rows))


async def whole_log(line: StationLine, query: Query, page: int = MOST) -> Sequence[AsRunEntry]:
    """Return every row of the log that matches the query, oldest first. Raises `RetrovueError`."""
    pages: list[Sequence[AsRunEntry]] = []
    until: float | None = None
    have: set[str] = set()
    while True:
        answer = await line.asrun(query.channel, until=until, kind=query.kind, limit=page)
        fresh = [row for row in answer if row.id not in have]
        pages.append(fresh)
        if len(answer) < page or not fresh:
            return [row for rows in reversed(pages) for row in rows]
        until = answer[0].started_at + JUST_AFTER
        have = {row.id for row in answer}
