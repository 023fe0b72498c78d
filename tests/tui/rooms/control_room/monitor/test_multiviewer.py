"""The multiviewer: every channel's picture, one of them chosen."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from retrovue_tui.protocol.answers.pictures import Monitor
from retrovue_tui.tui.rooms.control_room.channel_table import ChannelTable
from retrovue_tui.tui.rooms.control_room.monitor.multiviewer import MOST, Tile, caption_line, fitted, grid_of, page_of
from retrovue_tui.tui.text import tally
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
            await room.shows(
                "Multiviewer · 2 of 3 on air, 1 on the slate",
                "1  ▶ AIR  Retro One",
                "2  ▶ AIR  Retro Two",
                "▣ SLATE",
                "30:22",
            )
            await room.until(lambda: all(tile.view.picture is not None for tile in tiles(room)))
            shades = [tile.view.picture.rgb[0] for tile in tiles(room) if tile.view.picture]
            assert shades == [40, 80, 120]
            await room.pilot.press(back)
            await room.shows("Channels · 2 of 3 on air", "Events")
            assert "Multiviewer" not in room.text


async def test_keys_and_the_mouse_choose() -> None:
    async with open_room(FakeStation(station(*(channel(each) for each in range(1, 5))))) as room:
        await room.pilot.press("m")
        await room.shows("4  ▶ AIR  Retro 4")
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
        await room.shows("STATION LOST", "? AIR", "no answer for 7 s")
        assert all(tile.view.picture is None for tile in tiles(room))


async def test_channels_come_and_go() -> None:
    async with open_room() as room:
        await room.pilot.press("m")
        await room.shows("3  ▣ SLATE  Retro Three")
        room.station.change(channels=(channel(1), channel(9)))
        await room.shows("9  ▶ AIR  Retro 9")
        await room.until(lambda: len(tiles(room)) == 2)


def test_the_grid_makes_the_pictures_large() -> None:
    assert grid_of(1, 120, 30) == (1, 1)
    assert grid_of(2, 120, 30) == (2, 1)
    assert grid_of(2, 60, 40) == (1, 2)
    assert grid_of(4, 120, 30) == (2, 2)
    columns, rows = grid_of(20, 80, 20)
    assert columns * rows >= 20


@pytest.mark.parametrize("size", [(39, 15), (120, 32), (60, 29), (26, 6), (15, 4), (1, 1)])
def test_a_picture_keeps_its_shape_whatever_the_tile(size: tuple[int, int]) -> None:
    wide, high, framed = fitted(*size)
    assert wide + 2 * framed <= size[0]
    assert high + 1 + 2 * framed <= max(2, size[1])
    assert wide * 9 / 32 == pytest.approx(high, abs=1)


@pytest.mark.parametrize("width", [15, 22, 39, 100])
def test_a_caption_begins_with_number_and_tally_at_any_width(width: int) -> None:
    for number, dead_s in ((1, 0.0), (12, 5.0)):
        state = tally.channel_chip(channel(number), dead_s, stale=False)
        text = caption_line(channel(number), state, width, chosen=True, stale=False).plain
        assert cell_len(text) == width
        assert text.startswith(f"▌{number} ")
        assert state.text in text
    assert caption_line(channel(12), tally.HELD, 15, chosen=True, stale=False).plain == "▌12 ‖ HOLD     "


async def test_captions_stand_right_below_their_pictures_and_the_chosen_one_has_a_frame() -> None:
    async with open_room(FakeStation(station(channel(1), channel(2)))) as room:
        await room.pilot.press("m")
        await room.until(lambda: all(tile.view.picture is not None for tile in tiles(room)))
        await room.shows("╭────", "▌1  ▶ AIR  Retro One")
        first, second = tiles(room)
        caption = next(y for y, each in enumerate(room.lines) if "Retro One" in each)
        assert caption == first.view.region.bottom == second.view.region.bottom
        left = first.view.region.x - 1
        assert room.lines[caption + 1][left] == "╰"
        assert room.lines[caption + 1][second.view.region.x - 1 :].strip() == ""


def test_a_page_holds_the_chosen_channel() -> None:
    ids = [str(each) for each in range(MOST + 3)]
    assert page_of(ids, "0") == ids[:MOST]
    assert page_of(ids, str(MOST)) == ids[MOST:]
    assert page_of([], None) == []
