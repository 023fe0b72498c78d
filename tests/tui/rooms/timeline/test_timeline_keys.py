"""The keys of the timeline, before a station that answers from memory."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.tui.conftest import open_room
from tests.tui.rooms.timeline.line_room import open_line
from tests.tui.rooms.timeline.scene import EditingStation


async def test_the_cursor_opens_on_air_and_steps_by_frames_and_seconds() -> None:
    async with open_line() as line:
        began = line.at
        assert abs(began - 2_997) <= 1  # 100 s at 29.97
        await line.press("right")
        assert line.at == began + 1
        await line.press("left", "shift+right")
        assert line.at == began + 30
        await line.press("shift+left")
        assert line.at == began
        await line.press("pagedown", "a")
        assert line.at == began
        await line.press("y")
        assert line.room.app.clipboard == line.board.axis.clock(line.board.cursor)
        await line.press("i", "o")
        assert None not in line.board.marks
        await line.press("x")
        assert line.board.marks == (None, None)


async def test_edits_breaks_cues_and_the_ends() -> None:
    async with open_line() as line:
        await line.press("n")
        await line.room.until(lambda: line.at == 6_000)
        await line.press("n")
        await line.room.until(lambda: line.at == 20_000 + 1_050)  # behind the first break
        await line.press("N")
        await line.room.until(lambda: line.at == 6_000)
        await line.press("g")
        assert line.at == 0
        await line.press("down")
        assert line.at == 9_000
        await line.press("down")
        assert line.at == 9_450
        await line.press("up", "up")
        assert line.at == 0
        await line.press("G")
        assert line.at == 37_349
        await line.press("left_square_bracket")
        assert line.at == 28_050
        await line.press("left_square_bracket")
        assert line.at == 9_000
        await line.press("right_square_bracket")
        assert line.at == 28_050


async def test_going_to_a_time_and_to_words() -> None:
    async with open_line() as line:
        began = line.at
        await line.press("plus", *"10", "enter")
        await line.room.until(lambda: line.at == began + 300)
        await line.press("minus", *"12f", "enter")
        await line.room.until(lambda: line.at == began + 288)
        await line.press("equals_sign", "at", *"1", ":", *"00", "enter")
        await line.room.until(lambda: line.at == 1_798)  # drop frame: 00:01:00;02 is the first of its minute
        await line.press("equals_sign", *"soon", "enter")
        await line.room.shows("'soon' is not a time of day")
        await line.press("escape")
        assert line.at == 1_798
        await line.press("slash", *"tyres", "enter")
        await line.room.until(lambda: line.at == 28_050)
        await line.press("slash", "ctrl+u", *"nothing", "enter")
        await line.room.shows("no title has 'nothing'")
        await line.press("escape")


async def test_the_shuttle_zoom_fit_snap_and_preview() -> None:
    async with open_line() as line:
        began = line.at
        await line.press("l", "l")
        assert line.board.speed == 2
        line.room.clock.now += 5.0
        await line.room.until(lambda: line.at == began + 300)
        await line.press("j")
        assert line.board.speed == -1
        await line.press("k")
        assert line.board.speed == 0

        view = line.board.view
        assert view is not None
        await line.press("z")
        assert line.board.view is not None
        assert line.board.view.step < view.step
        await line.press("Z", "Z")
        assert line.board.view.step > view.step
        await line.press("f")
        assert line.board.view.left <= line.base < line.base + 37_350 <= line.board.view.end
        await line.press("s")
        assert not line.board.snap
        await line.press("p")
        assert not line.screen.query_one("#pictures").display
        await line.press("p")
        await line.room.until(lambda: line.station.previewed)


async def test_a_break_is_staged_seen_and_applied() -> None:
    async with open_line() as line:
        await line.press("plus", *"60", "enter")
        at = line.at
        await line.press("b")
        await line.room.shows("Break in Late at", "Cola", "Tyres")
        await line.press(*"60", "enter")
        (edit,) = await line.staged()
        assert edit == {"command": "insert_break", "entry": "e1", "at_frame": at, "seconds": 60.0}
        await line.room.shows("1 staged edit", "on target")
        assert all(given[2]["dry_run"] for given in line.station.given)
        await line.press("w")
        await line.room.shows("applied")
        assert line.station.given[-1][2]["dry_run"] is False
        assert not line.board.staging
        assert line.board.plan is not None
        assert line.board.plan.revision == 9
        await line.room.shows("applied   ✓")
        await line.press("ctrl+s")
        await line.room.shows("nothing is staged")
        line.station.revise(10)  # undone, or edited by somebody else
        await line.room.shows("the last edits are in the history")
        assert "applied   ✓" not in line.room.text


async def test_dropped_edits_come_back() -> None:
    async with open_line() as line:
        await line.press("right_square_bracket", "D")
        assert await line.staged() == [{"command": "remove_break", "break": "b1"}]
        await line.press("escape")
        assert not line.board.staging
        await line.press("u")
        await line.staged()
        await line.press("u")
        await line.staged(0)
        await line.press("ctrl+r")
        await line.staged(1)
        await line.press("u")
        await line.staged(0)
        await line.press("ctrl+y")
        await line.staged(1)
        assert line.screen.unsent == "1 staged edit on Retro One"

        await line.press("u")
        await line.staged(0)
        await line.press("u")  # where nothing is staged, the rundown's last edit
        await line.room.until(lambda: ("1", "undo", {}) in line.station.given)
        await line.press("ctrl+r")
        await line.room.until(lambda: ("1", "redo", {}) in line.station.given)


KEYS_THAT_EDIT: Final[tuple[tuple[tuple[str, ...], dict[str, Any]], ...]] = (
    (("comma",), {"command": "move_break", "break": "b1", "entry": "e1", "at_frame": 8_999}),
    (("full_stop",), {"command": "move_break", "break": "b1", "entry": "e2", "at_frame": 9_001}),
    (("left_curly_bracket",), {"command": "move_break", "break": "b1", "entry": "e1", "at_frame": 8_970}),
    (("right_curly_bracket",), {"command": "move_break", "break": "b1", "entry": "e2", "at_frame": 9_030}),
    (("left_parenthesis",), {"command": "move_break", "break": "b1", "entry": "e1", "at_frame": 6_000}),
    (("right_parenthesis",), {"command": "move_break", "break": "b1", "entry": "e2", "at_frame": 20_000}),
    (("d",), {"command": "lift", "break": "b1"}),
    (("D",), {"command": "remove_break", "break": "b1"}),
    (("space", "space", "D"), {"command": "remove", "entry": "s1"}),
    (("shift+down",), {"command": "move_entry", "entry": "s1", "after": "s2"}),
    (("enter", "9", "0", "enter"), {"command": "fill", "break": "b1", "seconds": 90.0}),
    (("up", "shift+right", "C"), {"command": "split", "entry": "e1", "at_frame": 30}),
    (
        ("up", "shift+right", "i", "shift+right", "o", "e"),
        {"command": "trim", "entry": "e1", "in_frame": 30, "out_frame": 61},
    ),
)


async def test_keys_that_edit() -> None:
    async with open_line() as line:
        for keys, edit in KEYS_THAT_EDIT:
            await line.press("g", "right_square_bracket", *keys)
            assert await line.staged() == [edit], keys
            await line.press("escape")
            assert not line.board.staging.steps
            if line.board.chosen or line.board.mark_in:
                await line.press("escape")
            assert line.room.app.screen is line.screen


async def test_a_refusal_is_shown_at_the_cursor() -> None:
    async with open_line() as line:
        line.station.no = "frame 12 has aired"
        await line.press("right_square_bracket", "D")
        await line.room.shows("frame 12 has aired")
        assert not line.board.staging
        await line.press("b")
        await line.room.shows("a break is here already")


async def test_an_edit_made_elsewhere_takes_what_is_staged_along_or_says_why_not() -> None:
    async with open_line() as line:
        await line.press("right_square_bracket", "D")
        await line.staged()
        line.station.revise(9)
        await line.room.shows("the rundown was changed elsewhere")
        assert line.board.staging.revision == 9
        assert line.board.staging.steps
        line.station.no = "there is no break b1"
        line.station.revise(10)
        await line.room.shows("cannot be made now", "there is no break b1")
        assert not line.board.staging.steps
        line.station.no = ""
        await line.press("u")
        await line.staged()


async def test_staged_edits_outlive_a_lost_station() -> None:
    async with open_line() as line:
        await line.press("right_square_bracket", "D")
        await line.staged()
        line.station.leave()
        await line.room.shows("STATION LOST")
        assert line.board.staging.steps
        line.station.come_back()
        await line.room.shows("CONNECTED")
        await line.press("w")
        await line.room.shows("applied")


async def test_the_history_is_listed_and_stepped_through() -> None:
    async with open_line() as line:
        await line.press("h")
        await line.room.shows("Edits of Retro One", "break b1 moved")
        await line.press("u")
        await line.room.until(lambda: ("1", "undo", {}) in line.station.given)
        await line.press("escape")
        await line.room.until(lambda: line.room.app.screen is line.screen)


async def test_the_air_is_worked_from_here_too() -> None:
    async with open_line() as line:
        await line.press("B")
        await line.room.shows("Retro One")
        await line.press("escape")
        await line.press("H")
        await line.room.until(lambda: ("1", "hold") in [given[:2] for given in line.station.given])
        await line.press("Q")
        await line.room.until(lambda: line.room.app.screen is not line.screen)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_every_size_has_the_line_and_the_cursor(size: tuple[int, int]) -> None:
    async with open_line(size) as line:
        await line.room.shows("CLOCK", "ON AIR", "BREAKS", "24 H", "cursor", "Late", "Add break")
        await line.press("tab", "tab", "tab")
        await line.press("right")
        assert line.room.app.focused is not None


async def test_enter_comes_here_and_escape_goes_back() -> None:
    station = EditingStation()
    async with open_room(station) as room:
        await room.pilot.press("enter")
        await room.shows("ON AIR", "BREAKS")
        await room.pilot.press("escape")
        await room.until(lambda: room.app.screen is room.app.room)
