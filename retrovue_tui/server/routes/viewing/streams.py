"""The route of the channels' streams: continuous MPEG-TS, sent from the bus directly to each viewer's socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from retrovue_tui import __version__
from retrovue_tui.audience.groups import viewer_key
from retrovue_tui.server.auto_quality import AutoFeed, AutoQuality
from retrovue_tui.server.catchup_query import past_request
from retrovue_tui.server.http import HttpError, channel_of
from retrovue_tui.server.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.abc import AbstractStreamWriter

    from retrovue_tui.server.clients.connected_clients import ConnectedClients
    from retrovue_tui.server.interfaces import Bus, Channel, Station
    from retrovue_tui.server.limits import ViewerLimits
    from retrovue_tui.server.routes.viewing.past_streams import PastStreams

SEND_BUFFER: Final = 256 * 1024
"""The most bytes in the kernel's send buffer for a viewer: half a second at 4 Mb/s. By default Linux lets it grow to 4
MB; a slow viewer would then be eight seconds late before the station notices."""
AUTO_BUFFER: Final = 48 * 1024
"""The same for a viewer whose quality follows its connection: what is in there is not known to wait, and at a low bit
rate it would be many seconds."""
PIECE: Final = 128 * 1024
"""How many bytes are written at a time to a viewer with a backlog. The transport copies the bytes that the kernel does
not take, so writing a burst as a whole would copy megabytes for each viewer."""

AUTO: Final = "auto"
"""The name of the quality that follows the connection."""

TRANSCODES: Final = {
    "mobile": "480p", "internet720": "720p", "internet540": "480p", "internet480": "480p", "internet360": "360p",
    "internet240": "240p",
}  # fmt: skip
"""The names that clients of network tuners use for qualities."""

HEADERS: Final = {
    "Content-Type": "video/mp2t",
    "Cache-Control": "no-cache, no-store, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "0",
    "Accept-Ranges": "none",
    "X-Content-Type-Options": "nosniff",
    "Server": f"retrovue-tui/{__version__}",
}


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


class LiveFeed:
    """The live stream of a viewer, for the list of connected clients."""

    __slots__ = ("_bus", "_viewer", "quality")
    mode: Final = "live"

    def __init__(self, viewer: SocketViewer, bus: Bus, quality: str = "") -> None:
        """`quality`: the name of the quality; empty for the channel's own."""
        self._viewer, self._bus, self.quality = viewer, bus, quality

    @property
    def sent(self) -> int:
        """The number of bytes that the viewer has taken."""
        return self._viewer.sent

    @property
    def behind_s(self) -> float:
        """The length of the stream that waits for the viewer (s)."""
        rate = self._bus.bytes_per_s
        return self._viewer.backlog() / rate if rate else 0.0

    def skips(self) -> tuple[int, int]:
        """Return how often the bus moved the viewer forward, and the bytes that it missed."""
        return self._bus.skips(self._viewer)

    def close(self) -> None:
        """Disconnect the viewer."""
        self._viewer.close()


class Streams:
    """Connects viewers to channels, and disconnects them all when the server stops."""

    def __init__(self, station: Station, limits: ViewerLimits, clients: ConnectedClients, past: PastStreams) -> None:
        self._station = station
        self._past = past
        self._limits = limits
        self._clients = clients
        self._turns = Turns()
        self._viewers: set[SocketViewer] = set()
        self._closed = False

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/iptv/channel/{channel}.ts", self._tune_in, allow_head=False),
            web.head("/iptv/channel/{channel}.ts", self._head),
        ]

    def close(self) -> None:
        """Disconnect every viewer at once, and accept no more."""
        self._closed = True
        for viewer in list(self._viewers):
            viewer.close()
        self._past.close()

    async def _head(self, request: web.Request) -> web.StreamResponse:
        if (past := past_request(request.query)) is not None:
            self._past.check(request, past)
            return _headers_only()
        return self.head(channel_of(self._station, request))

    async def _tune_in(self, request: web.Request) -> web.StreamResponse:
        if (past := past_request(request.query)) is not None:
            self._refuse_if_closed()
            return await self._past.serve(request, past)
        return await self.send(request, channel_of(self._station, request))

    def head(self, channel: Channel) -> web.StreamResponse:
        """Return the headers of a channel's stream. Raises `HttpError` as `send`."""
        self.check(channel)
        return _headers_only()

    async def send(self, request: web.Request, channel: Channel) -> web.StreamResponse:
        """Send a channel's stream in answer to a request, until the client disconnects. Raises `HttpError` if the
        channel is stopped, or if a limit of viewers is reached."""
        self.check(channel)
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the viewer left before it was admitted")
        address = request.remote or "?"
        self._clients.check(address, agent_of(request))
        self._limits.enter(address)
        try:
            await self._serve(request, transport, channel)
        finally:
            self._limits.leave(address)
        return SentResponse()

    async def _serve(self, request: web.Request, transport: asyncio.Transport, channel: Channel) -> None:
        """Send a channel's stream until the connection is lost, which cancels this call."""
        wanted = self.quality(request, channel)
        limit_send_buffer(transport, AUTO_BUFFER if wanted == AUTO else SEND_BUFFER)
        viewer = SocketViewer(transport, viewer_name(request), key_of(self._station, request))
        await self._turns.next()
        if wanted == AUTO:
            await self._serve_auto(request, channel, viewer)
            return
        renditions = self._station.renditions
        bus: Bus = channel.bus if renditions is None or not wanted else renditions.bus(channel.id, wanted)
        transport = viewer.transport
        transport.write(head_block())
        for part in bus.join(request.query.get("burst") != "0", viewer):
            viewer.write(part)
        bus.attach(viewer)
        self._viewers.add(viewer)
        try:
            feed = LiveFeed(viewer, bus, wanted)
            with self._clients.stream(request.remote or "?", agent_of(request), channel.id, feed):
                await viewer.pump(request.writer.drain, self._turns)
        finally:
            self._viewers.discard(viewer)
            bus.detach(viewer)

    async def _serve_auto(self, request: web.Request, channel: Channel, viewer: SocketViewer) -> None:
        """Send a channel's stream in the quality that suits the connection, until it is lost."""
        renditions = self._station.renditions
        assert renditions is not None
        names = renditions.qualities(channel.id)
        rates = [renditions.kbps(name) * 1_000 / 8 for name in names]
        auto = AutoQuality(viewer, names, rates, lambda name: renditions.bus(channel.id, name))
        viewer.transport.write(head_block())
        for part in auto.bus.join(request.query.get("burst") != "0", auto.viewer):
            auto.viewer.write(part)
        auto.bus.attach(auto.viewer)
        self._viewers.add(viewer)
        watching = asyncio.create_task(auto.run())
        try:
            with self._clients.stream(request.remote or "?", agent_of(request), channel.id, AutoFeed(viewer, auto)):
                await viewer.pump(request.writer.drain, self._turns)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            self._viewers.discard(viewer)
            auto.close()

    def quality(self, request: web.Request, channel: Channel) -> str:
        """Return the quality that a request names: a name, `auto`, or empty for the channel's own. Raises an
        `HttpError` (400) if the channel has no such quality."""
        name = request.query.get("quality", "")
        transcode = TRANSCODES.get(request.query.get("transcode", ""))
        renditions = self._station.renditions
        known = () if renditions is None else renditions.qualities(channel.id)
        if not name and transcode in known[1:]:
            return str(transcode)
        if not name or (name == AUTO and len(known) < 2) or (known and name == known[0]):
            return ""
        if name != AUTO and name not in known:
            names = ", ".join((*known, AUTO)) if len(known) > 1 else "none to choose from"
            message = f"{channel.name} has no quality {name[:40]!r}; its qualities are: {names}."
            raise HttpError(400, "no_such_quality", message)
        return name

    def check(self, channel: Channel) -> None:
        """Raise an `HttpError` (503) if the channel has no stream now."""
        self._refuse_if_closed()
        if channel.state == "stopped":
            raise HttpError(503, "channel_stopped", f"Channel {channel.id} ({channel.name}) is stopped.")

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise HttpError(503, "stopping", "The station is going off air.")


def _headers_only() -> web.StreamResponse:
    response = web.StreamResponse(headers=HEADERS)
    response.force_close()
    return response


class SentResponse(web.StreamResponse):
    """A response whose bytes were written without aiohttp's own writer."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        return None

    async def write_eof(self, data: Any = b"") -> None:
        return None


def head_block() -> bytes:
    """Return the status line and the headers of a stream."""
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in HEADERS.items())]
    lines += [f"Date: {formatdate(usegmt=True)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("ascii")


def limit_send_buffer(transport: asyncio.Transport, size: int = SEND_BUFFER) -> None:
    """Limit the socket's send buffer (bytes). aiohttp itself sets TCP_NODELAY (no waiting for full segments)."""
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)


def agent_of(request: web.Request) -> str:
    """Return the User-Agent of a client; empty if it has none."""
    return request.headers.get("User-Agent", "")


def key_of(station: Station, request: web.Request) -> str:
    """Return the key that tells a viewer from others, for its group. It is not stored, and says nothing without the
    station's identity."""
    return viewer_key(station.identity.instance, address=request.remote or "?", client=agent_of(request))


def viewer_name(request: web.Request) -> str:
    """Return the address and the program of a viewer, for the log."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    where = f"{peer[0]}:{peer[1]}" if peer and peer[0] == request.remote else request.remote or "?"
    agent = agent_of(request).split(" ")[0]
    return f"{where} {''.join(c for c in agent if c.isprintable())[:40]}".strip()
