"""The schedule room before a fake station."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import Input

from retrovue_tui.errors import StationError
from retrovue_tui.protocol.answers.plan import BlockEdit, BlockProblem, BlockReceipt, PlanDifference
from retrovue_tui.tui.rooms.schedule.block_dialog import BlockScreen
from retrovue_tui.tui.rooms.schedule.screen import ScheduleScreen
from tests.tui.conftest import open_room
from tests.tui.plans import a_plan, hand_written
from tests.tui.station import NOW, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.tui.conftest import Room

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)], ids=["80x24", "120x36", "200x60"])
EFFECT = BlockReceipt(
    True, "r1", differences=(PlanDifference(NOW + 3_600, "Cheers", "Night Court", "turn of Night Court"),), count=3,
    until_at=NOW + 600_000, warnings=("Comedy: no programmes in X",),
)  # fmt: skip


def with_plans() -> FakeStation:
    """Two channels with plans, and one without."""
    station = FakeStation()
    station.plans = {"1": a_plan(), "2": a_plan("2", "Europe/Berlin"), "3": hand_written("3")}
    return station


def screen(room: Room) -> ScheduleScreen:
    found = room.app.rooms.all[5]
    assert isinstance(found, ScheduleScreen)
    return found


def dialog(room: Room) -> BlockScreen:
    assert isinstance(room.app.screen, BlockScreen)
    return room.app.screen


async def go_in(room: Room) -> None:
    await room.pilot.press("5")
    await room.shows("Schedule · 1 Retro One", "WHY")


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with open_room(with_plans(), (80, 24)) as room:
        await go_in(room)
        yield room


@SIZES
async def test_the_week_is_on_screen_with_what_is_planned_and_why(size: tuple[int, int]) -> None:
    async with open_room(with_plans(), size) as room:
        await go_in(room)
        await room.shows(
            "this week", "Wed 18", "Tue 24", "▶11:00", "A Comedy   B Night", "Night Court, S02E05", "10:54 to 12:00",
            "turn of Night Court; 3 days since last", "3 breaks, 06:00 in all", "written in the rundown", "premiere",
        )  # fmt: skip
        if size[0] > 80:
            await room.shows("Gaps and warnings", "Fri 20 04:00 no programmes found")
        else:
            await room.shows("NEXT     Thu 19 15:00 Cheers: no natural break was found")


async def test_the_cursor_goes_by_slots_and_days(room: Room) -> None:
    await room.pilot.press("down")
    await room.shows("The Late Picture Show · Wed 18 12:00 to 13:00")
    await room.pilot.press("right", "right")
    await room.shows("Fri 20 12:00 to 13:00")
    await room.pilot.press("left", "up")
    await room.shows("Thu 19 11:00 to 12:00")
    await room.pilot.press("G", "j")
    await room.shows("Fri 20 00:00 to 01:00", "Night · daily 23:00-01:00")
    await room.pilot.press("k")
    await room.shows("Thu 19 23:00 to 00:00")
    await room.pilot.press("g")
    await room.shows("Wed 18 10:54 to 12:00")


async def test_weeks_are_turned_and_rows_change_their_height(room: Room) -> None:
    await room.pilot.press("pagedown")
    await room.shows("next week", "Wed 25", "Wed 25 11:00 to 12:00", "forecast")
    await room.pilot.press("pagedown")
    await room.shows("next week")
    await room.pilot.press("pageup")
    await room.shows("this week", "Wed 18")
    await room.pilot.press("plus")
    await room.shows("11:30")
    await room.pilot.press("minus", "minus", "minus")
    await room.shows("▶10:00", " 08:00")


async def test_gaps_and_warnings_are_found_by_a_key(room: Room) -> None:
    await room.pilot.press("n")
    await room.shows("Thu 19 15:00", "WARNING  Cheers: no natural break was found")
    await room.pilot.press("n")
    await room.shows("No programme · Fri 20 04:00 to 05:00", "WHY      no programmes found")
    await room.pilot.press("n")
    await room.shows("Thu 19 15:00")
    await room.pilot.press("N")
    await room.shows("Fri 20 04:00")


async def test_one_day_of_all_channels(room: Room) -> None:
    await room.pilot.press("w")
    await room.shows("all channels · Wed 18 Nov", "1 Retro One", "2 Retro Two", "3 Retro Three")
    await room.pilot.press("right")
    await room.until(lambda: room.app.chosen is not None and room.app.chosen.id == "2")
    await room.pilot.press("pagedown")
    await room.shows("all channels · Thu 19 Nov")
    await room.pilot.press("w")
    await room.shows("Schedule · 2 Retro Two · this week · Europe/Berlin")


async def test_a_channel_without_a_plan_says_what_to_write(room: Room) -> None:
    await room.pilot.press("greater_than_sign", "greater_than_sign")
    await room.shows("Retro Three has no plan", "[channel.plan]", 'programmes = ["*"]')
    await room.pilot.press("e")
    await room.shows("This channel has no plan:")
    assert room.app.screen is screen(room)


async def test_a_click_moves_the_cursor_and_the_wheel_scrolls(room: Room) -> None:
    row = next(number for number, text in enumerate(room.lines) if text.startswith(" 13:00"))
    assert await room.pilot.click(offset=(9, row))
    await room.shows("Cheers, S01E01 · Wed 18 13:00 to 14:00")
    assert await room.pilot.click(offset=(30, row))
    await room.shows("Fri 20 13:00 to 14:00")
    await room.pilot.click(offset=(30, row), times=2)
    await room.until(lambda: isinstance(room.app.screen, BlockScreen))
    await room.pilot.press("escape")
    grid = screen(room)._grid_view
    before = room.text
    grid.post_message(_wheel(grid.region.x + 9, grid.region.y + 4))
    await room.until(lambda: room.text != before)
    await room.shows(" 22:00")


def _wheel(x: int, y: int) -> events.MouseScrollDown:
    return events.MouseScrollDown(None, x, y, 0, 0, 0, False, False, False, x, y)


# --- blocks -----------------------------------------------------------------------------------------------------------


async def open_comedy(room: Room) -> None:
    """Go to Comedy, and open its rules."""
    for _ in range(9):
        await room.pilot.press("down")
    await room.shows("BLOCK    Comedy · daily 20:00-22:00")
    await room.pilot.press("enter")
    await room.shows("Block Comedy · Retro One", "Shows/Sitcoms/*", "Nothing is changed yet.")


async def test_a_change_is_shown_before_it_is_written(room: Room) -> None:
    room.station.edited = EFFECT
    await open_comedy(room)
    await room.shows("as the plan: 30m", "as the plan: natural")
    await room.pilot.press("down", "down", *["backspace"] * 5, *"19:00")
    await room.shows("3 programmes differ until", "! Comedy: no programmes in X")
    await room.shows("12:06  Cheers → Night Court (turn of Night Court)")
    assert room.station.edits[-1] == BlockEdit("change", "r1", 0, {"at": "19:00"}, dry_run=True)
    room.station.edited = BlockReceipt(True, "r2", undo="Comedy changed")
    await room.pilot.press("enter")
    await room.shows("Saved: Comedy changed.")
    assert room.station.edits[-1] == BlockEdit("change", "r1", 0, {"at": "19:00"})
    assert room.app.screen is screen(room)


async def test_asking_again_does_not_begin_a_slow_answer_again(room: Room) -> None:
    answer = asyncio.Event()
    asked: list[BlockEdit] = []

    async def slow(channel_id: str, edit: BlockEdit) -> BlockReceipt:
        asked.append(edit)
        await answer.wait()
        return EFFECT

    room.station.change_block = slow  # type: ignore[method-assign]
    await open_comedy(room)
    await room.pilot.press("X")
    await room.until(lambda: len(asked) == 1)
    await room.pilot.press("enter", "enter")
    answer.set()
    await room.shows("3 programmes differ")
    assert [edit.dry_run for edit in asked] == [True]


async def test_text_typed_right_after_tab_reaches_the_next_field(room: Room) -> None:
    await open_comedy(room)
    before = dialog(room).query_one("#field-name", Input).value
    for word in ("tab", *"fri", "down", *"21"):  # all of it before the first key is handled
        room.app.post_message(events.Key(word, word if len(word) == 1 else None))
    await room.until(lambda: dialog(room).query_one("#field-at", Input).value.endswith("21"))
    assert dialog(room).query_one("#field-days", Input).value.endswith("fri")
    assert dialog(room).query_one("#field-name", Input).value == before


async def test_a_problem_stands_beside_its_field(room: Room) -> None:
    wrong = 'order "sorted" is not one of series, shuffle, random'
    room.station.edited = BlockReceipt(False, "r1", wrong, (BlockProblem(wrong, "order", 12),))
    await open_comedy(room)
    dialog(room).query_one("#field-order").focus()
    await room.pilot.press(*"sorted")
    await room.shows('✗ order "sorted" is not one of series', "Not valid yet: see 1 field above.")
    count = len(room.station.edits)
    await room.pilot.press("ctrl+s")
    await room.until(lambda: len(room.station.edits) > count)
    assert all(edit.dry_run for edit in room.station.edits), "nothing is written that the station refuses"
    room.station.edited = EFFECT
    await room.pilot.press(*["backspace"] * 6, *"random")
    await room.shows("3 programmes differ")
    assert "✗ order" not in room.text


async def test_nothing_is_written_after_escape(room: Room) -> None:
    await open_comedy(room)
    await room.pilot.press(*"X", "escape")
    await room.until(lambda: room.app.screen is screen(room))
    assert all(edit.dry_run for edit in room.station.edits)


async def test_a_block_is_added_where_the_cursor_is(room: Room) -> None:
    room.station.edited = EFFECT
    await room.pilot.press("down", "a")
    await room.shows("New block · Retro One", "3 programmes differ")
    values = {"name": "block 3", "days": "wed", "at": "12:00", "until": "13:00"}
    assert room.station.edits[-1] == BlockEdit("add", "r1", -1, values, dry_run=True)
    await room.pilot.press("ctrl+s")
    await room.until(lambda: room.app.screen is screen(room))
    assert room.station.edits[-1] == BlockEdit("add", "r1", -1, values)


async def test_a_block_is_deleted_after_its_effect_was_shown(room: Room) -> None:
    room.station.edited = EFFECT
    await room.pilot.press("D")
    await room.shows("Only [channel.plan] holds here")
    await room.pilot.press("G", "D")
    await room.shows("Delete block Night? · Retro One", "3 programmes differ")
    await room.pilot.press("enter")
    await room.until(lambda: room.app.screen is screen(room))
    assert room.station.edits == [BlockEdit("remove", "r1", 1, dry_run=True)], "cancel has the focus"
    await room.pilot.press("D")
    await room.shows("3 programmes differ")
    await room.pilot.press("shift+tab", "enter")
    await room.until(lambda: room.app.screen is screen(room))
    assert room.station.edits[-1] == BlockEdit("remove", "r1", 1)


async def test_a_save_can_be_undone_before_the_plan_is_fetched_again(room: Room) -> None:
    room.station.plans["1"] = dataclasses.replace(a_plan(), undo="")
    screen(room).refetch()
    await room.until(lambda: screen(room).plan is not None and not screen(room).plan.undo)  # type: ignore[union-attr]
    screen(room)._fetched.saved("1", BlockReceipt(True, "r2", undo="Comedy changed"))
    await room.pilot.press("U")
    await room.shows("Undone: Comedy changed.")
    assert room.station.undone == ["r2"]


async def test_the_last_save_is_undone(room: Room) -> None:
    await room.pilot.press("U")
    await room.shows("Undone: Comedy changed.")
    assert room.station.undone == ["r1"]
    room.station.plans["1"] = dataclasses.replace(a_plan(), undo="")
    screen(room).refetch()
    await room.until(lambda: screen(room).plan is not None and not screen(room).plan.undo)  # type: ignore[union-attr]
    await room.pilot.press("U")
    await room.shows("There is no save to undo.")


async def test_a_file_with_errors_is_not_edited(room: Room) -> None:
    room.station.plans["1"] = dataclasses.replace(a_plan(), problem="retrovue.toml:3: unknown key 'colour'")
    screen(room).refetch()
    await room.shows("the file has errors")
    await room.pilot.press("e")
    await room.shows("retrovue.toml:3:")
    assert room.app.screen is screen(room)


async def test_a_lost_station_leaves_the_last_plan_on_screen(room: Room) -> None:
    room.station.leave("No station answers here.")
    await room.shows("STATION LOST", "last known", "The Lat…")
    room.station.edited = StationError("No station answers here.")
    await room.pilot.press("e")
    await room.until(lambda: isinstance(room.app.screen, BlockScreen))
    dialog(room).query_one("#field-order").focus()
    await room.pilot.press(*"random")
    await room.shows("✗ No station answers here.")
    await room.pilot.press("escape")
    room.station.come_back()
    await room.shows("CONNECTED")


async def test_a_room_without_a_station_says_so() -> None:
    station = with_plans()
    station.leave("No station answers.")
    async with open_room(station, (80, 24), connected=False) as room:
        await room.pilot.press("5")
        await room.shows("NO STATION", "Waiting for the plan")
        station.come_back()
        await room.shows("Schedule · 1 Retro One", "WHY")


async def test_an_edit_makes_the_room_fetch_the_plan_again(room: Room) -> None:
    plan = a_plan()
    first = dataclasses.replace(plan.slots[0], title="Something else")
    room.station.plans["1"] = dataclasses.replace(plan, slots=(first, *plan.slots[1:]))
    room.station.log.publish("edit_applied", "an edit", channel="1")
    await room.shows("Something else · Wed 18 10:54 to 12:00")


async def test_the_slot_is_copied(room: Room) -> None:
    await room.pilot.press("y")
    await room.shows("Copied: the facts of this slot")
    assert room.app.clipboard.startswith("Night Court, S02E05 · Wed 18 10:54 to 12:00")
    assert "WHY: turn of Night Court" in room.app.clipboard


async def test_how_late_a_channel_is_stands_in_the_control_room() -> None:
    station = with_plans()
    first = dataclasses.replace(station.snapshot.channels[0], late_s=130.4)
    station.change(channels=(first, *station.snapshot.channels[1:]))
    async with open_room(station, (80, 24)) as room:
        await room.shows("2m10s late")
        station.change(channels=(dataclasses.replace(first, late_s=0.02), *station.snapshot.channels[1:]))
        await room.shows("on time")
