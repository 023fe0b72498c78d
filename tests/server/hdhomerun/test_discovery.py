"""Programs that look for a tuner find it, with a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.config.hdhomerun import HdHomeRunConfig
from retrovue_tui.server.app import StationServer
from retrovue_tui.server.hdhomerun.device import device_of
from retrovue_tui.server.hdhomerun.discovery import Discovery
from retrovue_tui.server.hdhomerun.packets import BASE_URL, DEVICE_ID, LINEUP_URL, TUNER_COUNT, read_packet
from tests.server.hdhomerun.test_packets import OF_JELLYFIN, framed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.server.fakes import FakeStation

CONFIG = HdHomeRunConfig(discovery=True, devices={"kids": ("1",)})


@contextlib.asynccontextmanager
async def discoverable(station: FakeStation, token: str | None = None) -> AsyncIterator[tuple[StationServer, str, int]]:
    """A server with its URL and its port for discovery."""
    server = StationServer(station, "127.0.0.1", 0, token, viewer_token=token and "a/b", hdhomerun=CONFIG)
    url = await server.start()
    try:
        found = server._tuner._discovery
        assert found is not None
        yield server, url, found.port
    finally:
        await server.stop()


async def asked(port: int, request: bytes, answers: int) -> list[bytes]:
    """Send a request, and return its answers."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        await loop.sock_sendto(client, request, ("127.0.0.1", port))
        async with asyncio.timeout(30):
            return [await loop.sock_recv(client, 2_000) for _ in range(answers)]


@pytest.fixture(autouse=True)
def any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Discovery, "PORT", 0)


async def test_each_device_answers_with_its_address(station: FakeStation) -> None:
    async with discoverable(station) as (_, url, port):
        main, kids = [dict(read_packet(data).values) for data in await asked(port, OF_JELLYFIN, 2)]
    assert main == {
        1: b"\0\0\0\1", DEVICE_ID: device_of("0123abcd").id.to_bytes(4, "big"), TUNER_COUNT: b"\6",
        BASE_URL: url.encode(), LINEUP_URL: f"{url}/lineup.json".encode(),
    }  # fmt: skip
    assert kids[BASE_URL] == f"{url}/hdhr/kids".encode()
    assert kids[DEVICE_ID] == device_of("0123abcd", "kids").id.to_bytes(4, "big")


async def test_one_device_is_looked_for_and_the_address_has_the_viewers_token(station: FakeStation) -> None:
    wanted = device_of("0123abcd", "kids").id.to_bytes(4, "big")
    async with discoverable(station, "operator") as (_, url, port):
        (data,) = await asked(port, framed(b"\1\4\0\0\0\1\2\4" + wanted), 1)
        later = await asked(port, framed(b"\1\4\0\0\0\5"), 0) + await asked(port, b"\xff" * 99, 0)
        assert [dict(read_packet(each).values)[DEVICE_ID] for each in (*await asked(port, OF_JELLYFIN, 2), *later)]
    assert dict(read_packet(data).values)[BASE_URL] == f"{url}/hdhr/t/a%2Fb/kids".encode()


async def test_a_taken_port_is_a_warning_and_the_station_serves(station: FakeStation) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other, pytest.MonkeyPatch.context() as patch:
        other.bind(("127.0.0.1", 0))
        patch.setattr(Discovery, "PORT", other.getsockname()[1])
        server = StationServer(station, "127.0.0.1", 0, hdhomerun=CONFIG)
        await server.start()
        (warning,) = station.warnings.texts()
        assert warning.startswith("programs cannot discover the tuner: UDP port ")
        assert "discovery needs it (Address already in use); is another tuner on this machine?" in warning
        await server.stop()


async def test_without_the_setting_no_port_is_open(station: FakeStation) -> None:
    for config in (HdHomeRunConfig(), HdHomeRunConfig(enabled=False, discovery=True, ssdp=True)):
        server = StationServer(station, "127.0.0.1", 0, hdhomerun=config)
        await server.start()
        assert server._tuner._discovery is None
        assert server._tuner._ssdp is None
        await server.stop()


async def test_a_station_on_every_address_names_the_one_that_the_client_reaches() -> None:
    found = Discovery((device_of("0123abcd"),), lambda _: 6, lambda _, here: here)
    await found.start("0.0.0.0", 8480)
    try:
        (answer,) = found.replies(OF_JELLYFIN, "127.0.0.1")
        assert dict(read_packet(answer).values)[BASE_URL] == b"http://127.0.0.1:8480"
    finally:
        await found.close()
    assert found.port == 0
