"""The multiviewer: shows the pictures of all channels at once."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from textual.containers import Container, Vertical
from textual.message import Message

from retrovue_tui.tui import keys
from retrovue_tui.tui.rooms.control_room import stall_detector
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.picture_poller import PicturePoller, PictureRequest
from retrovue_tui.tui.widgets.picture_view import PictureView
from retrovue_tui.tui.widgets.text_sheet import Sheet, line
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.content import Content

    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.tui.station_link import ChannelLine
    from retrovue_tui.tui.station_view import StationsView, StationView

MOST: Final = 25
"""The most tiles on a page; with more, the pictures would be too small. The page with the chosen channel is shown."""
GUTTER: Final = 1
"""Cells between two neighbouring tiles; the style sheet has the same number."""
FRAMED: Final = (26, 10)
"""A tile of at least this size has a frame (columns, lines)."""
LEAST_NAME: Final = 8
"""If a caption has fewer cells than this for the channel's name, it has no name."""
ROOMY: Final = 22
"""In a caption of at least this width (cells), spaces surround the tally."""


def grid_of(count: int, width: int, height: int) -> tuple[int, int]:
    """Return (columns, rows) of the grid that gives `count` tiles the largest pictures. A picture is 16:9, and a cell
    shows two pixels, one above the other."""
    shapes = [(columns, -(-count // columns)) for columns in range(1, max(1, count) + 1)]
    return max(shapes, key=lambda shape: min(width // shape[0] / 16, 2 * (height // shape[1] - 1) / 9))


def page_of(ids: Sequence[str], chosen: str | None) -> list[str]:
    """Return the channel ids on the page that contains `chosen`; on the first page if `chosen` is not among them."""
    first = ids.index(chosen) // MOST * MOST if chosen in ids else 0
    return list(ids[first : first + MOST])


def fitted(width: int, height: int) -> tuple[int, int, bool]:
    """Return the size of the picture in a tile of `width` × `height` cells: its columns, its lines, and whether the
    tile has a frame. The picture is 16:9, and its caption takes one line."""
    framed = width >= FRAMED[0] and height >= FRAMED[1]
    room, rows = (width - 2, height - 3) if framed else (width, height - 1)
    wide = max(1, min(room, rows * 32 // 9))
    return wide, max(1, min(rows, round(wide * 9 / 32))), framed


def caption_line(channel: ChannelSnapshot, state: tally.Tally, width: int, *, chosen: bool, stale: bool) -> Content:
    """Return the caption of a picture: number and tally, then as much of the name and the remaining time as fits."""
    entry = channel.on_air
    left = f" {formats.short(entry.remaining_s)}" if entry and entry.duration_s > 0 and not stale else ""
    head = f"{glyphs.CURSOR if chosen else ' '}{channel.number} "
    chip = f" {state.text} " if width >= ROOMY else state.text
    room = width - cell_len(head + chip)
    left = left if cell_len(left) <= room else ""
    name = formats.fit(f" {channel.name}", room - cell_len(left)) if room - cell_len(left) > LEAST_NAME else ""
    pad = " " * (room - cell_len(name + left))
    bold = "bold $foreground" if chosen else "$foreground"
    return line((head, bold), (chip, state.loud), (name, bold), pad, (left, tally.QUIET))


class Caption(Sheet):
    """The line below a picture, on a coloured band if the channel is chosen."""

    DEFAULT_CSS = "Caption { height: 1; } Tile.-chosen Caption { background: $band; }"

    def __init__(self) -> None:
        super().__init__()
        self._caption: Callable[[int], Content] = lambda _: line("")

    def show(self, caption: Callable[[int], Content]) -> None:
        """Set the function that returns the caption for a width in cells, and draw it."""
        self._caption = caption
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return one line."""
        return [self._caption(width)]


class Tile(Container):
    """One channel: the largest picture that fits, the caption directly below it, and a frame around both if the channel
    is chosen."""

    DEFAULT_CSS = """
    Tile { align: center middle; }
    Tile .set { border: none; }
    Tile PictureView { background: $panel; }
    Tile.-framed .set { border: blank; }
    Tile.-framed.-chosen .set { border: round $accent; }
    """

    class Clicked(Message):
        """Sent when the operator clicks this tile."""

        def __init__(self, channel_id: str) -> None:
            super().__init__()
            self.channel_id = channel_id

    def __init__(self, channel_id: str) -> None:
        super().__init__()
        self.channel_id = channel_id
        self.view = PictureView()
        self._caption = Caption()
        self._set = Vertical(self.view, self._caption, classes="set")

    def compose(self) -> ComposeResult:
        """Yield the picture and the caption."""
        yield self._set

    def fit(self, width: int, height: int) -> None:
        """Lay out picture and caption for a tile of `width` × `height` cells. The picture keeps its aspect ratio."""
        wide, high, framed = fitted(width, height)
        self.set_class(framed, "-framed")
        self._set.styles.width = wide + 2 if framed else width
        self._set.styles.height = high + 3 if framed else high + 1

    def on_click(self) -> None:
        """Choose the channel."""
        self.post_message(self.Clicked(self.channel_id))

    def show(self, channel: ChannelSnapshot, now: float, *, chosen: bool, dead_s: float, stale: str) -> None:
        """Draw the channel's state at `now`, the station's Unix time. `dead_s`: how long FFmpeg has not advanced (s).
        `stale`: why the data is out of date; empty if it is current."""
        state = tally.channel_chip(channel, dead_s, stale=bool(stale))
        self.set_class(chosen, "-chosen")
        self._caption.show(partial(caption_line, channel, state, chosen=chosen, stale=bool(stale)))
        off = "off" if channel.state == "stopped" else ""
        if stale or off:
            self.view.show(None, stale or off)
        self.view.warn("" if stale else stall_detector.alarm(channel, now, dead_s))


class Multiviewer(Container, can_focus=True):
    """One tile for each channel. It fetches pictures only while it is on screen."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.MULTIVIEWER.bindings)

    class ChannelStep(Message):
        """Asks the room to choose the channel `by` places further in the list (negative: back)."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def __init__(self, line: ChannelLine) -> None:
        super().__init__(id="multiviewer")
        self._tiles: dict[str, Tile] = {}
        self._channels: dict[str, ChannelSnapshot] = {}
        self._line = line
        self._views: dict[str, StationView] = {}
        self._stale: dict[str, str] = {}
        self._pollers: dict[str, PicturePoller] = {}
        """One for each station, so that a slow station does not delay the pictures of the others."""

    def show(
        self,
        view: StationsView,
        chosen: str | None,
        stalls: stall_detector.StallDetector,
        stale: Callable[[StationView], str],
    ) -> None:
        """Draw the newest state. `chosen`: the id of the chosen channel. `stale` returns why a station's data is out of
        date; empty if it is current."""
        if not self.display:
            return
        self._views = {each.id: station for station in view.stations for each in station.channels}
        self._channels = {each.id: _named(each, view) for each in view.channels}
        self._stale = {station.key: stale(station) for station in view.stations}
        page = page_of(list(self._channels), chosen)
        if page != list(self._tiles):
            self._lay(page)
        for id, tile in self._tiles.items():
            dead, snapshot = stalls.dead_for(id), self._views[id].snapshot
            now = snapshot.at if snapshot else 0.0
            tile.show(self._channels[id], now, chosen=id == chosen, dead_s=dead, stale=self._stale_of(id))

    def fetch_if_due(self) -> None:
        """Fetch the pictures that are due. The room calls this only while it is on screen."""
        if not self.display:
            return
        for station in [key for key, stale in self._stale.items() if not stale]:
            poller = self._pollers.setdefault(station, PicturePoller(self._line, self._take))
            requests = [
                PictureRequest(id, *tile.view.pixels)
                for id, tile in self._tiles.items()
                if self._views[id].key == station and tile.view.size.height and self._channels[id].state != "stopped"
            ]
            if poller.take(requests):
                start_worker(self, poller.answer, group="pictures")

    def action_move(self, x: int, y: int) -> None:
        """Select the neighbouring tile: left or right by `x`, above or below by `y` (-1, 0 or 1)."""
        columns, _ = grid_of(len(self._tiles), self.size.width, self.size.height)
        self.post_message(self.ChannelStep(x + columns * y))

    def action_end(self, by: int) -> None:
        """Select the first or the last channel; `by` is a large negative or positive step."""
        self.post_message(self.ChannelStep(by))

    def on_resize(self) -> None:
        """Lay out the tiles for the new size."""
        self._shape()

    def _stale_of(self, id: str) -> str:
        return self._stale[self._views[id].key]

    def _lay(self, page: list[str]) -> None:
        """Replace the tiles by those of another page, or of a changed list of channels."""
        old, self._tiles = self._tiles, {id: Tile(id) for id in page}
        for tile in old.values():
            tile.remove()
        self.mount(*self._tiles.values())
        self._shape()

    def _shape(self) -> None:
        if self._tiles and self.size.height:
            columns, rows = grid_of(len(self._tiles), self.size.width, self.size.height)
            self.styles.grid_size_columns, self.styles.grid_size_rows = columns, rows
            for tile in self._tiles.values():
                tile.fit((self.size.width + GUTTER) // columns - GUTTER, self.size.height // rows)

    def _take(self, request: PictureRequest, picture: Picture | str) -> None:
        if (tile := self._tiles.get(request.channel)) is None or self._stale_of(request.channel):
            return
        if isinstance(picture, str):
            tile.view.show(None, picture)
        else:
            tile.view.show(picture)


def _named(channel: ChannelSnapshot, view: StationsView) -> ChannelSnapshot:
    """Return the channel with its station's name after its own, if there are several stations."""
    name = view.name_of(view.of(channel.id))
    return dataclasses.replace(channel, name=f"{channel.name} · {name}") if name else channel
