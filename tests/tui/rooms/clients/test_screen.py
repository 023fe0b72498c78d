"""The page of clients, before a fake station and before a real server."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import pytest
from textual.screen import ModalScreen

from retrovue_tui.protocol.client import StationClient
from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.dialogs.stream_qr import QrScreen
from retrovue_tui.tui.rooms.clients.disconnect_dialog import BLOCK_S, DisconnectScreen
from retrovue_tui.tui.rooms.clients.screen import ClientsScreen
from tests.server.conftest import serving
from tests.server.fakes import FakeChannel
from tests.server.fakes import FakeStation as ServedStation
from tests.tui.clients import ROOT, connected, reach
from tests.tui.conftest import QUICK, Clock, Room, open_room
from tests.tui.station import FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def a_station(warning: str = "") -> FakeStation:
    fake = FakeStation()
    fake.connected, fake.reach = connected(), reach(warning)
    return fake


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    """The page, with everything fetched."""
    async with open_room(a_station(), (80, 24)) as room:
        await room.pilot.press("c")
        await room.shows("Addresses for clients", "OTT Navigator", "Connected")
        yield room


def page(room: Room) -> ClientsScreen:
    screen = room.app.screen
    assert isinstance(screen, ClientsScreen)
    return screen


async def test_it_opens_from_every_room_and_esc_leads_back() -> None:
    async with open_room(a_station()) as room:
        for key in ("1", "2", "3", "4", "5", "6"):
            await room.pilot.press(key)
            await room.pilot.press("c")
            await room.until(lambda: isinstance(room.app.screen, ClientsScreen))
        await room.pilot.press("escape")
        await room.until(lambda: room.app.screen is room.app.room)


async def test_it_is_in_the_bottom_line_the_help_and_the_palette() -> None:
    async with open_room(a_station(), (80, 24)) as room:
        await room.shows("c Clients")
        await room.pilot.press("colon", *"go to clients")
        await room.shows("Go to Clients")
        await room.pilot.press("enter")
        await room.until(lambda: isinstance(room.app.screen, ClientsScreen))
        await room.pilot.press("question_mark")
        await room.shows("Disconnect a client; asks first")


async def test_an_address_is_copied_whole_and_shown_as_a_code(room: Room) -> None:
    await room.pilot.press("down", "down", "y")
    url = reach().addresses[2].url
    assert room.app.clipboard == url
    await room.shows("Add-on PVR IPTV Simple Client")
    for key in ("Q", "enter"):
        await room.pilot.press(key)
        await room.until(lambda: isinstance(room.app.screen, QrScreen))
        await room.shows("Kodi: playlist", "y copies the address")
        await room.pilot.press("y", "escape")
        assert room.app.clipboard == url
        await room.until(lambda: isinstance(room.app.screen, ClientsScreen))


async def test_the_stream_is_that_of_the_chosen_channel(room: Room) -> None:
    await room.shows("/iptv/channel/1.ts")
    await room.pilot.press("greater_than_sign")
    await room.shows("/iptv/channel/2.ts")
    assert room.station.asked_addresses == ["1", "2"]


async def test_the_facts_follow_the_table_with_the_focus(room: Room) -> None:
    await room.shows("VLC, mpv, others, playlist:")
    await room.pilot.press("tab", "down")
    await room.shows("moved forward 2 times")
    await room.pilot.press("y")
    assert room.app.clipboard.startswith("VLC at 192.168.1.21: connected at ")
    await room.pilot.press("shift+tab")
    await room.shows("VLC, mpv, others, playlist:")


async def test_x_asks_and_enter_on_cancel_leaves_the_client_connected(room: Room) -> None:
    await room.pilot.press("tab", "x")
    await room.shows("Kodi at 192.168.1.20, which receives 1 Retro One", "most players come back at once")
    await room.pilot.press("enter")
    await room.until(lambda: isinstance(room.app.screen, ClientsScreen))
    assert room.station.disconnected == []


@pytest.mark.parametrize(("keys", "block_s"), [(("left", "left"), 0.0), (("left",), BLOCK_S)])
async def test_a_client_is_disconnected_after_the_confirmation(
    room: Room, keys: tuple[str, ...], block_s: float
) -> None:
    await room.pilot.press("tab", "down", "x", *keys, "enter")
    await room.shows("VLC at 192.168.1.21 was")
    assert room.station.disconnected == [("b1b2c3", block_s)]
    await room.until(lambda: len(page(room)._table.rows) == 4)


async def test_the_mouse_works(room: Room) -> None:
    row = next(at for at, line in enumerate(room.lines) if "TiviMate" in line and "CATCH-UP" in line)
    await room.pilot.click(offset=(20, row))
    await room.shows("TiviMate at 192.168.1.22: connected at")
    bar = room.lines[-1]
    await room.pilot.click(offset=(bar.index("Disconnect"), 23))
    await room.until(lambda: isinstance(room.app.screen, DisconnectScreen))
    await room.pilot.click("#fire")
    await room.until(lambda: room.station.disconnected == [("d1b2c3", 0.0)])


async def test_a_client_that_has_left_meanwhile_is_no_error(room: Room) -> None:
    await room.pilot.press("tab", "x", "left", "left")
    room.station.connected = dataclasses.replace(connected(), clients=connected().clients[1:])
    await room.pilot.press("enter")
    await room.shows("It has left already.")


async def test_a_control_room_cannot_be_disconnected(room: Room) -> None:
    await room.pilot.press("tab", "G", "x")
    await room.shows("it cannot be disconnected")
    assert not isinstance(room.app.screen, ModalScreen)


async def test_a_filter_narrows_the_clients(room: Room) -> None:
    await room.pilot.press("slash", *"retro two", "enter")
    await room.until(lambda: [row.client for row in page(room)._table.rows] == ["VLC", "OTT Navigator"])
    await room.shows("2 shown")
    await room.pilot.press("escape")
    await room.until(lambda: len(page(room)._table.rows) == 5)


async def test_a_lost_station_is_shown_and_nothing_is_sent(room: Room) -> None:
    room.station.leave()
    await room.shows("last known")
    await room.pilot.press("tab", "x")
    await room.shows("The station does not answer.")
    room.station.come_back()
    await room.until(lambda: "last known" not in room.text)


async def test_a_station_on_loopback_says_what_to_change() -> None:
    warning = 'Only this machine can use these addresses: write host = "0.0.0.0" below [server] in retrovue.toml.'
    async with open_room(a_station(warning), (80, 24)) as room:
        await room.pilot.press("c")
        await room.shows("! Only this machine can use these", "retrovue.toml", "OTT Navigator", ROOT)


async def test_nobody_is_connected() -> None:
    async with open_room(FakeStation(), (80, 24)) as room:
        await room.pilot.press("c")
        await room.shows("Nobody is connected.", "0 clients")
        await room.pilot.press("x")
        await room.shows("No client is connected.")


async def test_an_old_station_is_no_error() -> None:
    fake = FakeStation()
    fake.is_old = True
    async with open_room(fake, (80, 24)) as room:
        await room.pilot.press("c")
        await room.shows("This station cannot list its clients: it is an old version.")


async def test_on_a_real_server_a_real_viewer_is_cut_off() -> None:
    station = ServedStation([FakeChannel("1", 1, "Retro One")])
    async with serving(station, "operator") as served, StationClient(served.url, "operator") as client:
        app = ControlRoom(client, False, clock=Clock(), pace=QUICK)
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            room = Room(app, pilot, FakeStation(), Clock())
            await room.shows("CONNECTED")
            await pilot.press("c")
            await room.shows("0 clients", "1 control room", "retrovue-tui", "/iptv/channels.m3u?token=")
            request = "GET /iptv/channel/1.ts HTTP/1.1\nHost: localhost\nUser-Agent: Kodi/20.2\n"
            reader, _ = await served.connect(f"{request}Authorization: Bearer operator\n\n")
            await room.shows("1 client ·", "Kodi")
            await pilot.press("tab", "g", "x", "left", "left", "enter")
            await room.shows("0 clients", "Kodi at 127.0.0.1 was")
            async with asyncio.timeout(60):
                assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
