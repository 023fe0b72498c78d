"""Routes of the whole station: its health, its state as JSON, and the command that stops it."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from aiohttp import web

from retrovue_tui.loopback import is_loopback
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.server.http import HttpError, answer, channel_of, dumped, json_answer, snapshot_of
from retrovue_tui.threads import ANSWERS

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, StationSnapshot
    from retrovue_tui.server.access import Access
    from retrovue_tui.server.interfaces import Station


class StationRoutes:
    """The routes of the health check, of snapshots, and of the command that stops the station."""

    def __init__(self, station: Station, access: Access, *, has_tuner: bool = True) -> None:
        self._station = station
        self._access = access
        self._has_tuner = has_tuner

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self._health),
            web.get("/api/station", self._snapshot),
            web.get("/api/channels/{channel}", self._channel),
            web.post("/api/station/stop", self._stop),
        ]

    async def _health(self, request: web.Request) -> web.Response:
        return answer({"status": "ok"})

    async def _snapshot(self, request: web.Request) -> web.Response:
        station = await snapshot_of(self._station)
        channels = tuple(self._with_url(channel, request) for channel in station.channels)
        url = str(self._access.base_url(request)).rstrip("/")
        shown = dataclasses.replace(
            station, url=url, channels=channels, playlist_url=self._access.playlist_url(url),
            tuner_url=self._access.tuner_url(url) if self._has_tuner else "",
        )  # fmt: skip
        return json_answer(await ANSWERS.run(_text, shown))

    async def _channel(self, request: web.Request) -> web.Response:
        snapshot = self._station.channel_snapshot(channel_of(self._station, request).id)
        return answer(to_json(self._with_url(snapshot, request)))

    async def _stop(self, request: web.Request) -> web.Response:
        if self._access.is_open and not is_loopback(request.remote or ""):
            raise HttpError(403, "not_local", "Without a token only this machine may stop the station.")
        asyncio.get_running_loop().call_soon(self._station.request_stop)
        return answer({"stopping": True}, status=202)

    def _with_url(self, channel: ChannelSnapshot, request: web.Request) -> ChannelSnapshot:
        return dataclasses.replace(channel, url=self._access.stream_url(request, channel.id))


def _text(station: StationSnapshot) -> bytes:
    """Return a snapshot as JSON. Call this in a thread: for fifty channels it takes 10 ms."""
    return dumped(to_json(station))
