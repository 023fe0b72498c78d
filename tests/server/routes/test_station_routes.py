"""The JSON routes, the event stream, and who may ask."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import StationError
from retrovue_tui.server.app import StationServer
from retrovue_tui.server.routes import event_stream
from tests.server.conftest import until
from tests.server.fakes import FakeStation

if TYPE_CHECKING:
    from tests.server.conftest import Served


async def test_the_station_and_its_channels_tell_urls_that_the_client_can_use(served: Served) -> None:
    async with served.http.get(f"{served.url}/api/station", headers={"Host": "localhost:99"}) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers
        data = await answer.json()
    assert data["url"] == "http://localhost:99"
    assert [each["url"] for each in data["channels"]] == [
        "http://localhost:99/iptv/channel/1.ts",
        "http://localhost:99/iptv/channel/film%20noir.ts",
    ]
    async with served.http.get(f"{served.url}/api/channels/1") as answer:
        channel = await answer.json()
    assert channel["on_air"]["entry"] == "e1"
    assert channel["url"] == f"{served.url}/iptv/channel/1.ts"


async def test_health(served: Served) -> None:
    async with served.http.get(f"{served.url}/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/channels/9", 404, "no_such_channel"),
        ("POST", "/api/station", 405, "method_not_allowed"),
        ("GET", "/api/station/stop", 405, "method_not_allowed"),
        ("GET", "/api/events?after=x", 400, "bad_after"),
    ],
)
async def test_every_error_is_json(served: Served, method: str, path: str, status: int, code: str) -> None:
    async with served.http.request(method, served.url + path) as answer:
        assert answer.status == status
        error = (await answer.json())["error"]
        assert error["code"] == code
        assert error["message"].endswith(".")


async def test_a_station_that_is_starting_asks_to_try_again(served: Served) -> None:
    served.station.channels.clear()
    for path in ("/iptv/channel/1.ts", "/api/channels/1"):
        async with served.http.get(served.url + path) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
            assert (await answer.json())["error"]["code"] == "starting"


async def test_a_fault_of_ours_leaks_no_traceback(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(channels: object) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr(served.station, "snapshot", broken)
    async with served.http.get(f"{served.url}/api/station") as answer:
        text = await answer.text()
        assert answer.status == 500
    assert json.loads(text)["error"]["code"] == "internal"
    assert "inside" not in text
    assert "the inside" in caplog.text


async def test_stop_is_answered_before_it_happens(served: Served) -> None:
    async with served.http.post(f"{served.url}/api/station/stop") as answer:
        assert (answer.status, await answer.json()) == (202, {"stopping": True})
    await until(lambda: served.station.stops == 1)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8480", 200), ("LOCALHOST", 200), ("127.0.0.1", 200), ("127.8.8.8:1", 200), ("[::1]:8480", 200),
        ("tv.localhost", 200), ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("192.168.1.5:8480", 403),
        ("localhost:8480:1", 400), ("a b", 400), ("user@localhost", 400),
    ],
)  # fmt: skip
async def test_a_name_that_was_made_to_point_here_is_refused(served: Served, host: str, status: int) -> None:
    reader, writer = await served.connect(f"GET /api/station HTTP/1.1\nHost: {host}\nConnection: close\n\n")
    head = await reader.readline()
    assert int(head.split()[1]) == status, head
    writer.close()


async def test_other_web_sites_command_nothing(served: Served) -> None:
    url = f"{served.url}/api/station/stop"
    async with served.http.post(url, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403
    async with served.http.post(url, headers={"Origin": "null"}) as answer:
        assert answer.status == 403
    assert served.station.stops == 0
    async with served.http.post(url, headers={"Origin": served.url}) as answer:
        assert answer.status == 202


async def test_events_arrive_as_they_happen_with_their_numbers(served: Served) -> None:
    log = served.station.events
    log.publish("take", "before", channel="1")
    async with served.http.get(f"{served.url}/api/events") as answer:
        assert answer.content_type == "text/event-stream"
        assert await answer.content.readuntil(b"\n\n") == b": on air\n\n"
        log.publish("slate", "naïve\nline", channel="1", level="warning", frame=5)
        lines = (await answer.content.readuntil(b"\n\n")).decode().splitlines()
    assert lines[:2] == ["id: 2", "event: slate"]
    data = json.loads(lines[2].removeprefix("data: "))
    assert (data["message"], data["level"], data["data"]) == ("naïve\nline", "warning", {"frame": 5})


@pytest.mark.parametrize(("after", "first"), [(0, 1), (2, 3), (99, 1)], ids=["all", "since", "another life"])
@pytest.mark.parametrize("by_header", [True, False])
async def test_events_resume_after_the_last_one_seen(served: Served, after: int, first: int, by_header: bool) -> None:
    for number in range(1, 4):
        served.station.events.publish("take", f"take {number}")
    headers = {"Last-Event-ID": str(after)} if by_header else {}
    query = "" if by_header else f"?after={after}"
    async with served.http.get(f"{served.url}/api/events{query}", headers=headers) as answer:
        await answer.content.readuntil(b"\n\n")
        assert (await answer.content.readline()) == f"id: {first}\n".encode()


async def test_each_client_gets_the_same_events_also_when_there_are_many(served: Served) -> None:
    for number in range(1, 4_001):  # twice as many as the station keeps
        served.station.events.publish("take", f"take {number}")
    for _ in range(2):
        async with served.http.get(f"{served.url}/api/events?after=1") as answer:
            await answer.content.readuntil(b"\n\n")
            for number in range(2_001, 4_001):
                id, _, data = (await answer.content.readuntil(b"\n\n")).decode().splitlines()[:3]
                assert (id, json.loads(data.removeprefix("data: "))["message"]) == (f"id: {number}", f"take {number}")


async def test_a_silent_event_stream_says_that_it_lives(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.05)
    async with served.http.get(f"{served.url}/api/events") as answer:
        await answer.content.readuntil(b"\n\n")
        async with asyncio.timeout(30):
            assert await answer.content.readuntil(b"\n\n") == b": still on air\n\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "tv.example"])
def test_an_open_host_without_a_token_is_refused(host: str) -> None:
    with pytest.raises(StationError, match=r"token = "):
        StationServer(FakeStation([]), host, 8480, "")


async def test_a_taken_port_is_named(served: Served) -> None:
    second = StationServer(FakeStation([]), "127.0.0.1", served.port)
    with pytest.raises(StationError, match=rf"Port {served.port} on 127\.0\.0\.1 is taken.*--port"):
        await second.start()
    await second.stop()


async def test_a_host_that_is_not_here_is_named() -> None:
    with pytest.raises(StationError, match=r"192\.0\.2\.1 is not an address of this machine"):
        await StationServer(FakeStation([]), "192.0.2.1", 0, "t").start()


async def test_a_server_on_all_addresses_states_an_address_that_works_here() -> None:
    server = StationServer(FakeStation([]), "0.0.0.0", 0, "t")
    assert (await server.start()).startswith("http://127.0.0.1:")
    await server.stop()
    await server.stop()
