"""The bottom line: which keys it shows, which are dim, and what the mouse does there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.tui.widgets.key_bar import KeyBar
from tests.tui.conftest import open_room

if TYPE_CHECKING:
    from tests.tui.conftest import Room


def bar(room: Room) -> KeyBar:
    return room.app.screen.query_one(KeyBar)


def column(room: Room, name: str) -> int:
    """The column at which a key's name begins on the bottom line."""
    return room.lines[-1].index(name)


def style_of(room: Room, name: str) -> str:
    """The styles of the segment that begins with a name."""
    strip = bar(room).render_line(0)
    return next(str(segment.style) for segment in strip if segment.text.startswith(name))


async def test_it_shows_each_key_with_its_name_once() -> None:
    async with open_room() as room:
        shown = {each.binding.action: each.binding for each in room.app.screen.active_bindings.values()}
        wanted = [f"{room.app.get_key_display(each)} {each.description}" for each in shown.values() if each.show]
        assert wanted
        await room.shows(wanted[0])
        for text in wanted:
            assert room.lines[-1].count(text) == 1


async def test_it_follows_the_focus_and_the_room() -> None:
    async with open_room() as room:
        await room.shows("Quit")
        before = room.lines[-1]
        await room.pilot.press("2")
        await room.until(lambda: room.lines[-1] != before)
        await room.pilot.press("1")
        await room.until(lambda: room.lines[-1] == before)


async def test_a_key_that_is_not_possible_is_dim() -> None:
    async with open_room() as room:
        await room.shows("Break")
        await room.until(lambda: "dim" not in style_of(room, "Break"))
        room.station.leave()
        await room.shows("STATION LOST")
        await room.until(lambda: "dim" in style_of(room, "Break"))


async def test_a_click_does_what_the_key_does() -> None:
    async with open_room() as room:
        await room.shows("Quit")
        here = room.app.screen
        await room.pilot.click(KeyBar, offset=(column(room, "Help"), 0))
        await room.until(lambda: room.app.screen is not here)
        await room.shows("esc closes")


async def test_a_click_beside_the_keys_does_nothing() -> None:
    async with open_room(size=(160, 36)) as room:
        await room.shows("Quit")
        here = room.app.screen
        await room.pilot.click(KeyBar, offset=(158, 0))
        await room.pilot.pause()
        assert room.app.screen is here


async def test_the_mouse_explains_a_key() -> None:
    async with open_room() as room:
        await room.shows("Quit")
        await room.pilot.hover(KeyBar, offset=(column(room, "Quit"), 0))
        binding = next(
            each.binding
            for each in room.app.screen.active_bindings.values()
            if each.binding.show and each.binding.description == "Quit"
        )
        await room.until(lambda: bar(room).tooltip == binding.tooltip)
