"""One control room for several stations: the list, the rooms, the commands and the events of each."""

from __future__ import annotations

import contextlib
from typing import Final, cast

from retrovue_tui.protocol.client import StationClient
from retrovue_tui.protocol.events import Event
from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.rooms.bin.screen import BinScreen
from retrovue_tui.tui.rooms.control_room.event_list import EventList
from tests.server.fakes import FakeChannel, FakeController
from tests.tui.clients import connected, reach
from tests.tui.conftest import QUICK, Clock, Room, open_room
from tests.tui.served import serve
from tests.tui.station import NOW, FakeStation, channel, station

SIZE: Final = (120, 36)


def named(name: str, *channels: str) -> FakeStation:
    """A station whose channels have the ids 1, 2 and so on, as those of any other station."""
    rows = [channel(number, name=each) for number, each in enumerate(channels, 1)]
    fake = FakeStation(station(*rows, name=name))
    fake.url = f"http://{name.lower()}:8480"
    return fake


async def test_channels_of_all_stations_stand_in_one_list_and_commands_go_to_the_right_one() -> None:
    south, north = named("South", "South One", "South Two"), named("North", "North One")
    async with open_room(south, others=[north]) as room:
        await room.shows("2 channels · 4 viewers", "1 channel · 2 viewers", "North One", "South · 2 stations")
        await room.pilot.press("down", "down")
        await room.shows("1  North One · North", "North · 2 stations")
        await room.pilot.press("B", "3", "0", "enter")
        await room.shows("Break now · North One · North", "break b9 in")
        await room.pilot.press("up", "u")
        await room.shows("Undo · South Two · South")
    assert [(given[0], given[1]) for given in north.given] == [("1", "break_now")]
    assert [(given[0], given[1]) for given in south.given] == [("2", "undo")]


async def test_every_room_is_that_of_the_chosen_channels_station() -> None:
    south, north = named("South", "South One"), named("North", "North One")
    north.connected, north.reach = connected(), reach()
    async with open_room(south, others=[north]) as room:
        await room.shows("North One")
        await room.pilot.press("c")
        await room.until(lambda: south.asked_addresses)
        assert "OTT Navigator" not in room.text
        await room.pilot.press("greater_than_sign")
        await room.shows("North", "OTT Navigator")
        assert room.app.view.name == "North"
        await room.pilot.press("3")
        await room.until(lambda: isinstance(room.app.screen, BinScreen) and room.app.screen._line is north)
        await room.pilot.press("less_than_sign")
        await room.until(lambda: isinstance(room.app.screen, BinScreen) and room.app.screen._line is south)
        await room.pilot.press("1")
        await room.shows("1  South One · South")
        titles = {name for _, name in room.app.listed}
        assert titles == {"1 South One · South", "1 North One · North"}


async def test_events_are_merged_by_time_with_the_stations_name() -> None:
    south, north = named("South", "South One"), named("North", "North One")
    async with open_room(south, others=[north]) as room:
        await room.shows("North One")
        events = room.app.room.query_one(EventList)
        arrived = ((south, 3.0, "third"), (north, 2.0, "second"), (south, 4.0, "fourth"), (north, 1.0, "first"))
        for number, (fake, at, text) in enumerate(arrived, 1_000):
            event = Event(number, NOW + at, "rundown", text, "1")
            room.app.rooms.receive([event], room.app._stations.of(fake))
        wanted = ["North · first", "North · second", "South · third", "South · fourth"]
        await room.until(lambda: [each for each in events.messages if each in wanted] == wanted)


async def test_a_station_that_is_away_from_the_start_or_leaves_does_not_disturb_the_other() -> None:
    south, north, west = named("South", "South One"), named("North", "North One"), named("West", "West One")
    west.leave("The server at http://west:8480 does not answer like a station: check the versions of both sides.")
    async with open_room(south, others=[north, west]) as room:
        await room.shows("North One", "west:8480", "unreachable for", "does not answer like", "3 stations, 1 lost")
        assert "✗ STATION LOST" not in room.text
        north.leave("Nobody there.")
        await room.shows(": Nobody there.", "? AIR     ✗ unreachable: No", "3 stations, 2 lost")
        await room.pilot.press("u")
        await room.shows("Undo · South One · South")
        await room.pilot.press("m")
        await room.shows("South One · South", "North One · North")
        await room.pilot.press("m", "greater_than_sign")
        await room.shows("✗ STATION LOST", "Nobody there.")
        await room.pilot.press("u")
        await room.shows("Refused: Undo · North One · North", "The station is lost.")
        north.come_back()
        west.come_back()
        await room.shows("West One", "North · The station answers again", "West · The station answers")
        await room.pilot.press("q")
        await room.shows("3 channels on air, 6 viewers connected")
    assert [given[1] for given in south.given] == ["undo"]
    assert north.given == []


async def test_over_http_each_station_gets_its_own_commands_and_the_loss_of_one_is_its_own() -> None:
    fakes = [named("South", "South One"), named("North", "North One")]
    channels = [FakeChannel("1", 1, f"{fake.snapshot.name} One") for fake in fakes]
    controllers = [cast("FakeController", each.controller) for each in channels]
    async with contextlib.AsyncExitStack() as stack:
        first = await stack.enter_async_context(serve(fakes[0], channels={"1": channels[0]}))
        south = await stack.enter_async_context(StationClient(first))
        going = contextlib.AsyncExitStack()
        second = await going.enter_async_context(serve(fakes[1], channels={"1": channels[1]}))
        north = await stack.enter_async_context(StationClient(second))
        fakes[1].log.publish("rundown", "a new rundown", channel="1")
        app = ControlRoom(south, own_station=False, others=[north], clock=Clock(), pace=QUICK)
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            room = Room(app, pilot, fakes[0], Clock())
            await room.shows("South One", "North One", "North · a new rundown")
            await room.until(lambda: app.rooms.listed_id == "1/1")
            await pilot.press("greater_than_sign", "B", "3", "0", "enter")
            await room.shows("Break now · North One · North", "break b2 begins")
            await going.aclose()
            await room.shows("✗ STATION LOST", f"No station answers at {second}")
            await pilot.press("less_than_sign", "u")
            await room.shows("Refused: Undo · South One · South", "there is nothing to undo")
    assert [[each.name for each in controller.commands] for controller in controllers] == [["undo"], ["break_now"]]
