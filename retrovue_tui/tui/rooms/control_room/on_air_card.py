"""Shows the entry on air on the chosen channel, its progress, and the next entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from retrovue_tui.tui.text import formats, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, OnAir

LABEL = 11


def has_end(entry: OnAir) -> bool:
    """Return whether the entry has a planned end. A slate has none: it airs until an entry can air."""
    return entry.duration_s > 0


def _why_dead(channel: ChannelSnapshot) -> str:
    if channel.deck:
        return "no frame from FFmpeg"
    return "viewers see the slate: no FFmpeg" if channel.state == "slate" else "no FFmpeg plays it"


class OnAirCard(Sheet):
    """Three lines: the entry on air with its remaining time, the progress bar with timecodes, the next entry."""

    def __init__(self) -> None:
        super().__init__(id="on-air")
        self._channel: ChannelSnapshot | None = None
        self._rate = ""
        self._dead_s = 0.0
        self._stale = False

    def show(self, channel: ChannelSnapshot | None, rate: str, *, stale: bool, dead_s: float = 0.0) -> None:
        """Draw a channel (None: no channel). `rate`: the house rate. `dead_s`: how long FFmpeg has not advanced (s)."""
        self._channel, self._rate, self._stale, self._dead_s = channel, rate, stale, dead_s
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return three lines in every case, so that the panes below stay in place."""
        channel = self._channel
        if channel is None:
            return (line(""), line(("  No channel chosen", tally.QUIET)), line(""))
        lines = (self._now(channel, width), self._bar(channel.on_air, width), self._next(channel, width))
        return tuple(line((each.plain, tally.QUIET)) for each in lines) if self._stale else lines

    def _now(self, channel: ChannelSnapshot, width: int) -> Content:
        state = tally.channel_state(channel.state)
        chip = f" ? {state.word}" if self._stale else f" {state.text} "
        loud = state.loud
        if self._dead_s and not self._stale:
            chip, loud = f" {tally.DEAD.text} ", tally.DEAD.loud
        entry = channel.on_air
        remaining = f"-{formats.countdown(entry.remaining_s)}" if entry and has_end(entry) else ""
        room = width - LABEL - 3 - len(remaining) - 2
        if self._dead_s:
            title, style = f"{_why_dead(channel)} for {self._dead_s:.0f} s", "bold $tally-missing"
        elif entry is None:
            title, style = state.meaning or formats.NOTHING, tally.QUIET
        else:
            mark = f"{tally.SPOT_GLYPH} " if entry.kind == "spot" else ""
            title, style = f"{mark}{entry.title}", f"bold {tally.SPOT}" if mark else "bold $foreground"
        return line(
            " ",
            (chip, loud),
            " " * (LABEL + 2 - cell_len(chip)),
            (formats.fit(title, room), style),
            " ",
            (remaining, "bold $foreground"),
            " ",
        )

    def _bar(self, on_air: OnAir | None, width: int) -> Content:
        entry = on_air if on_air and has_end(on_air) else None
        at = formats.position(entry.position_s, self._rate) if entry else ""
        of = formats.position(entry.duration_s, self._rate) if entry else ""
        share = entry.position_s / entry.duration_s if entry else 0.0
        room = max(4, width - LABEL - 3 - len(at) - len(of) - 6)
        done, rest = formats.bar(share, room)
        style = tally.SPOT if entry and entry.kind == "spot" else "$tally-air"
        late, late_style = self._lateness()
        return line(
            (formats.fit(late, LABEL + 3), late_style),
            (done, style),
            (rest, "$line"),
            "  ",
            (at, "bold $foreground"),
            (f" / {of}" if entry else "", tally.QUIET),
        )

    def _lateness(self) -> tuple[str, str]:
        """Return how late the channel is against its plan, and a style; empty for a channel without a fixed start."""
        late_s = self._channel.late_s if self._channel else None
        if late_s is None:
            return "", ""
        return f"  {formats.lateness(late_s)}", "$tally-good" if abs(late_s) < 1 else "bold $tally-hold"

    def _next(self, channel: ChannelSnapshot, width: int) -> Content:
        entry = channel.next
        sign, style = (" ‖ HOLD", "bold $tally-hold") if channel.held else (" » NEXT", f"bold {tally.NEXT}")
        if entry is None:
            return line((f"{sign}{' ' * (LABEL - 4)}{formats.NOTHING}", tally.QUIET))
        length = f"{formats.countdown(entry.duration_s)} long"
        mark = f"{tally.SPOT_GLYPH} " if entry.kind == "spot" else ""
        room = width - LABEL - 3 - len(length) - 2
        return line(
            (f"{sign}{' ' * (LABEL - 4)}", style),
            (formats.fit(mark + entry.title, room), tally.NEXT),
            (f" {length} ", tally.QUIET),
        )
