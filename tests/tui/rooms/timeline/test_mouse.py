"""The mouse on the line."""

from __future__ import annotations

from textual import events

from retrovue_tui.tui.rooms.timeline.model.geometry import View
from retrovue_tui.tui.rooms.timeline.spot_picker import PickerScreen
from retrovue_tui.tui.rooms.timeline.view import WHEEL, TimelineView
from tests.tui.rooms.timeline.line_room import Line, open_line


async def wheel(line: Line, x: int, y: int, way: type[events.MouseEvent], *, ctrl: bool = False) -> None:
    """One turn of the wheel over a cell of the view."""
    widget = line.screen.query_one(TimelineView)
    at_x, at_y = x + widget.region.x, y + widget.region.y
    line.room.app.post_message(way(widget, at_x, at_y, 0, 0, 0, False, False, ctrl, at_x, at_y))
    await line.room.pilot.pause()


def look_at(line: Line, frame: int, step: int) -> None:
    """Show a frame of the round in the middle, with this number of frames in each column."""
    line.board.view = View((line.base + frame) // step - line.view.width // 2, step, line.view.width)
    line.screen.draw()


async def test_the_wheel_scrolls_and_zooms_and_clicks_go_and_open() -> None:
    async with open_line() as line:
        before, (x, y) = line.view, line.cell("names", 9_000)
        await wheel(line, x, y, events.MouseScrollDown)
        assert line.view == before.scrolled(WHEEL)
        await wheel(line, x, y, events.MouseScrollUp)
        assert line.view == before
        under = line.base + 9_000
        await wheel(line, x, y, events.MouseScrollUp, ctrl=True)
        assert line.view.step < before.step
        assert line.view.column(under) == before.column(under)
        await wheel(line, x, y, events.MouseScrollDown, ctrl=True)
        assert line.view.step == before.step

        await line.room.pilot.click(TimelineView, offset=line.cell("names", 6_000))
        assert line.view.column(line.board.cursor) == line.view.column(line.base + 6_000)
        await line.room.pilot.click(TimelineView, offset=line.cell("day", 0))
        assert line.view.holds(line.board.cursor)
        look_at(line, 9_000, 15)
        await line.room.pilot.click(TimelineView, offset=line.cell("spots", 9_100), times=2)
        await line.room.shows("Break b1")
        assert isinstance(line.room.app.screen, PickerScreen)


async def test_a_break_is_dragged_by_its_head() -> None:
    async with open_line() as line:
        await line.press("s")
        await line.drag("heads", 9_000, -5)
        (edit,) = await line.staged()
        assert (edit["command"], edit["break"], edit["entry"]) == ("move_break", "b1", "e1")
        assert abs(edit["at_frame"] - (9_000 - 5 * line.view.step)) <= line.view.step

        await line.press("escape", "s")  # with snap on, a cue nearby draws it
        look_at(line, 9_000, 60)
        await line.room.until(lambda: "/m/late.mkv" in line.screen._facts)
        await line.drag("heads", 9_000, -49)
        (edit,) = await line.staged()
        assert edit["at_frame"] == 6_000
        await line.press("escape")
        look_at(line, 9_000, 600)
        await line.drag("heads", 9_000, 20)
        (edit,) = await line.staged()
        assert (edit["entry"], edit["at_frame"]) == ("e2", 20_000)


async def test_a_drag_is_cancelled_and_an_impossible_one_is_refused_with_the_reason() -> None:
    async with open_line() as line:
        look_at(line, 9_000, 60)
        x, y = line.cell("heads", 9_100)
        await line.room.pilot.mouse_down(TimelineView, offset=(x, y))
        await line.room.pilot.hover(TimelineView, offset=(x - 20, y))
        await line.room.shows("break b1 →")
        await line.press("escape")
        await line.room.pilot.mouse_up(TimelineView, offset=(x - 20, y))
        assert not line.board.staging.steps
        assert not line.station.given
        await line.drag("spots", 9_100, -30)
        await line.room.shows("a spot moves among spots")


async def test_spots_are_dragged_within_a_break_and_to_another() -> None:
    async with open_line((200, 60)) as line:
        look_at(line, 9_000, 15)
        await line.drag("spots", 9_100, 40)
        assert await line.staged() == [{"command": "move_entry", "entry": "s1", "after": "s2"}]
        await line.press("escape")
        await line.drag("spots", 9_600, -30)
        assert await line.staged() == [{"command": "move_entry", "entry": "s2", "before": "s1"}]
        await line.press("escape")
        look_at(line, 19_000, 120)
        columns = line.view.column(line.base + 28_100) - line.view.column(line.base + 9_100)
        await line.drag("spots", 9_100, columns)
        assert await line.staged() == [{"command": "move_entry", "entry": "s1", "after": "s3"}]


async def test_from_far_a_break_goes_as_a_whole_by_its_spots_too() -> None:
    async with open_line((80, 24)) as line:
        look_at(line, 9_000, 1_800)
        await line.press("s")
        await line.drag("spots", 9_000, 4)
        (edit,) = await line.staged()
        assert (edit["command"], edit["break"], edit["entry"]) == ("move_break", "b1", "e2")
