"""The two panels of the audience room about the row under the cursor: its retention curve, and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from retrovue_tui.tui.rooms.audience.chart import draw_curve
from retrovue_tui.tui.rooms.audience.rows import FEW
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.audience import RetentionCurve
    from retrovue_tui.tui.rooms.audience.facts import Fact

LABEL = 9


class RetentionChart(Sheet):
    """Draws a retention curve; without one, words."""

    def __init__(self) -> None:
        super().__init__(id="audience-chart")
        self._curve: RetentionCurve | None = None
        self._words = ""
        self._stale = False
        self._title = ""

    def show(self, curve: RetentionCurve | None, title: str, words: str, *, stale: bool) -> None:
        """Draw a curve. `title`: what it shows. `words`: shown in place of a missing or empty curve."""
        title = f" {formats.clean(title)} ".replace("[", r"\[")
        if title != self._title:
            self._title = self.border_title = title
        self._curve, self._words, self._stale = curve, words, stale
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the lines of the chart; the last line says of how many viewers it is."""
        curve, height = self._curve, self.size.height
        if curve is None or not curve.stayed:
            return [line((f" {part.plain.rstrip()}", tally.QUIET)) for part in Content(self._words).wrap(width - 2)]
        style = _style(curve)
        rows = draw_curve(curve, width - 1, height - 1, style)
        if not rows:
            return (line((f" {_last(curve)}", tally.QUIET)),)
        lines = [line(*((text, tally.QUIET) for text, _ in row.runs()) if self._stale else row.runs()) for row in rows]
        return [*lines, _caption(curve, width, style)]


def _last(curve: RetentionCurve) -> str:
    return f"{100 * curve.stayed[-1]:.1f} % stayed"


def _style(curve: RetentionCurve) -> str:
    """Return the style of a curve: a quiet one if it is of few viewers."""
    return tally.QUIET if curve.viewers_start < FEW else "$accent"


def _caption(curve: RetentionCurve, width: int, style: str) -> Content:
    """Return the meaning of the two marks, and how many viewers and airings the curve is made of."""
    short = (
        (glyphs.LEVELS[4], style), (" stayed ", tally.QUIET),
        (glyphs.POINT, tally.NEXT), (" audience", tally.QUIET),
    )  # fmt: skip
    viewers = f"{formats.number(curve.viewers_start)} viewer{'s' if curve.viewers_start != 1 else ''}"
    airings = f"{formats.number(curve.airings)} airing{'s' if curve.airings != 1 else ''}"
    room = width - sum(cell_len(text) for text, _ in short) - 2
    made_of = next((text for text in (f"  {viewers} in {airings}", f"  {viewers}") if cell_len(text) <= room), "")
    return line(" ", *short, (made_of, tally.QUIET))


class AudienceFacts(Sheet):
    """Shows the name of a row, then as many of its facts as fit."""

    def __init__(self) -> None:
        super().__init__(id="audience-facts")
        self._heading = ""
        self._facts: Sequence[Fact] = ()

    def show(self, name: str, facts: Sequence[Fact]) -> None:
        """Draw the facts of a row; an empty name: no row."""
        self._heading, self._facts = name, facts
        self.redraw()

    @property
    def text(self) -> str:
        """All facts as plain lines, for copying."""
        return "\n".join(
            [self._heading, *(f"{each.name}: {each.text}{each.after}".removeprefix(": ") for each in self._facts)]
        )

    def lines(self, width: int) -> Sequence[Content]:
        """Return the name and the facts; those at the end may not fit."""
        if not self._heading:
            return (line(""),)
        room = max(8, width - LABEL - 2)
        lines = [line((f" {formats.fit(self._heading, width - 2)}", "bold $foreground"))]
        for fact in self._facts:
            for number, part in enumerate(_wrapped(fact, room)):
                label = formats.fit("" if number else f" {fact.name}", LABEL)
                lines.append(line((f"{label} ", "bold $secondary"), (part, fact.style)))
        return lines[: max(1, self.size.height)]


def _wrapped(fact: Fact, room: int) -> list[str]:
    """Return the text of a fact in lines of at most `room` cells. The words after a drawing are
    left out if they do not fit."""
    text = formats.clean(fact.text)
    if not fact.drawn:
        return [part.plain.rstrip() for part in Content(text).wrap(room)] or [""]
    return [f"{text}{fact.after}" if cell_len(text + fact.after) <= room else formats.fit(text, room).rstrip()]
