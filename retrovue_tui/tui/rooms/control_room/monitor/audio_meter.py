"""The audio meter of a channel, with alarms for silence and black."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.rooms.control_room import stall_detector
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot

FLOOR_DBFS: Final = -60.0
HOT_DBFS: Final = -6.0
"""Peaks from this level on are highlighted (dBFS): they are close to clipping."""
HOLD_S: Final = 3.0
OLD_S: Final = 6.0
"""A measurement is out of date after this time (s); the station measures at least every two seconds."""
LABEL: Final = 9


class PeakHold:
    """Peak hold: keeps the highest peak of each audio channel for `HOLD_S`."""

    def __init__(self) -> None:
        self._held: list[tuple[float, float]] = []

    def take(self, peaks: Sequence[float], at: float) -> None:
        """Add the peaks (dBFS, one for each audio channel) measured at Unix time `at`."""
        held = self._held if len(self._held) == len(peaks) else [(FLOOR_DBFS, at)] * len(peaks)
        self._held = [
            (peak, at) if peak >= top or at - since > HOLD_S else (top, since)
            for peak, (top, since) in zip(peaks, held, strict=True)
        ]

    def forget(self) -> None:
        """Reset the peaks, when the channel changes."""
        self._held = []

    @property
    def tops(self) -> tuple[float, ...]:
        """The held peak of each audio channel (dBFS)."""
        return tuple(top for top, _ in self._held)


def meter(peak: float, top: float, width: int) -> list[tuple[str, str]]:
    """Return a bar of `width` cells, from `FLOOR_DBFS` to 0 dBFS: filled up to `peak`, with a mark at `top` (both
    dBFS)."""

    def cell(dbfs: float) -> int:
        return round(width * (min(0.0, max(FLOOR_DBFS, dbfs)) - FLOOR_DBFS) / -FLOOR_DBFS)

    full, hot, mark = cell(peak), cell(HOT_DBFS), cell(top) - 1
    bar = glyphs.BAR_FULL * full + glyphs.BAR_REST * (width - full)
    styles = ["$tally-good" if x < hot else "$tally-hold" if x < full else "" for x in range(full)]
    cells = [(char, styles[x] if x < full else "$line") for x, char in enumerate(bar)]
    if mark >= full:
        cells[mark] = (glyphs.PLAYHEAD, "$tally-hold" if mark >= hot else "$foreground")
    return cells


class LevelLines(Sheet):
    """Draws a meter for each of two audio channels, and a line for alarms. `single`: draw all in one line, for small
    terminals."""

    def __init__(self, *, single: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._single = single
        self._channel: ChannelSnapshot | None = None
        self._now = 0.0
        self._stale = ""
        self._hold = PeakHold()

    def show(self, channel: ChannelSnapshot | None, now: float, *, stale: str) -> None:
        """Draw a channel's levels at `now`, the station's Unix time. `stale`: why the figures are out of date; empty if
        they are current."""
        if channel is None or self._channel is None or channel.id != self._channel.id:
            self._hold.forget()
        self._channel, self._now, self._stale = channel, now, stale
        seen = channel.monitor if channel else None
        if seen is not None:
            self._hold.take(seen.peaks_dbfs, seen.at)
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return three lines; with `single`, one."""
        return [self._in_one(width)] if self._single else self._in_three(width)

    @property
    def _reason(self) -> str:
        """The reason why there are no current levels; empty if there are."""
        seen = self._channel.monitor if self._channel else None
        if self._stale:
            return self._stale
        if seen is None or not seen.peaks_dbfs:
            return "no sound measured yet"
        return f"not measured for {self._now - seen.at:.0f} s" if self._now - seen.at > OLD_S else ""

    def _alarm(self) -> tuple[str, str]:
        if self._reason or self._channel is None:
            return self._reason or "", tally.QUIET
        wrong = stall_detector.faults(self._channel, self._now)
        if not wrong:
            return f"{glyphs.DONE} picture and sound", "$tally-good"
        alarm = f" {glyphs.DOT} ".join(
            f"{word} for {formats.short(self._now - since)}, since {formats.wall_time(since)}" for word, since in wrong
        )
        return f"{glyphs.ALARM} {alarm}", "bold reverse $tally-air"

    def _meters(self, room: int) -> list[list[tuple[str, str]]]:
        seen = self._channel.monitor if self._channel else None
        peaks = seen.peaks_dbfs if seen and not self._reason else ()
        rows = []
        for place, name in enumerate("LR"):
            known = place < len(peaks)
            bar = meter(peaks[place], self._hold.tops[place], room) if known else [(glyphs.BAR_REST * room, "$line")]
            value = f"{max(peaks[place], -99.9):.1f}" if known else formats.NOTHING
            hot = known and peaks[place] >= HOT_DBFS
            style = "bold $tally-hold" if hot else "$foreground"
            rows.append([(f"{name} ", tally.QUIET), *bar, (formats.fit_right(value, 6), style)])
        return rows

    def _in_three(self, width: int) -> list[Content]:
        rows = self._meters(max(8, width - 16))
        alarm, style = self._alarm()
        text = formats.fit(alarm, max(0, width - 2)).rstrip()
        return [*(line("  ", *row, (" dBFS", tally.QUIET)) for row in rows), line(" ", (text, style))]

    def _in_one(self, width: int) -> Content:
        left, right = self._meters(max(6, (width - LABEL) // 5 - 4))
        alarm, style = self._alarm()
        head = line((formats.fit(" SOUND", LABEL), "bold $secondary"), *left, "  ", *right, "   ")
        return head + line((formats.fit(alarm, max(0, width - head.cell_length)).rstrip(), style))
