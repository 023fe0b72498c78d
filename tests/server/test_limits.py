"""Requests that are too many or too large are refused with the limit in the message, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from retrovue_tui.server import app, bodies, limits
from retrovue_tui.server.app import StationServer
from retrovue_tui.server.http import HttpError
from retrovue_tui.server.limits import Bucket, ViewerLimits
from tests.server.conftest import Served, until

if TYPE_CHECKING:
    from tests.server.fakes import FakeStation

COMMANDS = "/api/channels/1/commands"


async def post(served: Served, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    async with served.http.post(served.url + COMMANDS, data=body, headers=headers) as answer:
        return answer.status, await answer.json()


def nested(depth: int) -> bytes:
    return b'{"command": "break_now", "spots": ' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code", "limit"),
    [
        (b'{"command": "skip", "x": "' + b"a" * limits.BODY + b'"}', 413, "body_too_large", str(limits.BODY)),
        (nested(limits.DEPTH), 400, "too_deep", f"more than {limits.DEPTH} deep"),
        (nested(100_000), 400, "too_deep", f"more than {limits.DEPTH} deep"),
        (b'{"command": "break_now", "spots": [' + b"0," * limits.VALUES + b"0]}", 400, "too_many_values", "20000"),
        (b"[" + b"{}," * 30_000 + b"{}]", 400, "too_many_values", "20000"),
        (b'"' * 200_000, 400, "bad_json", "not JSON"),
        (b'{"command": "break_now", "spots": ["' + b'[{"' * 3 + b"x", 400, "bad_json", "not JSON"),
        (json.dumps({"command": "break_now", "spots": ["a"] * 2_001}).encode(), 400, "bad_command", "at most 2000"),
        (b'{"command": "skip", "revision": ' + b"9" * 5_000 + b"}", 400, "bad_json", "not JSON"),
        (b"\xff\xfe", 400, "bad_json", "not JSON"),
        (b"", 400, "bad_json", "not JSON"),
    ],
    ids=range(11),
)
async def test_a_body_that_is_no_command(served: Served, body: bytes, status: int, code: str, limit: str) -> None:
    got, data = await post(served, body)
    assert (got, data["error"]["code"]) == (status, code)
    assert limit in data["error"]["message"]
    assert len(data["error"]["message"]) < 500


async def test_brackets_inside_of_names_do_not_count(served: Served) -> None:
    spots = ["[" * 20 + '"' + "{" * 20 + f"{number}.mp4" for number in range(300)]
    status, _ = await post(served, json.dumps({"command": "break_now", "spots": spots}).encode())
    assert status == 200


async def test_a_compressed_body_is_refused(served: Served) -> None:
    status, data = await post(served, b"xx", **{"Content-Encoding": "gzip"})
    assert (status, data["error"]["code"]) == (415, "bad_encoding")


async def test_a_body_that_does_not_come_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.05)
    reader, writer = await served.connect(f"POST {COMMANDS} HTTP/1.1\nHost: localhost\nContent-Length: 50\n\n")
    writer.write(b'{"comm')
    assert (await reader.readline()).split()[1] == b"408"
    writer.close()


async def test_the_rest_of_a_refused_body_is_never_read_as_a_request(served: Served) -> None:
    length = 2 * limits.BODY
    for path, status in ((COMMANDS, b"413"), ("/nowhere", b"404"), ("/healthz", b"405")):
        reader, writer = await served.connect(
            f"POST {path} HTTP/1.1\nHost: localhost\nContent-Length: {length}\nConnection: keep-alive\n\n"
        )
        writer.write(b"x" * (length - 100))
        lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        assert lines[0].split()[1] == status
        assert b"connection: close" in lines
        writer.write(b"x" * 100 + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"HTTP/1.1" not in await reader.read()
        writer.close()


@pytest.mark.parametrize(
    ("request_text", "code", "message"),
    [
        (
            "GET /healthz HTTP/1.1\nHost: localhost\n" + "X-N: 1\n" * (limits.HEADERS + 1) + "\n",
            "too_many_headers", "more than 100 header lines",
        ),
        (f"GET /healthz?{'a' * 10_000} HTTP/1.1\nHost: localhost\n\n", "line_too_long", "more than 8190 bytes"),
        (f"GET /healthz HTTP/1.1\nX: {'a' * 10_000}\n\n", "line_too_long", "more than 8190 bytes"),
        ("FOO /healthz HTTP/1.1\nHost: localhost\n\n", "bad_request", "not a valid HTTP request"),
        ("\x16\x03\x01\x02\n\n", "bad_request", "not a valid HTTP request"),
    ],
)  # fmt: skip
async def test_what_never_becomes_a_request_is_refused_in_json(
    request_text: str, code: str, message: str, served: Served
) -> None:
    reader, writer = await served.connect(request_text)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert head.split()[1] == b"400"
    assert b"application/json" in head
    error = json.loads(body)["error"]
    assert error["code"] == code
    assert message in error["message"]
    assert "aaa" not in error["message"]
    writer.close()


async def test_commands_have_a_rate(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = [(await post(served, b'{"command": "hold"}'))[0] for _ in range(3)]
    assert statuses == [200, 200, 200]
    many = await asyncio.gather(*(post(served, b'{"command": "hold"}') for _ in range(400)))
    refused = [data for status, data in many if status == 429]
    assert refused
    assert "50 a second" in refused[0]["error"]["message"] or "64 commands waiting" in refused[0]["error"]["message"]
    assert len(many) - len(refused) >= 60


async def test_so_many_commands_wait(served: Served) -> None:
    controller: Any = served.station.channels["1"].controller
    controller.go.clear()
    waiting = [asyncio.create_task(post(served, b'{"command": "hold"}')) for _ in range(limits.COMMANDS_WAITING)]
    await until(lambda: len(controller.commands) == limits.COMMANDS_WAITING)
    status, data = await post(served, b'{"command": "hold"}')
    assert (status, data["error"]["code"]) == (429, "too_many")
    assert "64" in data["error"]["message"]
    controller.go.set()
    assert {status for status, _ in await asyncio.gather(*waiting)} == {200}


async def test_so_many_event_streams_are_open(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrovue_tui.server.routes.event_stream.EVENT_CLIENTS", 3)
    streams = [await served.http.get(f"{served.url}/api/events") for _ in range(3)]
    async with served.http.get(f"{served.url}/api/events") as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"]
        assert "3 event streams" in (await answer.json())["error"]["message"]
    streams[0].close()

    async def opens_again() -> bool:
        async with served.http.get(f"{served.url}/api/events") as answer:
            return answer.status == 200

    while not await opens_again():
        await asyncio.sleep(0.01)
    for stream in streams:
        stream.close()


async def test_large_pictures_cost_more_than_small_ones(station: FakeStation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrovue_tui.server.routes.picture_routes.PIXELS_A_SECOND", 1_000.0)
    server = StationServer(station, "127.0.0.1", 0)
    url = await server.start()
    async with aiohttp.ClientSession() as http:
        statuses = []
        for _ in range(60):
            async with http.get(f"{url}/api/channels/1/picture?width=1920&height=1080&format=ppm") as answer:
                statuses.append(answer.status)
        whole = int(limits.PIXELS_AT_ONCE // (1920 * 1080))
        assert statuses == [200] * whole + [429] * (60 - whole)
        async with http.get(f"{url}/api/channels/1/picture?width=48&height=27") as answer:
            assert answer.status == 200
    await server.stop()


@pytest.mark.parametrize("path", ["/api/library/facts", "/api/library/preview"])
async def test_a_name_that_no_file_has(served: Served, path: str) -> None:
    for file in ("a\0b", "a" * 4_097):
        async with served.http.get(served.url + path, params={"file": file}) as answer:
            assert answer.status == 400
            assert "4096" in (await answer.json())["error"]["message"]


async def test_so_many_viewers_are_let_in(station: FakeStation) -> None:
    server = StationServer(station, "127.0.0.1", 0, max_viewers=2)
    url = await server.start()
    async with aiohttp.ClientSession() as http:
        first, _ = [await http.get(f"{url}/iptv/channel/1.ts") for _ in range(2)]
        async with http.get(f"{url}/iptv/channel/1.ts") as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"]
            assert "2 viewers already; the limit is max_viewers" in (await answer.json())["error"]["message"]
        first.close()
        await until(lambda: station.channels["1"].bus.viewers == 1)
        async with http.get(f"{url}/iptv/channel/1.ts") as answer:
            assert answer.status == 200
    await server.stop()


def test_viewers_of_one_address_are_limited_but_for_this_machine() -> None:
    viewers = ViewerLimits(10, 2)
    for _ in range(2):
        viewers.enter("10.0.0.1")
    with pytest.raises(HttpError, match=r"10\.0\.0\.1 has 2 viewers already; the limit is max_viewers_per_address"):
        viewers.enter("10.0.0.1")
    viewers.leave("10.0.0.1")
    viewers.enter("10.0.0.1")
    for _ in range(8):
        viewers.enter("127.0.0.1")
    with pytest.raises(HttpError, match="10 viewers already; the limit is max_viewers"):
        viewers.enter("10.0.0.2")


def test_a_bucket_says_when_there_is_enough_again() -> None:
    now = 0.0
    bucket = Bucket("pixels", 10.0, 30.0, lambda: now)
    bucket.take(30)
    with pytest.raises(HttpError) as caught:
        bucket.take(25)
    assert caught.value.status == 429
    assert caught.value.headers == {"Retry-After": "3"}
    assert "10 a second" in caught.value.message
    now = 2.5
    bucket.take(25)


async def hung_up(reader: asyncio.StreamReader) -> bool:
    """Whether the server closes a connection without an answer."""
    try:
        async with asyncio.timeout(90):
            return await reader.read(1) == b""
    except ConnectionError:
        return True


async def test_connections_over_the_limit_are_closed_at_once(
    station: FakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", 3)
    server = StationServer(station, "127.0.0.1", 0, max_viewers=2)
    port = int((await server.start()).rpartition(":")[2])
    try:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        reader, one_too_many = await asyncio.open_connection("127.0.0.1", port)
        assert await hung_up(reader)
        one_too_many.close()
        idle[0][1].close()
        await idle[0][1].wait_closed()

        async def answered() -> bool:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /api/station HTTP/1.0\r\n\r\n")
                return (await reader.read(12)).startswith(b"HTTP/1.")
            except ConnectionError:
                return False
            finally:
                writer.close()

        async with asyncio.timeout(90):
            while not await answered():  # until the server has noticed that one left
                await asyncio.sleep(0.01)
        for _, writer in idle[1:]:
            writer.close()
    finally:
        await server.stop()


async def test_a_connection_without_a_request_is_closed_after_a_while(
    station: FakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "IDLE_S", 0.2)
    server = StationServer(station, "127.0.0.1", 0)
    port = int((await server.start()).rpartition(":")[2])
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await hung_up(reader)
        writer.close()
    finally:
        await server.stop()


@pytest.mark.parametrize(("soft", "most"), [(20_000, 2_500), (1_024, 512), (256, 64)])
def test_connections_leave_descriptors_for_the_decks(soft: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (soft, soft))
    assert limits.most_connections(2_000) == most
