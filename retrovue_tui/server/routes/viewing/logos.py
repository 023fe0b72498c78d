"""The route of the channels' logos: the operator's files, or pictures that the station draws."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from aiohttp import ETag, web

from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.channel_logo import Logo, draw_logo, read_logo
from retrovue_tui.server.http import channel_of
from retrovue_tui.threads import BROWSE, BusyError, Threads

if TYPE_CHECKING:
    from retrovue_tui.server.interfaces import Channel, Station

MAX_AGE_S: Final = 300
"""How long clients may use a logo without asking again (s)."""
READ_S: Final = 2.0
"""After this time (s) without an answer from the disk of a logo file, the drawn logo is sent."""
KEPT: Final = 256
"""The most drawn logos in memory."""
_FILES: Final = Threads("logo", 1, most=16)
"""Has its own thread: a network drive that hangs must not block the threads of other requests."""


class _Drawn(NamedTuple):
    """The contents of a drawn logo."""

    name: str
    number: int
    colour: str | None


class LogoRoutes:
    """`/iptv/logo/ID.png`."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._drawn: OrderedDict[_Drawn, Logo] = OrderedDict()
        self._drawing = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/iptv/logo/{channel}.png", self._logo)]

    async def _logo(self, request: web.Request) -> web.Response:
        channel = channel_of(self._station, request)
        logo = await self._from_file(channel)
        if logo is None:
            logo = await self._drawn_for(channel)
        etag = ETag(logo.digest)
        known = request.if_none_match or ()
        response = web.Response(status=304) if _matches(etag, known) else web.Response(body=logo.data)
        if response.status == 200:
            response.content_type = logo.media_type
        response.etag = etag
        response.headers["Cache-Control"] = f"private, max-age={MAX_AGE_S}"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    async def _from_file(self, channel: Channel) -> Logo | None:
        """Return the operator's logo; None if there is none. If it cannot be used, warn the operator and return
        None."""
        subject, path = f"logo {channel.id}", channel.logo
        if path is None:
            self._station.warnings.withdraw(subject)
            return None
        try:
            async with asyncio.timeout(READ_S):
                logo = await _FILES.run(read_logo, path)
        except BusyError:
            return None
        except TimeoutError:
            self._station.warnings.warn(subject, f"{path}: the disk of the logo does not answer; a drawn logo is shown")
        except RetrovueError as error:
            self._station.warnings.warn(subject, f"{error.message}; a drawn logo is shown")
        else:
            self._station.warnings.withdraw(subject)
            return logo
        return None

    async def _drawn_for(self, channel: Channel) -> Logo:
        shows = _Drawn(channel.name, channel.number, channel.colour)
        async with self._drawing:  # the next request of the same logo finds it drawn
            if shows not in self._drawn:
                self._drawn[shows] = await BROWSE.run(draw_logo, *shows)
            if len(self._drawn) > KEPT:
                self._drawn.popitem(last=False)
            self._drawn.move_to_end(shows)
            return self._drawn[shows]


def _matches(etag: ETag, known: tuple[ETag, ...]) -> bool:
    return any(each.value in ("*", etag.value) for each in known)
