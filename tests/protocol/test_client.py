"""The control room's side of the wall, against a real server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from retrovue_tui.errors import StationError
from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
from retrovue_tui.protocol.client import Refused, StationClient, Unreachable
from retrovue_tui.server.app import StationServer
from tests.server.fakes import FakeChannel, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrovue_tui.protocol.events import Event

TOKEN = "s3cret"


@pytest.fixture
def station() -> FakeStation:
    return FakeStation([FakeChannel("1", 1, "Retro One"), FakeChannel("a/b", 2, "Slash")])


@pytest.fixture
async def server(station: FakeStation) -> AsyncIterator[StationServer]:
    server = StationServer(station, "127.0.0.1", 0, TOKEN)
    yield server
    await server.stop()


async def test_snapshots_come_back_as_what_they_were(station: FakeStation, server: StationServer) -> None:
    url = await server.start()
    async with StationClient(url + "/", TOKEN) as client:
        assert client.url == url
        seen = await client.station()
        assert [channel.name for channel in seen.channels] == ["Retro One", "Slash"]
        assert seen.url == url
        channel = await client.channel("1")
    assert isinstance(channel, ChannelSnapshot)
    assert channel.on_air == station.channels["1"].snapshot().on_air


async def test_refusals_in_the_stations_own_words(station: FakeStation, server: StationServer) -> None:
    url = await server.start()
    async with StationClient(f"{url}?token={TOKEN}") as client:
        with pytest.raises(Refused, match="no channel '9'") as refused:
            await client.channel("9")
        assert (refused.value.status, refused.value.code) == (404, "no_such_channel")
    async with StationClient(url) as stranger:
        with pytest.raises(Refused, match="--token"):
            await stranger.station()
        with pytest.raises(Refused, match="token"):
            await anext(stranger.events())


async def test_events_come_from_now_on_or_from_where_one_left(station: FakeStation, server: StationServer) -> None:
    url = await server.start()
    for number in (1, 2):
        station.events.publish("take", f"take {number}", channel="1", frame=number)
    async with StationClient(url, TOKEN) as client:
        seen = [event async for event in _first(client.events(after=0), 2)]
        assert [event.id for event in seen] == [1, 2]
        assert seen[1] == station.events.after(1)[0]
        listening = asyncio.ensure_future(anext(client.events()))
        while not listening.done():
            station.events.publish("slate", "now")
            await asyncio.sleep(0.01)
        assert listening.result().message == "now"


async def test_a_station_that_ends_is_reported_at_once(station: FakeStation, server: StationServer) -> None:
    url = await server.start()
    station.events.publish("take", "one")
    async with StationClient(url, TOKEN) as client:
        events = client.events(after=0)
        assert (await anext(events)).message == "one"
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        await server.stop()
        with pytest.raises(Unreachable):
            await asyncio.wait_for(waiting, 15)
        with pytest.raises(Unreachable, match=rf"No station answers at {url} .*retrovue-tui serve"):
            await client.station()
        with pytest.raises(Unreachable):
            await anext(client.events())


async def test_something_else_that_answers_is_not_taken_for_a_station() -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html>", content_type="text/html")

    async def other(request: web.Request) -> web.Response:
        return web.json_response({"hello": 1})

    app = web.Application()
    app.add_routes([web.get("/api/channels/1", page), web.get("/api/station", other)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with StationClient(f"127.0.0.1:{port}") as client:
        for call in (client.station(), client.channel("1"), client.channel("none")):
            with pytest.raises(Unreachable, match="does not answer like a station"):
                await call
    await runner.cleanup()


@pytest.mark.parametrize("url", ["", "http://", "ftp://x:1", "http://x:99999", "file:///etc"])
def test_a_text_that_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(StationError, match="not a station's address"):
        StationClient(url)


async def test_a_client_is_used_inside_of_its_context() -> None:
    client = StationClient("127.0.0.1:1")
    with pytest.raises(RuntimeError):
        await client.station()
    async with client, aiohttp.ClientSession():
        with pytest.raises(Unreachable):
            await client.station()


async def _first(events: AsyncIterator[Event], count: int) -> AsyncIterator[Event]:
    async for event in events:
        yield event
        count -= 1
        if not count:
            return
