"""Routes of HLS: the multivariant playlist of each channel, its media playlist, and its segments, sent from the disk by
the kernel."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Final

from aiohttp import web

from retrovue_tui.errors import StationError
from retrovue_tui.server.http import HttpError, accepts_gzip, channel_of, is_known
from retrovue_tui.server.routes.viewing.ready_response import ReadyResponse, ready_head, takes_ready
from retrovue_tui.server.routes.viewing.segment_files import SegmentFiles, SegmentResponse
from retrovue_tui.server.routes.viewing.streams import agent_of, key_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from typing import Any

    from retrovue_tui.server.access import Access
    from retrovue_tui.server.hls_sessions import HlsSession, HlsSessions
    from retrovue_tui.server.interfaces import Channel, Hls, HlsPlaylist, Station

PLAYLIST: Final = "application/vnd.apple.mpegurl"
SEGMENT: Final = "video/mp2t"
MULTIVARIANT: Final = "max-age=60"
"""How long a cache may keep a multivariant playlist (s)."""
MEDIA: Final = "max-age=0, s-maxage=1"
"""How long a cache may keep a media playlist (s): one for many clients, for a second; a browser asks each time. A
player asks when the next segment is due. If it gets the old list again, it waits for half a target duration more."""
PRIVATE_MEDIA: Final = "max-age=0"
"""The same for a list that is for one viewer."""
BEHIND: Final = 3
"""How many target durations behind the live stream players begin (RFC 8216, 6.3.3)."""
SEGMENT_S: Final = 3_600
"""How long a cache may keep a segment (s). A segment never changes, and no other one ever has its name."""
CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Date, ETag, Content-Length, Content-Range",
    "X-Content-Type-Options": "nosniff",
}
"""Pages of other web sites may play the channels; nothing but addresses below /iptv/ and /hls/ is for them."""
_PREFLIGHT: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Authorization, Range, If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
"""What a browser asks for before it sends a request of such a page that has more than the simplest headers."""

SEGMENT_HEADERS: Final = {
    "Content-Type": SEGMENT, "Cache-Control": f"public, max-age={SEGMENT_S}, immutable", **CORS,
}  # fmt: skip
_CONDITIONS: Final = ("Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since")
"""A request with one of these headers may get less than the whole segment."""


class HlsRoutes:
    """`/iptv/channel/{channel}.m3u8` and `/hls/{channel}/…`."""

    def __init__(self, station: Station, access: Access, sessions: HlsSessions) -> None:
        self._station, self._access, self._sessions = station, access, sessions
        self._files = SegmentFiles(SEGMENT_HEADERS)

    def routes(self) -> list[web.RouteDef]:
        handlers = {
            "/iptv/channel/{channel}.m3u8": self._multivariant,
            "/hls/{channel}/index.m3u8": self._media,
            "/hls/{channel}/{name}.ts": self._segment,
        }
        return [
            *(web.get(path, handler) for path, handler in handlers.items()),
            *(web.options(path, _preflight) for path in handlers),
        ]

    def close(self) -> None:
        """Forget all viewers, and close the segments."""
        self._sessions.close()
        self._files.close()

    async def _multivariant(self, request: web.Request) -> web.StreamResponse:
        channel, hls = self._asked(request)
        self._session(request, channel, hls)
        made = await _answered(hls.multivariant(channel.id, self._access.watch_query))
        return _sent(request, made, MULTIVARIANT)

    async def _media(self, request: web.Request) -> web.StreamResponse:
        channel, hls, id = self._quality_asked(request)
        session = self._session(request, channel, hls)
        made = await _answered(hls.media(id, self._access.watch_query, key_of(self._station, request)))
        self._count(session, request, hls, id)
        return _sent(request, made, PRIVATE_MEDIA if made.is_private else MEDIA)

    async def _segment(self, request: web.Request) -> web.StreamResponse:
        channel, hls, id = self._quality_asked(request)
        name = f"{request.match_info['name']}.ts"
        session = self._session(request, channel, hls)
        segment = self._files.opened(id, name)
        if segment is None and (path := hls.segment(id, name)) is not None:
            segment = await self._files.open(id, name, path)
        if segment is None:
            raise HttpError(404, "no_such_segment", "There is no such segment (any more); fetch the playlist again.")
        if request.method == "GET":
            session.sent += segment.size
            session.behind_s = hls.behind_s(id, name)
            session.quality = id.partition(".")[2]
            self._count(session, request, hls, id)
        if not takes_ready(request) or any(each in request.headers for each in _CONDITIONS):
            return web.FileResponse(segment.path, headers=SEGMENT_HEADERS)
        return SegmentResponse(segment)

    def _quality_asked(self, request: web.Request) -> tuple[Channel, Hls, str]:
        """Return the channel that the request names, the station's HLS, and the id that the quality has there: that of
        the channel, or for a lower quality that id, a dot and its name."""
        id = request.match_info["channel"]
        base, _, quality = id.partition(".")
        renditions = self._station.renditions
        if quality and (renditions is None or quality not in renditions.qualities(base)[1:]):
            raise HttpError(404, "no_such_quality", f"There is no quality {quality[:64]!r} of this channel.")
        return *self._asked(request, base), id

    def _asked(self, request: web.Request, id: str | None = None) -> tuple[Channel, Hls]:
        """Return the channel that the request names, and the station's HLS."""
        channel, hls = channel_of(self._station, request, id), self._station.hls
        if hls is None:
            raise HttpError(503, "not_ready", "The station has no HLS yet; try again in a moment.", _AGAIN)
        if not hls.enabled:
            message = "HLS is off: to switch it on, set enabled = true below [hls] in retrovue.toml."
            raise HttpError(404, "hls_off", message)
        if channel.state == "stopped":
            raise HttpError(503, "channel_stopped", f"Channel {channel.id} ({channel.name}) is stopped.")
        return channel, hls

    def _session(self, request: web.Request, channel: Channel, hls: Hls) -> HlsSession:
        return self._sessions.of(request.remote or "?", agent_of(request), channel.id, hls.target_s)

    def _count(self, session: HlsSession, request: web.Request, hls: Hls, id: str) -> None:
        """Count a viewer who has the playlist or a segment of a quality with the audience. The multivariant playlist is
        too early: the segments of the quality that it will choose may begin later, and only they tell what it sees."""
        log = self._station.asrun
        if log is None:
            return
        session.count(
            lambda session: log.audience.hls_viewer(
                id.partition(".")[0], key_of(self._station, request), BEHIND * hls.target_s,
                lambda: monotonic() - session.seen_at + session.behind_s, hls.began_at(id),
            )
        )  # fmt: skip


async def _preflight(request: web.Request) -> web.Response:
    return web.Response(status=204, headers=_PREFLIGHT)


_AGAIN: Final = {"Retry-After": "2"}


async def _answered(answer: Coroutine[Any, Any, HlsPlaylist]) -> HlsPlaylist:
    try:
        return await answer
    except StationError as error:
        raise HttpError(503, "no_hls", f"{error.message}.", _AGAIN) from error


def _sent(request: web.Request, made: HlsPlaylist, kept: str) -> web.StreamResponse:
    """Return a playlist, in gzip if the client takes that, or 304 if the client has it already."""
    zipped = accepts_gzip(request)
    tag = f"{made.tag}-gz" if zipped else made.tag
    if takes_ready(request) and not any(each in request.headers for each in _ABOUT_VERSION):
        body = made.gzipped if zipped else made.body
        return ReadyResponse(_head(tag, made.modified_at, kept, zipped, len(body), made.is_private), body)
    headers = _headers(tag, made.modified_at, kept, zipped, made.is_private)
    if is_known(request, tag, made.modified_at):
        return web.Response(status=304, headers={name: each for name, each in headers.items() if name not in _OF_BODY})
    return web.Response(body=made.gzipped if zipped else made.body, headers=headers)


_OF_BODY: Final = ("Content-Type", "Content-Encoding")
_ABOUT_VERSION: Final = ("If-None-Match", "If-Modified-Since")


@lru_cache(maxsize=128)
def _head(tag: str, modified_at: int, kept: str, zipped: bool, length: int, is_private: bool) -> bytes:
    return ready_head(_headers(tag, modified_at, kept, zipped, is_private), length)


def _headers(tag: str, modified_at: int, kept: str, zipped: bool, is_private: bool) -> Mapping[str, str]:
    """Return the headers of a playlist."""
    return {
        "ETag": f'"{tag}"', "Last-Modified": formatdate(modified_at, usegmt=True), "Vary": "Accept-Encoding",
        "Cache-Control": f"{'private' if is_private else 'public'}, {kept}", **CORS,
        "Content-Type": PLAYLIST,
        **({"Content-Encoding": "gzip"} if zipped else {}),
    }  # fmt: skip
