"""The channel list for players."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.server.conftest import Served


async def test_the_playlist_lists_every_channel_under_the_clients_own_name_for_us(served: Served) -> None:
    headers = {"Host": "localhost:8888"}
    async with served.http.get(f"{served.url}/iptv/channels.m3u", headers=headers) as answer:
        assert (answer.status, answer.content_type, answer.charset) == (200, "audio/x-mpegurl", "utf-8")
        assert (await answer.text()).splitlines() == [
            "#EXTM3U",
            '#EXTINF:-1 tvg-id="1" tvg-chno="1" tvg-name="Retro One" group-title="Retro",Retro One',
            "http://localhost:8888/iptv/channel/1.ts",
            '#EXTINF:-1 tvg-id="film noir" tvg-chno="20" tvg-name="The ”Noir”",The ”Noir”',
            "http://localhost:8888/iptv/channel/film%20noir.ts",
        ]


async def test_a_client_that_tells_no_host_gets_our_address(served: Served) -> None:
    reader, writer = await served.connect("GET /iptv/channels.m3u HTTP/1.0\n\n")
    assert f"{served.url}/iptv/channel/1.ts".encode() in await reader.read()
    writer.close()
