"""A server on a free port before a fake station, and raw connections to it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from retrovue_tui.server.app import StationServer
from tests.server.fakes import FakeChannel, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class Served:
    """A running server, with one HTTP session to it."""

    def __init__(self, station: FakeStation, server: StationServer, url: str, http: aiohttp.ClientSession) -> None:
        self.station, self.server, self.url, self.http = station, server, url, http
        self.port = int(url.rpartition(":")[2])
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, request: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Send a request by hand; the connection is closed after the test, if not before."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        writer.write(request.replace("\n", "\r\n").encode())
        return reader, writer

    def close(self) -> None:
        """Close the connections made by hand."""
        for writer in self._writers:
            writer.close()


@contextlib.asynccontextmanager
async def serving(
    station: FakeStation, token: str | None = None, viewer_token: str | None = None, **settings: Any
) -> AsyncIterator[Served]:
    """A server on a free port."""
    server = StationServer(station, "127.0.0.1", 0, token, viewer_token=viewer_token, **settings)
    url = await server.start()
    async with aiohttp.ClientSession() as http:
        made = Served(station, server, url, http)
        try:
            yield made
        finally:
            made.close()
    await server.stop()


async def until(condition: Callable[[], bool], timeout: float = 90.0) -> None:
    """Give the loop turns until `condition()` holds."""
    async with asyncio.timeout(timeout):
        while not condition():  # what it looks at has no event to wait for
            await asyncio.sleep(0.002)


@pytest.fixture
def station() -> FakeStation:
    return FakeStation([FakeChannel("1", 1, "Retro One", "Retro"), FakeChannel("film noir", 20, 'The "Noir"')])


@pytest.fixture
async def served(station: FakeStation) -> AsyncIterator[Served]:
    async with serving(station) as made:
        yield made


@pytest.fixture
async def guarded(station: FakeStation) -> AsyncIterator[Served]:
    """A server with a token."""
    async with serving(station, "s3cret ü") as made:
        yield made
