"""Routes of the media library: list the files, and request that one is prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from retrovue_tui.errors import MediaError
from retrovue_tui.server.bodies import read_json
from retrovue_tui.server.http import HttpError, answer, json_answer
from retrovue_tui.server.limits import (
    COMMANDS_A_SECOND,
    COMMANDS_AT_ONCE,
    FILE_NAME,
    READS_A_SECOND,
    READS_AT_ONCE,
    Bucket,
)
from retrovue_tui.text.long_json import json_rows
from retrovue_tui.threads import ANSWERS

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.library import LibrarySnapshot
    from retrovue_tui.server.interfaces import Inventory, Station


class LibraryRoutes:
    """The routes below `/api/library` that list and prepare media files."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._reads = Bucket("lists of the library", READS_A_SECOND, READS_AT_ONCE)
        self._writes = Bucket("files to prepare", COMMANDS_A_SECOND, COMMANDS_AT_ONCE)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/library", self._rows), web.post("/api/library/prepare", self._prepare)]

    async def _rows(self, request: web.Request) -> web.Response:
        self._reads.take()
        library = await self._inventory.snapshot()
        return json_answer(await ANSWERS.run(_text, library))

    async def _prepare(self, request: web.Request) -> web.Response:
        self._writes.take()
        file = await read_json(request, '{"file": "/media/film.mkv"}', _file)
        try:
            begun = self._inventory.prepare(file)
        except MediaError as error:
            raise HttpError(409, "cannot_prepare", f"{file}: {error.reason.rstrip('.')}.") from error
        return answer({"file": file, "prepared": not begun}, 202 if begun else 200)

    @property
    def _inventory(self) -> Inventory:
        inventory = self._station.inventory
        if inventory is None:
            raise HttpError(503, "not_ready", "The station is still starting; try again in a moment.")
        return inventory


def _file(data: Any) -> str:
    file = data.get("file") if isinstance(data, dict) else None
    if not isinstance(file, str) or not file.strip() or "\0" in file:
        raise HttpError(400, "bad_file", 'Name the file to prepare: {"file": "/media/film.mkv"}.')
    if len(file.encode("utf-8", "surrogatepass")) > FILE_NAME:
        raise HttpError(400, "bad_file", f"The file's name has more than {FILE_NAME} bytes, which is the limit.")
    return file


def _text(library: LibrarySnapshot) -> bytes:
    """Return the rows as JSON in ASCII, because file names may hold bytes that are not text."""
    return f'{{"rows":{json_rows(map(vars, library.rows))}}}'.encode()
