"""The route of the channel list as extended M3U, for players, Jellyfin and Plex."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from retrovue_tui.text_safety import printable

if TYPE_CHECKING:
    from retrovue_tui.server.access import Access
    from retrovue_tui.server.interfaces import Channel, Station


class PlaylistRoutes:
    """`/iptv/channels.m3u`. Stream addresses begin with `base_url`. If it is not configured, they begin with the host
    name that the client used."""

    def __init__(self, station: Station, access: Access) -> None:
        self._station = station
        self._access = access

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/iptv/channels.m3u", self._channels)]

    async def _channels(self, request: web.Request) -> web.Response:
        lines = ["#EXTM3U"]
        for channel in sorted(self._station.channels.values(), key=lambda each: each.number):
            lines += [_entry(channel), self._access.stream_url(request, channel.id)]
        return web.Response(
            text="\n".join(lines) + "\n",
            content_type="audio/x-mpegurl",
            charset="utf-8",
            headers={"Cache-Control": "no-store", "Content-Disposition": 'inline; filename="channels.m3u"'},
        )


def _entry(channel: Channel) -> str:
    """Return the `#EXTINF` line of a channel. The format has no escapes, so quotes become typographic quotes, and line
    ends become spaces."""
    name = _plain(channel.name)
    facts = {"tvg-id": channel.id, "tvg-chno": str(channel.number), "tvg-name": name}
    if channel.group:
        facts["group-title"] = channel.group
    attributes = " ".join(f'{key}="{_plain(value)}"' for key, value in facts.items())
    return f"#EXTINF:-1 {attributes},{name}"


def _plain(text: str) -> str:
    return " ".join(printable(text).replace('"', "”").split())
