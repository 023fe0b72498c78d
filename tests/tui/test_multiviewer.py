"""The multiviewer: every channel's picture, one of them chosen."""

from __future__ import annotations

from retrovue_tui.control.pictures import Monitor
from retrovue_tui.tui.widgets.channel_table import ChannelTable
from retrovue_tui.tui.widgets.wall import MOST, Tile, grid_of, page_of
from tests.tui.conftest import Room, open_room
from tests.tui.station import NOW, FakeStation, channel, station


def chosen(room: Room) -> str | None:
    return room.app.room.query_one(ChannelTable).chosen


def tiles(room: Room) -> list[Tile]:
    return list(room.app.room.query(Tile))


async def test_m_shows_every_channel_and_m_or_esc_the_list_again() -> None:
    async with open_room() as room:
        for back in ("m", "escape"):
            await room.pilot.press("m")
            await room.shows("Multiviewer · 3 of 3 on air", "1 Retro One", "2 Retro Two", "▣ SLATE", "30:22")
            await room.until(lambda: all(tile.view.picture is not None for tile in tiles(room)))
            shades = [tile.view.picture.rgb[0] for tile in tiles(room) if tile.view.picture]
            assert shades == [40, 80, 120]
            await room.pilot.press(back)
            await room.shows("Channels · 3 of 3", "Events")
            assert "Multiviewer" not in room.text


async def test_keys_and_the_mouse_choose() -> None:
    async with open_room(FakeStation(station(*(channel(each) for each in range(1, 5))))) as room:
        await room.pilot.press("m")
        await room.shows("4 Retro 4")
        for key, expected in (("right", "2"), ("down", "4"), ("left", "3"), ("up", "1"), ("G", "4"), ("g", "1")):
            await room.pilot.press(key)
            await room.until(lambda expected=expected: chosen(room) == expected)  # type: ignore[misc]
        await room.pilot.click(tiles(room)[2])
        await room.until(lambda: chosen(room) == "3")
        await room.pilot.press("enter")
        assert room.app.rooms.chosen is not None
        assert room.app.rooms.chosen.id == "3"


async def test_alarms_and_a_lost_station_are_seen_there_too() -> None:
    silent = Monitor(NOW, 1, (-120.0, -120.0), NOW - 20, None)
    async with open_room(FakeStation(station(channel(1, monitor=silent), channel(2)))) as room:
        await room.pilot.press("m")
        await room.shows("▲ SILENT", "▶ AIR")
        room.station.leave()
        room.clock.now = NOW + 7
        await room.shows("STATION LOST", "? AIR", "no word for 7 s")
        assert all(tile.view.picture is None for tile in tiles(room))


async def test_channels_come_and_go() -> None:
    async with open_room() as room:
        await room.pilot.press("m")
        await room.shows("3 Retro Three")
        room.station.change(channels=(channel(1), channel(9)))
        await room.shows("9 Retro 9")
        await room.until(lambda: len(tiles(room)) == 2)


def test_the_grid_makes_the_pictures_large() -> None:
    assert grid_of(1, 120, 30) == (1, 1)
    assert grid_of(2, 120, 30) == (2, 1)
    assert grid_of(2, 60, 40) == (1, 2)
    assert grid_of(4, 120, 30) == (2, 2)
    columns, rows = grid_of(20, 80, 20)
    assert columns * rows >= 20


def test_a_page_holds_the_chosen_channel() -> None:
    ids = [str(each) for each in range(MOST + 3)]
    assert page_of(ids, "0") == ids[:MOST]
    assert page_of(ids, str(MOST)) == ids[MOST:]
    assert page_of([], None) == []
