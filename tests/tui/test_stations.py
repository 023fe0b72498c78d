"""One control room for several stations: the list, the rooms, the commands and the events of each."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.rooms.bin.screen import BinScreen
from retrovue_tui.tui.rooms.control_room.event_list import EventList
from retrovue_tui.tui.station_link import Pace
from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving
from tests.tui.clients import connected, reach
from tests.tui.conftest import open_room
from tests.tui.station import NOW, FakeStation, channel, station
from tests.tui.test_rooms_on_air import SIZE, Before

if TYPE_CHECKING:
    from pathlib import Path


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
        for fake, at, text in (
            (south, 3.0, "third"),
            (north, 2.0, "second"),
            (south, 4.0, "fourth"),
            (north, 1.0, "first"),
        ):
            owner = room.app._stations.of(fake)
            event = dataclasses.replace(fake.log.publish("rundown", text, channel="1"), at=NOW + at)
            room.app.rooms.receive([event], owner)
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


async def test_two_real_stations_with_equal_ids_in_one_room(tmp_path: Path) -> None:
    film = make(Clip(frames=900, size=(160, 90)))
    other = make(Clip(frames=900, size=(160, 90), first=2_000))
    homes = []
    for name, file in (("South", film), ("North", other)):
        (tmp_path / name).mkdir()
        home = Home.make(
            tmp_path / name,
            {f"{name}.mp4": file, f"{name} 2.mp4": file},
            {"1": f'name = "{name} One"\non_start = "top"'},
        )
        home.rundown("1", f"{name}.mp4", f"{name} 2.mp4")
        homes.append(home)
    async with serving(homes[0]) as south, serving(homes[1]) as north:
        for each in (south, north):
            await each.until(lambda now: now.channels[0].state == "on_air" and not now.channels[0].prepare.pending)
        app = ControlRoom(south.client, own_station=False, others=[north.client], pace=Pace())
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            room = Before(app, pilot)
            await room.shows("South One", "North One", "2 of 2 on air")
            await room.until(lambda: app.rooms.chosen and app.rooms.chosen.name == "South One")
            await pilot.press("down", "3")
            await room.shows("b inserts into North One")
            assert "South" not in room.text
            before = (await north.client.station()).channels[0].takes, (await south.client.station()).channels[0].takes
            await pilot.press("S", "left", "enter")
            await room.shows("Skip · North One")
            await north.until(lambda now: now.channels[0].takes == before[0] + 1)
            assert (await south.client.station()).channels[0].takes == before[1]
