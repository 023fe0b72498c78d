"""The route of the as-run log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, get_args

from aiohttp import web

from retrovue_tui.entry_kind import EntryKind
from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.asrun import DEFAULT_LIMIT, MOST, AsRunFilter
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.protocol.time_input import moment
from retrovue_tui.server.http import HttpError, json_answer
from retrovue_tui.server.limits import READS_A_SECOND, READS_AT_ONCE, Bucket
from retrovue_tui.text.long_json import json_rows
from retrovue_tui.threads import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from retrovue_tui.server.interfaces import Station

_FILTERS: Final = ("channel", "since", "until", "kind", "limit")


class AsRunRoutes:
    """`/api/asrun`: read-only."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._reads = Bucket("answers from the log", READS_A_SECOND, READS_AT_ONCE)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/asrun", self._asrun)]

    async def _asrun(self, request: web.Request) -> web.Response:
        wanted = _filter(request)
        log = self._station.asrun
        if log is None:
            raise HttpError(503, "no_asrun", "The station keeps no as-run log yet; try again in a moment.")
        self._reads.take()
        try:
            entries = await log.entries(wanted)
        except OSError as error:
            raise HttpError(503, "asrun_unreadable", f"{error}.") from error
        return json_answer(await ANSWERS.run(_text, entries))


def _filter(request: web.Request) -> AsRunFilter:
    query = request.query
    for name in query:
        if name not in _FILTERS:
            raise HttpError(
                400, "bad_filter", f"There is no filter {name[:40]!r}; there are channel, since, until, kind, limit."
            )
    kind = query.get("kind") or None
    if kind is not None and kind not in get_args(EntryKind):
        raise HttpError(400, "bad_filter", f"`kind` is one of {', '.join(get_args(EntryKind))}, not {kind[:40]!r}.")
    limit = query.get("limit") or str(DEFAULT_LIMIT)
    if not re.fullmatch(r"[0-9]{1,6}", limit) or not 0 < int(limit) <= MOST:
        raise HttpError(400, "bad_filter", f"`limit` is a number from 1 to {MOST}, not {limit[:40]!r}.")
    try:
        since, until = (moment(text) if (text := query.get(name)) else None for name in ("since", "until"))
    except RetrovueError as error:
        raise HttpError(400, "bad_filter", f"{error.message}.") from error
    return AsRunFilter(query.get("channel") or None, since, until, kind, int(limit))


def _text(entries: Sequence[AsRunEntry]) -> bytes:
    return f'{{"entries":{json_rows(map(to_json, entries), ascii=False)}}}'.encode("utf-8", "replace")
