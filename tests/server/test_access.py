"""Two tokens, and who may do what with which of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from retrovue_tui.protocol.client import Refused, StationClient
from retrovue_tui.server.access import ADDRESSES, FAILURES, Access, FailedTokens, derived_viewer_token
from retrovue_tui.server.app import StationServer
from retrovue_tui.server.http import HttpError
from tests.server.conftest import Served, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.server.fakes import FakeStation

OPERATOR = "s3cret ü"
VIEWER = "watch only"


@pytest.fixture
async def two(station: FakeStation) -> AsyncIterator[Served]:
    """A server with a token for operators and one for viewers."""
    async with serving(station, OPERATOR, VIEWER) as made:
        yield made


async def status(served: Served, method: str, path: str, bearer: str | None = None, **query: str) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    async with served.http.request(method, served.url + path, headers=headers, params=query) as answer:
        if answer.status == 200:
            return 200, ""
        return answer.status, str((await answer.json())["error"]["code"]) if method != "HEAD" else ""


@pytest.mark.parametrize("path", ["/iptv/channels.m3u", "/iptv/channel/1.ts"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_viewers_fetch_streams_and_playlists(two: Served, method: str, path: str) -> None:
    assert await status(two, method, path, VIEWER) == (200, "")
    assert await status(two, method, path, token=VIEWER) == (200, "")
    assert (await status(two, method, path))[0] == 401
    assert (await status(two, method, path, "wrong"))[0] == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/station"),
        ("GET", "/api/channels/1"),
        ("GET", "/api/channels/1/rundown"),
        ("GET", "/api/channels/1/history"),
        ("GET", "/api/channels/1/picture"),
        ("POST", "/api/channels/1/commands"),
        ("GET", "/api/library"),
        ("GET", "/api/library/facts"),
        ("GET", "/api/library/preview"),
        ("POST", "/api/library/prepare"),
        ("GET", "/api/asrun"),
        ("GET", "/api/events"),
        ("GET", "/metrics"),
        ("GET", "/api/alerts"),
        ("GET", "/api/openapi.json"),
        ("POST", "/api/station/stop"),
        ("POST", "/iptv/channels.m3u"),
        ("GET", "/none"),
    ],
)
async def test_viewers_reach_nothing_else(two: Served, method: str, path: str) -> None:
    assert await status(two, method, path, VIEWER) == (403, "viewer_only")
    assert await status(two, method, path, token=OPERATOR) == (401, "token_needed")  # never in the address
    assert two.station.stops == 0


@pytest.mark.parametrize(
    "path",
    ["/iptv/../api/station", "/iptv/%2e%2e/api/station", "/iptv/..%2fapi/station", "//iptv/../api/station",
     "/iptv//../../api/station", "/IPTV/../api/station", "http://x/iptv/../api/station"],
)  # fmt: skip
async def test_no_spelling_of_a_path_leads_viewers_elsewhere(two: Served, path: str) -> None:
    reader, writer = await two.connect(f"GET {path}?token=watch+only HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    answer = await reader.read()
    assert answer.split()[1] in (b"400", b"401", b"403", b"404"), answer
    assert b"uptime_s" not in answer
    writer.close()


async def test_operators_may_all(two: Served) -> None:
    assert (await status(two, "GET", "/api/station", OPERATOR))[0] == 200
    assert (await status(two, "GET", "/iptv/channels.m3u", token=OPERATOR))[0] == 200
    assert (await status(two, "GET", "/healthz"))[0] == 200


async def test_addresses_carry_the_viewers_token(two: Served) -> None:
    headers = {"Authorization": f"Bearer {OPERATOR}", "Host": "tv.example:8480"}
    async with two.http.get(f"{two.url}/iptv/channels.m3u", headers=headers) as answer:
        playlist = await answer.text()
    assert "http://tv.example:8480/iptv/channel/1.ts?token=watch+only\n" in playlist
    assert "s3cret" not in playlist
    async with two.http.get(f"{two.url}/api/station", headers=headers) as answer:
        data = await answer.json()
    assert data["channels"][0]["url"] == "http://tv.example:8480/iptv/channel/1.ts?token=watch+only"
    assert "s3cret" not in str(data)


async def test_without_a_viewers_token_one_is_derived_that_stays_the_same(guarded: Served) -> None:
    derived = derived_viewer_token(OPERATOR)
    assert derived == "fvlznbceeldrzht37rijog5x4okm3ie6"
    headers = {"Authorization": f"Bearer {OPERATOR}"}
    async with guarded.http.get(f"{guarded.url}/api/channels/1", headers=headers) as answer:
        url = (await answer.json())["url"]
    assert url.endswith(f"?token={derived}")
    async with guarded.http.get(url) as answer:
        assert answer.status == 200
    assert await status(guarded, "GET", "/api/station", derived) == (403, "viewer_only")


async def test_behind_a_proxy_addresses_are_those_of_base_url(station: FakeStation) -> None:
    server = StationServer(station, "127.0.0.1", 0, OPERATOR, viewer_token=VIEWER, base_url="https://tv.example")
    url = await server.start()
    headers = {"Authorization": f"Bearer {OPERATOR}", "Host": "127.0.0.1:8480", "Origin": "https://tv.example"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.get(f"{url}/iptv/channels.m3u") as answer:
            assert "https://tv.example/iptv/channel/1.ts?token=watch+only" in await answer.text()
        async with http.post(f"{url}/api/station/stop") as answer:
            assert answer.status == 202  # its own web page
    await server.stop()


async def test_wrong_tokens_are_slowed_down_and_logged_without_the_token(
    two: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for number in range(FAILURES):
        assert await status(two, "GET", "/api/station", f"guess-{number}") == (401, "token_needed")
    async with two.http.get(f"{two.url}/api/station", headers={"Authorization": "Bearer guess-11"}) as answer:
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 20
        assert (await answer.json())["error"]["code"] == "too_many_wrong_tokens"
    assert await status(two, "GET", "/api/station", OPERATOR) == (429, "too_many_wrong_tokens")  # not even looked at
    lines = [record.getMessage() for record in caplog.records if "wrong token" in record.getMessage()]
    assert lines == ["wrong token from 127.0.0.1 (GET /api/station)"]
    assert "guess" not in caplog.text


async def test_a_player_with_an_old_token_does_not_lock_the_operator_out(two: Served) -> None:
    assert (await status(two, "GET", "/api/station", OPERATOR))[0] == 200
    for _ in range(3 * FAILURES):
        await status(two, "GET", "/iptv/channel/1.ts", token="old")
    assert (await status(two, "GET", "/api/station", OPERATOR))[0] == 200
    assert (await status(two, "GET", "/iptv/channels.m3u", VIEWER))[0] == 429  # of which nobody knew


def test_failures_are_forgiven_with_time_and_remembered_for_so_many_addresses() -> None:
    now = 100.0
    failed = FailedTokens(lambda: now)
    for _ in range(FAILURES):
        failed.note("10.0.0.1")
    assert list(failed.roles("10.0.0.1")) == []
    assert len(failed.roles("10.0.0.2")) == 2
    for number in range(FAILURES):
        failed.note(f"2001:db8:0:1::{number}")  # one customer's network
    assert list(failed.roles("2001:db8:0:1:ffff::1")) == []
    assert len(failed.roles("2001:db8:0:2::1")) == 2
    now += failed.wait_s("10.0.0.1")
    assert len(failed.roles("10.0.0.1")) == 2
    for number in range(3 * ADDRESSES):
        failed.note(f"10.{number // 65_536}.{number // 256 % 256}.{number % 256}")
    assert len(failed._records) == ADDRESSES


def test_no_message_and_no_representation_holds_a_token() -> None:
    access = Access("127.0.0.1", "operators-own-token", "viewers-own-token")

    class Request:
        method, path, remote = "GET", "/api/station", "10.0.0.1"
        query: dict[str, str] = {"token": "operators-own-token"}  # noqa: RUF012  # a stand-in, not shared

        def __init__(self, **headers: str) -> None:
            self.headers = headers

    for headers in ({}, {"Authorization": "Bearer viewers-own-token"}, {"Authorization": "Bearer tried-token"}):
        request: Any = Request(**headers)
        with pytest.raises(HttpError) as caught:
            access.check(request)
        assert "own-token" not in caught.value.message + repr(caught.value)
        assert "tried" not in caught.value.message


async def test_the_control_rooms_client_takes_the_token_out_of_the_address(two: Served) -> None:
    async with StationClient(f"{two.url}/?token=s3cret+%C3%BC") as client:
        assert "s3cret" not in client.url
        station = await client.station()
        assert (await client.command("1", "hold")).accepted
    async with two.http.get(station.channels[0].url) as answer:  # what the room copies, and shows as a QR code
        assert answer.status == 200
    async with StationClient(two.url, VIEWER) as client:
        with pytest.raises(Refused, match="cannot send commands"):
            await client.station()
