"""Responses with headers made once, over real connections: what a client gets is what HTTP asks for."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.playout.hls.segment import Segment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Served
    from tests.server.fakes import FakeStation

DATA = random.Random(1).randbytes(8_000_000)
PATHS = ("/hls/1/index.m3u8", f"/hls/1/{Segment(7, 0, 180, 1_795_000_000_000, '0123456789ab').name}")


@pytest.fixture(autouse=True)
def segments(station: FakeStation, tmp_path: Path) -> None:
    """A folder with one segment of 8 MB: more than the kernel takes at once."""
    (tmp_path / PATHS[1].rpartition("/")[2]).write_bytes(DATA)
    assert station.hls is not None
    station.hls.folder = tmp_path


def request(path: str, version: str = "1.1", more: str = "") -> str:
    return f"GET {path} HTTP/{version}\nHost: localhost\n{more}\n"


async def answered(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    """The status line, the headers and the body of the next answer."""
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    return status, headers, await reader.readexactly(int(headers["Content-Length"]))


async def body_of(served: Served, path: str) -> bytes:
    async with served.http.get(served.url + path, headers={"If-None-Match": '"other"'}) as answer:
        return await answer.read()


@pytest.mark.parametrize("path", PATHS)
async def test_the_headers_are_those_of_an_ordinary_response(served: Served, path: str) -> None:
    reader, _ = await served.connect(request(path))
    status, headers, body = await answered(reader)
    assert status == "HTTP/1.1 200 OK"
    assert body == await body_of(served, path)
    assert abs(parsedate_to_datetime(headers.pop("Date")).timestamp() - time.time()) < 60
    assert headers.pop("Server").startswith("retrovue-tui/")
    async with served.http.head(served.url + path, headers={"Accept-Encoding": "identity"}) as head:
        ordinary = {name.lower(): value for name, value in head.headers.items()}
    del ordinary["date"], ordinary["server"]
    assert {name.lower(): value for name, value in headers.items()} == ordinary


@pytest.mark.parametrize("path", PATHS)
async def test_a_connection_stays_open_until_the_client_closes_it(served: Served, path: str) -> None:
    reader, writer = await served.connect(request(path) * 2)
    for _ in range(2):
        assert "Connection" not in (await answered(reader))[1]
    writer.write(request(path, more="Connection: close\n").replace("\n", "\r\n").encode())
    _, headers, body = await answered(reader)
    assert (headers["Connection"], body) == ("close", await body_of(served, path))
    assert await reader.read() == b""


@pytest.mark.parametrize("path", PATHS)
async def test_http_1_0_gets_an_ordinary_response(served: Served, path: str) -> None:
    reader, _ = await served.connect(request(path, "1.0"))
    status, _, body = await answered(reader)
    assert status.startswith("HTTP/1.0 200")
    assert body == await body_of(served, path)
    assert await reader.read() == b""


async def test_a_slow_client_gets_all_of_a_long_segment(served: Served) -> None:
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, ("127.0.0.1", served.port))
        reader, writer = await asyncio.open_connection(sock=slow, limit=16_384)
        writer.write(request(PATHS[1]).replace("\n", "\r\n").encode())
        _, _, body = await answered(reader)
        assert body == DATA
        writer.write(request(PATHS[0]).replace("\n", "\r\n").encode())
        assert (await answered(reader))[0] == "HTTP/1.1 200 OK"
        writer.close()


async def test_a_client_that_leaves_in_the_middle_leaves_nothing_open(served: Served) -> None:
    reader, writer = await served.connect(request(PATHS[1]))
    await reader.readuntil(b"\r\n\r\n")
    segment = served.server._hls._files.opened("1", PATHS[1].rpartition("/")[2])
    assert segment is not None
    writer.transport.abort()
    async with asyncio.timeout(30):
        while segment._users > 1:  # the server has not noticed yet
            await asyncio.sleep(0.002)
