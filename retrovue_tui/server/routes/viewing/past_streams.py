"""Streams of the past: sends each viewer of catch-up a stream of its own, apart from the live ones."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.protocol.answers.catchup import CatchupError
from retrovue_tui.server.http import HttpError, channel_of
from retrovue_tui.server.limits import READS_A_SECOND, READS_AT_ONCE, Bucket
from retrovue_tui.server.live_stream import limit_send_buffer
from retrovue_tui.server.routes.viewing.streams import SentResponse, agent_of, head_block, viewer_name
from retrovue_tui.server.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp import web

    from retrovue_tui.protocol.answers.catchup import CatchupFault, PastRequest
    from retrovue_tui.server.clients.connected_clients import ConnectedClients
    from retrovue_tui.server.interfaces import CatchupService, PastStream, Station
    from retrovue_tui.server.limits import ViewerLimits

PAUSE_S: Final = 600.0
"""A viewer who takes nothing for this time (s) is disconnected: a pause of the player ends its stream."""
STATUS: Final[Mapping[CatchupFault, int]] = {
    "catchup_off": 404, "not_aired_yet": 400, "too_old": 404, "nothing_aired": 404, "end_before_start": 400,
    "log_unreadable": 503,
}  # fmt: skip
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class PastViewer:
    """A viewer of the past."""

    name: str
    channel_id: str
    stream: PastStream
    transport: asyncio.Transport
    sent: int = 0
    """The number of bytes written so far."""
    mode: Literal["catchup"] = "catchup"
    quality: str = ""
    is_auto: bool = False

    @property
    def behind_s(self) -> float:
        """How far behind the live stream the viewer is (s)."""
        return self.stream.behind_s

    def skips(self) -> tuple[int, int]:
        """Return how often the viewer was moved forward, and the bytes that it missed: never, and none."""
        return 0, 0

    def write(self, data: bytes) -> None:
        """Write the next part of the stream."""
        self.sent += len(data)
        self.transport.write(data)

    def close(self) -> None:
        """End the connection, which ends the stream."""
        self.transport.abort()


class PastStreams:
    """Serves viewers of the past, at most `most` at a time, and disconnects them when the server stops."""

    def __init__(self, station: Station, limits: ViewerLimits, most: int, clients: ConnectedClients) -> None:
        self._station = station
        self._limits = limits
        self._clients = clients
        self._most = most
        self._count = 0
        self._requests = Bucket("viewers who begin to watch the past", READS_A_SECOND, READS_AT_ONCE)
        self._turns = Turns()
        self.viewers: set[PastViewer] = set()

    def close(self) -> None:
        """Disconnect every viewer at once."""
        for viewer in list(self.viewers):
            viewer.close()

    def check(self, request: web.Request, past: PastRequest) -> CatchupService:
        """Return the station's catch-up if it can answer the request; else raise an `HttpError`."""
        channel, catchup = channel_of(self._station, request), self._station.catchup
        if catchup is None:
            raise HttpError(503, "starting", "The station is starting; try again in a moment.", {"Retry-After": "2"})
        try:
            catchup.check(channel.id, past)
        except CatchupError as error:
            raise _refusal(error) from error
        return catchup

    async def serve(self, request: web.Request, past: PastRequest) -> web.StreamResponse:
        """Send the past until it ends, or until the viewer leaves, which cancels this call."""
        catchup = self.check(request, past)
        if self._count >= self._most:
            message = (
                f"{self._most} viewers watch the past already; the limit is max_catchup below [server] in"
                " retrovue.toml; try again later."
            )
            raise HttpError(503, "too_many_viewers", message, {"Retry-After": "10"})
        self._requests.take()
        address = request.remote or "?"
        self._clients.check(address, agent_of(request))
        self._limits.enter(address)
        self._count += 1
        try:
            await self._serve(request, catchup, past)
        finally:
            self._count -= 1
            self._limits.leave(address)
        return SentResponse()

    async def _serve(self, request: web.Request, catchup: CatchupService, past: PastRequest) -> None:
        transport, channel = request.transport, channel_of(self._station, request)
        if transport is None:
            raise ConnectionResetError("the viewer left before it was admitted")
        try:
            stream = await catchup.open(channel.id, past, self._turns.next)
        except CatchupError as error:
            raise _refusal(error) from error
        viewer = PastViewer(viewer_name(request), channel.id, stream, transport)
        self.viewers.add(viewer)
        try:
            limit_send_buffer(transport)
            transport.write(head_block())
            with self._clients.stream(request.remote or "?", agent_of(request), channel.id, viewer):
                await self._send(viewer, request.writer.drain)
        finally:
            self.viewers.discard(viewer)
            stream.close()

    async def _send(self, viewer: PastViewer, drain: Callable[[], Awaitable[None]]) -> None:
        try:
            while (part := await viewer.stream.next()) is not None:
                viewer.write(part)
                async with asyncio.timeout(PAUSE_S):
                    await drain()
        except TimeoutError:
            viewer.close()
        except ConnectionError:
            raise
        except OSError as error:
            _log.warning("the past of channel %s ends for %s: %s", viewer.channel_id, viewer.name, error)
        except Exception:  # the headers are sent, so that no error can be answered any more
            _log.exception("the past of channel %s ends for %s", viewer.channel_id, viewer.name)
        viewer.transport.close()


def _refusal(error: CatchupError) -> HttpError:
    return HttpError(STATUS[error.fault], error.fault, error.message)
