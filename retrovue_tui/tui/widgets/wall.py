"""The multiviewer: every channel's picture at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Container, Vertical
from textual.message import Message

from retrovue_tui.tui import formats, glyphs, keys, pulse, tally
from retrovue_tui.tui.lookout import Lookout, Wish
from retrovue_tui.tui.widgets.picture_view import PictureView
from retrovue_tui.tui.widgets.sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.content import Content
    from textual.worker import Worker

    from retrovue_tui.control.pictures import Picture
    from retrovue_tui.control.snapshots import ChannelSnapshot
    from retrovue_tui.tui.link import StationLine
    from retrovue_tui.tui.view import StationView

MOST: Final = 25
"""Tiles at once; more would be too small to tell anything. The page with the chosen channel is shown."""


def grid_of(count: int, width: int, height: int) -> tuple[int, int]:
    """Columns and rows for so many tiles, so that their pictures (16:9, two pixels a cell) come out largest."""
    shapes = [(columns, -(-count // columns)) for columns in range(1, max(1, count) + 1)]
    return max(shapes, key=lambda shape: min(width // shape[0] / 16, 2 * (height // shape[1] - 1) / 9))


def page_of(ids: Sequence[str], chosen: str | None) -> list[str]:
    """The ids on the page on which the chosen one is."""
    first = ids.index(chosen) // MOST * MOST if chosen in ids else 0
    return list(ids[first : first + MOST])


class Caption(Sheet):
    """Number, name, tally and time left; with the cursor where the channel is chosen."""

    DEFAULT_CSS = "Caption { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._said: Content = line("")

    def show(self, said: Content) -> None:
        """Another text."""
        self._said = said
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """One."""
        return [self._said]


class Tile(Vertical):
    """One channel."""

    class Clicked(Message):
        """The mouse is on this channel."""

        def __init__(self, channel_id: str) -> None:
            super().__init__()
            self.channel_id = channel_id

    def __init__(self, channel_id: str) -> None:
        super().__init__()
        self.channel_id = channel_id
        self.view = PictureView()
        self._caption = Caption()

    def compose(self) -> ComposeResult:
        """The picture, and what it is."""
        yield self.view
        yield self._caption

    def on_click(self) -> None:
        """Choose it."""
        self.post_message(self.Clicked(self.channel_id))

    def show(self, channel: ChannelSnapshot, now: float, *, chosen: bool, dead_s: float, stale: str) -> None:
        """Take in the channel at `now`, the station's time."""
        state = tally.channel_chip(channel, dead_s, stale=bool(stale))
        wrong = "".join(f" {glyphs.ALARM} {word}" for word, _ in pulse.faults(channel, now)) if not stale else ""
        entry = channel.on_air
        left = formats.short(entry.remaining_s) if entry and entry.duration_s > 0 and not stale else ""
        chip = f" {state.text} "
        room = max(0, self.size.width - len(chip) - len(wrong) - len(left) - 3)
        name = formats.fit(f"{channel.number} {channel.name}", room)
        bold = "bold $foreground on $band" if chosen else "$foreground"
        self._caption.show(
            line(
                (glyphs.CURSOR if chosen else " ", "bold $primary"),
                (chip, state.loud), (f" {name}", bold), (wrong, "bold $tally-air"), (f" {left}", tally.QUIET),
            )
        )  # fmt: skip
        off = "off" if channel.state == "stopped" else ""
        if stale or off:
            self.view.show(None, stale or off)


class Wall(Container, can_focus=True):
    """As many tiles as there are channels. Pictures are asked for only while it is on screen."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.WALL.bindings)

    class Step(Message):
        """Choose another channel, so many further on."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def __init__(self, line: StationLine) -> None:
        super().__init__(id="wall")
        self._tiles: dict[str, Tile] = {}
        self._channels: dict[str, ChannelSnapshot] = {}
        self._stale = ""
        self._lookout = Lookout(line, self._take)
        self._worker: Worker[None] | None = None

    def show(self, view: StationView, chosen: str | None, heart: pulse.Pulse, stale: str) -> None:
        """Take in what is known now."""
        if not self.display:
            return
        self._channels, self._stale = {each.id: each for each in view.channels}, stale
        page = page_of(list(self._channels), chosen)
        if page != list(self._tiles):
            self._lay(page)
        now = view.snapshot.at if view.snapshot else 0.0
        for id, tile in self._tiles.items():
            dead = heart.dead_for(id)
            tile.show(self._channels[id], now, chosen=id == chosen, dead_s=dead, stale=stale)

    def look(self) -> None:
        """Ask for the pictures that are due. Not called while nobody can see them."""
        if not self.display or self._stale:
            return
        wishes = [
            Wish(id, *tile.view.pixels)
            for id, tile in self._tiles.items()
            if tile.view.size.height and self._channels[id].state != "stopped"
        ]
        if self._lookout.take(wishes):
            self._worker = self.run_worker(self._lookout.answer, group="pictures")

    def action_move(self, x: int, y: int) -> None:
        """Choose the tile beside, or in the row above or below."""
        columns, _ = grid_of(len(self._tiles), self.size.width, self.size.height)
        self.post_message(self.Step(x + columns * y))

    def action_end(self, by: int) -> None:
        """Choose the first or the last channel."""
        self.post_message(self.Step(by))

    def on_resize(self) -> None:
        """Other shapes for the tiles."""
        self._shape()

    def _lay(self, page: list[str]) -> None:
        """Other channels; a new layout, which happens when the config does, or another page is turned to."""
        old, self._tiles = self._tiles, {id: Tile(id) for id in page}
        for tile in old.values():
            tile.remove()
        self.mount(*self._tiles.values())
        self._shape()

    def _shape(self) -> None:
        if self._tiles and self.size.height:
            columns, rows = grid_of(len(self._tiles), self.size.width, self.size.height)
            self.styles.grid_size_columns, self.styles.grid_size_rows = columns, rows

    def _take(self, wish: Wish, picture: Picture | str) -> None:
        if (tile := self._tiles.get(wish.channel)) is None or self._stale:
            return
        if isinstance(picture, str):
            tile.view.show(None, picture)
        else:
            tile.view.show(picture)
