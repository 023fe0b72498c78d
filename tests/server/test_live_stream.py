"""The bytes that a client of a live stream has received, over a real socket."""

from __future__ import annotations

import asyncio
import fcntl
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from retrovue_tui.server.live_stream import SEND_BUFFER, SocketViewer, limit_send_buffer, unacknowledged
from tests.server.conftest import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[SocketViewer, socket.socket]]:
    """A viewer, and the socket of its client, which has a small buffer and reads nothing by itself."""
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), "127.0.0.1", 0)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, server.sockets[0].getsockname())
        transport: Any = (await accepted.get()).transport
        limit_send_buffer(transport)
        try:
            yield SocketViewer(transport, "client"), client
        finally:
            transport.abort()
            server.close()
            await server.wait_closed()


async def test_bytes_in_the_kernels_buffer_wait_for_the_client() -> None:
    async with connected() as (viewer, client):
        size = SEND_BUFFER // 2
        viewer.write(bytes(size))
        assert viewer.backlog() == 0
        received, waiting = viewer.received()
        assert received + waiting == size
        assert waiting > size // 2, "the client's own buffer is small"
        loop, left = asyncio.get_running_loop(), size
        while left:
            left -= len(await loop.sock_recv(client, 65_536))
        await until(lambda: viewer.received() == (size, 0))


async def test_without_help_of_the_kernel_its_buffer_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise OSError(25, "Inappropriate ioctl for device")

    async with connected() as (viewer, _):
        monkeypatch.setattr(fcntl, "ioctl", refuse)
        monkeypatch.setattr("sys.platform", "linux")
        viewer.write(bytes(50_000))
        assert unacknowledged(viewer.transport) is None
        assert viewer.received() == (50_000, 0)


async def test_a_closed_connection_has_no_figure() -> None:
    async with connected() as (viewer, _):
        viewer.transport.abort()
        assert unacknowledged(viewer.transport) is None
        await asyncio.sleep(0)
        assert unacknowledged(viewer.transport) is None
