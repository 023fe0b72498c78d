"""The panel below the grid: the slot under the cursor, its block, and the gaps and warnings to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from retrovue_tui.protocol.answers.plan import BASE
from retrovue_tui.tui.rooms.schedule.grid_drawing import block_letter, block_style
from retrovue_tui.tui.rooms.schedule.plan_text import (
    block_text,
    breaks_text,
    clock_time,
    day_time,
    slot_name,
    trouble_beside,
    troubles_of,
)
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.plan import PlannedSlot, PlanSnapshot

LABEL = 9


class SlotFacts(Sheet):
    """Shows the title and times of a slot, then as many of its facts as fit."""

    def __init__(self) -> None:
        super().__init__(id="schedule-facts")
        self._plan: PlanSnapshot | None = None
        self._slot: PlannedSlot | None = None
        self._at = 0.0
        self._with_trouble = True

    def show(self, plan: PlanSnapshot | None, slot: PlannedSlot | None, at: float, *, with_trouble: bool) -> None:
        """Draw a slot; None: nothing is planned there. `at`: the moment of the cursor. `with_trouble`: add a line with
        the next gap or warning, if no other pane lists them."""
        self._plan, self._slot, self._at, self._with_trouble = plan, slot, at, with_trouble
        self.redraw()

    @property
    def text(self) -> str:
        """All facts as plain lines, for copying."""
        if self._plan is None or self._slot is None:
            return ""
        return "\n".join([self._head(self._plan, self._slot), *(f"{name}: {text}" for name, text, _ in self._facts())])

    def lines(self, width: int) -> Sequence[Content]:
        """Return the title, then a line for each fact; a long one wraps while there is room."""
        if self._plan is None:
            return ()
        if self._slot is None:
            lines = [line((formats.fit(" nothing is planned here", width), tally.QUIET))]
        else:
            lines = [line((formats.fit(f" {self._head(self._plan, self._slot)}", width), "bold $foreground"))]
        facts, room = self._facts(), max(8, width - LABEL - 1)
        spare = self.size.height - len(lines) - len(facts)
        for name, text, style in facts:
            wrapped = [each.plain.rstrip() for each in Content(formats.clean(text)).wrap(room)] or [""]
            if len(wrapped) - 1 > spare:
                wrapped = [formats.fit(text, room)]
            spare -= len(wrapped) - 1
            for number, part in enumerate(wrapped):
                label = "" if number else f" {name}"
                lines.append(line((formats.fit(label, LABEL) + " ", "bold $secondary"), (part, style)))
        return lines

    def _head(self, plan: PlanSnapshot, slot: PlannedSlot) -> str:
        times = f"{day_time(plan.clock, slot.start_at)} to {clock_time(plan.clock, slot.end_at)}"
        return f"{slot_name(slot)} · {times} · {formats.short(slot.end_at - slot.start_at)}"

    def _facts(self) -> list[tuple[str, str, str]]:
        """Return (name, text, style) of each fact, the most important first."""
        plan, slot = self._plan, self._slot
        assert plan is not None
        facts: list[tuple[str, str, str]] = []
        if slot is not None:
            facts.append(("WHY", slot.why or formats.NOTHING, "$foreground"))
            facts += [("WARNING", warning, f"bold {tally.level('warning').style}") for warning in slot.warnings]
            facts.append(("BREAKS", " · ".join((breaks_text(slot), *self._marks(slot))), "$foreground"))
            if plan.planned:
                facts.append(("BLOCK", block_text(plan, slot.block), block_style(slot.block)))
        if self._with_trouble and (next_one := self._trouble(plan)):
            facts.append(("NEXT", next_one, f"bold {tally.level('warning').style}"))
        return facts

    @staticmethod
    def _marks(slot: PlannedSlot) -> list[str]:
        written = "written in the rundown" if slot.source == "rundown" else "forecast"
        return [written, *(["begins at its full time"] if slot.fixed else []), *slot.marks]

    def _trouble(self, plan: PlanSnapshot) -> str:
        found = trouble_beside(troubles_of(plan), self._at, 1)
        if found is None:
            return ""
        return f"{day_time(plan.clock, found.at)} {found.text}"


class BlockLegend(Sheet):
    """One line: the letters of the blocks, with their names."""

    def __init__(self) -> None:
        super().__init__(id="schedule-legend")
        self._plan: PlanSnapshot | None = None

    def show(self, plan: PlanSnapshot | None) -> None:
        """Draw the names of a plan's blocks."""
        self._plan = plan
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the line."""
        if self._plan is None:
            return (line(""),)
        parts: list[tuple[str, str]] = [(" ", "")]
        for rules in self._plan.blocks:
            if rules.block != BASE:
                parts.append((f"{block_letter(rules.block)} ", f"bold {block_style(rules.block)}"))
                parts.append((f"{formats.clean(rules.name)}   ", "$foreground"))
        if not self._plan.planned:
            parts.append(("no plan: the rundown file is written by hand", tally.QUIET))
        elif len(parts) == 1:
            parts.append(("no blocks: the rules of [channel.plan] hold all day; press a to add one", tally.QUIET))
        whole = line(*parts)
        return (whole[:width] if whole.cell_length > width else whole,)


class TroubleList(Sheet):
    """The gaps and warnings of a plan, the next one first."""

    def __init__(self) -> None:
        super().__init__(id="schedule-troubles")
        self._plan: PlanSnapshot | None = None
        self._now = 0.0
        self.border_title = "Gaps and warnings"

    def show(self, plan: PlanSnapshot | None, now: float) -> None:
        """Draw the gaps and warnings of a plan from now on."""
        self._plan, self._now = plan, now
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return a line for each; the last line gives the number of those that do not fit."""
        plan = self._plan
        if plan is None:
            return ()
        troubles = [each for each in troubles_of(plan) if each.at > self._now - 86_400]
        if not troubles:
            return (line((f" {glyphs.DONE} none", "$tally-good")),)
        room = max(1, self.size.height)
        shown = troubles if len(troubles) <= room else troubles[: room - 1]
        style = f"bold {tally.level('warning').style}"
        lines = [
            line(
                (f" {day_time(plan.clock, each.at)} ", tally.QUIET),
                (formats.fit(each.text, max(1, width - 15)), style),
            )
            for each in shown
        ]
        if len(shown) < len(troubles):
            lines.append(line((f" and {len(troubles) - len(shown)} more; n goes through them", tally.QUIET)))
        return lines
