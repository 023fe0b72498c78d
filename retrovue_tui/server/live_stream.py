"""The live stream of one viewer: from a bus directly to the viewer's socket."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import sys
import termios
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from retrovue_tui.playout.output.bus import Viewer
    from retrovue_tui.server.interfaces import Bus
    from retrovue_tui.server.turns import Turns

SEND_BUFFER: Final = 256 * 1024
"""The most bytes in the kernel's send buffer for a viewer: half a second at 4 Mb/s. By default Linux lets it grow to 4
MB; a slow viewer would then be eight seconds late before the station notices."""
PIECE: Final = 128 * 1024
"""How many bytes are written at a time to a viewer with a backlog. The transport copies the bytes that the kernel does
not take, so writing a burst as a whole would copy megabytes for each viewer."""
_SO_NWRITE: Final = 0x1024
"""The socket option of macOS for the number of bytes in the send buffer."""


class SocketViewer:
    """A viewer connected over TCP.

    If the viewer keeps up, each chunk goes directly to the transport, without a queue, a task or a copy. If it has a
    backlog, chunks wait as references to the one shared bytes object, and `pump` writes them as the client takes them.
    """

    __slots__ = (
        "_has_waiting", "_is_closing", "_transport", "_unsent", "_waiting", "_waiting_bytes", "_write", "_written",
        "key", "name", "transport",
    )  # fmt: skip

    def __init__(self, transport: asyncio.Transport, name: str, key: str = "") -> None:
        """`key`: what the viewer's group is found with; see `viewer_key`."""
        self.name, self.key = name, key
        self.transport = transport
        self._transport = transport
        self._is_closing = transport.is_closing
        self._unsent = transport.get_write_buffer_size
        self._write = transport.write
        self._waiting: deque[memoryview] = deque()
        self._waiting_bytes = 0
        self._written = 0
        self._has_waiting = asyncio.Event()

    def write(self, data: bytes) -> None:
        """Send a chunk now, or queue it until the kernel has room. No effect if the client has disconnected."""
        if self._is_closing():
            return
        self._written += len(data)
        if not self._waiting and len(data) <= PIECE and not self._unsent():
            self._write(data)
            return
        self._waiting.append(memoryview(data))
        self._waiting_bytes += len(data)
        self._has_waiting.set()

    def backlog(self) -> int:
        """Return the number of bytes that the kernel has not taken yet; the bytes in the kernel's buffer
        (`SEND_BUFFER`) do not count."""
        return self._waiting_bytes + self._unsent()

    @property
    def sent(self) -> int:
        """The number of bytes that the kernel has taken so far."""
        return self._written - self.backlog()

    def received(self) -> tuple[int, int]:
        """Return the number of bytes that the client's machine has acknowledged, and the number of bytes that it has
        not. Bytes in the kernel's buffer count as acknowledged where the kernel does not tell their number."""
        waiting = self.backlog() + (unacknowledged(self._transport) or 0)
        return self._written - waiting, waiting

    def close(self) -> None:
        """End the connection; drop the bytes that the client has not taken."""
        if self.backlog():
            self._transport.abort()
        else:
            self._transport.close()

    async def pump(self, drain: Callable[[], Awaitable[None]], turns: Turns) -> None:
        """Write the queued chunks, taking turns with other viewers, until cancelled. `drain` waits for room in the
        transport; it raises `ConnectionError` if the client has disconnected."""
        while True:
            await self._has_waiting.wait()
            while self._waiting:
                await turns.next()
                chunk = self._waiting.popleft()
                if len(chunk) > PIECE:
                    self._waiting.appendleft(chunk[PIECE:])
                    chunk = chunk[:PIECE]
                self._waiting_bytes -= len(chunk)
                self._transport.write(chunk)
                await drain()
            self._has_waiting.clear()


class LiveStream:
    """The live stream of a viewer in one quality, with its figures for the list of connected clients.

    `quality`: the name of the present quality; empty for the channel's own. `viewer`: what the bus sends to.
    """

    mode: Final = "live"
    is_auto: bool = False
    """Whether the quality follows the connection."""

    def __init__(self, socket: SocketViewer, bus: Bus, quality: str = "") -> None:
        self.bus, self.quality = bus, quality
        self.viewer: Viewer = socket
        self._socket = socket

    def begin(self, burst: bool) -> None:
        """Send the first pictures, and every later one from now on. `burst`: see `Bus.join`."""
        for part in self.bus.join(burst, self.viewer):
            self.viewer.write(part)
        self.bus.attach(self.viewer)

    async def end(self) -> None:
        """Stop sending."""
        self.bus.detach(self.viewer)

    @property
    def sent(self) -> int:
        """The number of bytes that the viewer has taken."""
        return self._socket.sent

    @property
    def behind_s(self) -> float:
        """The length of the stream that waits for the viewer (s)."""
        rate = self.bus.bytes_per_s
        return self._socket.received()[1] / rate if rate else 0.0

    def skips(self) -> tuple[int, int]:
        """Return how often the bus moved the viewer forward, and the bytes that it missed."""
        return self.bus.skips(self.viewer)

    def close(self) -> None:
        """Disconnect the viewer."""
        self._socket.close()


def limit_send_buffer(transport: asyncio.Transport, size: int = SEND_BUFFER) -> None:
    """Limit the socket's send buffer (bytes). aiohttp itself sets TCP_NODELAY (no waiting for full segments)."""
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)


def unacknowledged(transport: asyncio.Transport) -> int | None:
    """Return how many bytes of a TCP connection the kernel has taken and the client's machine has not acknowledged;
    None if the kernel does not tell, or the connection is closed."""
    sock = transport.get_extra_info("socket")
    if sock is None or transport.is_closing():
        return None
    try:
        if sys.platform == "linux":  # tcp(7): SIOCOUTQ, which has the number of TIOCOUTQ
            return int.from_bytes(fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
        if sys.platform == "darwin":
            return int(sock.getsockopt(socket.SOL_SOCKET, _SO_NWRITE))
    except (OSError, ValueError):
        pass
    return None
