"""The station's embedded HTTP server: who may ask, what goes wrong, how it starts and stops."""

from __future__ import annotations

import errno
import hmac
import logging
import re
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from retrovue_tui.errors import StationError
from retrovue_tui.server.api import TOKEN, Api, Fault, answer, is_loopback
from retrovue_tui.server.editing import Editing
from retrovue_tui.server.library import Library
from retrovue_tui.server.pictures import Pictures
from retrovue_tui.server.playlists import Playlists
from retrovue_tui.server.records import Records
from retrovue_tui.server.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from retrovue_tui.server.onair import Station

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = logging.getLogger(__name__)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_STOP_S: Final = 0.5
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:/\[\]@\s]+)(:\d{1,5})?")


class StationServer:
    """Serves one station on one address. Loopback needs no token; any other host does."""

    def __init__(self, station: Station, host: str, port: int, token: str | None = None) -> None:
        """`port` 0 takes a free one. Raises `StationError` where the host is open to others and there is no token."""
        if not token and not is_loopback(host):
            raise StationError(
                f"{host or 'Every address'} is open to other machines, and no token is set: write"
                ' token = "…" (a long random word) below [server] in retrovue.toml, or keep host = "127.0.0.1".'
            )
        self._host, self._port, self._token = host, port, token or ""
        self._streams = Streams(station)
        self._api = Api(station)
        self._playlists = Playlists(station)
        self._editing = Editing(station)
        self._records = Records(station)
        self._library = Library(station)
        self._pictures = Pictures(station)
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen, and answer the station's address (for this machine, where it listens on all).
        Raises `StationError` when it cannot."""
        runner = web.AppRunner(
            self._application(),
            handle_signals=False,
            access_log=None,
            handler_cancellation=True,  # a viewer that goes ends its handler at once
            shutdown_timeout=_STOP_S,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port, backlog=1024).start()
        except OSError as error:
            await runner.cleanup()
            raise StationError(_cannot_listen(self._host, self._port, error)) from error
        self._runner = runner
        return _url(*runner.addresses[0][:2])

    async def stop(self) -> None:
        """Stop listening and end every connection; well under a second, whoever is connected."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[_faults_as_json, self._guard])
        app[TOKEN] = self._token
        others = (self._editing, self._records, self._library, self._pictures)
        for room in (self._streams, self._playlists, self._api, *others):
            app.add_routes(room.routes())
        app.on_shutdown.append(self._end_connections)
        return app

    async def _end_connections(self, app: web.Application) -> None:
        self._streams.close()
        self._api.close()
        await self._editing.finish()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._check_host(request)
        self._check_origin(request)
        if self._token and request.path != "/healthz":
            self._check_token(request)
        return await handler(request)

    def _check_host(self, request: web.Request) -> None:
        """A web page whose name was made to point here (DNS rebinding) still sends its own name."""
        header = request.headers.get("Host")
        if header is None:
            return  # HTTP/1.0; no browser does that
        match = _HOST.fullmatch(header)
        if match is None:
            raise Fault(400, "bad_host", "The Host header is not a host name.")
        name = match["name"]
        if not self._token and not is_loopback(name) and name.lower() != self._host.lower():
            raise Fault(
                403, "host_refused", f"This station answers to this machine's own names only, not to {name!r}; "
                "to open it to others, set a token below [server] in retrovue.toml.",
            )  # fmt: skip

    def _check_origin(self, request: web.Request) -> None:
        """A web page elsewhere may make a browser send a POST here; it cannot hide where it is from."""
        origin = request.headers.get("Origin")
        if request.method in _SAFE or origin is None:
            return
        if origin.partition("://")[2] != request.headers.get("Host"):
            raise Fault(403, "origin_refused", "This station takes no commands from other web sites.")

    def _check_token(self, request: web.Request) -> None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        given = value.strip() if scheme.lower() == "bearer" else request.query.get("token", "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token.encode()):
            raise Fault(
                401, "token_needed", "This station needs its token: send `Authorization: Bearer TOKEN`, "
                "or add ?token=TOKEN to the address.", {"WWW-Authenticate": "Bearer"},
            )  # fmt: skip


@web.middleware
async def _faults_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Fault as fault:
        return _refuse(fault)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        message = f"{request.path} takes {allowed}, not {request.method}."
        return _refuse(Fault(405, "method_not_allowed", message, {"Allow": allowed}))
    except web.HTTPNotFound:
        return _refuse(Fault(404, "not_found", f"There is nothing at {request.path}."))
    except web.HTTPException as error:
        return _refuse(Fault(error.status, HTTPStatus(error.status).name.lower(), f"{error.reason}."))
    except ConnectionError:
        raise
    except Exception:
        _log.exception("%s %s failed", request.method, request.path)
        return _refuse(Fault(500, "internal", "The station made a mistake here; its log says more."))


def _refuse(fault: Fault) -> web.Response:
    response = answer({"error": {"code": fault.code, "message": fault.message}}, fault.status)
    response.headers.update(fault.headers)
    return response


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program: stop that, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}: choose one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{host} is not an address of this machine: choose one of its own with --host."
    return f"Cannot listen on {host} port {port}: {error.strerror or error}."


def _url(host: str, port: int) -> str:
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # where it listens on all addresses
    return f"http://[{local}]:{port}" if ":" in local else f"http://{local}:{port}"
