"""The routes of HLS: playlists, segments, who may fetch them, and who is listed for it."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING
from urllib.parse import quote

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from retrovue_tui.playout.hls.segment import Segment
from retrovue_tui.server.access import derived_viewer_token
from retrovue_tui.server.clients.connected_clients import ConnectedClients
from retrovue_tui.server.hls_sessions import HlsSessions
from retrovue_tui.server.http import HttpError
from retrovue_tui.server.limits import ViewerLimits
from tests.server.conftest import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Served
    from tests.server.fakes import FakeStation

SEGMENT = Segment(7, 0, 180, 1_795_000_000_000, "0123456789ab")
MASTER, MEDIA = "/iptv/channel/1.m3u8", "/hls/1/index.m3u8"
DATA = bytes(range(256)) * 188


@pytest.fixture
def segments(station: FakeStation, tmp_path: Path) -> Path:
    """A folder with one segment, and a secret beside it."""
    folder = tmp_path / "1"
    folder.mkdir()
    (folder / SEGMENT.name).write_bytes(DATA)
    (tmp_path / "secret.ts").write_bytes(b"secret")
    assert station.hls is not None
    station.hls.folder = folder
    return folder


@pytest.mark.parametrize(
    ("path", "caching"), [(MASTER, "public, max-age=60"), (MEDIA, "public, max-age=0, s-maxage=1")]
)
async def test_a_playlist_may_be_cached_and_read_by_any_page(served: Served, path: str, caching: str) -> None:
    async with served.http.get(served.url + path, headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
        assert answer.headers["Cache-Control"] == caching
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert "Content-Encoding" not in answer.headers
        tag, body = answer.headers["ETag"], await answer.read()
    async with served.http.get(served.url + path, headers={"If-None-Match": tag}) as again:
        assert again.status == 200, "the other form has another tag"
    headers = {"If-None-Match": tag, "Accept-Encoding": "identity"}
    async with served.http.get(served.url + path, headers=headers) as again:
        assert (again.status, await again.read()) == (304, b"")
    plain = aiohttp.ClientSession(auto_decompress=False)
    async with plain, plain.get(served.url + path, headers={"Accept-Encoding": "gzip"}) as zipped:
        assert zipped.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await zipped.read()) == body
    async with served.http.head(served.url + path) as head:
        assert (head.status, await head.read()) == (200, b"")


async def test_a_playlist_of_one_viewer_is_in_no_shared_cache(served: Served) -> None:
    assert served.station.hls is not None
    served.station.hls.is_private = True
    async with served.http.get(served.url + MEDIA) as answer:
        assert answer.headers["Cache-Control"] == "private, max-age=0"


async def test_a_page_of_another_web_site_may_ask_before_it_sends_a_token_or_a_range(guarded: Served) -> None:
    asked = {
        "Origin": "https://player.example", "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,range",
    }  # fmt: skip
    for path in (MASTER, MEDIA, f"/hls/1/{SEGMENT.name}"):
        async with guarded.http.options(guarded.url + path, headers=asked) as answer:
            assert (answer.status, await answer.read()) == (204, b"")
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
            allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
            assert {"authorization", "range"} <= set(allowed)
            assert int(answer.headers["Access-Control-Max-Age"]) > 0
            assert "Access-Control-Allow-Credentials" not in answer.headers
    for path in ("/iptv/channel/1.ts", "/iptv/channels.m3u", "/iptv/channels.json", "/api/station", "/watch/1"):
        async with guarded.http.options(guarded.url + path, headers=asked) as answer:
            assert answer.status == 401
            assert not [name for name in answer.headers if name.startswith("Access-Control")]


async def test_a_page_of_another_web_site_can_read_why_it_gets_nothing(served: Served, guarded: Served) -> None:
    origin = {"Origin": "https://player.example"}
    for station, path, status in (
        (served, "/hls/1/never.ts", 404), (served, "/hls/9/index.m3u8", 404), (served, "/iptv/channel/9.m3u8", 404),
        (guarded, MASTER, 401), (guarded, f"/hls/1/{SEGMENT.name}", 401),
    ):  # fmt: skip
        async with station.http.get(station.url + path, headers=origin) as answer:
            assert answer.status == status
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
    async with guarded.http.get(guarded.url + "/iptv/channels.m3u", headers=origin) as answer:
        assert answer.status == 401
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_preflight_of_other_addresses_is_refused(served: Served) -> None:
    asked = {"Origin": "https://player.example", "Access-Control-Request-Method": "POST"}
    for path in ("/iptv/channel/1.ts", "/iptv/channels.json", "/api/channels/1/commands", "/watch/1"):
        async with served.http.options(served.url + path, headers=asked) as answer:
            assert answer.status == 405
            assert not [name for name in answer.headers if name.startswith("Access-Control")]


async def test_a_segment_is_sent_as_it_is_and_never_changes(served: Served, segments: Path) -> None:
    url = f"{served.url}/hls/1/{SEGMENT.name}"
    async with served.http.get(url) as answer:
        assert (answer.status, await answer.read()) == (200, DATA)
        assert answer.headers["Content-Type"] == "video/mp2t"
        assert answer.headers["Cache-Control"] == "public, max-age=3600, immutable"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    async with served.http.get(url, headers={"Range": "bytes=188-375"}) as part:
        assert (part.status, await part.read()) == (206, DATA[188:376])
    async with served.http.head(url) as head:
        assert (head.status, head.headers["Content-Length"]) == (200, str(len(DATA)))
    (segments / SEGMENT.name).unlink()
    async with served.http.get(url) as gone:
        assert (gone.status, (await gone.json())["error"]["code"]) == (404, "no_such_segment")
        assert gone.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    ["/hls/1/..%2fsecret.ts", "/hls/1/%2e%2e/secret.ts", "/hls/..%2f1/x.ts", "/hls/1/secret.ts", "/hls/1//secret.ts",
     f"/hls/1/{SEGMENT.name}%00", f"/hls/1/%2e/{SEGMENT.name[:-3]}x.ts", "/hls/nope/index.m3u8", "/hls/1/", "/hls/1"],
)  # fmt: skip
async def test_nothing_else_is_sent(served: Served, segments: Path, path: str) -> None:
    async with served.http.get(URL(served.url + path, encoded=True)) as answer:
        assert answer.status == 404
        assert "error" in await answer.json()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(name=st.text("0123456789abcdef-./%\\ü\0", max_size=50))
async def test_no_name_leads_out_of_the_folder(served: Served, segments: Path, name: str) -> None:
    async with served.http.get(URL(f"{served.url}/hls/1/{quote(name, safe='')}.ts", encoded=True)) as answer:
        assert answer.status == 404 or f"{name}.ts" == SEGMENT.name


async def test_hls_needs_the_viewer_token_which_the_playlists_pass_on(
    guarded: Served, segments: Path, station: FakeStation
) -> None:
    paths = (MASTER, MEDIA, f"/hls/1/{SEGMENT.name}")
    viewer, asked = derived_viewer_token("s3cret ü"), station.hls
    assert asked is not None
    for path in paths:
        async with guarded.http.get(guarded.url + path) as refused:
            assert refused.status == 401
        async with guarded.http.get(f"{guarded.url}{path}?token=wrong") as refused:
            assert refused.status == 401
        async with guarded.http.get(f"{guarded.url}{path}?token={viewer}") as answer:
            assert answer.status == 200
    assert asked.asked == [("multivariant", "1", f"?token={viewer}"), ("media", "1", f"?token={viewer}")]
    async with guarded.http.post(f"{guarded.url}{MEDIA}?token={viewer}") as refused:
        assert refused.status in (401, 403, 405)


async def test_a_token_with_odd_characters_is_escaped(station: FakeStation) -> None:
    async with serving(station, "operator", 'a b&c="ü') as made:
        async with made.http.get(URL(made.url + MEDIA).with_query(token='a b&c="ü')) as answer:
            assert answer.status == 200
        assert station.hls is not None
        query = station.hls.asked[0][2]
        assert URL(f"http://x/{query}").query["token"] == 'a b&c="ü'
        assert '"' not in query


async def test_why_there_is_no_hls(served: Served, station: FakeStation) -> None:
    assert station.hls is not None
    station.hls.off = "Channel 1 has no HLS now: the disk is full; try again in a moment"
    async with served.http.get(served.url + MASTER) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
        assert (await answer.json())["error"]["message"] == f"{station.hls.off}."
    station.channels["1"].state = "stopped"
    async with served.http.get(served.url + MEDIA) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (503, "channel_stopped")
    station.channels["1"].state = "on_air"
    station.hls.enabled = False
    async with served.http.get(served.url + MASTER) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, "hls_off")
    station.hls = None
    async with served.http.get(served.url + MEDIA) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (503, "not_ready")


async def test_a_viewer_is_one_client_however_often_it_asks(served: Served, segments: Path) -> None:
    agent = {"User-Agent": "VLC/3.0.20 LibVLC/3.0.20"}
    for path in (MASTER, MEDIA, MEDIA, f"/hls/1/{SEGMENT.name}", f"/hls/1/{SEGMENT.name}"):
        async with served.http.get(served.url + path, headers=agent) as answer:
            await answer.read()
    async with served.http.get(f"{served.url}/api/clients") as answer:
        (row,) = (await answer.json())["clients"]
    assert (row["channel"], row["client"], row["mode"]) == ("1", "VLC", "live")
    assert (row["sent_bytes"], row["behind_s"]) == (2 * len(DATA), 2.5)
    body = {"block_s": 60}
    async with served.http.post(f"{served.url}/api/clients/{row['id']}/disconnect", json=body) as answer:
        assert answer.status == 200
    async with served.http.get(served.url + MEDIA, headers=agent) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (403, "blocked")


async def test_a_viewer_counts_with_the_audience_once_it_has_segments(
    served: Served, station: FakeStation, segments: Path
) -> None:
    """Only then it is known since when the segments of its quality are made, and so what it sees in a split."""
    assert station.asrun is not None
    found, began = station.asrun.audience, station.hls
    assert began is not None
    began.off = "Channel 1 has no HLS now"
    for path in (MASTER, MEDIA):
        async with served.http.get(served.url + path) as answer:
            assert answer.status == 503
    assert (found.hls["1"], found.whole_to) == (0, [])
    began.off = ""
    for path in (MASTER, MEDIA, MEDIA, f"/hls/1/{SEGMENT.name}"):
        async with served.http.get(served.url + path) as answer:
            await answer.read()
        assert found.hls["1"] == (path != MASTER)
    assert found.whole_to == [began.began_at("1")]


async def test_viewers_leave_when_they_ask_no_more_and_count_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    now, clients = 100.0, ConnectedClients()
    sessions = HlsSessions(ViewerLimits(2, 2), clients, clock=lambda: now)
    one = sessions.of("10.0.0.1", "a", "1", 6)
    assert sessions.of("10.0.0.1", "a", "1", 6) is one
    sessions.of("10.0.0.2", "a", "1", 6)
    with pytest.raises(HttpError, match="There are 2 viewers already"):
        sessions.of("10.0.0.3", "a", "1", 6)
    now = 117.0
    sessions.of("10.0.0.2", "a", "1", 6)
    now = 118.0
    sessions._look()
    assert len(sessions) == 1
    assert len((await clients.snapshot("720p")).clients) == 1
    sessions.of("10.0.0.3", "a", "2", 6)
    sessions.close()
    one.count(lambda session: pytest.fail("a viewer who is gone cannot begin"))
    assert len(sessions) == 0
    assert (await clients.snapshot("720p")).clients == ()
    clients.close()
