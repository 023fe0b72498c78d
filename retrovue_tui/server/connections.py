"""The server's connections: one that refuses in JSON what is not a request, and one over the limit."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from retrovue_tui.server.http import HttpError, refusal
from retrovue_tui.server.limits import HEADER, HEADERS

_log = logging.getLogger(__name__)
_log.addFilter(lambda record: not _is_malformed(record))
_TOO_MANY_HEADERS: Final = "Too many headers received"
"""What aiohttp says of a request with too many header lines. It has no exception of its own for this."""


class Connection(web.RequestHandler):
    """One connection. What is not a valid HTTP request, or exceeds the limits of the headers, never becomes a request
    for the routes; it is refused here, in JSON like all other faults."""

    __slots__ = ()

    def __init__(self, manager: web.Server, loop: asyncio.AbstractEventLoop, idle_s: float) -> None:
        """`idle_s`: a connection without a request is closed after this time (s)."""
        super().__init__(
            manager,
            loop=loop,
            logger=_log,
            access_log=None,  # type: ignore[arg-type]  # None is allowed and means no log, but is not declared
            keepalive_timeout=idle_s,
            max_headers=HEADERS,
            max_line_size=HEADER,
            max_field_size=HEADER,
        )

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Log an error, and return the answer, after which the connection is closed."""
        super().handle_error(request, status, exc, message)
        response = refusal(_fault(status, exc, message))
        response.force_close()
        return response


class RefusedConnection(asyncio.Protocol):
    """Aborts a connection over the limit at once, before it uses memory."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def _fault(status: int, exc: BaseException | None, message: str | None) -> HttpError:
    if isinstance(exc, LineTooLong):
        return HttpError(status, "line_too_long", f"The address or a header line has more than {HEADER} bytes.")
    if message == _TOO_MANY_HEADERS:
        return HttpError(status, "too_many_headers", f"The request has more than {HEADERS} header lines.")
    if isinstance(exc, HttpProcessingError):
        return HttpError(status, "bad_request", "This is not a valid HTTP request.")
    return HttpError(status, "internal", "An internal error; the station's log has the details.")


def _is_malformed(record: logging.LogRecord) -> bool:
    """Return whether a log record reports input that is not HTTP. Such records are not logged, because anybody can
    cause any number of them."""
    return record.exc_info is not None and isinstance(record.exc_info[1], HttpProcessingError)
