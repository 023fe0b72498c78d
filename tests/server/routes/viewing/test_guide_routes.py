"""The guide over HTTP: XMLTV with its validators, its pictures, and JSON."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from retrovue_tui.guide.guide_snapshot import XmltvRequest
from retrovue_tui.protocol.client import Refused, StationClient
from retrovue_tui.server.app import StationServer
from tests.server.fakes import FakeGuide

if TYPE_CHECKING:
    from tests.server.conftest import Served

RAW = {"Accept-Encoding": "identity"}


async def test_xmltv_is_sent_whole_or_as_unchanged(served: Served) -> None:
    url = f"{served.url}/iptv/xmltv.xml"
    async with served.http.get(url, headers=RAW) as answer:
        assert (answer.status, answer.content_type, answer.charset) == (200, "application/xml", "utf-8")
        body, tag, date = await answer.read(), answer.headers["ETag"], answer.headers["Last-Modified"]
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert date == "Wed, 18 Nov 2026 11:06:40 GMT"
    assert served.station.guide.asked == [XmltvRequest(3, None, f"{served.url}/", "")]
    tv = ElementTree.fromstring(body)
    icon = tv.find("programme/icon")
    assert icon is not None
    assert icon.get("src") == f"{served.url}/iptv/art/{FakeGuide.key}.jpg"
    for known in (
        {"If-None-Match": tag}, {"If-None-Match": f'W/{tag}, "x"'}, {"If-None-Match": "*"}, {"If-Modified-Since": date},
    ):  # fmt: skip
        async with served.http.get(url, headers=RAW | known) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
            assert answer.headers["ETag"] == tag
    for other in (
        {"If-None-Match": '"x"'}, {"If-None-Match": '"x"', "If-Modified-Since": date}, {"If-Modified-Since": "x"},
        {"If-Modified-Since": "Tue, 17 Nov 2026 11:06:40 GMT"},
    ):  # fmt: skip
        async with served.http.get(url, headers=RAW | other) as answer:
            assert (answer.status, await answer.read()) == (200, body)
    async with served.http.head(url, headers=RAW) as answer:
        assert (answer.status, answer.content_length, await answer.read()) == (200, len(body), b"")


async def test_the_guide_is_zipped_for_clients_that_accept_gzip(served: Served) -> None:
    async with served.http.get(f"{served.url}/iptv/xmltv.xml", headers=RAW) as answer:
        body, tag = await answer.read(), answer.headers["ETag"]
    async with served.http.get(f"{served.url}/iptv/xmltv.xml", headers={"Accept-Encoding": "gzip;q=0.5"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["ETag"] != tag
        assert await answer.read() == body  # the client unpacks it
    async with served.http.get(f"{served.url}/iptv/xmltv.xml", headers={"Accept-Encoding": "gzip;q=0"}) as answer:
        assert "Content-Encoding" not in answer.headers
    async with served.http.get(f"{served.url}/iptv/xmltv.xml.gz") as answer:
        assert (answer.status, answer.content_type) == (200, "application/gzip")
        assert "Content-Encoding" not in answer.headers
        assert gzip.decompress(await answer.read()) == body


async def test_days_and_channels_are_chosen_and_checked(served: Served) -> None:
    url = f"{served.url}/iptv/xmltv.xml"
    async with served.http.get(url, params={"days": "14", "channels": "film noir,1"}) as answer:
        assert answer.status == 200
    assert served.station.guide.asked[-1][:2] == (14, frozenset({"1", "film noir"}))
    for query in ("days=0", "days=15", "days=x", "days=", "days=1.5", "channels=7", "channels=1,", "days=" + "9" * 999):
        async with served.http.get(f"{url}?{query}") as answer:
            assert answer.status == 400, query
            assert (await answer.json())["error"]["message"].endswith(("'." , "1, film noir.")) , query  # fmt: skip


async def test_addresses_carry_the_viewer_token_and_pictures_take_it(guarded: Served) -> None:
    token = guarded.server.access.watch_token
    url = f"{guarded.url}/iptv/xmltv.xml"
    async with guarded.http.get(url) as answer:
        assert answer.status == 401
    async with guarded.http.get(url, params={"token": token}) as answer:
        icon = ElementTree.fromstring(await answer.read()).find("programme/icon")
    assert icon is not None
    assert icon.get("src") == f"{guarded.url}/iptv/art/{FakeGuide.key}.jpg?token={token}"
    async with guarded.http.get(str(icon.get("src"))) as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "image/jpeg", b"\xff\xd8")
    async with guarded.http.get(f"{guarded.url}/api/channels/1/guide", params={"token": token}) as answer:
        assert answer.status == 401


async def test_only_keys_of_the_guide_are_pictures(served: Served) -> None:
    for path in ("0" * 20 + ".jpg", FakeGuide.key + ".gif", "..%2f..%2fetc%2fpasswd", FakeGuide.key[:-1] + ".jpg"):
        async with served.http.get(f"{served.url}/iptv/art/{path}") as answer:
            assert answer.status == 404, path
    async with served.http.get(f"{served.url}/iptv/art/{FakeGuide.key}.png") as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "max-age=3600"


async def test_the_guide_of_a_channel_comes_across_the_wall_as_it_is(served: Served) -> None:
    async with StationClient(served.url) as client:
        guide = await client.guide("1", 14)
        assert guide == await served.station.guide.channel("1", 14)
        assert guide.programmes[0].title == "Film „1“ & <more>"
        assert (await client.xmltv(1)).startswith("<?xml")
        with pytest.raises(Refused, match="no channel 'none'"):
            await client.guide("none")
        with pytest.raises(Refused, match="from 1 to 14"):
            await client.guide("1", 99)


async def test_before_there_is_a_guide(served: Served) -> None:
    served.station.guide.ready = False
    for path in ("/iptv/xmltv.xml", "/iptv/xmltv.xml.gz", "/api/channels/1/guide"):
        async with served.http.get(served.url + path) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


async def test_while_the_guide_changes_each_client_gets_one_guide_whole(served: Served) -> None:
    guide = served.station.guide
    titles = [f"{letter}{'x' * 200}" for letter in "abc"]

    async def fetch() -> None:
        async with served.http.get(f"{served.url}/iptv/xmltv.xml", headers=RAW) as answer:
            assert answer.status == 200
            assert ElementTree.fromstring(await answer.read()).findtext("programme/title") in titles

    for number in range(30):
        guide.title = titles[number % 3]
        await asyncio.gather(fetch(), asyncio.sleep(0))
    assert isinstance(served.server, StationServer)
