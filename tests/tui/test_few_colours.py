"""Terminals that have 16 or 256 colours: nothing else reaches them, and every word is still seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from rich._palettes import EIGHT_BIT_PALETTE, STANDARD_PALETTE
from rich.color import ColorSystem
from textual.color import Color
from textual.screen import ModalScreen

from retrovue_tui.protocol.answers.pictures import Picture
from retrovue_tui.tui.rooms.control_room.monitor.multiviewer import Tile
from tests.tui.conftest import Room, open_room
from tests.tui.media_rows import with_bin
from tests.tui.station import FakeStation

if TYPE_CHECKING:
    from rich.segment import Segment

DEPTHS: Final = {"16": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT}
PLACES: Final = {
    "control room": ((), "The Late Picture Show"),
    "multiviewer": (("m",), "Retro Three"),
    "timeline": (("2",), "revision 7"),
    "bin": (("3",), "Matinee"),
    "stop": (("X",), "Stop channel"),
    "insert": (("3", "b"), "Insert"),
}


def drawn(room: Room) -> list[list[Segment]]:
    """The topmost screen, after all filters."""
    app, screen = room.app, room.app.screen
    area = screen.children[1].region if isinstance(screen, ModalScreen) else screen.region
    lines = []
    for strip in screen._compositor.render_strips(app.size)[area.y : area.bottom]:
        segments = list(strip.crop(area.x, area.right))
        for each in app.get_line_filters():
            segments = each.apply(segments, Color(0, 0, 0))
        lines.append(segments)
    return lines


def invisible(room: Room, depth: ColorSystem) -> set[str]:
    """Words in the colour of their ground, once both are the nearest that the terminal has."""
    return {
        segment.text.strip()
        for segment in (segment for line in drawn(room) for segment in line)
        if any(char.isalnum() for char in segment.text)
        and (style := segment.style) is not None
        and style.color is not None
        and style.bgcolor is not None
        and style.color.downgrade(depth) == style.bgcolor.downgrade(depth)
    }


async def go(room: Room, place: str, depth: ColorSystem) -> None:
    room.app.console._color_system = depth
    keys, shows = PLACES[place]
    for key in keys:
        await room.pilot.press(key)
        await room.pilot.pause()
    await room.shows(shows)


@pytest.mark.parametrize("place", PLACES)
async def test_every_word_is_seen_in_every_theme(place: str) -> None:
    """A room draws its words alike on any terminal; which colours are left of them is Rich's work."""
    async with open_room(with_bin()) as room:
        await go(room, place, ColorSystem.STANDARD)
        lost = {}
        for theme in room.app.theme_names:
            room.app.theme = theme
            await room.pilot.pause()
            await room.pilot.pause()
            for name, depth in DEPTHS.items():
                if found := invisible(room, depth):
                    lost[theme, name] = found
        assert not lost


class Rainbow(FakeStation):
    """Has every colour in its picture."""

    async def picture(self, channel_id: str, width: int, height: int) -> Picture:
        pixels = ((255 * x // width, 255 * y // height, 37 * x * y % 256) for y in range(height) for x in range(width))
        return Picture(width, height, bytes(part for pixel in pixels for part in pixel), frame=1)


@pytest.mark.parametrize("depth", DEPTHS.values(), ids=DEPTHS)
async def test_a_picture_is_drawn_in_colours_that_the_terminal_has(depth: ColorSystem) -> None:
    async with open_room(Rainbow()) as room:
        await go(room, "multiviewer", depth)
        view = room.app.room.query(Tile).first().view
        await room.until(lambda: view.picture is not None)
        strips = [view.render_line(y) for y in range(view.size.height)]
        styles = [segment.style for strip in strips for segment in strip if "▀" in segment.text and segment.style]
        used = {colour for style in styles for colour in (style.color, style.bgcolor) if colour}
        assert len(used) > 8
        palette, number = (STANDARD_PALETTE, 16) if depth is ColorSystem.STANDARD else (EIGHT_BIT_PALETTE, 256)
        allowed = {palette[each] for each in range(number)}
        assert {colour.get_truecolor() for colour in used} <= allowed
