"""The command palette: everything that can be done, under its name, with the keys that it has."""

from __future__ import annotations

from textual.command import CommandPalette
from textual.widgets import Input

from retrovue_tui.tui import keys
from retrovue_tui.tui.command_palette import HIDDEN_ACTIONS, Action, actions
from tests.tui.conftest import Room, open_room
from tests.tui.station import FakeStation, channel, station


def offered(room: Room) -> dict[str, Action]:
    """By title."""
    return {action.title: action for action in actions(room.app, room.app.screen)}


async def search(room: Room, text: str) -> None:
    await room.pilot.press("colon")
    await room.until(lambda: isinstance(room.app.screen, CommandPalette))
    room.app.screen.query_one(Input).value = text


async def test_it_offers_what_makes_sense_and_does_it() -> None:
    async with open_room() as room:
        titles = offered(room).keys()
        assert {"Break now", "Skip", "Hold/Release", "Stop/Start", "Undo", "Copy URL", "QR code", "Quit"} <= titles
        assert not {"Return", "Release break", "Next pane", "Palette"} & titles
        await offered(room)["Hold/Release"].do()  # type: ignore[misc]
        await room.until(lambda: room.station.given == [("1", "hold", {})])


async def test_every_action_of_every_room_is_in_it() -> None:
    async with open_room() as room:
        room.station.change(channels=(channel(1, held="b2"),))
        await room.until(lambda: (seen := room.app.view.channel("1")) and seen.held)
        for number, pane in ((1, keys.CHANNELS), (2, keys.TIMELINE), (3, keys.BIN), (4, keys.ASRUN)):
            await room.app.action_room(number)
            await room.until(lambda: room.app.screen is room.app.rooms.here and room.app.screen.is_mounted)
            await room.pilot.pause()
            deeds_here = list(actions(room.app, room.app.screen))
            said = {action.help for action in deeds_here}
            for binding in (*pane.bindings, *keys.AIR.bindings, *keys.EVERYWHERE.bindings):
                shadowed = pane is keys.TIMELINE and binding.id in ("air.undo", "air.redo")
                assert not (shadowed and binding.tooltip in said)
                if binding.action not in HIDDEN_ACTIONS and binding.id not in NOT_NOW and not shadowed:
                    assert binding.tooltip in said, (number, binding.id)
            assert len(deeds_here) == len({(action.title, action.help) for action in deeds_here})


NOT_NOW = {"air.return"}
"""No break is on air."""


async def test_actions_on_air_come_first_and_keys_are_shown() -> None:
    async with open_room() as room:
        first = next(actions(room.app, room.app.screen))
        assert (first.title, first.keys) == ("Break now", "B")
        assert offered(room)["Quit"].keys == "q"


async def test_channels_and_themes_are_found_by_name() -> None:
    async with open_room(FakeStation(station(channel(1), channel(7, name="News [b]7[/b]")))) as room:
        offered(room)["Go to channel 7 News [b]7[/b]"].do()
        await room.until(lambda: room.app.rooms.chosen and room.app.rooms.chosen.id == "7")
        assert {f"Theme: {name}" for name in room.app.theme_names} <= offered(room).keys()


async def test_typing_a_name_and_enter_does_it() -> None:
    async with open_room() as room:
        await search(room, "skip")
        await room.shows("Cut to the next entry; asks first")
        await room.pilot.press("enter")
        await room.shows("Skip · Retro One", "Cuts The Late Picture Show")
        assert room.station.given == []


async def test_an_action_of_the_room_is_done_in_the_room() -> None:
    async with open_room() as room:
        await room.pilot.press("3")
        await room.until(lambda: room.app.screen is room.app.rooms.all[3])
        await room.pilot.press("colon")
        await room.until(lambda: isinstance(room.app.screen, CommandPalette))
        await room.pilot.press(*"as-run", "enter")
        await room.until(lambda: room.app.screen is room.app.rooms.all[4])


async def test_words_of_the_description_find_an_action_too() -> None:
    async with open_room() as room:
        await search(room, "for a phone")
        await room.shows("QR code")
        room.app.screen.query_one(Input).value = "undo"
        await room.shows("Undo   u", "Redo the edit undone last")
        assert "First channel" not in room.text
        assert "Hold/Release" not in room.text
