"""The route of the alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.server.http import HttpError, answer
from retrovue_tui.server.limits import READS_A_SECOND, READS_AT_ONCE, Bucket

if TYPE_CHECKING:
    from retrovue_tui.server.interfaces import Station


class AlertRoutes:
    """`/api/alerts`: read-only."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._reads = Bucket("lists of alerts", READS_A_SECOND, READS_AT_ONCE)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/alerts", self._alerts)]

    async def _alerts(self, request: web.Request) -> web.Response:
        self._reads.take()
        if self._station.alerts is None:
            raise HttpError(503, "not_ready", "The station has no alerts yet; try again in a moment.")
        return answer(to_json(self._station.alerts.snapshot()))
