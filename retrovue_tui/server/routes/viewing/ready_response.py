"""Responses whose headers are made once for many clients. They are written to the connection directly: making the
headers of a response again for each client would take as long as all the rest of a request."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aiohttp import HttpVersion11, web

from retrovue_tui import __version__

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from aiohttp.abc import AbstractStreamWriter


def ready_head(headers: Mapping[str, str], length: int) -> bytes:
    """Return the status line and the headers of a response (200) with a body of `length` bytes, as far as they are the
    same for all clients."""
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {length}", f"Server: retrovue-tui/{__version__}", ""]
    return "\r\n".join(lines).encode("ascii")


def takes_ready(request: web.Request) -> bool:
    """Return whether a `ReadyResponse` can answer a request. Everything but a GET of HTTP/1.1 needs other headers."""
    return request.method == "GET" and request.version == HttpVersion11


class ReadyResponse(web.StreamResponse):
    """A response (200) with headers that `ready_head` made."""

    def __init__(self, head: bytes, body: bytes = b"") -> None:
        super().__init__()
        self._head, self._ready = head, body
        self._kept, self._closes = False, False

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open after this response."""
        return self._kept

    def force_close(self) -> None:
        """Close the connection after this response."""
        self._closes = True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send everything. Raises `ConnectionResetError` if the client has disconnected."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has closed the connection")
        self._kept = request.keep_alive and not self._closes
        await self._send(transport, self._head + _last_lines(int(time.time()), self._kept) + self._ready)
        if transport.get_write_buffer_size():
            await request.writer.drain()
        return None

    async def _send(self, transport: asyncio.Transport, data: bytes) -> None:
        transport.write(data)

    async def write_eof(self, data: Any = b"") -> None:
        """Nothing is left to send."""


@lru_cache(maxsize=4)
def _last_lines(second: int, kept: bool) -> bytes:
    """Return the rest of the headers, and the empty line after them."""
    connection = "" if kept else "Connection: close\r\n"
    return f"Date: {formatdate(second, usegmt=True)}\r\n{connection}\r\n".encode("ascii")
