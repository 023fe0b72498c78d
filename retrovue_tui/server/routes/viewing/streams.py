"""The route of the channels' streams: continuous MPEG-TS, sent from the bus directly to each viewer's socket."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from retrovue_tui import __version__
from retrovue_tui.audience.groups import viewer_key
from retrovue_tui.media.house_format import PROFILES
from retrovue_tui.server.auto_quality import AutoStream
from retrovue_tui.server.catchup_query import past_request
from retrovue_tui.server.http import HttpError, channel_of
from retrovue_tui.server.live_stream import SEND_BUFFER, LiveStream, SocketViewer, limit_send_buffer, unacknowledged
from retrovue_tui.server.turns import Turns

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from aiohttp.abc import AbstractStreamWriter

    from retrovue_tui.server.clients.connected_clients import ConnectedClients
    from retrovue_tui.server.interfaces import Channel, Station
    from retrovue_tui.server.limits import ViewerLimits
    from retrovue_tui.server.routes.viewing.past_streams import PastStreams

AUTO_BUFFER: Final = 48 * 1024
"""The send buffer of a viewer whose quality follows its connection, if the kernel does not tell how much is in there:
at a low bit rate the usual buffer would be many seconds."""

AUTO: Final = "auto"
"""The name of the quality that follows the connection."""

TRANSCODES: Final = {
    "mobile": 480, "internet720": 720, "internet540": 540, "internet480": 480, "internet360": 360, "internet240": 240,
}  # fmt: skip
"""The names that clients of network tuners use for qualities, with the most lines of each. Any other name, like
`heavy`, stands for the channel's own quality."""

HEADERS: Final = {
    "Content-Type": "video/mp2t",
    "Cache-Control": "no-cache, no-store, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "0",
    "Accept-Ranges": "none",
    "X-Content-Type-Options": "nosniff",
    "Server": f"retrovue-tui/{__version__}",
}


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
        measured = wanted != AUTO or unacknowledged(transport) is not None
        limit_send_buffer(transport, SEND_BUFFER if measured else AUTO_BUFFER)
        viewer = SocketViewer(transport, viewer_name(request), key_of(self._station, request))
        await self._turns.next()
        stream = self._stream(channel, viewer, wanted)
        transport.write(head_block())
        self._viewers.add(viewer)
        try:
            stream.begin(burst=request.query.get("burst") != "0")
            with self._clients.stream(request.remote or "?", agent_of(request), channel.id, stream):
                await viewer.pump(request.writer.drain, self._turns)
        finally:
            self._viewers.discard(viewer)
            await stream.end()

    def _stream(self, channel: Channel, viewer: SocketViewer, quality: str) -> LiveStream:
        renditions = self._station.renditions
        if renditions is None or not quality:
            return LiveStream(viewer, channel.bus)
        if quality != AUTO:
            return LiveStream(viewer, renditions.bus(channel.id, quality), quality)
        names = renditions.qualities(channel.id)
        rates = [renditions.kbps(name) * 1_000 / 8 for name in names]
        return AutoStream(viewer, names, rates, lambda name: renditions.bus(channel.id, name))

    def quality(self, request: web.Request, channel: Channel) -> str:
        """Return the quality that a request names: a name, `auto`, or empty for the channel's own. Raises an
        `HttpError` (400) if the channel has no such quality."""
        name = request.query.get("quality", "")
        lines = TRANSCODES.get(request.query.get("transcode", ""))
        renditions = self._station.renditions
        known = () if renditions is None else renditions.qualities(channel.id)
        if not name and lines is not None and len(known) > 1:
            name = _best_up_to(lines, known)
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


def _best_up_to(lines: int, qualities: Sequence[str]) -> str:
    """Return the best quality with at most so many lines; if there is none, the lowest."""
    ordered = sorted(qualities, key=lambda each: PROFILES[each][1], reverse=True)
    return next((each for each in ordered if PROFILES[each][1] <= lines), ordered[-1])


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
