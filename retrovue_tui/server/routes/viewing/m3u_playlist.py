"""The route of the channel list as extended M3U, for players and media servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from retrovue_tui.server.http import HttpError
from retrovue_tui.server.m3u import ANY_CLIENT, ANY_KODI, PRESETS, PlaylistEntry, playlist

if TYPE_CHECKING:
    from retrovue_tui.server.access import Access
    from retrovue_tui.server.interfaces import Channel, Station
    from retrovue_tui.server.m3u import ClientPreset


class PlaylistRoutes:
    """`/iptv/channels.m3u`. Addresses in it begin with `base_url`. If it is not configured, they begin with the host
    name that the client used. `?client=` chooses what a certain client wants."""

    def __init__(self, station: Station, access: Access) -> None:
        self._station = station
        self._access = access

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/iptv/channels.m3u", self._channels)]

    async def _channels(self, request: web.Request) -> web.Response:
        channels = sorted(self._station.channels.values(), key=lambda each: each.number)
        entries = [self._entry(request, channel) for channel in channels]
        return web.Response(
            text=playlist(entries, self._access.watch_url(request, "xmltv.xml"), _preset(request)),
            content_type="audio/x-mpegurl",
            charset="utf-8",
            headers={"Cache-Control": "no-store", "Content-Disposition": 'inline; filename="channels.m3u"'},
        )

    def _entry(self, request: web.Request, channel: Channel) -> PlaylistEntry:
        return PlaylistEntry(
            channel.id, self._station.identity.guide_id(channel.id), channel.number, channel.name, channel.group,
            channel.catchup_days, self._access.watch_url(request, "logo", f"{channel.id}.png"),
            self._access.stream_url(request, channel.id),
        )  # fmt: skip


def _preset(request: web.Request) -> ClientPreset:
    """Return the preset that the request names, or else that of the client, which it may know by its User-Agent. Raises
    an `HttpError` (400) for an unknown name."""
    name = request.query.get("client", "").lower()
    if not name:
        is_kodi = request.headers.get("User-Agent", "").lower().startswith("kodi")
        return ANY_KODI if is_kodi else ANY_CLIENT
    if name not in PRESETS:
        message = (
            f"`client` is one of {', '.join(PRESETS)}, not {name[:40]!r}; without it, the list suits every client."
        )
        raise HttpError(400, "no_such_client", message)
    return PRESETS[name]
