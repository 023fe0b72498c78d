"""The route of the metrics for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from retrovue_tui.server.http import snapshot_of
from retrovue_tui.server.limits import READS_A_SECOND, READS_AT_ONCE, Bucket
from retrovue_tui.server.metrics.exposition import Scrape, exposition
from retrovue_tui.threads import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.server.interfaces import Station
    from retrovue_tui.server.metrics.part_families import ServerFigures

LONGEST_ACCEPT = 1_000
"""How much of an Accept header is read (characters)."""


class MetricsRoutes:
    """`/metrics`: reads all figures when it is asked, and nothing in between."""

    def __init__(self, station: Station, server: Callable[[], ServerFigures]) -> None:
        """`server` returns the figures of the server."""
        self._station, self._server = station, server
        self._reads = Bucket("scrapes", READS_A_SECOND, READS_AT_ONCE)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/metrics", self._metrics)]

    async def _metrics(self, request: web.Request) -> web.Response:
        self._reads.take()
        station = self._station
        scrape = Scrape(await snapshot_of(station), station.loop_lag_s, station.figures(), self._server())
        body, content_type = await ANSWERS.run(exposition, scrape, request.headers.get("Accept", "")[:LONGEST_ACCEPT])
        return web.Response(body=body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})
