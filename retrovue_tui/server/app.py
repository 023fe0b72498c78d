"""The station's embedded HTTP server: starts and stops it, checks access, and sends errors as JSON."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from retrovue_tui.config.hdhomerun import HdHomeRunConfig
from retrovue_tui.errors import StationError
from retrovue_tui.loopback import is_loopback
from retrovue_tui.server.access import Access, is_for_other_sites
from retrovue_tui.server.clients.connected_clients import ConnectedClients
from retrovue_tui.server.connections import Connection, RefusedConnection
from retrovue_tui.server.hls_sessions import HlsSessions
from retrovue_tui.server.http import HttpError, path_of, refusal
from retrovue_tui.server.limits import BODY, IDLE_S, ViewerLimits, most_connections
from retrovue_tui.server.metrics.part_families import ServerFigures
from retrovue_tui.server.proxies import TrustedProxies
from retrovue_tui.server.routes.alert_routes import AlertRoutes
from retrovue_tui.server.routes.asrun_routes import AsRunRoutes
from retrovue_tui.server.routes.audience_routes import AudienceRoutes
from retrovue_tui.server.routes.client_routes import ClientRoutes
from retrovue_tui.server.routes.command_routes import CommandRoutes
from retrovue_tui.server.routes.event_stream import EventStream
from retrovue_tui.server.routes.library_routes import LibraryRoutes
from retrovue_tui.server.routes.metrics_routes import MetricsRoutes
from retrovue_tui.server.routes.openapi_routes import OpenApiRoutes
from retrovue_tui.server.routes.picture_routes import PictureRoutes
from retrovue_tui.server.routes.plan_routes import PlanRoutes
from retrovue_tui.server.routes.station_routes import StationRoutes
from retrovue_tui.server.routes.viewing.guide_routes import GuideRoutes
from retrovue_tui.server.routes.viewing.hls_routes import HlsRoutes
from retrovue_tui.server.routes.viewing.logos import LogoRoutes
from retrovue_tui.server.routes.viewing.m3u_playlist import PlaylistRoutes
from retrovue_tui.server.routes.viewing.pages import PageRoutes, is_for_page, token_page
from retrovue_tui.server.routes.viewing.past_streams import PastStreams
from retrovue_tui.server.routes.viewing.streams import Streams
from retrovue_tui.server.routes.viewing.tuner_routes import TunerRoutes
from retrovue_tui.threads import BusyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from retrovue_tui.server.interfaces import Station
    from retrovue_tui.server.proxies import Network

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = logging.getLogger(__name__)
_STOP_S: Final = 0.5
ACCEPTED_AT_ONCE: Final = 16
"""How many connections the server accepts in one turn of the event loop. A thousand at once would block the loop for
0.1 s."""
QUEUED: Final = 1_024
"""How many connections wait in the kernel until the server accepts them."""


class StationServer:
    """Serves one station on one address. Every host except loopback needs a token."""

    def __init__(
        self,
        station: Station,
        host: str,
        port: int,
        token: str | None = None,
        *,
        viewer_token: str | None = None,
        base_url: str | None = None,
        trusted_proxies: Sequence[Network] = (),
        hdhomerun: HdHomeRunConfig | None = None,
        max_viewers: int = 2_000,
        max_viewers_per_address: int = 200,
        max_catchup: int = 50,
    ) -> None:
        """Port 0 takes any free port. Raises `StationError` if other machines can reach `host` and no token is set."""
        if not token and not is_loopback(host):
            raise StationError(
                f"{host or 'Every address'} is open to other machines, and no token is set: write"
                ' token = "…" (a long random word) below [server] in retrovue.toml, or keep host = "127.0.0.1".'
            )
        self._host, self._port = host, port
        self._most_connections = most_connections(max_viewers)
        self.access = access = Access(host, token, viewer_token, base_url, TrustedProxies(trusted_proxies))
        self._clients = clients = ConnectedClients()
        limits = ViewerLimits(max_viewers, max_viewers_per_address)
        self._streams = Streams(station, limits, clients, PastStreams(station, limits, max_catchup, clients))
        self._hls_sessions = HlsSessions(limits, clients)
        self._hls = HlsRoutes(station, access, self._hls_sessions)
        self._events = EventStream(station, clients)
        self._editing = CommandRoutes(station)
        tuner = hdhomerun or HdHomeRunConfig()
        self._rooms = (
            self._streams, self._events, self._editing, StationRoutes(station, access, has_tuner=tuner.enabled),
            PlaylistRoutes(station, access),
            AsRunRoutes(station), AudienceRoutes(station),
            LibraryRoutes(station), PictureRoutes(station), PlanRoutes(station),
            LogoRoutes(station), ClientRoutes(station, access, clients, host),
            GuideRoutes(station, access), self._hls, PageRoutes(station, access),
            MetricsRoutes(station, self._figures), AlertRoutes(station),
            OpenApiRoutes(access, has_tuner=tuner.enabled),
        )  # fmt: skip
        self._tuner = TunerRoutes(station, access, self._streams, tuner)
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    async def start(self) -> str:
        """Start to listen, and return the station's URL. If it listens on all addresses, the URL has this machine's
        loopback address. Raises `StationError` if it cannot listen."""
        runner = web.AppRunner(
            self._application(),
            handle_signals=False,
            handler_cancellation=True,  # when a viewer disconnects, its handler is cancelled at once
            shutdown_timeout=_STOP_S,
        )
        await runner.setup()
        server = runner.server
        assert server is not None, "it is there after setup"

        loop = asyncio.get_running_loop()

        def accept() -> asyncio.BaseProtocol:
            full = len(server.connections) >= self._most_connections
            return RefusedConnection() if full else Connection(server, loop, IDLE_S)

        try:
            listening = await loop.create_server(accept, self._host or None, self._port, backlog=ACCEPTED_AT_ONCE)
        except OSError as error:
            await runner.cleanup()
            raise StationError(_cannot_listen(self._host, self._port, error)) from error
        for each in listening.sockets:
            _queue_connections(each.fileno())
        self._runner, self._listening = runner, listening
        address, port = listening.sockets[0].getsockname()[:2]
        await self._tuner.start(self._host, port)
        return _url(address, port)

    async def stop(self) -> None:
        """Stop listening and end every connection. This takes much less than a second, whatever the clients do."""
        await self._tuner.close()
        if self._runner is not None:
            runner, self._runner = self._runner, None
            if self._listening is not None:
                self._listening.close()
            await runner.cleanup()

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[_faults_as_json, self._guard], client_max_size=BODY)
        for room in (*self._rooms, self._tuner):
            app.add_routes(room.routes())
        app.on_shutdown.append(self._end_connections)
        return app

    async def _end_connections(self, app: web.Application) -> None:
        self._streams.close()
        self._hls.close()
        self._events.close()
        self._clients.close()
        await self._editing.finish()

    def _figures(self) -> ServerFigures:
        hls, streams = self._hls_sessions.counts(), self._clients.counts()
        clients = {(id, "hls", quality): count for (id, quality), count in hls.items()}
        for (id, mode, quality), count in streams.items():
            if mode != "live":
                clients[id, mode, quality] = count
            elif others := count - hls[id, quality]:
                clients[id, "ts", quality] = others
        return ServerFigures(clients, self._tuner.figures(), len(self._events), dict(self._editing.counts))

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            checked = self.access.check(request)
        except HttpError as fault:
            if fault.code == "token_needed" and is_for_page(request):
                return await token_page(request)
            raise
        return await handler(checked)


@web.middleware
async def _faults_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await _answered(request, handler)
    if response.status >= 400 and is_for_other_sites(request.path):
        response.headers["Access-Control-Allow-Origin"] = "*"  # else a player there learns only that it got no answer
    if response.status >= 400 and not request.content.is_eof():
        response.force_close()  # the rest of the body is still on its way; it must not be read as a request
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return the answer of the request's handler, or else the error as JSON."""
    try:
        return await handler(request)
    except HttpError as fault:
        return refusal(fault)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        message = f"{path_of(request)} takes {allowed}, not {request.method}."
        return refusal(HttpError(405, "method_not_allowed", message, {"Allow": allowed}))
    except web.HTTPNotFound:
        return refusal(HttpError(404, "not_found", f"There is nothing at {path_of(request)}."))
    except web.HTTPException as error:
        return refusal(HttpError(error.status, HTTPStatus(error.status).name.lower(), f"{error.reason}."))
    except BusyError as error:
        return refusal(HttpError(503, "busy", f"{error.message}.", {"Retry-After": "1"}))
    except ConnectionError:
        raise
    except Exception:
        _log.exception("%s %s failed", request.method, path_of(request))
        return refusal(HttpError(500, "internal", "An internal error; the station's log has the details."))


def _queue_connections(descriptor: int) -> None:
    """Let `QUEUED` connections wait in the kernel. asyncio uses one number both for this and for how many it accepts at
    a time."""
    with socket.socket(fileno=os.dup(descriptor)) as same:
        same.listen(QUEUED)


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program: stop that, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}: choose one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{host} is not an address of this machine: choose one of its own with --host."
    return f"Cannot listen on {host} port {port}: {error.strerror or error}."


def _url(host: str, port: int) -> str:
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # all addresses: use this machine's loopback address
    return f"http://[{local}]:{port}" if ":" in local else f"http://{local}:{port}"
