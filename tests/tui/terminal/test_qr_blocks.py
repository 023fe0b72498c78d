"""The stream's address for a phone: a code that is read back from the screen, and an address that others can reach."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest
from textual.widgets import Static

from retrovue_tui.own_addresses import own_addresses
from retrovue_tui.tui.dialogs.stream_qr import QrScreen
from retrovue_tui.tui.terminal import qr_blocks
from tests.tui.conftest import Room, open_room
from tests.tui.station import FakeStation, channel, station

if TYPE_CHECKING:
    from collections.abc import Sequence

AWAY = "http://192.168.178.20:8480/iptv/channel/1.ts"
TOKEN = f"{AWAY}?token=Zk3vN8wq5TtYp0xR7sL2bC9dF4gH6jKa"
LONG_TOKEN = f"{AWAY}?token=Zk3vN8wq5TtYp0xR7sL2bC9dF4gH6jKaZk3vN8wq5Tt"


def modules_of(lines: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """The modules as a camera sees them, without the white around."""
    upper = [[char in "█▀" for char in line] for line in lines]
    lower = [[char in "█▄" for char in line] for line in lines]
    both = np.array([row for pair in zip(upper, lower, strict=True) for row in pair])
    rows, columns = np.flatnonzero(both.any(1)), np.flatnonzero(both.any(0))
    return both[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("url", ["http://10.0.0.2:8480/iptv/channel/1.ts", AWAY, TOKEN, LONG_TOKEN])
def test_it_fits_80_by_24_beside_the_words_with_white_around(url: str) -> None:
    lines = qr_blocks.lines(url, 22, 46)
    assert lines
    assert len(lines) <= 22
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines[0]) <= 46
    assert np.array_equal(modules_of(lines), np.array(qr_blocks.modules(url)))
    assert lines[0].strip() == ""
    assert all(line.startswith("  ") and line.endswith("  ") for line in lines)


def test_a_code_that_does_not_fit_is_not_drawn() -> None:
    assert qr_blocks.lines(AWAY, 10, 80) == []
    assert qr_blocks.lines(AWAY, 40, 20) == []


def test_in_ascii_a_module_is_two_cells() -> None:
    lines = qr_blocks.lines(AWAY, 60, 120, ascii_only=True)
    drawn = np.array([[line[at] == "#" for at in range(0, len(line), 2)] for line in lines])
    assert all(line.isascii() and set(line) <= {"#", " "} for line in lines)
    assert np.array_equal(drawn[4:-4, 4:-4], np.array(qr_blocks.modules(AWAY)))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8480/x", "127.0.0.1"),
        ("http://[::1]:8480/x", "::1"),
        ("http://localhost:8480/x", "localhost"),
        ("http://0.0.0.0:8480/x", "0.0.0.0"),
        (AWAY, ""),
        ("http://studio.example:8480/x", ""),
    ],
)
def test_addresses_that_only_this_machine_reaches(url: str, host: str) -> None:
    assert qr_blocks.only_here(url) == host


# --- an address for others ------------------------------------------------------------------------------------------


async def test_an_address_for_others_stays_as_it_is() -> None:
    assert await qr_blocks.reachable(TOKEN) == TOKEN


async def test_a_server_that_listens_wider_is_found_under_the_machines_own_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # All of 127.0.0.0/8 is this machine: its second address stands for the one in the network.
    monkeypatch.setattr(qr_blocks, "own_addresses", lambda: ["127.0.0.2"])
    server = await asyncio.start_server(lambda _, writer: writer.close(), "0.0.0.0", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        found = await qr_blocks.reachable(f"http://127.0.0.1:{port}/iptv/channel/1.ts?token=a")
        assert found == f"http://127.0.0.2:{port}/iptv/channel/1.ts?token=a"


async def test_a_station_that_listens_only_here_has_no_address_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr_blocks, "own_addresses", lambda: ["127.0.0.2"])
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        assert await qr_blocks.reachable(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/") == ""
    monkeypatch.setattr(qr_blocks, "own_addresses", list)
    assert await qr_blocks.reachable("http://127.0.0.1:9/") == ""


def test_own_addresses_are_no_loopback() -> None:
    assert not any(
        qr_blocks.only_here(f"http://[{each}]:1" if ":" in each else f"http://{each}:1") for each in own_addresses()
    )


# --- on screen ------------------------------------------------------------------------------------------------------


def code_of(room: Room) -> list[str]:
    """The code's own region of the screen."""
    region = room.app.screen.query_one("#code", Static).region
    strips = room.app.screen._compositor.render_strips(room.app.size)
    return [strip.text[region.x : region.right] for strip in strips[region.y : region.bottom]]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("url", [AWAY, TOKEN, LONG_TOKEN], ids=["plain", "token", "long token"])
async def test_q_shows_the_address_whole_and_as_a_code(size: tuple[int, int], url: str) -> None:
    async with open_room(FakeStation(station(channel(1, url=url))), size) as room:
        await room.pilot.press("Q")
        await room.until(lambda: isinstance(room.app.screen, QrScreen) and any("▀" in line for line in code_of(room)))
        assert np.array_equal(modules_of(code_of(room)), np.array(qr_blocks.modules(url)))
        shown = "".join(line.strip(" │") for line in room.lines)
        assert "y copies the address" in shown
        assert "A phone cannot reach" not in shown
        await room.pilot.press("y")
        assert room.app.clipboard == url
        await room.pilot.press("escape")
        await room.until(lambda: room.app.screen is room.app.room)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
async def test_it_says_so_when_the_station_listens_here_alone(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qr_blocks, "own_addresses", list)
    async with open_room(size=size) as room:
        await room.pilot.press("Q")
        await room.shows("A phone cannot reach", "127.0.0.1", "--host")


async def test_it_shows_the_address_that_a_phone_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr_blocks, "own_addresses", lambda: ["127.0.0.2"])
    server = await asyncio.start_server(lambda _, writer: writer.close(), "0.0.0.0", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        local = f"http://127.0.0.1:{port}/1.ts"
        async with open_room(FakeStation(station(channel(1, url=local)))) as room:
            await room.pilot.press("Q")
            await room.shows(f"http://127.0.0.2:{port}/1.ts", "The station also listens on")
            assert np.array_equal(
                modules_of(code_of(room)), np.array(qr_blocks.modules(f"http://127.0.0.2:{port}/1.ts"))
            )


async def test_in_a_small_terminal_the_dialog_asks_for_a_larger_one() -> None:
    async with open_room(FakeStation(station(channel(1, url=LONG_TOKEN))), (60, 18)) as room:
        await room.pilot.press("Q")
        await room.shows("make it larger.", "y copies the address")
