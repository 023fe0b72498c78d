"""The station's facts and events as JSON and as server-sent events."""

from __future__ import annotations

import asyncio
import dataclasses
import ipaddress
import json
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from yarl import URL

from retrovue_tui.control.snapshots import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.control.events import Event
    from retrovue_tui.control.snapshots import ChannelSnapshot
    from retrovue_tui.server.onair import Channel, Station

HEARTBEAT_S: Final = 10.0
"""How often a silent event stream says that it lives."""

TOKEN: Final = web.AppKey("token", str)
"""The token that requests must bring, "" when none is needed."""


class Fault(Exception):
    """A request that is refused: an HTTP status, a code for programs, a line for people."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def channel_of(station: Station, request: web.Request) -> Channel:
    """The channel that the request's path names; raises a `Fault` that lists those there are."""
    wanted = request.match_info["channel"]
    channel = station.channels.get(wanted)
    if channel is None:
        known = ", ".join(station.channels) or "none yet"
        raise Fault(404, "no_such_channel", f"There is no channel {wanted!r} here; the channels are: {known}.")
    return channel


def stream_url(request: web.Request, channel_id: str) -> str:
    """Where this client can watch a channel: under the host name that it used itself, with the token it needs."""
    url = base_url(request) / "iptv" / "channel" / f"{channel_id}.ts"
    token = request.app[TOKEN]
    return str(url.with_query(token=token) if token else url)


def base_url(request: web.Request) -> URL:
    """The station's address as the client knows it."""
    host = request.headers.get("Host")
    if not host:  # only an HTTP/1.0 client may leave it out
        name = request.transport.get_extra_info("sockname") if request.transport else ("127.0.0.1", 80)
        host = f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
    return URL(f"{request.scheme}://{host}")


class Api:
    """The JSON routes."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._listeners: set[asyncio.Task[Any]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self._health),
            web.get("/api/station", self._snapshot),
            web.get("/api/channels/{channel}", self._channel),
            web.get("/api/events", self._events, allow_head=False),
            web.post("/api/station/stop", self._stop),
        ]

    def close(self) -> None:
        """End every event stream at once."""
        for listener in list(self._listeners):
            listener.cancel()

    async def _health(self, request: web.Request) -> web.Response:
        return answer({"status": "ok"})

    async def _snapshot(self, request: web.Request) -> web.Response:
        station = self._station.snapshot()
        channels = tuple(_with_url(channel, request) for channel in station.channels)
        return answer(to_json(dataclasses.replace(station, url=str(base_url(request)).rstrip("/"), channels=channels)))

    async def _channel(self, request: web.Request) -> web.Response:
        return answer(to_json(_with_url(channel_of(self._station, request).snapshot(), request)))

    async def _stop(self, request: web.Request) -> web.Response:
        if not request.app[TOKEN] and not is_loopback(request.remote or ""):
            raise Fault(403, "not_local", "Without a token only this machine may stop the station.")
        asyncio.get_running_loop().call_soon(self._station.request_stop)
        return answer({"stopping": True}, status=202)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        log = self._station.events
        last = _after(request)
        if last is None:
            last = log.last_id
        elif last > log.last_id:
            last = 0  # the client's number is from a station that ran before this one: all of this one's is new
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        task = asyncio.current_task()
        assert task is not None
        self._listeners.add(task)
        try:
            await response.prepare(request)
            await response.write(b": on air\n\n")
            while True:
                if news := log.after(last):
                    last = news[-1].id
                    await response.write(_frames(news))
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await log.news(last)
                except TimeoutError:
                    await response.write(b": still on air\n\n")
        finally:
            self._listeners.discard(task)


def answer(data: dict[str, Any], status: int = 200) -> web.Response:
    """A JSON answer that nobody keeps."""
    return json_answer(json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str), status)


def json_answer(text: str, status: int = 200) -> web.Response:
    """The same, of what is JSON already."""
    return web.Response(
        text=text,
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine alone, whatever a name server says."""
    name = host.lower().rstrip(".").removeprefix("[").removesuffix("]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _with_url(channel: ChannelSnapshot, request: web.Request) -> ChannelSnapshot:
    return dataclasses.replace(channel, url=stream_url(request, channel.id))


def _after(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("after")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise Fault(400, "bad_after", f"`after` and Last-Event-ID are the number of an event, not {text!r}.")
    return int(text)


def _frames(events: Iterable[Event]) -> bytes:
    return b"".join(
        f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(to_json(event), default=str)}\n\n".encode()
        for event in events
    )
