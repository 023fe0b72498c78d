"""Routes of the programme guide: XMLTV for players and media servers, its pictures, and the guide of a channel as
JSON."""

from __future__ import annotations

import re
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from aiohttp import web

from retrovue_tui.guide.guide_snapshot import XmltvRequest
from retrovue_tui.protocol.answers.guide import DEFAULT_DAYS, MOST_DAYS
from retrovue_tui.server.http import HttpError, accepts_gzip, channel_of, dumped, is_known, json_answer
from retrovue_tui.server.limits import (
    ART_A_SECOND,
    ART_AT_ONCE,
    GUIDES_WAITING,
    READS_A_SECOND,
    READS_AT_ONCE,
    Bucket,
    WaitingLimit,
)
from retrovue_tui.threads import ANSWERS

if TYPE_CHECKING:
    from retrovue_tui.guide.guide_snapshot import XmltvDocument
    from retrovue_tui.protocol.answers.guide import ChannelGuide
    from retrovue_tui.server.access import Access
    from retrovue_tui.server.interfaces import Guide, Station

_CACHED_S: Final = 3_600
"""How long a client may keep a picture without asking again (s)."""


class GuideRoutes:
    """`/iptv/xmltv.xml`, `/iptv/xmltv.xml.gz`, `/iptv/art/…` and `/api/channels/{channel}/guide`."""

    def __init__(self, station: Station, access: Access) -> None:
        self._station = station
        self._access = access
        self._reads = Bucket("guides", READS_A_SECOND, READS_AT_ONCE)
        self._art = Bucket("pictures of programmes", ART_A_SECOND, ART_AT_ONCE)
        self._waiting = WaitingLimit("guides", GUIDES_WAITING)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/iptv/xmltv.xml", self._xmltv),
            web.get("/iptv/xmltv.xml.gz", self._xmltv_gz),
            web.get("/iptv/art/{key:[0-9a-f]{20}}.{kind:jpg|png}", self._picture),
            web.get("/api/channels/{channel}/guide", self._guide),
        ]

    async def _xmltv(self, request: web.Request) -> web.Response:
        made = await self._document(request)
        zipped = accepts_gzip(request)
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if zipped else {})
        return _sent(request, made, "application/xml", headers, zipped=zipped)

    async def _xmltv_gz(self, request: web.Request) -> web.Response:
        made = await self._document(request)
        return _sent(request, made, "application/gzip", {}, zipped=True)

    async def _document(self, request: web.Request) -> XmltvDocument:
        days, channels = _days(request), self._channels(request)
        self._reads.take()
        base = f"{str(self._access.base_url(request)).rstrip('/')}/"
        token = self._access.watch_token
        query = str(self._access.base_url(request).with_query(token=token)).partition("?")[2] if token else ""
        wanted = XmltvRequest(days, channels, base, f"?{query}" if query else "")
        with self._waiting:
            return await self._service.xmltv(wanted)

    async def _guide(self, request: web.Request) -> web.Response:
        channel, days = channel_of(self._station, request).id, _days(request)
        self._reads.take()
        with self._waiting:
            guide = await self._service.channel(channel, days)
        return json_answer(await ANSWERS.run(_text, guide))

    async def _picture(self, request: web.Request) -> web.Response:
        self._art.take()
        picture = await self._service.picture(request.match_info["key"])
        if picture is None:
            raise HttpError(
                404, "no_such_picture", "The guide names no such picture (any more); fetch the guide again."
            )
        headers = {"Cache-Control": f"max-age={_CACHED_S}", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=picture.data, content_type=picture.mime, headers=headers)

    @property
    def _service(self) -> Guide:
        guide = self._station.guide
        if guide is None:
            raise HttpError(503, "not_ready", "The station has no guide yet; try again in a moment.")
        return guide

    def _channels(self, request: web.Request) -> frozenset[str] | None:
        """Return the ids of the channels that the request names; None: all."""
        text = request.query.get("channels", "")
        if not text:
            return None
        ids = frozenset(text.split(","))
        unknown = next((each for each in sorted(ids) if each not in self._station.channels), None)
        if unknown is not None:
            known = ", ".join(self._station.channels) or "none yet"
            raise HttpError(
                400, "no_such_channel", f"There is no channel {unknown[:64]!r} here; the channels are: {known}."
            )
        return ids


def _days(request: web.Request) -> int:
    text = request.query.get("days", str(DEFAULT_DAYS))
    if not re.fullmatch("[0-9]{1,2}", text, re.ASCII) or not 1 <= int(text) <= MOST_DAYS:
        raise HttpError(400, "bad_days", f"days is a number from 1 to {MOST_DAYS}, not {text[:32]!r}.")
    return int(text)


def _sent(
    request: web.Request, made: XmltvDocument, mime: str, headers: dict[str, str], *, zipped: bool
) -> web.Response:
    """Return a document, or 304 if the client has it already (RFC 9110, 13.1)."""
    tag = f"{made.tag}-gz" if zipped else made.tag
    headers |= {
        "ETag": f'"{tag}"', "Last-Modified": formatdate(made.modified_at, usegmt=True), "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    if is_known(request, tag, made.modified_at):
        return web.Response(status=304, headers=headers)
    body = made.gzipped if zipped else made.body
    charset = None if mime == "application/gzip" else "utf-8"
    return web.Response(body=body, content_type=mime, charset=charset, headers=headers)


def _text(guide: ChannelGuide) -> bytes:
    """Return a guide as JSON. Call this in a thread: two weeks have a thousand programmes."""
    return dumped(guide.to_json())
