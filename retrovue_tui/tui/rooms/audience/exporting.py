"""The export of the audience room: the figures on screen, or every airing (proof of play), to a local file."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.audience.tables import figures_csv
from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.audience import MOST_AIRINGS
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.text.printable import json_safe
from retrovue_tui.tui.dialogs import export_file
from retrovue_tui.tui.dialogs.export import ExportScreen
from retrovue_tui.tui.rooms.audience.fetching import AudienceFetching
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.protocol.answers.audience import AudienceReport
    from retrovue_tui.tui.dialogs.export_file import Export
    from retrovue_tui.tui.rooms.audience.query import AudienceQuery

FORMATS: Final = ("csv", "json", "html")
PAGES: Final = ("html",)
"""The formats that only a proof of play has."""


def text_of(report: AudienceReport, form: str) -> Iterable[str]:
    """Return figures as the text of a file, in parts."""
    if form == "json":
        return [f"{json_safe(json.dumps(to_json(report), ensure_ascii=False, indent=1))}\n"]
    return figures_csv(report)


class AudienceExport(AudienceFetching):
    """The part of the room that exports."""

    def action_export(self) -> None:
        """Open the export dialog."""
        if (report := self._report) is None:
            return
        query, now = self.query_now, self._now
        shown = replace(report, rows=tuple(row.figures for row in self._table.rows if not row.is_total))
        safe = "".join(char if char.isalnum() or char in "-_" else "_" for char in query.channel or "all")

        def export(wanted: Export | None) -> None:
            if wanted is not None:
                start_worker(self, self._write, wanted, shown, query, now, group="export")

        dialog = ExportScreen(
            " · ".join(filter(None, (f"audience by {query.by}", query.period.name, query.whose))),
            f"audience-{safe}-{formats.iso_date(self._clock())}",
            f"the figures of {formats.number(len(shown.rows))} rows", "every airing (proof of play)", FORMATS, PAGES,
        )  # fmt: skip
        self.app.push_screen(dialog, export)

    async def _write(self, wanted: Export, report: AudienceReport, query: AudienceQuery, now: float) -> None:
        try:
            proof = await self._line.proof_file(query.wanted(now), wanted.format) if wanted.whole else None
            await asyncio.to_thread(_write_file, wanted, report, proof)
        except (RetrovueError, OSError, ValueError) as error:
            message = error.message if isinstance(error, RetrovueError) else str(error) or type(error).__name__
            self._say(f"{formats.clean(message).rstrip('.')}.", "Not exported", severity="error")
            return
        where = formats.clean(str(wanted.path))
        if not wanted.whole:
            self._say(f"{formats.plural(len(report.rows), 'row')} in {where}", "Exported", severity="information")
        elif query.by != "programme" and report.total.airings > MOST_AIRINGS:
            self._say(f"Only the first {MOST_AIRINGS:,} airings are in {where}; choose a shorter period.", "Exported")
        else:
            self._say(f"Every airing of spots is in {where}", "Exported", severity="information")


def _write_file(wanted: Export, report: AudienceReport, proof: str | None) -> None:
    export_file.write(wanted, text_of(report, wanted.format) if proof is None else [proof])
