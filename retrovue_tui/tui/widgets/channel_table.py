"""The channels of the station, one a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView

from retrovue_tui.tui import formats, keys, tally
from retrovue_tui.tui.widgets.on_air_card import has_end
from retrovue_tui.tui.widgets.sheet import draw, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip

    from retrovue_tui.control.snapshots import ChannelSnapshot, OnAir
    from retrovue_tui.tui.view import StationView

NUMBER, STATE, REMAINING, VIEWERS = 3, 12, 9, 7
"""Cells of the columns whose contents never grow."""


@dataclass(frozen=True)
class Columns:
    """Cells of the columns that share what is left, and of the gap between any two."""

    name: int
    on_air: int
    next: int
    gap: int

    @classmethod
    def of(cls, width: int) -> Columns:
        """Fill a line of `width` cells."""
        gap = 1 if width < 100 else 2
        room = max(12, width - 2 - NUMBER - STATE - REMAINING - VIEWERS - 6 * gap)
        name = min(20, max(room // 4, min(12, room // 3)))
        coming = (room - name) * 2 // 5
        return cls(name, room - name - coming, coming, gap)


def titled(entry: OnAir | None) -> str:
    """An entry's title, with a mark where it is a spot."""
    if entry is None:
        return formats.NOTHING
    return f"{tally.SPOT_GLYPH} {entry.title}" if entry.kind == "spot" else entry.title


def head_line(columns: Columns) -> Content:
    """The names of the columns."""
    cells = (
        " " + formats.fit_right("CH", NUMBER),
        formats.fit("NAME", columns.name),
        formats.fit(" STATE", STATE),
        formats.fit("ON AIR", columns.on_air),
        formats.fit_right("REMAINING", REMAINING),
        formats.fit("NEXT", columns.next),
        formats.fit_right("VIEWERS", VIEWERS),
    )
    return line(((" " * columns.gap).join(cells), tally.QUIET))


def channel_line(channel: ChannelSnapshot, columns: Columns, *, chosen: bool, stale: bool) -> Content:
    """One channel. A stale one keeps its words, without a colour that would say that they are true now."""
    state = tally.channel_state(channel.state)
    gap = " " * columns.gap
    counting = channel.on_air is not None and has_end(channel.on_air)
    remaining = formats.countdown(channel.on_air.remaining_s) if channel.on_air and counting else formats.NOTHING
    word = f" ? {state.word}" if stale else f" {state.text} "
    parts: list[tuple[str, str]] = [
        (tally.CURSOR if chosen else " ", "bold $primary"),
        (formats.fit_right(str(channel.number), NUMBER) + gap, "bold $foreground" if chosen else ""),
        (formats.fit(channel.name, columns.name) + gap, "bold $foreground" if chosen else ""),
        (word, state.style),
        (" " * (STATE - len(word)) + gap, ""),
        (formats.fit(titled(channel.on_air), columns.on_air) + gap, _entry_style(channel.on_air, "$foreground")),
        (formats.fit_right(remaining, REMAINING) + gap, "bold $foreground" if counting else tally.QUIET),
        (formats.fit(titled(channel.next), columns.next) + gap, tally.NEXT if channel.next else tally.QUIET),
        (formats.fit_right(formats.number(channel.viewers), VIEWERS), "" if channel.viewers else tally.QUIET),
    ]
    if stale:
        return line(parts[0], ("".join(text for text, _ in parts[1:]), tally.QUIET))
    return line(*parts)


def _entry_style(entry: OnAir | None, otherwise: str) -> str:
    if entry is None:
        return tally.QUIET
    return tally.SPOT if entry.kind == "spot" else otherwise


class ChannelTable(ScrollView, can_focus=True):
    """A line for each channel, one of them chosen; only lines that changed are painted."""

    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = list(keys.CHANNELS.bindings)

    chosen: reactive[str | None] = reactive(None)
    """The id of the chosen channel."""

    @dataclass
    class Chosen(Message):
        """Another channel is chosen."""

        channel_id: str

    def __init__(self, view: StationView) -> None:
        super().__init__(id="channels")
        self.border_title = " Channels "
        self._view = view
        self._lines: Sequence[Content] = ()

    def show(self, view: StationView) -> None:
        """Take in what is known now; the choice stays where it can."""
        before, self._view = len(self._view.channels), view
        ids = [channel.id for channel in view.channels]
        if ids and self.chosen not in ids:
            self.chosen = ids[0]
        if len(ids) != before:
            self._measure()
            self.refresh(layout=True)
        self._redraw()

    def action_step(self, by: int) -> None:
        """Choose another line; the ends hold."""
        ids = [channel.id for channel in self._view.channels]
        if self.chosen in ids:
            self.chosen = ids[min(len(ids) - 1, max(0, ids.index(self.chosen) + by))]

    def watch_chosen(self, chosen: str | None) -> None:
        """Paint the two lines, keep the chosen one in sight, and say so."""
        self._redraw()
        ids = [channel.id for channel in self._view.channels]
        if chosen in ids:
            row = ids.index(chosen)
            # One line of the view is the head, so a channel's line stands one below its place in the list.
            seen = Region(0, row, 1, 2)
            self.scroll_to_region(seen, animate=False, force=True)
            self.post_message(self.Chosen(str(chosen)))

    def on_resize(self) -> None:
        """The columns depend on the width."""
        self._measure()
        self._redraw()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose the line under the mouse."""
        at = event.get_content_offset(self)
        row = self.scroll_offset.y + at.y - 1 if at is not None and at.y > 0 else -1
        if 0 <= row < len(self._view.channels):
            self.chosen = self._view.channels[row].id

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The head and every channel, at least one line for what there is to say without any."""
        return 1 + max(1, len(self._view.channels))

    def render_line(self, y: int) -> Strip:
        """The head stays; the channels scroll under it."""
        width = self.size.width
        if y == 0:
            return draw(head_line(Columns.of(width)), width, self)
        row = y - 1 + self.scroll_offset.y
        if not self._view.channels and row == 0:
            return draw(line((f"  {self._nothing()}", tally.QUIET)), width, self)
        if row >= len(self._lines):
            return draw(Content(""), width, self)
        chosen = self._view.channels[row].id == self.chosen
        return draw(self._lines[row], width, self, "on $band" if chosen else "")

    def _nothing(self) -> str:
        if self._view.snapshot is None:
            return f"Waiting for the station at {formats.clean(self._view.url)} …"
        return "No channels. Add a [[channel]] to retrovue.toml in the station's home."

    def _measure(self) -> None:
        self.virtual_size = Size(self.size.width, 1 + max(1, len(self._view.channels)))

    def _redraw(self) -> None:
        columns = Columns.of(self.size.width)
        old = self._lines
        self._lines = [
            channel_line(channel, columns, chosen=channel.id == self.chosen, stale=self._view.stale)
            for channel in self._view.channels
        ]
        if len(old) != len(self._lines):
            self.refresh()
            return
        for row, (before, now) in enumerate(zip(old, self._lines, strict=True)):
            if not before.is_same(now):
                self.refresh_line(row + 1)
