"""The shell around the rooms: help, leaving, stopping a channel, copying, signals."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from retrovue_tui.tui import keys
from retrovue_tui.tui.keymap import bindings
from retrovue_tui.tui.keys.pane import Pane
from retrovue_tui.tui.screens.help import HelpText
from retrovue_tui.tui.screens.quit import QuitScreen
from tests.tui.conftest import Room, open_room
from tests.tui.station import FakeStation, channel, station

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])


# --- help -----------------------------------------------------------------------------------------------------------


def test_no_pane_of_keys_is_forgotten() -> None:
    made = {
        value.title
        for module in pkgutil.iter_modules(keys.__path__)
        for value in vars(importlib.import_module(f"retrovue_tui.tui.keys.{module.name}")).values()
        if isinstance(value, Pane)
    }
    assert made == {pane.title for pane in keys.PANES}


@SIZES
async def test_the_help_lists_every_key(size: tuple[int, int]) -> None:
    async with open_room(size=size) as room:
        await room.pilot.press("question_mark")
        await room.shows("Help", "The channel below")
        text = " ".join(line.plain.strip() for line in room.app.screen.query_one(HelpText).lines(size[0] - 12))
        words = " ".join(text.split())
        for identity, binding in bindings().items():
            assert identity in words
            assert " ".join(binding.tooltip.split()) in words
        await room.pilot.press("end")
        await room.shows("entries ahead that still wait for a render")


@SIZES
async def test_the_help_begins_with_the_room_one_is_in(size: tuple[int, int]) -> None:
    async with open_room(size=size) as room:
        await room.pilot.press("3", "question_mark")
        await room.shows("Put the marked files")


# --- leaving --------------------------------------------------------------------------------------------------------


def is_asked(room: Room) -> bool:
    return isinstance(room.app.screen, QuitScreen) and room.app.screen.is_mounted


@pytest.mark.parametrize("own", [True, False])
async def test_leaving_a_station_on_air_asks(own: bool) -> None:
    async with open_room(own=own) as room:
        await room.pilot.press("q")
        await room.until(lambda: is_asked(room))
        await room.shows("3 channels on air, 3 viewers connected.", "Leave on air")
        assert ("Stop station" in room.text) is own
        await room.pilot.press("escape")
        await room.until(lambda: room.app.screen is room.app.room)
        await room.pilot.press("q", "S")
        await room.pilot.pause()
        assert (room.app.return_value == "stop") is own


async def test_a_station_elsewhere_that_is_silent_is_left_at_once() -> None:
    silent = station(channel(1, state="stopped", on_air=None, viewers=0))
    async with open_room(FakeStation(silent), own=False) as room:
        await room.pilot.press("q")
        await room.until(lambda: room.app.return_value == "leave")


async def test_what_would_be_lost_is_named_and_staying_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_room(own=False) as room:
        monkeypatch.setattr(type(room.app.room), "unsent", "3 staged edits on Retro [b]One[/b]")
        await room.pilot.press("q")
        await room.shows("Lost on leaving: 3 staged edits on Retro [b]One[/b].")
        await room.pilot.press("enter")
        await room.until(lambda: room.app.screen is room.app.room)
        assert room.app.return_value is None


async def test_ctrl_c_twice_leaves_and_the_station_stays_on_air() -> None:
    async with open_room() as room:
        await room.pilot.press("ctrl+c", "ctrl+c")
        await room.until(lambda: room.app.return_value == "leave")


# --- off air, and on it again ---------------------------------------------------------------------------------------


@SIZES
async def test_stopping_a_channel_says_what_it_cuts_and_begins_on_cancel(size: tuple[int, int]) -> None:
    async with open_room(size=size) as room:
        await room.pilot.press("X")
        await room.shows(
            "Stop channel · Retro One",
            "Cuts The Late Picture Show with 00:30:22 left;",
            "the channel is off air until it is started again.",
            "2 viewers connected",
        )
        await room.pilot.press("enter")
        await room.until(lambda: room.app.screen is room.app.room)
        assert room.station.given == []
        await room.pilot.press("X", "left", "enter")
        await room.until(lambda: room.station.given == [("1", "stop", {})])


async def test_a_stopped_channel_is_started_with_the_same_key() -> None:
    async with open_room(FakeStation(station(channel(1, state="stopped", on_air=None)))) as room:
        await room.pilot.press("X")
        await room.until(lambda: room.station.given == [("1", "start", {})])


# --- copying --------------------------------------------------------------------------------------------------------


async def test_the_address_is_copied_and_told() -> None:
    async with open_room() as room:
        await room.pilot.press("y")
        await room.shows("Copied: stream of Retro One")
        assert room.app.clipboard == room.app.view.channels[0].url
