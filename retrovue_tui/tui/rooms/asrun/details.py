"""The panel with all facts about the as-run row under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from retrovue_tui.tui.rooms.asrun.rows import AsRunRowState, facts, titled
from retrovue_tui.tui.text import formats, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.asrun import AsRunEntry

LABEL = 9


class AsRunFacts(Sheet):
    """Shows the title of a row, then as many of its facts as fit."""

    def __init__(self) -> None:
        super().__init__(id="asrun-facts")
        self._row: AsRunEntry | None = None
        self._shown = AsRunRowState()
        self._rate = ""
        self._channel = ""

    def show(self, row: AsRunEntry | None, shown: AsRunRowState, rate: str, channel: str) -> None:
        """Draw the facts of a row (None: no row). `shown`: the values that the table shows for it. `rate`: the house
        rate. `channel`: the channel's number and name."""
        self._row, self._shown, self._rate, self._channel = row, shown, rate, channel
        self.redraw()

    @property
    def text(self) -> str:
        """All facts as plain lines, for copying."""
        if self._row is None:
            return ""
        known = facts(self._row, self._shown, self._rate, self._channel)
        return "\n".join([titled(self._row), *(f"{each.name}: {each.text}" for each in known)])

    def lines(self, width: int) -> Sequence[Content]:
        """Return one line for each fact; a long fact wraps while there is room."""
        if self._row is None:
            return (line((" no row", tally.QUIET)),)
        known = facts(self._row, self._shown, self._rate, self._channel)
        room, height = max(8, width - LABEL - 1), self.size.height
        spare = height - 1 - len(known)
        lines = [line((f" {formats.fit(titled(self._row), width - 2)}", "bold $foreground"))]
        for fact in known:
            text = formats.clean(fact.text)
            wrapped = [each.plain.rstrip() for each in Content(text).wrap(room)] or [""]
            if len(wrapped) - 1 > spare:
                wrapped = [formats.fit_end(text, room) if fact.name == "FILE" else formats.fit(text, room)]
            spare -= len(wrapped) - 1
            for at, part in enumerate(wrapped):
                label = "" if at else f" {fact.name}"
                lines.append(line((formats.fit(label, LABEL) + " ", "bold $secondary"), (part, fact.style)))
        return lines
