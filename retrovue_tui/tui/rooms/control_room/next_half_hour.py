"""A strip with the next half hour of the chosen channel: programmes, breaks, and times of day above them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.rundown import RundownRow
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.tui.station_link import ChannelLine

AHEAD_S: Final = 1_800.0
AGAIN_S: Final = 10.0
"""How often the strip fetches the rundown if nothing has changed (s), because the start times may drift."""
LABEL: Final = 9
TICK_CELLS: Final = 9
"""The least distance between the starts of two time labels (cells)."""


@dataclass(frozen=True)
class BarEntry:
    """One entry on the strip. `begin_s` and `end_s` are seconds from the strip's left end."""

    title: str
    kind: str
    begin_s: float
    end_s: float


@dataclass(frozen=True)
class PlannedAiring:
    """One planned airing of an entry, in Unix time (s)."""

    title: str
    kind: str
    begin_at: float
    end_at: float


def airings(rows: Sequence[RundownRow], until: float, *, loops: bool) -> tuple[PlannedAiring, ...]:
    """Return the planned airings from the entry on air to `until` (Unix time). `loops`: after its end the rundown airs
    again from the start."""
    whole = [row for row in rows if row.status != "missing" and row.duration_s > 0]
    found = [
        PlannedAiring(row.title, row.kind, row.start_at, row.start_at + row.duration_s)
        for row in whole
        if row.status != "aired" and row.start_at is not None and row.start_at < until
    ]
    at = max((airing.end_at for airing in found), default=until)
    while loops and whole and at < until:
        for row in whole:
            found.append(PlannedAiring(row.title, row.kind, at, at + row.duration_s))
            at += row.duration_s
    return tuple(found)


def bar_entries(plan: Iterable[PlannedAiring], now: float) -> tuple[BarEntry, ...]:
    """Return the airings that touch the half hour after `now`, with times relative to `now`."""
    return tuple(
        BarEntry(airing.title, airing.kind, airing.begin_at - now, airing.end_at - now)
        for airing in plan
        if airing.begin_at - now < AHEAD_S and airing.end_at > now
    )


def clock_line(now: float, width: int) -> str:
    """Return a line of time labels at round times of day, as close together as `TICK_CELLS` allows."""
    step = next((each for each in (60, 120, 300, 600, 900) if width * each / AHEAD_S >= TICK_CELLS), 1_800)
    cells = [" "] * width
    first = (step - now % step) % step
    at = first
    while at < AHEAD_S:
        place = int(width * at / AHEAD_S)
        label = f"{glyphs.TICK_SMALL}{formats.wall_time(round(now + at))[:5]}"
        if place + len(label) <= width:
            cells[place : place + len(label)] = label
        at += step
    return "".join(cells)


def cells_of(plan: Sequence[BarEntry], width: int) -> list[int | None]:
    """Return, for each cell of the strip, the index of the entry that it shows; None if it shows none. Even a very
    short spot gets one cell."""
    cells: list[int | None] = [None] * width
    scale = width / AHEAD_S
    for place in sorted(range(len(plan)), key=lambda each: plan[each].kind == "spot"):
        each = plan[place]
        first, end = (
            max(0, int(each.begin_s * scale)),
            min(width, max(int(each.begin_s * scale) + 1, round(each.end_s * scale))),
        )
        cells[first:end] = [place] * (end - first)
    return cells


def bar_parts(plan: Sequence[BarEntry], width: int) -> list[tuple[str, str]]:
    """Return the strip as (text, style) pairs: programmes with their titles, breaks as coloured blocks with a glyph."""
    cells, parts, at = cells_of(plan, width), [], 0
    while at < width:
        end = at
        spot = (place := cells[at]) is not None and plan[place].kind == "spot"
        while end < width and _alike(plan, cells[at], cells[end], spot=spot):
            end += 1
        room = end - at
        if place is None:
            parts.append((glyphs.DOT * room, "$line"))
        elif spot:
            parts.append((formats.fit(glyphs.SPOT * min(room, 1), room), f"bold $background on {tally.SPOT}"))
        else:
            title = f"{glyphs.WALL}{plan[place].title}"
            parts.append(
                (formats.fit(title, room) if room > 3 else formats.fit(glyphs.WALL, room), "$foreground on $band")
            )
        at = end
    return parts


def _alike(plan: Sequence[BarEntry], one: int | None, other: int | None, *, spot: bool) -> bool:
    """Return whether two cells are drawn as one block, because they show the same entry, or both show spots. `one` and
    `other` are the indices of their entries; `spot`: the first cell shows a spot."""
    return one == other or (spot and other is not None and plan[other].kind == "spot")


class NextHalfHour(Sheet):
    """The strip, in two lines. It fetches the rundown itself when the channel or its rundown changes, and again after
    `AGAIN_S`."""

    def __init__(self, station: ChannelLine, clock: Callable[[], float]) -> None:
        super().__init__(id="next-half-hour")
        self._station = station
        self._clock = clock
        self._key: object = None
        self._fetched = 0.0
        self._busy = False
        self._rows: tuple[RundownRow, ...] = ()
        self._plan: tuple[PlannedAiring, ...] = ()
        self._channel: ChannelSnapshot | None = None
        self._of = ""
        self._stale = False

    def show(self, channel: ChannelSnapshot | None, *, stale: bool) -> None:
        """Draw a channel's strip. A change of the channel clears it until its rundown has arrived."""
        self._channel, self._stale = channel, stale
        if channel is None or channel.id != self._of:
            self._rows, self._plan, self._of, self._key = (), (), channel.id if channel else "", None
        self.redraw()

    def fetch_if_due(self, channel: ChannelSnapshot | None) -> None:
        """Fetch the rundown if it is due. The room calls this only while the strip is visible."""
        if channel is None or self._busy or self._stale or not self.size.height:
            return
        key = (channel.id, channel.revision, channel.generation, channel.on_air.entry if channel.on_air else "")
        if key != self._key or time.monotonic() - self._fetched > AGAIN_S:
            self._busy, self._key, self._fetched = True, key, time.monotonic()
            start_worker(self, self._fetch, group="next half hour")

    async def _fetch(self) -> None:
        channel_id = self._of
        try:
            rows = (await self._station.rundown(channel_id)).entries
        except (RetrovueError, OSError, ValueError):
            return  # the banner shows why the station does not answer; the next fetch is due in `AGAIN_S`
        finally:
            self._busy = False
        if channel_id == self._of:
            self._rows = rows
            self._plan = self._planned()
            self.redraw()

    def _planned(self) -> tuple[PlannedAiring, ...]:
        """Return the planned airings. If the prepared media lasts longer than the rundown, the rundown loops, so repeat
        it."""
        now = self._clock()
        ends = max((row.start_at + row.duration_s for row in self._rows if row.start_at is not None), default=now)
        ready_s = self._channel.prepare.ready_s if self._channel else 0.0
        return airings(self._rows, now + 2 * AHEAD_S, loops=now + ready_s > ends + 1)

    def lines(self, width: int) -> Sequence[Content]:
        """Return the line of time labels, and the strip below it."""
        room, now = max(10, width - LABEL - 1), self._clock()
        plan = bar_entries(self._plan, now)
        head = line((formats.fit(" 30 MIN", LABEL), "bold $secondary"), (clock_line(now, room), tally.QUIET))
        parts = bar_parts(plan, room)
        if self._stale:
            parts = [("".join(text for text, _ in parts), tally.QUIET)]
        return [head, line((" " * LABEL, ""), *parts)]
