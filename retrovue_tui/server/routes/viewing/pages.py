"""Routes of the pages for the browser, and of what they show: the list of channels, the coming day, and pictures. All
of it is for viewers: the pages send no commands."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from aiohttp import web

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.channel_list import ChannelList, ListedChannel
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.server.access import PAGES
from retrovue_tui.server.http import HttpError, accepts_gzip, answer, channel_of, dumped, is_known, json_answer
from retrovue_tui.server.routes.picture_routes import jpeg_of
from retrovue_tui.server.routes.viewing.page_files import RULES, TYPES, VERSIONED, page_file
from retrovue_tui.threads import ANSWERS, BROWSE, BusyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from retrovue_tui.protocol.answers.guide import ChannelGuide
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.server.access import Access
    from retrovue_tui.server.interfaces import Channel, Station

T = TypeVar("T")

PICTURE: Final = (480, 270)
"""The size of a channel's picture in pixels (width, height)."""
PICTURE_S: Final = 10.0
"""How long all viewers get the same picture of a channel (s)."""
LIST_S: Final = 2.0
"""How long all viewers get the same list of channels (s)."""
GUIDE_S: Final = 10.0
"""How long all viewers get the same guide (s)."""
DAY_S: Final = 24 * 3_600
YEAR_S: Final = 365 * DAY_S
"""How long browsers keep a file whose address has its version (s)."""


class _CachedValue(Generic[T]):
    """A value that is made at most once in a time, however many ask for it."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._at = seconds, float("-inf")
        self._found: T | None = None
        self._making = asyncio.Lock()

    async def value(self, make: Callable[[], Awaitable[T]]) -> T:
        """Return the value; make it if it is too old. If that fails, the next caller tries again."""
        async with self._making:
            if self._found is None or monotonic() - self._at >= self._seconds:
                self._found = await make()
                self._at = monotonic()
            return self._found


@dataclass(frozen=True)
class _Named:
    """The name of the station, and its channels by number."""

    station: str
    channels: Sequence[ChannelSnapshot]


class PageRoutes:
    """`/`, `/watch/{channel}`, `/page/…`, and below `/iptv/`: `channels.json`, `guide.json`, `picture/{channel}.jpg`.

    What many viewers ask for is made once for all of them."""

    def __init__(self, station: Station, access: Access) -> None:
        self._station, self._access = station, access
        self._list = _CachedValue[_Named](LIST_S)
        self._day = _CachedValue[bytes](GUIDE_S)
        self._pictures: dict[str, _CachedValue[bytes]] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._index),
            web.get("/watch/{channel}", self._watch),
            web.get("/page/{name}", self._file),
            web.get("/iptv/channels.json", self._channels),
            web.get("/iptv/guide.json", self._guide),
            web.get("/iptv/picture/{channel}.jpg", self._picture),
        ]

    # ── files ────────────────────────────────────────────────────────────────────────────────────

    async def _index(self, request: web.Request) -> web.Response:
        return await _page(request, "index.html")

    async def _watch(self, request: web.Request) -> web.Response:
        return await _page(request, "watch.html")

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in TYPES:
            raise HttpError(404, "not_found", "The pages have no such file.")
        return await _page(request, name)

    # ── what the pages show ──────────────────────────────────────────────────────────────────────

    async def _channels(self, request: web.Request) -> web.Response:
        station = await self._list.value(self._snapshots)
        channels = tuple(self._listed(request, each) for each in station.channels)
        url = self._access.watch_url
        return answer(
            to_json(ChannelList(station.station, url(request, "channels.m3u"), url(request, "xmltv.xml"), channels))
        )

    async def _snapshots(self) -> _Named:
        found = []
        for channel in sorted(self._station.channels.values(), key=lambda each: each.number):
            if channel.id in self._station.channels:  # it may have been removed meanwhile
                found.append(self._station.channel_snapshot(channel.id))
            await asyncio.sleep(0)
        return _Named(self._station.snapshot(()).name, found)

    def _listed(self, request: web.Request, channel: ChannelSnapshot) -> ListedChannel:
        url, hls = self._access.watch_url, self._station.hls
        return ListedChannel(
            channel.id, channel.number, channel.name, channel.state, self._access.stream_url(request, channel.id),
            url(request, "channel", f"{channel.id}.m3u8") if hls is not None and hls.enabled else "",
            url(request, "logo", f"{channel.id}.png"), url(request, "picture", f"{channel.id}.jpg"),
            channel.programme, channel.next_programme,
        )  # fmt: skip

    async def _guide(self, request: web.Request) -> web.Response:
        return json_answer(await self._day.value(self._coming_day))

    async def _coming_day(self) -> bytes:
        guide = self._station.guide
        if guide is None:
            raise HttpError(503, "not_ready", "The station has no guide yet; try again in a moment.")
        rows = []
        for channel in sorted(self._station.channels.values(), key=lambda each: each.number):
            try:
                rows.append(await guide.channel(channel.id, 2))
            except BusyError:
                raise
            except RetrovueError:
                continue  # this one has no guide yet; the others do
        return await ANSWERS.run(_day_as_json, rows, time.time())

    async def _picture(self, request: web.Request) -> web.Response:
        channel = channel_of(self._station, request)
        kept = self._pictures.setdefault(channel.id, _CachedValue[bytes](PICTURE_S))
        body = await kept.value(lambda: self._new_picture(channel))
        headers = {"Cache-Control": f"max-age={PICTURE_S:.0f}", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=body, content_type="image/jpeg", headers=headers)

    async def _new_picture(self, channel: Channel) -> bytes:
        previews = self._station.previews
        picture = None if previews is None else await previews.picture(channel.id, *PICTURE)
        if picture is None:
            raise HttpError(503, "no_picture", f"{channel.name} has no picture now; try again in a moment.")
        return await BROWSE.run(jpeg_of, picture)


def is_for_page(request: web.Request) -> bool:
    """Return whether a browser asks for one of the pages, and not a program or a script."""
    path, first = PAGES
    return (request.path == path or request.path.startswith(first)) and "text/html" in request.headers.get("Accept", "")


async def token_page(request: web.Request) -> web.Response:
    """Return the page that asks for the viewer's token."""
    answer = await _page(request, "token.html")
    answer.set_status(401)
    return answer


async def _page(request: web.Request, name: str) -> web.Response:
    """Return a file, in gzip if the browser takes that, or 304 if it has the file already."""
    made = await BROWSE.run(page_file, name)
    zipped = accepts_gzip(request)
    tag = f"{made.tag}-gz" if zipped else made.tag
    headers = {"ETag": f'"{tag}"', "Vary": "Accept-Encoding", "Cache-Control": _caching(request, name), **RULES}
    if is_known(request, tag, 0):
        return web.Response(status=304, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    body = made.gzipped if zipped else made.body
    return web.Response(body=body, content_type=made.media_type, charset="utf-8", headers=headers)


def _caching(request: web.Request, name: str) -> str:
    if name in VERSIONED and request.query_string:
        return f"public, max-age={YEAR_S}, immutable"
    return "no-cache"


def _day_as_json(guides: Sequence[ChannelGuide], now: float) -> bytes:
    """Return the parts of guides that lie in the coming day. Call this in a thread."""
    channels = []
    for each in guides:
        rows = [row for row in each.rows() if row["stop_at"] > now and row["start_at"] < now + DAY_S]
        channels.append({**vars(each), "programmes": rows})
    return dumped({"at": now, "channels": channels})
