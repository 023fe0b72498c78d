"""Many keys at once, as a slow line hands them over: each does what it would have done alone."""

from __future__ import annotations

import asyncio

from tests.tui.rooms.timeline.line_room import open_line


async def test_keys_typed_after_a_prompt_belong_to_the_timeline() -> None:
    async with open_line() as line:
        began = line.at
        line.burst("plus", *"10", "enter", "right", "right")
        await line.room.until(lambda: line.at == began + 302)
        line.burst("equals_sign", *"nonsense", "enter", "right", "escape", "right")
        await line.room.until(lambda: line.at == began + 303)
        line.burst("slash", *"tyres", "enter", "left")
        await line.room.until(lambda: line.at == 28_050 - 1)
        assert line.room.app.screen is line.screen


async def test_the_picker_takes_the_typed_text() -> None:
    async with open_line() as line:
        await line.press("plus", *"60", "enter")
        line.burst("b", *"60", "enter", "comma")
        (edit, moved) = await line.staged(2)
        assert (edit["command"], edit["seconds"]) == ("insert_break", 60.0)
        assert moved["command"] == "move_break"
        await line.press("escape", "b")
        await line.room.shows("Tyres")
        line.burst("down", "ctrl+t", *"tyres", "ctrl+t", "enter")
        (edit,) = await line.staged()
        assert edit["spots"] == ["/m/Soap.mp4", "/m/Tyres.mp4"]


async def test_undo_does_not_overtake_an_order_of_this_room() -> None:
    async with open_line() as line:
        line.station.answers = asyncio.Event()
        await line.press("H", "u", "w")
        await line.room.until(lambda: line.station.given)
        await line.press("right")
        assert [given[1] for given in line.station.given] == ["hold"]
        line.station.answers.set()
        await line.room.until(lambda: len(line.station.given) > 1)
        assert [given[1] for given in line.station.given] == ["hold", "undo"]
