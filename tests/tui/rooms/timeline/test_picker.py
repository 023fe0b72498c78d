"""The popup in which the spots of a break are picked."""

from __future__ import annotations

from tests.tui.rooms.timeline.line_room import Line, open_line


def row(line: Line, title: str) -> str:
    return next(each for each in line.room.lines if f" {title} " in each or f" {title}:" in each)


async def test_spots_are_searched_marked_in_order_and_shown_with_their_facts() -> None:
    async with open_line() as line:
        await line.press("plus", *"60", "enter", "b")
        await line.room.shows("LENGTH", "GAIN", "Tea", "it ends in the middle of a frame")
        assert "15 s" in row(line, "Soap")
        assert "-1.5" in row(line, "Soap")
        assert "-1.5" not in row(line, "Cola")  # not measured
        await line.press(*"tyres")
        await line.room.shows("enter: 1 spot, 0:15")
        await line.room.until(lambda: "Cola" not in "".join(line.room.lines[8:30]))
        await line.press("ctrl+t", "ctrl+u", "up", "ctrl+t")
        await line.room.shows("2 spots, 0:30")

        await line.press("pagedown")  # to the one that cannot air
        await line.press("ctrl+t")
        await line.room.shows("2 spots, 0:30")
        await line.press("enter")
        (edit,) = await line.staged()
        assert edit["spots"] == ["/m/Tyres.mp4", "/m/Soap.mp4"]


async def test_a_spot_that_cannot_air_is_not_taken() -> None:
    async with open_line((80, 24)) as line:
        await line.press("plus", *"60", "enter", "b")
        await line.press(*"ash")
        await line.room.shows("✗   Ash: it ends in the middle of a frame", "Ash cannot air")
        await line.press("enter", "ctrl+t")
        await line.room.shows("Ash cannot air")
        await line.press("escape")
        await line.room.until(lambda: line.room.app.screen is line.screen)
        assert not line.station.given


async def test_a_break_is_filled_to_a_target_and_says_what_it_lacks() -> None:
    async with open_line() as line:
        await line.press("right_square_bracket", "enter")
        await line.room.shows("Break b1", "Tea")
        await line.press(*"30")
        await line.room.shows("fill 30 s from the pool, 5s01f short (of 0:35)")
        await line.press("escape", "up", "plus", *"30", "enter", "b")
        await line.room.shows("Tea")
        await line.press(*"50", "enter")
        await line.staged()
        await line.press("f", "z", "z", "z")
        await line.room.shows("of 0:50: short 5s")
