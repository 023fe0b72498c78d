"""Helpers of all routes: refusals, JSON answers, the station's snapshot, and the look-up of a channel."""

from __future__ import annotations

import asyncio
import re
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from retrovue_tui.text.long_json import long_json
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.snapshots import StationSnapshot
    from retrovue_tui.server.interfaces import Channel, Station


TOKEN_PATH: Final = "/hdhr/t/"
"""The part of a path after this, up to the next slash, is a token: clients of the tuner can send none elsewhere."""
_TOKEN_IN_PATH: Final = re.compile(rf"(?<=^{TOKEN_PATH})[^/]+")


class HttpError(Exception):
    """Refuses a request: an HTTP status, a code for programs, and a line for people."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def channel_of(station: Station, request: web.Request, id: str | None = None) -> Channel:
    """Return the channel with an id, or the one that the request's path names. If there is none, raises an `HttpError`:
    404 with a list of the channels, or 503 while the station is starting, so that clients try again and do not forget
    the channel."""
    wanted = request.match_info["channel"] if id is None else id
    channel = station.channels.get(wanted)
    if not station.channels:
        raise HttpError(503, "starting", "The station is starting; try again in a second.", {"Retry-After": "1"})
    if channel is None:
        known = ", ".join(station.channels)
        raise HttpError(404, "no_such_channel", f"There is no channel {wanted[:64]!r} here; the channels are: {known}.")
    return channel


def accepts_gzip(request: web.Request) -> bool:
    """Return whether the client takes a body in gzip (RFC 9110, 12.5.3)."""
    return _accepts_gzip(request.headers.get("Accept-Encoding", ""))


@lru_cache(maxsize=64)
def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, quality = part.strip().partition(";")
        if name.strip() in ("gzip", "*"):
            return not re.fullmatch(r"\s*q=0(\.0*)?", quality)
    return False


def is_known(request: web.Request, tag: str, modified_at: int) -> bool:
    """Return whether the client has this version of a document already (RFC 9110, 13.1). `tag`: its ETag, without
    quotes. `modified_at`: Unix time (whole seconds)."""
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        return any(each.strip().removeprefix("W/") in ("*", f'"{tag}"') for each in tags.split(","))
    try:
        since = parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
        return modified_at <= since.timestamp()
    except (ValueError, OverflowError):
        return False


def path_of(request: web.Request) -> str:
    """Return a request's path for messages and logs, without the tokens that the query and the path may contain."""
    tuner = request.path.startswith(TOKEN_PATH)
    return printable(_TOKEN_IN_PATH.sub("…", request.rel_url.raw_path) if tuner else request.path, 200)


async def snapshot_of(station: Station) -> StationSnapshot:
    """Return the station's current snapshot. Other tasks run between the snapshots of two channels: those of fifty
    channels in one go would block the event loop for 25 ms."""
    channels = []
    for channel_id in tuple(station.channels):
        if channel_id in station.channels:  # it may have been removed meanwhile
            channels.append(station.channel_snapshot(channel_id))
        await asyncio.sleep(0)
    return station.snapshot(channels)


def answer(data: dict[str, Any], status: int = 200) -> web.Response:
    """Return an object as a JSON answer that clients must not cache."""
    return json_answer(dumped(data), status)


def refusal(fault: HttpError) -> web.Response:
    """Return an error as an answer."""
    response = answer({"error": {"code": fault.code, "message": fault.message}}, fault.status)
    response.headers.update(fault.headers)
    return response


def dumped(data: dict[str, Any] | list[Any]) -> bytes:
    """Return an object or a list as JSON."""
    return long_json(data, ascii=False, default=str).encode("utf-8", "replace")


def json_answer(body: bytes, status: int = 200) -> web.Response:
    """Return JSON text as an answer that clients must not cache."""
    return web.Response(
        body=body,
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )
