"""The two lines above the table: who watches now, and the dimensions to group by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.message import Message

from retrovue_tui.protocol.answers.audience import DIMENSIONS
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual import events
    from textual.content import Content

    from retrovue_tui.protocol.answers.audience import Dimension, ViewersNow

DELIVERIES: Final = {"ts": "TS", "hls": "HLS"}


class ViewersStrip(Sheet):
    """One line: the viewers of all channels now, and those of each channel by the way they watch."""

    def __init__(self) -> None:
        super().__init__(id="audience-now")
        self._now: Sequence[ViewersNow] | None = None
        self._named: Callable[[str], str] = str
        self._stale = False

    def show(self, now: Sequence[ViewersNow] | None, named: Callable[[str], str], *, stale: bool) -> None:
        """Draw the viewers (None: not known yet). `named` returns the number and the name of a channel."""
        self._now, self._named, self._stale = now, named, stale
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the line; channels that do not fit are counted at its end."""
        if self._now is None:
            return (line((" NOW ", "bold $secondary"), (formats.NOTHING, tally.QUIET)),)
        total = sum(each.viewers for each in self._now)
        style = tally.QUIET if self._stale else "$foreground"
        parts: list[tuple[str, str]] = [
            (" NOW ", "bold $secondary"), (formats.plural(total, "viewer"), tally.QUIET if self._stale else "bold"),
        ]  # fmt: skip
        used, shown = sum(cell_len(text) for text, _ in parts), 0
        texts = list(channel_texts(self._now, self._named))
        for text in texts:
            if used + cell_len(text) + 3 > width - (9 if shown + 1 < len(texts) else 0):
                break
            parts.append((f"   {text}", style))
            used, shown = used + cell_len(text) + 3, shown + 1
        if shown < len(texts):
            parts.append((f"   +{len(texts) - shown}", tally.QUIET))
        return (line(*parts),)


def channel_texts(now: Sequence[ViewersNow], named: Callable[[str], str]) -> Iterator[str]:
    """Yield for each channel with viewers its name, and how many watch in which way: `1 Retro One 3 (2 TS, 1 HLS)`."""
    for channel in dict.fromkeys(each.channel for each in now):
        ways: dict[str, int] = {}
        for each in now:
            if each.channel == channel:
                ways[each.delivery] = ways.get(each.delivery, 0) + each.viewers
        if total := sum(ways.values()):
            by_way = ", ".join(f"{count} {DELIVERIES.get(way, way)}" for way, count in sorted(ways.items()) if count)
            yield formats.clean(f"{named(channel)} {total} ({by_way})")


class DimensionTabs(Sheet):
    """One line: the names of the dimensions; the rows are grouped by the marked one. A click chooses another."""

    class DimensionChosen(Message):
        """The operator has clicked a dimension."""

        def __init__(self, dimension: Dimension) -> None:
            super().__init__()
            self.dimension = dimension

    def __init__(self) -> None:
        super().__init__(id="audience-tabs")
        self._by: Dimension = "spot"

    def show(self, by: Dimension) -> None:
        """Mark a dimension."""
        self._by = by
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the line."""
        parts: list[tuple[str, str]] = [(" ", "")]
        for each in DIMENSIONS:
            chosen = each == self._by
            parts.append((_tab(each, chosen), "bold reverse $primary" if chosen else tally.QUIET))
        whole = line(*parts)
        return (whole[:width] if whole.cell_length > width else whole,)

    def on_click(self, event: events.Click) -> None:
        """Choose the dimension under the mouse."""
        at = event.get_content_offset(self)
        left = 1
        for each in DIMENSIONS:
            right = left + cell_len(_tab(each, each == self._by))
            if at is not None and left <= at.x < right:
                self.post_message(self.DimensionChosen(each))
            left = right


def _tab(dimension: Dimension, chosen: bool) -> str:
    return f"{glyphs.SHUT}{dimension} " if chosen else f" {dimension} "
