"""The segments that clients want now, as open files. All clients share one open file for each segment, so a request
needs no thread: opening and closing a file for each would cost more than all the rest of the request."""

from __future__ import annotations

import asyncio
import io
import os
import socket
from collections import OrderedDict
from contextlib import suppress
from email.utils import formatdate
from math import ceil
from typing import TYPE_CHECKING, Final

from retrovue_tui.server.routes.viewing.ready_response import ReadyResponse, ready_head
from retrovue_tui.threads import HLS

if TYPE_CHECKING:
    from asyncio.trsock import TransportSocket
    from collections.abc import Mapping
    from pathlib import Path

OPEN: Final = 48
"""The most segments that stay open. The one that nobody has asked for the longest is closed first."""
_CORK: Final[int | None] = getattr(socket, "TCP_CORK", None)


class OpenSegment:
    """A segment's file. `size`: in bytes. `head`: the headers of a response with all of it. The file is closed when it
    is in no list and nobody reads it."""

    def __init__(self, path: Path, headers: Mapping[str, str]) -> None:
        """`headers`: those that all segments have. Blocking. Raises `OSError`."""
        self.path = path
        self.file = io.FileIO(path)
        try:
            facts = os.fstat(self.file.fileno())
        except OSError:
            self.file.close()
            raise
        self.size = facts.st_size
        self.head = ready_head(
            {
                **headers, "ETag": f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"', "Accept-Ranges": "bytes",
                "Last-Modified": formatdate(ceil(facts.st_mtime), usegmt=True),
            },
            facts.st_size,
        )  # fmt: skip
        self._users = 1  # the list

    @property
    def exists(self) -> bool:
        """Whether the file still has a name."""
        return os.fstat(self.file.fileno()).st_nlink > 0

    def hold(self) -> None:
        """Keep the file open until `release` is called."""
        self._users += 1

    def release(self) -> None:
        """Close the file if nobody else uses it."""
        self._users -= 1
        if self._users == 0:
            self.file.close()


class SegmentFiles:
    """Opens segments, and keeps the newest requested ones open."""

    def __init__(self, headers: Mapping[str, str], most: int = OPEN) -> None:
        """`headers`: those of every response with a segment."""
        self._headers, self._most = headers, most
        self._open: OrderedDict[tuple[str, str], OpenSegment] = OrderedDict()

    def opened(self, channel_id: str, name: str) -> OpenSegment | None:
        """Return a segment that is open and still has its name. `hold` it before the next `await`."""
        key = channel_id, name
        found = self._open.get(key)
        if found is None:
            return None
        if not found.exists:
            self._open.pop(key).release()
            return None
        self._open.move_to_end(key)
        return found

    async def open(self, channel_id: str, name: str, path: Path) -> OpenSegment | None:
        """Open a segment at this path; None if there is none (any more). `hold` it before the next `await`."""
        fresh = await HLS.run(_open, path, self._headers)
        if fresh is None:
            return None
        if other := self.opened(channel_id, name):  # another request was faster
            fresh.release()
            return other
        self._open[channel_id, name] = fresh
        while len(self._open) > self._most:
            self._open.popitem(last=False)[1].release()
        return fresh

    def close(self) -> None:
        """Close all files that nobody reads."""
        while self._open:
            self._open.popitem()[1].release()


class SegmentResponse(ReadyResponse):
    """A whole segment, which the kernel sends from its file to the socket."""

    def __init__(self, segment: OpenSegment) -> None:
        super().__init__(segment.head)
        self._segment = segment

    async def _send(self, transport: asyncio.Transport, data: bytes) -> None:
        segment, sock = self._segment, transport.get_extra_info("socket")
        segment.hold()
        try:
            _cork(sock, True)
            try:
                transport.write(data)
                sent = 0 if transport.get_write_buffer_size() else _sent_at_once(sock.fileno(), segment)
            finally:
                _cork(sock, False)
            if sent < segment.size:
                loop = asyncio.get_running_loop()
                await loop.sendfile(transport, segment.file, sent, segment.size - sent, fallback=False)
        finally:
            segment.release()


def _sent_at_once(socket_number: int, segment: OpenSegment) -> int:
    """Send as much of a segment as the kernel takes now, which is usually all of it. Return the number of bytes."""
    try:
        return os.sendfile(socket_number, segment.file.fileno(), 0, segment.size)
    except BlockingIOError:
        return 0


def _cork(sock: TransportSocket, corked: bool) -> None:
    """Let the kernel send the headers together with the first bytes of the file: a packet of their own costs as much as
    64 kB of the file."""
    if _CORK is not None:
        with suppress(OSError):  # the connection is closed
            sock.setsockopt(socket.IPPROTO_TCP, _CORK, corked)


def _open(path: Path, headers: Mapping[str, str]) -> OpenSegment | None:
    try:
        return OpenSegment(path, headers)
    except OSError:
        return None
