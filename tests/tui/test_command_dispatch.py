"""The operator's commands: keys, dialogs, what is sent, and what is said of the answer."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import Input

from retrovue_tui.protocol.answers.receipts import Receipt
from retrovue_tui.protocol.answers.snapshots import OnAir
from retrovue_tui.protocol.client import Refused, Unreachable
from retrovue_tui.tui import keys
from retrovue_tui.tui.command_dispatch import NAMES, obstacle, receipt_text
from retrovue_tui.tui.dialogs.confirm_cut import CutScreen
from retrovue_tui.tui.rooms.control_room.event_list import EventList
from retrovue_tui.tui.station_view import StationView
from tests.tui.conftest import Room, open_room
from tests.tui.station import FakeStation, channel, station

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, StationSnapshot

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
SPOT = OnAir("s1", "spot", "Soap flakes", "/m/soap.webm", 11.2, 18.8, 30.0)
OTHER = OnAir("e5", "programme", "Midnight", "/m/mid.mkv", 0.0, 100.0, 100.0)


def one(**changes: object) -> StationSnapshot:
    return station(channel(1, **changes))


def dimmed(room: Room) -> set[str]:
    """The commands whose keys do nothing now, by their binding's id."""
    active = room.app.room.active_bindings.values()
    return {str(each.binding.id) for each in active if not each.enabled}


# --- what makes sense -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "possible"),
    [
        (channel(), {"break_now", "skip", "hold", "undo", "redo", "stop"}),
        (channel(held="b2"), {"break_now", "skip", "release", "undo", "redo", "stop"}),
        (channel(on_air=SPOT), {"return", "skip", "undo", "redo", "stop"}),
        (channel(state="slate", on_air=None), {"undo", "redo", "stop"}),
        (channel(state="slate", on_air=OnAir("", "slate", "Stand by", "", 0, 0, 0)), {"undo", "redo", "stop"}),
        (channel(state="stopped"), {"undo", "redo", "start"}),
        (None, set()),
    ],
)
def test_the_possible_commands_depend_on_the_entry_on_air(seen: ChannelSnapshot | None, possible: set[str]) -> None:
    view = StationView("", "connected", station())
    assert {name for name in NAMES if not obstacle(view, seen, name)} == possible
    assert all(obstacle(dataclasses.replace(view, link="lost"), seen, name) for name in NAMES)


async def test_keys_that_make_no_sense_are_dim_and_say_why_in_the_stations_words() -> None:
    async with open_room() as room:
        room.station.answer = Receipt(False, 31, 8, reason="a break is on air, which is no programme")
        assert dimmed(room) == {"air.return", "air.release"}
        await room.pilot.press("R", "down")
        await room.until(lambda: dimmed(room) == {"air.break_now", "air.hold", "air.release"})
        await room.pilot.press("B", "H", "L", "down")
        await room.shows("Refused: Break now · Retro Two", "a break is on air, which is no programme")
        edits = {"air.undo", "air.redo", "air.stop"}
        everything = {str(binding.id) for binding in keys.AIR.bindings}
        await room.until(lambda: dimmed(room) == everything - edits)
        await room.pilot.press("S")
        room.station.leave()
        await room.shows("STATION LOST")
        assert dimmed(room) == everything
        await room.pilot.press("u", "B", "ctrl+r")
        await room.shows("Break now · Retro Three: the station is lost.")
        assert room.app.screen is room.app.room
        assert room.station.given == [
            ("1", "return", {}),
            ("2", "break_now", {"dry_run": True}),  # what a dialog would ask for is not done without it
            ("2", "hold", {}),
            ("2", "release", {}),
            ("3", "skip", {"dry_run": True}),
        ]


@SIZES
async def test_text_typed_for_a_refused_break_does_not_reach_the_room(size: tuple[int, int]) -> None:
    async with open_room(FakeStation(one(on_air=SPOT)), size) as room:
        room.station.answer = Receipt(False, 31, 8, reason="Soap flakes is on air, which is no programme")
        for key, character in (("B", "B"), ("2", "2"), ("0", "0"), ("enter", "\r")):
            room.app.post_message(events.Key(key, character))
        await room.shows("Refused: Break now · Retro One", "Soap flakes is on air")
        assert room.app.screen is room.app.room
        await room.pilot.press("2")  # once the line is ended, a key is the room's again
        await room.until(lambda: room.app.rooms.here is room.app.rooms.all[2])
        assert room.station.given == [("1", "break_now", {"dry_run": True})]


async def test_seconds_typed_at_once_behind_the_key_are_those_of_the_break() -> None:
    async with open_room(FakeStation(one())) as room:
        for key, character in (("B", "B"), ("2", "2"), ("0", "0"), ("enter", "\r")):
            room.app.post_message(events.Key(key, character))
        await room.until(lambda: room.station.given)
        assert room.station.given == [("1", "break_now", {"seconds": 20.0})]
        assert room.app.rooms.here is room.app.room


async def test_an_answer_to_a_question_that_has_closed_does_not_reach_the_room() -> None:
    async with open_room(FakeStation(one(on_air=SPOT))) as room:
        await room.pilot.press("S")
        await room.until(lambda: isinstance(room.app.screen, CutScreen))
        room.station.change(channels=(channel(1, on_air=OTHER),))
        await room.until(lambda: room.app.screen is room.app.room)
        await room.pilot.press("left", "enter")
        await room.pilot.pause()
        assert room.app.rooms.here is room.app.room
        assert room.station.given == []


async def test_keys_follow_the_air() -> None:
    async with open_room() as room:
        room.station.change(channels=(channel(1, on_air=SPOT),))
        await room.until(lambda: "air.return" not in dimmed(room))
        room.station.change(channels=())
        await room.shows("No channels.")
        assert dimmed(room) == {str(binding.id) for binding in keys.AIR.bindings}


# --- commands without a question ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "name", "on_air"),
    [
        ("R", "return", SPOT),
        ("H", "hold", None),
        ("L", "release", None),
        ("u", "undo", None),
        ("ctrl+r", "redo", None),
        ("ctrl+y", "redo", None),
    ],
)
async def test_a_key_gives_its_command_from_any_pane(key: str, name: str, on_air: OnAir | None) -> None:
    held = "b2" if name == "release" else None
    fake = FakeStation(one(on_air=on_air, held=held) if on_air else one(held=held))
    async with open_room(fake) as room:
        panes = []
        for tabs in range(3):
            await room.pilot.press(*["tab"] * bool(tabs), key)
            panes.append(room.app.focused)
            await room.shows(f"{NAMES[name]} · Retro One", "on air in 0.03 s")
            assert fake.given == [("1", name, {})] * (tabs + 1), f"after {tabs} tabs"
            room.app.clear_notifications()
            await room.until(lambda: "on air in 0.03 s" not in room.text)
        assert len(set(panes)) == 3


@SIZES
async def test_an_accepted_command_shows_its_receipt(size: tuple[int, int]) -> None:
    async with open_room(size=size) as room:
        await room.pilot.press("H")
        await room.shows("Hold · Retro One", "break b9 in The Late Picture Show", "2 spots, 45 s", "on air in 0.03 s")
        assert {each.severity for each in room.app._notifications} == {"information"}


@SIZES
async def test_a_refused_command_says_why(size: tuple[int, int]) -> None:
    fake = FakeStation(one(held="b2"))
    fake.answer = Receipt(False, 31, 7, reason="no break is [b]held[/b]")
    async with open_room(fake, size) as room:
        await room.pilot.press("L")
        await room.shows("Refused: Release · Retro One", "no break is [b]held[/b]")
        assert {each.severity for each in room.app._notifications} == {"error"}


async def test_a_command_that_the_server_does_not_take_is_refused_too() -> None:
    fake = FakeStation()
    fake.answer = Refused("Channel 1 takes no commands yet; try again in a moment.", 503, "not_ready")
    async with open_room(fake) as room:
        await room.pilot.press("u")
        await room.shows("Refused: Undo · Retro One", "takes no commands yet")
        await room.until(lambda: any("Undo · Retro One" in each for each in messages(room)))


async def test_without_an_answer_nothing_is_claimed() -> None:
    fake = FakeStation()
    fake.answer = Unreachable("No station answers (it does not answer in time).")
    async with open_room(fake) as room:
        await room.pilot.press("u")
        await room.shows("No answer: Undo · Retro One", "look at what is on air.")
        await room.until(lambda: any("is not known" in each for each in messages(room)))
        asked = room.station.asked
        await room.until(lambda: room.station.asked > asked + 1)
        assert [each[1] for each in room.station.given] == ["undo"]  # it is never sent twice


def messages(room: Room) -> list[str]:
    return list(room.app.room.query_one(EventList).messages)


async def test_the_station_tells_of_it_in_the_events() -> None:
    async with open_room() as room:
        await room.pilot.press("H")
        room.station.log.publish("edit_applied", "Retro One: break b2 held", channel="1")
        await room.shows("Retro One: break b2 held")


async def test_commands_for_a_channel_wait_for_each_other_and_block_nothing() -> None:
    async with open_room() as room:
        room.station.answers.clear()
        await room.pilot.press("u", "H", "down", "u")
        await room.shows("2  Retro Two")
        await room.until(lambda: len(room.station.given) == 2)
        assert [each[:2] for each in room.station.given] == [("1", "undo"), ("2", "undo")]
        room.station.answers.set()
        await room.until(lambda: len(room.station.given) == 3)
        assert room.station.given[2][:2] == ("1", "hold")


async def test_waiting_commands_are_not_sent_to_a_lost_station() -> None:
    async with open_room() as room:
        room.station.answers.clear()
        await room.pilot.press("u", "H")
        await room.until(lambda: room.station.given)
        room.station.leave()
        await room.shows("STATION LOST")
        room.station.answers.set()
        await room.shows("Refused: Hold · Retro One", "the station is lost")
        assert len(room.station.given) == 1


def test_a_receipt_in_words() -> None:
    usual = Receipt(True, 4, 8, 1.0, 75.0, ("b2 moved",), warnings=("late\x1b",))
    assert receipt_text(usual) == "b2 moved\non air in 00:01:15\n! late·"
    many = Receipt(True, 4, 8, 1.0, 0.031, tuple(f"spot {each} removed" for each in range(1, 6)))
    assert receipt_text(many).splitlines()[2:] == ["spot 3 removed", "and 2 more", "on air in 0.03 s"]
    assert receipt_text(Receipt(True, 4, 8)) == "Nothing changes on air."
    assert receipt_text(Receipt(False, 4, 8)) == "The station gives no reason."


# --- break now ------------------------------------------------------------------------------------------------------


@SIZES
async def test_two_presses_break_now(size: tuple[int, int]) -> None:
    async with open_room(size=size) as room:
        await room.pilot.press("B")
        await room.shows(
            *(
                "Break now · Retro One",
                "Cuts The Late Picture Show with 00:30:22 left;",
                "the programme resumes at this frame.",
            ),
            *("2 viewers connected", "Seconds of spots", "empty: the usual length", "enter airs it"),
        )
        await room.pilot.press("enter")
        await room.shows("Break now · Retro One", "on air in 0.03 s")
        assert room.station.given == [("1", "break_now", {})]
        assert room.app.screen is room.app.room


@pytest.mark.parametrize("keys", [("4", "5", ".", "5", "enter"), ("x", "4", "5", ".", "5", "tab", "enter")])
async def test_a_break_of_so_many_seconds(keys: tuple[str, ...]) -> None:
    async with open_room() as room:
        await room.pilot.press("B", *keys)
        await room.until(lambda: room.station.given == [("1", "break_now", {"seconds": 45.5})])


async def test_a_break_of_no_length_is_not_sent() -> None:
    async with open_room(size=(80, 24)) as room:
        await room.pilot.press("B", "0", "enter")
        await room.shows("✗ above 0, up to 21600")
        assert isinstance(room.app.focused, Input)
        await room.pilot.press("backspace", "9", "enter")
        await room.until(lambda: room.station.given == [("1", "break_now", {"seconds": 9.0})])


@pytest.mark.parametrize("keys", [("B", "escape"), ("B", "tab", "tab", "enter"), ("S", "escape"), ("S", "enter")])
async def test_a_question_taken_back_sends_nothing(keys: tuple[str, ...]) -> None:
    async with open_room() as room:
        await room.pilot.press(*keys)
        await room.until(lambda: room.app.screen is room.app.room)
        await room.pilot.pause()
        assert room.station.given == []


@pytest.mark.parametrize("key", ["B", "S", "X", "q"])
async def test_no_toast_lies_over_a_question(key: str) -> None:
    async with open_room(FakeStation(one(viewers=3))) as room:
        room.app.notify("of what was before", timeout=60)
        await room.shows("of what was before")
        await room.pilot.press(key)
        await room.shows("Cancel", "3 viewers")
        await room.until(lambda: "of what was before" not in room.text)


async def test_the_question_keeps_up_with_the_air() -> None:
    async with open_room(FakeStation(one())) as room:
        await room.pilot.press("B")
        room.station.change(channels=(channel(1, on_air=OTHER, viewers=0),))
        await room.shows("Cuts Midnight with 00:01:40 left", "Nobody is watching.")
        room.station.change(channels=(channel(1, on_air=SPOT),))
        await room.shows("A break is on air already; nothing was sent.")
        await room.until(lambda: room.app.screen is room.app.room)
        assert room.station.given == []


# --- skip -----------------------------------------------------------------------------------------------------------


@SIZES
@pytest.mark.parametrize("keys", [("left", "enter"), ("shift+tab", "enter"), ("up", "enter")])
async def test_skip_says_what_is_cut_and_begins_on_cancel(size: tuple[int, int], keys: tuple[str, ...]) -> None:
    async with open_room(size=size) as room:
        await room.pilot.press("S")
        await room.shows(
            "Skip · Retro One",
            "Cuts The Late Picture Show with 00:30:22 left;",
            "◆ Cola 30 airs at once. There is no undo.",
        )
        assert room.app.focused is not None
        assert room.app.focused.id == "cancel"
        await room.pilot.press(*keys)
        await room.until(lambda: room.station.given == [("1", "skip", {})])


async def test_a_skip_never_hits_the_entry_behind_the_one_it_names() -> None:
    async with open_room(FakeStation(one(on_air=SPOT))) as room:
        await room.pilot.press("S")
        await room.shows("Cuts ◆ Soap flakes with 00:00:18 left;", "◆ Cola 30 airs at once.")
        room.station.change(channels=(channel(1, on_air=OTHER),))
        await room.shows("◆ Soap flakes has ended by itself; nothing was sent.")
        await room.until(lambda: room.app.screen is room.app.room)


async def test_a_skip_that_waited_for_another_command_is_not_sent_late() -> None:
    async with open_room(FakeStation(one(on_air=SPOT))) as room:
        room.station.answers.clear()
        await room.pilot.press("R", "S", "left", "enter")
        room.station.change(channels=(channel(1, on_air=OTHER),))
        await room.shows("Midnight")
        room.station.answers.set()
        await room.shows("Refused: Skip · Retro One", "the entry it was meant for has ended")
        assert [each[1] for each in room.station.given] == ["return"]


@pytest.mark.parametrize("key", ["B", "S"])
async def test_a_question_closes_when_the_station_is_lost(key: str) -> None:
    async with open_room() as room:
        await room.pilot.press(key)
        await room.until(lambda: isinstance(room.app.screen, CutScreen))
        room.station.leave()
        await room.shows("The station is lost; nothing was sent.", "STATION LOST")
        assert room.app.screen is room.app.room


@pytest.mark.parametrize("size", [(40, 12), (60, 18)])
@pytest.mark.parametrize("key", ["B", "S"])
async def test_the_dialogs_fit_small_terminals(key: str, size: tuple[int, int]) -> None:
    async with open_room(size=size, connected=False) as room:
        await room.until(lambda: "air.skip" not in dimmed(room))
        await room.pilot.press(key)
        await room.shows("Cuts The Late", "Cancel")


async def test_names_in_a_question_are_only_text() -> None:
    named = OnAir("e1", "programme", "[red]Film[/]", "/m", 1.0, 9.0, 10.0)
    async with open_room(FakeStation(one(name="[b]One[/b]", on_air=named))) as room:
        await room.pilot.press("B")
        await room.shows("Break now · [b]One[/b]", "Cuts [red]Film[/] with 00:00:09 left")
