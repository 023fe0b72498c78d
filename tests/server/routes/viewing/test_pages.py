"""The pages for the browser: their files, what they show, and who may see them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from retrovue_tui.protocol.answers.channel_list import ChannelList
from retrovue_tui.protocol.json_codec import from_json
from retrovue_tui.server.routes.viewing.page_files import TYPES, page_file
from retrovue_tui.server.routes.viewing.pages import PICTURE
from tests.server.conftest import Served, serving

if TYPE_CHECKING:
    from tests.server.fakes import FakeStation

HLS_JS = "482cccb3a224554f64d8c2cf0d335dba4a3819bdb726afbfddfe15de4c277d82"
"""The SHA-256 of dist/hls.light.min.js of hls.js 1.7.4 from npm."""
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


async def test_the_pages_and_their_files(served: Served) -> None:
    for path, kind in (("/", "text/html"), ("/watch/1", "text/html"), *((f"/page/{n}", t) for n, t in TYPES.items())):
        async with served.http.get(served.url + path, headers={"Accept-Encoding": "identity"}) as answer:
            assert (answer.status, answer.content_type) == (200, kind)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            policy = answer.headers["Content-Security-Policy"]
            body, tag = await answer.read(), answer.headers["ETag"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        async with served.http.get(
            served.url + path, headers={"If-None-Match": tag, "Accept-Encoding": "identity"}
        ) as again:
            assert (again.status, await again.read()) == (304, b"")
        async with served.http.get(served.url + path) as zipped:  # aiohttp asks for gzip, and unpacks it
            assert zipped.headers["Content-Encoding"] == "gzip"
            assert await zipped.read() == body
    async with served.http.get(f"{served.url}/page/app.py") as answer:
        assert answer.status == 404


def test_every_file_is_sent_and_whole() -> None:
    folder = files("retrovue_tui.server").joinpath("pages")
    assert {each.name for each in folder.iterdir()} == set(TYPES)
    for name in TYPES:
        made = page_file(name)
        assert gzip.decompress(made.gzipped) == made.body


def test_hls_js_is_that_of_its_authors() -> None:
    digest = hashlib.sha256(page_file("hls.light.min.js").body).hexdigest()
    assert digest == HLS_JS, (
        "hls.js is never edited; for a new release, copy dist/ and LICENSE from npm, and write both here"
    )


@pytest.mark.parametrize("name", [name for name in TYPES if name.endswith(".html")])
def test_pages_have_no_inline_script_or_style(name: str) -> None:
    text = page_file(name).body.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|https?://", text)


async def test_a_browser_keeps_hls_js_by_its_version(served: Served) -> None:
    found = re.search(r'src="\.\./(page/hls[^"]*\?([\d.]+))"', page_file("watch.html").body.decode())
    assert found is not None
    assert f'"{found[2]}"'.encode() in page_file("hls.light.min.js").body, "the version that the file itself states"
    for path, caching in ((found[1], "public, max-age=31536000, immutable"), ("page/hls.light.min.js", "no-cache")):
        async with served.http.get(f"{served.url}/{path}") as answer:
            assert answer.headers["Cache-Control"] == caching
    async with served.http.get(f"{served.url}/page/watch.js?1") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


async def test_the_list_of_channels(served: Served) -> None:
    async with served.http.get(f"{served.url}/iptv/channels.json") as answer:
        found = from_json(ChannelList, await answer.json())
    assert [(each.number, each.name, each.state) for each in found.channels] == [
        (1, "Retro One", "on_air"), (20, 'The "Noir"', "on_air"),
    ]  # fmt: skip
    assert found.playlist == f"{served.url}/iptv/channels.m3u"
    second = found.channels[1]
    assert (second.stream, second.hls, second.picture) == (
        f"{served.url}/iptv/channel/film%20noir.ts",
        f"{served.url}/iptv/channel/film%20noir.m3u8",
        f"{served.url}/iptv/picture/film%20noir.jpg",
    )


async def test_the_coming_day(served: Served) -> None:
    async with served.http.get(f"{served.url}/iptv/guide.json") as answer:
        assert answer.status == 200
        data = await answer.json()
    assert [each["channel"] for each in data["channels"]] == ["1", "film noir"]
    served.station.guide = None  # type: ignore[assignment]
    async with serving(served.station) as other, other.http.get(f"{other.url}/iptv/guide.json") as answer:
        assert answer.status == 503


async def test_the_picture_of_a_channel(served: Served) -> None:
    async with served.http.get(f"{served.url}/iptv/picture/1.jpg") as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
        assert Image.open(io.BytesIO(await answer.read())).size == PICTURE
    for channel, status in (("film%20noir", 503), ("7", 404)):
        async with served.http.get(f"{served.url}/iptv/picture/{channel}.jpg") as answer:
            assert answer.status == status


async def test_a_picture_is_made_once_for_all(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    previews, asked = served.station.previews, []
    assert previews is not None
    made = previews.picture

    async def counted(channel: str, width: int, height: int) -> object:
        asked.append(channel)
        return await made(channel, width, height)

    monkeypatch.setattr(previews, "picture", counted)
    for _ in range(5):
        async with served.http.get(f"{served.url}/iptv/picture/1.jpg") as answer:
            assert answer.status == 200
    assert asked == ["1"]


PATHS = ["/", "/watch/1", "/iptv/channels.json", "/iptv/guide.json", "/iptv/picture/1.jpg"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_viewer_needs_the_token(station: FakeStation, path: str) -> None:
    async with serving(station, "operator's", "viewer's") as served:
        for token, status in (("", 401), ("wrong", 401), ("viewer's", 200), ("operator's", 200)):
            async with served.http.get(served.url + path, params={"token": token} if token else None) as answer:
                assert answer.status == status


async def test_a_browser_without_the_token_is_asked_for_it(station: FakeStation) -> None:
    async with serving(station, "operator's", "viewer's") as served:
        async with served.http.get(f"{served.url}/watch/1", headers=BROWSER) as answer:
            assert (answer.status, answer.content_type) == (401, "text/html")
            assert 'name="token"' in await answer.text()
        async with served.http.get(f"{served.url}/page/style.css") as answer:
            assert answer.status == 200, "the same at every station"
        async with served.http.get(f"{served.url}/api/station", headers=BROWSER) as answer:
            assert (answer.status, json.loads(await answer.read())["error"]["code"]) == (401, "token_needed")
        async with served.http.get(f"{served.url}/iptv/channels.json?token=viewer's") as answer:
            found = from_json(ChannelList, await answer.json())
    assert all(each.stream.endswith("?token=viewer's") for each in found.channels)
