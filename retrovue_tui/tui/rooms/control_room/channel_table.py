"""The table of all channels: one line for each channel; with several stations, a line above the channels of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView

from retrovue_tui.tui import keys
from retrovue_tui.tui.rooms.control_room import stall_detector
from retrovue_tui.tui.rooms.control_room.figure_grid import AAC_FRAME_MS, LOW_READY_S
from retrovue_tui.tui.rooms.control_room.on_air_card import has_end
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import draw, line

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, OnAir
    from retrovue_tui.tui.station_view import StationsView, StationView

NUMBER, STATE, LEFT = 3, 9, 8
"""Widths of the columns with a fixed width (cells)."""
Part = tuple[str, str]
"""A text and the name of its style."""


@dataclass(frozen=True)
class ChannelColumns:
    """Widths in cells of the columns whose width varies; 0: the column is hidden. `gap`: cells between two columns."""

    name: int
    on_air: int
    bar: int
    next: int
    coming: int
    viewers: int
    safe: int
    seam: int
    gap: int

    @classmethod
    def of(cls, width: int) -> ChannelColumns:
        """Return the columns that fill a line of `width` cells; the least important ones are hidden first."""
        gap = 1 if width < 110 else 2
        bar = 6 if width < 100 else 10 if width < 160 else 16
        viewers = 4 if width < 100 else 7
        safe, seam = (8 if width >= 96 else 0), (9 if width >= 110 else 0)
        coming = 8 if width >= 140 else 0
        fixed = (1 + NUMBER, STATE, LEFT, bar, viewers, safe, seam, coming)
        room = max(12, width - (gap - 1) - sum(fixed) - gap * (len([each for each in fixed if each]) + 2))
        name = min(20, max(room // 4, min(12, room // 3)))
        on_air = (room - name) * 11 // 20
        return cls(name, on_air, bar, room - name - on_air, coming, viewers, safe, seam, gap)


def titled(entry: OnAir | None) -> str:
    """Return an entry's title, with a glyph before it if the entry is a spot."""
    if entry is None:
        return formats.NOTHING
    return f"{tally.SPOT_GLYPH} {entry.title}" if entry.kind == "spot" else entry.title


def head_line(columns: ChannelColumns) -> Content:
    """Return the header line with the names of the columns."""
    cells = (
        " " + formats.fit_right("CH", NUMBER),
        formats.fit("NAME", columns.name),
        formats.fit(" STATE", STATE),
        formats.fit("ON AIR", columns.on_air),
        formats.fit("", columns.bar),
        formats.fit_right("LEFT", LEFT),
        formats.fit("NEXT", columns.next),
        formats.fit_right("IN", columns.coming),
        formats.fit_right("VIEWERS" if columns.viewers >= 7 else "VIEW", columns.viewers),
        formats.fit_right("SAFE", columns.safe),
        formats.fit_right("JOIN", columns.seam),
    )
    return line(((" " * columns.gap).join(cell for cell in cells if cell), tally.QUIET))


def channel_parts(
    channel: ChannelSnapshot,
    columns: ChannelColumns,
    *,
    chosen: bool,
    stale: bool,
    now: float = 0.0,
    dead_s: float = 0.0,
    lost: str = "",
) -> list[Part]:
    """Return the line of a channel at `now`, the station's Unix time. `dead_s`: how long FFmpeg has not advanced (s).
    `stale`: draw the line without colours, because it may be out of date. `lost`: why the channel's station is not
    reached, shown instead of what is on air."""
    state = tally.channel_chip(channel, dead_s, stale=stale)
    bold = "bold $foreground" if chosen else ""
    entry = channel.on_air if channel.on_air and has_end(channel.on_air) else None
    left = formats.countdown(entry.remaining_s) if entry else formats.NOTHING
    worst, style = worst_seam(channel)
    word = f" {state.text} "
    cells: list[list[Part]] = [
        [(tally.CURSOR if chosen else " ", "bold $primary"), (formats.fit_right(str(channel.number), NUMBER), bold)],
        [(formats.fit(channel.name, columns.name), bold)],
        [(word, state.loud), (" " * (STATE - cell_len(word)), "")],
        [
            (formats.fit(f"{glyphs.MISSING} {lost}", columns.on_air), "")
            if lost
            else _what(channel, columns.on_air, now)
        ],
        _bar(entry, columns.bar),
        [(formats.fit_right(left, LEFT), "bold $foreground" if entry else tally.QUIET)],
        [_coming(channel, columns.next)],
        [(formats.fit_right(left if channel.next else formats.NOTHING, columns.coming), tally.QUIET)],
        [(formats.fit_right(formats.number(channel.viewers), columns.viewers), "" if channel.viewers else tally.QUIET)],
        [(formats.fit_right(formats.countdown(channel.prepare.ready_s), columns.safe), _safe_style(channel))],
        [(formats.fit_right(worst, columns.seam), style)],
    ]
    parts: list[Part] = []
    for cell in cells:
        if any(text for text, _ in cell):
            parts += [(" " * columns.gap, ""), *cell] if parts else cell
    if stale:
        return [parts[0], ("".join(text for text, _ in parts[1:]), tally.QUIET)]
    return parts


def station_line(station: StationView, name: str, now: float, width: int) -> Content:
    """Return the line above a station's channels at Unix time `now`: its name, and its channels and viewers; if it is
    not reached, for how long and why."""
    head = f" {formats.clean(name)} "
    if station.link == "connected":
        words = f"{formats.plural(len(station.channels), 'channel')} · {formats.plural(station.viewers, 'viewer')}"
        style = tally.QUIET
    elif station.link == "connecting":
        words, style = f"waiting for the first answer of {formats.clean(station.url)}", tally.QUIET
    else:
        tries = f"try {station.tries}"
        words = f"{glyphs.MISSING} unreachable for {formats.short(now - station.since)}, {tries}: {station.reason}"
        style = "bold $tally-missing"
    return line(
        (head, "bold $secondary"), (formats.fit(f" {formats.clean(words)}", max(1, width - cell_len(head))), style)
    )


def worst_seam(channel: ChannelSnapshot) -> tuple[str, str]:
    """Return the worst fault measured at the channel's joins as text, and the style for it."""
    seams = channel.seams
    if seams.video_jumps or seams.cc_errors:
        text = formats.plural(seams.video_jumps, "jump") if seams.video_jumps else f"{seams.cc_errors} cc"
        severity: tally.Severity = "bad"
    elif not seams.count:
        return formats.NOTHING, tally.QUIET
    else:
        text = f"{seams.max_audio_error_ms:.1f} ms"
        severity = "warn" if seams.max_audio_error_ms > AAC_FRAME_MS else "good"
    mark, style = tally.SEVERITIES[severity]
    return f"{mark}{text}", style


def _what(channel: ChannelSnapshot, width: int, now: float) -> tuple[str, str]:
    """Return the title of the entry on air, after the channel's alarm if there is one, and the style for it."""
    wrong = " ".join(word.lower() for word, _ in stall_detector.faults(channel, now))
    if wrong:
        return formats.fit(f"{glyphs.ALARM} {wrong} {titled(channel.on_air)}", width), "bold $tally-air"
    return formats.fit(titled(channel.on_air), width), _entry_style(channel.on_air, "$foreground")


def _bar(entry: OnAir | None, width: int) -> list[tuple[str, str]]:
    if entry is None:
        return [(" " * width, "")]
    done, rest = formats.bar(entry.position_s / entry.duration_s, width)
    return [(done, tally.SPOT if entry.kind == "spot" else "$tally-air"), (rest, "$line")]


def _coming(channel: ChannelSnapshot, width: int) -> tuple[str, str]:
    if channel.next is None:
        return formats.fit(formats.NOTHING, width), tally.QUIET
    sign, style = (glyphs.HOLD, "$tally-hold") if channel.held is not None else (glyphs.NEXT, tally.NEXT)
    return formats.fit(f"{sign} {titled(channel.next)}", width), style


def _safe_style(channel: ChannelSnapshot) -> str:
    if channel.prepare.pending and channel.prepare.ready_s < LOW_READY_S:
        return tally.SEVERITIES["warn"][1]
    return tally.QUIET


def _entry_style(entry: OnAir | None, otherwise: str) -> str:
    if entry is None:
        return tally.QUIET
    return tally.SPOT if entry.kind == "spot" else otherwise


class ChannelTable(ScrollView, can_focus=True):
    """One line for each channel; one channel is chosen. Repaints only changed lines."""

    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = list(keys.CHANNELS.bindings)

    chosen: reactive[str | None] = reactive(None)
    """The id of the chosen channel; None if there is no channel."""

    @dataclass
    class ChannelChosen(Message):
        """Sent when the operator chooses another channel."""

        channel_id: str

    def __init__(self, view: StationsView, stalls: stall_detector.StallDetector) -> None:
        super().__init__(id="channels")
        self.border_title = " Channels "
        self._view = view
        self._now = 0.0
        self._stalls = stalls
        self._rows = _rows(view)
        self._lines: list[list[Part] | Content] = []
        self._drawn_with = ChannelColumns.of(0)
        self._known: dict[str, tuple[tuple[object, ...], list[Part]]] = {}
        """Channel id → the values that its line was made of, and the line. When the cursor moves, only two lines are
        made again."""

    def show(self, view: StationsView, now: float) -> None:
        """Draw the newest state at Unix time `now`. The chosen channel stays chosen if it still exists."""
        before, self._view, self._now = len(self._rows), view, now
        self._rows = _rows(view)
        ids = [channel.id for channel in view.channels]
        # The first choice waits for every station's first answer, so that it does not depend on who answers first.
        waits = self.chosen is None and any(station.link == "connecting" for station in view.stations)
        if ids and self.chosen not in ids and not waits:
            self.chosen = ids[0]
        if len(self._rows) != before:
            self._measure()
            self.refresh(layout=True)
        self._redraw()

    def action_step(self, by: int) -> None:
        """Choose the channel `by` lines further down; stop at both ends."""
        ids = [channel.id for channel in self._view.channels]
        if self.chosen in ids:
            self.chosen = ids[min(len(ids) - 1, max(0, ids.index(self.chosen) + by))]

    def watch_chosen(self, chosen: str | None) -> None:
        """Repaint the lines of the old and new chosen channel, scroll to the new one, and post `ChannelChosen`."""
        self._redraw()
        rows = [channel.id if channel else None for _, channel in self._rows]
        if chosen is not None and chosen in rows:
            row = rows.index(chosen)
            # The header is the first line, so a channel's line is one below its index.
            seen = Region(0, row, 1, 2)
            self.scroll_to_region(seen, animate=False, force=True)
            self.post_message(self.ChannelChosen(chosen))

    def on_resize(self) -> None:
        """Lay out the columns for the new width."""
        self._measure()
        self._redraw()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose the channel whose line is under the mouse."""
        at = event.get_content_offset(self)
        row = self.scroll_offset.y + at.y - 1 if at is not None and at.y > 0 else -1
        channel = self._rows[row][1] if 0 <= row < len(self._rows) else None
        if channel is not None:
            self.chosen = channel.id

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height in lines: the header and every channel, and a line for each of several stations; at least
        one line for a message if there are no channels."""
        return 1 + max(1, len(self._rows))

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of the widget. The header stays at the top; the channels scroll below it."""
        width = self.size.width
        if y == 0:
            return draw(head_line(self._columns), width, self)
        row = y - 1 + self.scroll_offset.y
        if not self._rows and row == 0:
            return draw(line((f"  {self._nothing()}", tally.QUIET)), width, self)
        if row >= len(self._lines):
            return draw(Content(""), width, self)
        # Made only when painted, because most lines are unchanged or not visible.
        parts, channel = self._lines[row], self._rows[row][1]
        if isinstance(parts, Content):
            return draw(parts, width, self)
        return draw(line(*parts), width, self, "on $band" if channel and channel.id == self.chosen else "")

    def _nothing(self) -> str:
        only = self._view.stations[0]
        if only.snapshot is None:
            return f"Waiting for the station at {formats.clean(only.url)} …"
        return "No channels. Add a [[channel]] to retrovue.toml in the station's home."

    def _measure(self) -> None:
        self.virtual_size = Size(self.size.width, 1 + max(1, len(self._rows)))

    @property
    def _columns(self) -> ChannelColumns:
        """The columns for the width without the scroll bar, which Textual's `size` includes."""
        return ChannelColumns.of(self.scrollable_content_region.width)

    def _redraw(self) -> None:
        columns, width = self._columns, self.scrollable_content_region.width
        old, known = self._lines, self._known
        self._lines, self._known = [], {}
        for station, channel in self._rows:
            if channel is None:
                self._lines.append(station_line(station, self._view.name_of(station), self._now, width))
                continue
            now = station.snapshot.at if station.snapshot else 0.0
            dead_s = self._stalls.dead_for(channel.id)
            chosen, stale = channel.id == self.chosen, station.stale
            lost = f"unreachable: {station.reason}" if self._view.several and station.link == "lost" else ""
            facts = (channel, columns, chosen, stale, now, dead_s, lost)
            before = known.get(channel.id)
            if before and before[0] == facts:
                parts = before[1]
            else:
                parts = channel_parts(channel, columns, chosen=chosen, stale=stale, now=now, dead_s=dead_s, lost=lost)
            self._known[channel.id] = (facts, parts)
            self._lines.append(parts)
        if len(old) != len(self._lines) or columns != self._drawn_with:
            self._drawn_with = columns
            self.refresh()
            return
        for row, (was, drawn) in enumerate(zip(old, self._lines, strict=True)):
            if was != drawn:
                self.refresh_line(row + 1)


def _rows(view: StationsView) -> list[tuple[StationView, ChannelSnapshot | None]]:
    """Return the lines of the table below its header: each channel with its station; with several stations, first the
    station alone."""
    if not view.several:
        return [(view.stations[0], channel) for channel in view.channels]
    return [(station, channel) for station in view.stations for channel in (None, *station.channels)]
