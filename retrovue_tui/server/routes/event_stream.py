"""The route of the station's events, as server-sent events (WHATWG HTML)."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from aiohttp import web

from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.server.http import HttpError
from retrovue_tui.server.limits import EVENT_CLIENTS, EVENT_WRITE_S
from retrovue_tui.threads import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.server.clients.connected_clients import ConnectedClients
    from retrovue_tui.server.interfaces import Station

HEARTBEAT_S: Final = 10.0
"""How often a silent event stream sends a heartbeat (s)."""
FEW: Final = 20
"""Up to this many events become JSON in the event loop; more become JSON in a thread."""
_WRITTEN: Final = 2_048
"""For how many of the newest events the text is kept, so that it is written once for all clients."""


class EventStream:
    """`/api/events`: sends every event from now on, or every event after `Last-Event-ID`."""

    def __init__(self, station: Station, clients: ConnectedClients) -> None:
        self._station = station
        self._clients = clients
        self._listeners: set[asyncio.Task[Any]] = set()
        self._written: list[tuple[int, bytes]] = [(0, b"")] * _WRITTEN
        """The ids and texts of events, each at its id modulo the length of the list. Also used in threads."""

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/events", self._events, allow_head=False)]

    def __len__(self) -> int:
        return len(self._listeners)

    def close(self) -> None:
        """End every event stream at once."""
        for listener in list(self._listeners):
            listener.cancel()

    async def _events(self, request: web.Request) -> web.StreamResponse:
        log = self._station.events
        last = _after(request)
        if last is None:
            last = log.last_id
        elif last > log.last_id:
            last = 0  # the number is from before a restart: send all events of this run
        if len(self._listeners) >= EVENT_CLIENTS:
            message = f"There are {EVENT_CLIENTS} event streams open already, which is the limit; close one."
            raise HttpError(503, "too_many_listeners", message, {"Retry-After": "10"})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        response.headers["X-Accel-Buffering"] = "no"  # otherwise nginx holds back some kilobytes of events
        task = asyncio.current_task()
        assert task is not None
        self._listeners.add(task)
        try:
            await response.prepare(request)
            with self._clients.control_room(request.remote or "?", request.headers.get("User-Agent", "")):
                await self._follow(response, log, last)
        except ConnectionError:
            return response  # the client has disconnected
        finally:
            self._listeners.discard(task)

    async def _follow(self, response: web.StreamResponse, log: EventLog, last: int) -> NoReturn:
        """Send every event after number `last`, until cancelled. Raises `ConnectionError` if the client has
        disconnected."""
        await self._send(response, b": on air\n\n")
        while True:
            if new := log.after(last):
                last = new[-1].id
                few = len(new) <= FEW
                await self._send(response, self._text(new) if few else await ANSWERS.run(self._text, new))
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await log.wait_after(last)
            except TimeoutError:
                await self._send(response, b": still on air\n\n")

    def _text(self, events: Iterable[Event]) -> bytes:
        return b"".join(map(self._text_of, events))

    def _text_of(self, event: Event) -> bytes:
        id, text = self._written[event.id % _WRITTEN]
        if id != event.id:
            text = _frame(event)
            self._written[event.id % _WRITTEN] = event.id, text
        return text

    async def _send(self, response: web.StreamResponse, data: bytes) -> None:
        """Write to a client. Raises `ConnectionResetError` if it reads nothing for `EVENT_WRITE_S`."""
        try:
            async with asyncio.timeout(EVENT_WRITE_S):
                await response.write(data)
        except TimeoutError as error:
            raise ConnectionResetError("the client reads nothing") from error


def _after(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("after")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,15}", text, re.ASCII):
        raise HttpError(400, "bad_after", f"`after` and Last-Event-ID are the number of an event, not {text[:40]!r}.")
    return int(text)


def _frame(event: Event) -> bytes:
    """Return an event as it is sent to clients."""
    return f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(to_json(event), default=str)}\n\n".encode()
