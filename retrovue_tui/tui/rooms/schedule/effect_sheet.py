"""The effect of a change of blocks on air, as the station reports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.rooms.schedule.plan_text import day_time
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.plan import BlockReceipt, ClockChange, PlanDifference

ASKING: Final = "Asking the station for the effect …"


class EffectSheet(Sheet):
    """Shows the receipt of a dry run: the times at which something else airs, or why the change is refused."""

    def __init__(self, clock: Sequence[ClockChange]) -> None:
        """`clock`: the clocks of the channel's time zone."""
        super().__init__(id="effect")
        self._clock = clock
        self._effect: BlockReceipt | str = ASKING

    def show(self, effect: BlockReceipt | str) -> None:
        """Draw an effect, or a text instead of one."""
        self._effect = effect
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return a summary, then as many differences as fit."""
        effect = self._effect
        if isinstance(effect, str):
            return self._wrapped(effect, width, tally.QUIET)
        if not effect.accepted:
            return self._wrapped(f"{glyphs.MISSING} {effect.reason}", width, "bold $tally-missing")
        lines = [line((formats.fit(self._summary(effect), width), "bold $tally-next"))]
        lines += [
            line((formats.fit(f"! {each}", width), f"bold {tally.level('warning').style}"))
            for each in effect.warnings[: max(0, self.size.height - 2)]
        ]
        room = max(0, self.size.height - len(lines))
        shown = effect.differences[: room if effect.count <= room else room - 1]
        lines += [line((formats.fit(self._difference(each), width), "$foreground")) for each in shown]
        if 0 < len(shown) < effect.count:
            lines.append(line((f"and {effect.count - len(shown)} more", tally.QUIET)))
        return lines

    def _summary(self, effect: BlockReceipt) -> str:
        until = day_time(self._clock, effect.until_at)
        if not effect.count:
            return f"Nothing airs differently until {until}."
        return f"{formats.plural(effect.count, 'programme')} differ until {until}:"

    def _difference(self, each: PlanDifference) -> str:
        before, after = each.before or formats.NOTHING, each.after or formats.NOTHING
        why = f" ({each.why})" if each.why else ""
        return f"{day_time(self._clock, each.at)}  {before} {glyphs.RIGHT} {after}{why}"

    @staticmethod
    def _wrapped(text: str, width: int, style: str) -> Sequence[Content]:
        return [line((part.plain.rstrip(), style)) for part in line(formats.clean(text)).wrap(max(10, width))]
