"""The route of the description of the HTTP interface (OpenAPI)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from retrovue_tui.server.http import dumped, json_answer
from retrovue_tui.server.limits import READS_A_SECOND, READS_AT_ONCE, Bucket
from retrovue_tui.server.openapi.document import openapi_document
from retrovue_tui.threads import ANSWERS

if TYPE_CHECKING:
    from retrovue_tui.server.access import Access


class OpenApiRoutes:
    """`/api/openapi.json`."""

    def __init__(self, access: Access, *, has_tuner: bool) -> None:
        self._access, self._has_tuner = access, has_tuner
        self._reads = Bucket("descriptions", READS_A_SECOND, READS_AT_ONCE)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/openapi.json", self._document)]

    async def _document(self, request: web.Request) -> web.Response:
        self._reads.take()
        url = str(self._access.base_url(request)).rstrip("/")
        tuner, tokens = self._has_tuner, not self._access.is_open
        return json_answer(await ANSWERS.run(lambda: dumped(openapi_document(url, has_tuner=tuner, has_tokens=tokens))))
