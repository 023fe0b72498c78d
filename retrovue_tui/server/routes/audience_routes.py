"""Routes of the audience: figures, and the proof of play for an advertiser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, get_args

from aiohttp import web

from retrovue_tui.audience.proof_page import proof_page
from retrovue_tui.audience.tables import figures_csv, proof_csv
from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.audience import DEFAULT_ROWS, MOST_ROWS, AudienceFilter, AudienceReport, Dimension
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.protocol.time_input import moment
from retrovue_tui.server.http import HttpError, dumped, json_answer
from retrovue_tui.server.limits import READS_A_SECOND, READS_AT_ONCE, Bucket
from retrovue_tui.threads import ANSWERS

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.audience import ProofOfPlay
    from retrovue_tui.server.interfaces import Audience, Station

FILTERS: Final = ("channel", "since", "until", "spot", "advertiser", "format")
FORMATS: Final = {"json": "application/json", "csv": "text/csv", "html": "text/html"}
_LONGEST: Final = 1_024


class AudienceRoutes:
    """`/api/audience` and `/api/audience/proof`: read-only."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._reads = Bucket("answers about the audience", READS_A_SECOND, READS_AT_ONCE)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/audience", self._report), web.get("/api/audience/proof", self._proof)]

    async def _report(self, request: web.Request) -> web.Response:
        wanted = _filter(request, (*FILTERS, "dimension", "key", "by", "limit", "hours"))
        by = _dimension("by", request.query.get("by") or "spot")
        limit = request.query.get("limit") or str(DEFAULT_ROWS)
        if not re.fullmatch(r"[0-9]{1,6}", limit) or not 0 < int(limit) <= MOST_ROWS:
            raise HttpError(400, "bad_filter", f"`limit` is a number from 1 to {MOST_ROWS}, not {limit[:40]!r}.")
        hours = request.query.get("hours") or "0"
        if hours not in ("0", "1"):
            raise HttpError(400, "bad_filter", f"`hours` is 0 or 1, not {hours[:40]!r}.")
        form = _format(request, ("json", "csv"))
        audience = self._audience()
        try:
            report = await audience.report(wanted, by, int(limit), hours=hours == "1")
        except OSError as error:
            raise HttpError(503, "asrun_unreadable", f"{error}.") from error
        return await _sent(report, form)

    async def _proof(self, request: web.Request) -> web.Response:
        wanted = _filter(request, FILTERS)
        form = _format(request, tuple(FORMATS))
        audience = self._audience()
        try:
            proof = await audience.proof(self._station.snapshot(()).name, wanted)
        except OSError as error:
            raise HttpError(503, "asrun_unreadable", f"{error}.") from error
        return await _sent(proof, form)

    def _audience(self) -> Audience:
        log = self._station.asrun
        if log is None:
            raise HttpError(503, "no_asrun", "The station keeps no as-run log yet; try again in a moment.")
        self._reads.take()
        return log.audience


async def _sent(found: AudienceReport | ProofOfPlay, form: str) -> web.Response:
    body = await ANSWERS.run(_body, found, form)
    if form == "json":
        return json_answer(body)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if form == "html":
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return web.Response(body=body, content_type=FORMATS[form], charset="utf-8", headers=headers)


def _body(found: AudienceReport | ProofOfPlay, form: str) -> bytes:
    if form == "json":
        return dumped(to_json(found))
    if isinstance(found, AudienceReport):
        text = "".join(figures_csv(found))
    else:
        text = proof_page(found) if form == "html" else "".join(proof_csv(found))
    return text.encode("utf-8", "replace")


def _filter(request: web.Request, known: tuple[str, ...]) -> AudienceFilter:
    query = request.query
    for name, value in query.items():
        if name not in known:
            raise HttpError(400, "bad_filter", f"There is no filter {name[:40]!r}; there are {', '.join(known)}.")
        if len(value) > _LONGEST:
            raise HttpError(400, "bad_filter", f"`{name}` has more than {_LONGEST} characters.")
    since, until = (_moment(name, text) if (text := query.get(name)) else None for name in ("since", "until"))
    channel, spot, advertiser = (query.get(name) or None for name in ("channel", "spot", "advertiser"))
    dimension = _dimension("dimension", text) if (text := query.get("dimension")) else None
    key = query.get("key")  # an empty key is that of the spots without an advertiser
    if (dimension is None) != (key is None):
        raise HttpError(400, "bad_filter", "`dimension` and `key` belong together: give both, or neither.")
    return AudienceFilter(channel, since, until, spot, advertiser, dimension, key)


def _moment(name: str, text: str) -> float:
    try:
        return moment(text)
    except RetrovueError as error:
        raise HttpError(400, "bad_filter", f"`{name}`: {error.message}.") from error


def _dimension(name: str, text: str) -> Dimension:
    for each in get_args(Dimension):
        if text == each:
            found: Dimension = each
            return found
    raise HttpError(400, "bad_filter", f"`{name}` is one of {', '.join(get_args(Dimension))}, not {text[:40]!r}.")


def _format(request: web.Request, known: tuple[str, ...]) -> str:
    form = request.query.get("format") or "json"
    if form not in known:
        raise HttpError(400, "bad_filter", f"`format` is one of {', '.join(known)}, not {form[:40]!r}.")
    return form
