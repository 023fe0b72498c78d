"""The segments that clients want now, as open files. All clients share one open file for each segment, so a request
needs no thread: opening and closing a file for each would cost more than all the rest of the request."""

from __future__ import annotations

import asyncio
import io
import os
import socket
from collections import OrderedDict
from contextlib import contextmanager, suppress
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from aiohttp import web

from retrovue_tui.threads import HLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from aiohttp.abc import AbstractStreamWriter

OPEN: Final = 48
"""The most segments that stay open. The one that nobody has asked for the longest is closed first."""


class OpenSegment:
    """A segment's file. `size`: in bytes. It is closed when it is in no list and nobody reads it."""

    def __init__(self, path: Path) -> None:
        """Blocking. Raises `OSError`."""
        self.file = io.FileIO(path)
        try:
            facts = os.fstat(self.file.fileno())
        except OSError:
            self.file.close()
            raise
        self.size = facts.st_size
        self.headers = {
            "ETag": f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"', "Accept-Ranges": "bytes",
            "Last-Modified": formatdate(facts.st_mtime, usegmt=True),
        }  # fmt: skip
        self._users = 1  # the list

    @property
    def exists(self) -> bool:
        """Whether the file still has a name."""
        return os.fstat(self.file.fileno()).st_nlink > 0

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keep the file open."""
        self._users += 1
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        """Close the file if nobody else uses it."""
        self._users -= 1
        if self._users == 0:
            self.file.close()


class SegmentFiles:
    """Opens segments, and keeps the newest requested ones open."""

    def __init__(self, most: int = OPEN) -> None:
        self._most = most
        self._open: OrderedDict[Path, OpenSegment] = OrderedDict()

    async def get(self, path: Path) -> OpenSegment | None:
        """Return the file of a segment; None if there is none (any more). Enter its `used` before the next `await`."""
        found = self._open.get(path)
        if found is None:
            return await self._opened(path)
        if not found.exists:
            self._open.pop(path).release()
            return None
        self._open.move_to_end(path)
        return found

    def close(self) -> None:
        """Close all files that nobody reads."""
        while self._open:
            self._open.popitem()[1].release()

    async def _opened(self, path: Path) -> OpenSegment | None:
        fresh = await HLS.run(_open, path)
        if fresh is None:
            return None
        if path in self._open:  # another request was faster
            fresh.release()
        else:
            self._open[path] = fresh
        found = self._open[path]
        while len(self._open) > self._most:
            self._open.popitem(last=False)[1].release()
        return found


class SegmentResponse(web.StreamResponse):
    """A whole segment, which the kernel sends from its file to the socket."""

    def __init__(self, segment: OpenSegment, headers: Mapping[str, str]) -> None:
        super().__init__(headers={**headers, **segment.headers, "Content-Length": str(segment.size)})
        self._segment = segment

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send everything."""
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client has closed the connection")
        with self._segment.used(), _corked(transport):
            writer = await super().prepare(request)
            loop = asyncio.get_running_loop()
            await loop.sendfile(transport, self._segment.file, 0, self._segment.size, fallback=False)
            await super().write_eof()
        return writer


@contextmanager
def _corked(transport: asyncio.Transport) -> Iterator[None]:
    """Let the kernel send the headers together with the first bytes of the file: a packet of their own costs as much as
    64 kB of the file."""
    sock, cork = transport.get_extra_info("socket"), getattr(socket, "TCP_CORK", None)
    if sock is None or cork is None:
        yield
        return
    sock.setsockopt(socket.IPPROTO_TCP, cork, 1)
    try:
        yield
    finally:
        with suppress(OSError):  # the connection is closed
            sock.setsockopt(socket.IPPROTO_TCP, cork, 0)


def _open(path: Path) -> OpenSegment | None:
    try:
        return OpenSegment(path)
    except OSError:
        return None
