"""What media there are, and having one prepared."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from aiohttp import web

from retrovue_tui.errors import MediaError
from retrovue_tui.server.api import Fault, answer, json_answer

if TYPE_CHECKING:
    from retrovue_tui.control.library import LibrarySnapshot
    from retrovue_tui.server.onair import Station, Stock


class Library:
    """The routes of the bin."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/library", self._rows), web.post("/api/library/prepare", self._prepare)]

    async def _rows(self, request: web.Request) -> web.Response:
        library = await self._stock.snapshot()
        return json_answer(await asyncio.to_thread(_text, library))

    async def _prepare(self, request: web.Request) -> web.Response:
        file = await _file(request)
        try:
            begun = self._stock.prepare(file)
        except MediaError as error:
            raise Fault(409, "cannot_prepare", f"{file}: {error.reason.rstrip('.')}.") from error
        return answer({"file": file, "prepared": not begun}, 202 if begun else 200)

    @property
    def _stock(self) -> Stock:
        stock = self._station.stock
        if stock is None:
            raise Fault(503, "not_ready", "The station is still starting; try again in a moment.")
        return stock


async def _file(request: web.Request) -> str:
    try:
        data = json.loads(await request.text())
    except (ValueError, RecursionError) as error:
        raise Fault(400, "bad_json", f'The body is not JSON like {{"file": "/media/film.mkv"}}: {error}.') from error
    file = data.get("file") if isinstance(data, dict) else None
    if not isinstance(file, str) or not file.strip() or "\0" in file:
        raise Fault(400, "bad_file", 'Name the file to prepare: {"file": "/media/film.mkv"}.')
    return file


def _text(library: LibrarySnapshot) -> str:
    """As JSON, row by row: one call for thousands of them would keep the loop from running. In ASCII, since a file's
    name may hold bytes that are no text."""
    rows = ",".join(json.dumps(vars(row), separators=(",", ":")) for row in library.rows)
    return f'{{"rows":[{rows}]}}'
