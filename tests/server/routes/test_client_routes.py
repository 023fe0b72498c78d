"""The connected clients over real sockets: listed, disconnected, blocked; and the addresses for clients."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.playout.output.bus import Skips
from retrovue_tui.protocol.client import Refused, StationClient
from retrovue_tui.server.live_stream import SocketViewer
from tests.server.conftest import serving, until
from tests.server.fakes import BURST, FakeChannel, FakeStation

if TYPE_CHECKING:
    from tests.server.conftest import Served

KODI = "GET /iptv/channel/1.ts HTTP/1.1\nHost: localhost\nUser-Agent: Kodi/20.2 (X11)\n\n"


async def listed(served: Served) -> dict[str, Any]:
    async with served.http.get(f"{served.url}/api/clients") as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        found: dict[str, Any] = await answer.json()
        return found


async def post(served: Served, id: str, **options: Any) -> tuple[int, dict[str, Any]]:
    async with served.http.post(f"{served.url}/api/clients/{id}/disconnect", **options) as answer:
        return answer.status, await answer.json()


async def test_a_viewer_is_listed_while_it_watches(served: Served) -> None:
    assert (await listed(served))["clients"] == []
    bus = served.station.channels["1"].bus
    reader, writer = await served.connect(KODI)
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(len(BURST))
    await until(lambda: bus.viewers == 1)
    bus.emit(b"\x47" * 188_000)
    await reader.readexactly(188_000)
    bus.skipped = Skips(2, 999)
    viewer = bus.attached[0]
    assert isinstance(viewer, SocketViewer)
    await until(lambda: viewer.received()[1] == 0)
    (row,) = (await listed(served))["clients"]
    assert (row["client"], row["address"], row["channel"]) == ("Kodi", "127.0.0.1", "1")
    assert (row["mode"], row["quality"], row["sent_bytes"]) == ("live", "720p", len(BURST) + 188_000)
    assert (row["jumps"], row["skipped_bytes"], row["behind_s"]) == (2, 999, 0.0)
    assert row["bitrate_kbps"] > 0
    writer.close()
    await until(lambda: bus.viewers == 0)
    assert (await listed(served))["clients"] == []


async def test_a_viewer_that_does_not_read_is_behind(served: Served) -> None:
    bus = served.station.channels["1"].bus
    reader, _ = await served.connect(KODI)
    await reader.readuntil(b"\r\n\r\n")
    await until(lambda: bus.viewers == 1)
    viewer = bus.attached[0]
    assert isinstance(viewer, SocketViewer)
    bus.emit(bytes(4_000_000))
    most = viewer.received()[1] / bus.bytes_per_s
    (row,) = (await listed(served))["clients"]
    assert viewer.received()[1] / bus.bytes_per_s - 0.01 <= row["behind_s"] <= most + 0.01
    assert row["behind_s"] >= 4.0  # the reader's buffers take less than half of it


async def test_an_operator_disconnects_a_viewer_and_an_event_reports_it(served: Served) -> None:
    bus = served.station.channels["1"].bus
    readers = []
    for _ in range(2):
        reader, _ = await served.connect(KODI)
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(len(BURST))
        readers.append(reader)
    await until(lambda: bus.viewers == 2)
    id = (await listed(served))["clients"][0]["id"]
    status, receipt = await post(served, id)
    assert status == 200
    assert (receipt["id"], receipt["channel"], receipt["client"], receipt["blocked_s"]) == (id, "1", "Kodi", 0.0)
    assert "may connect again at once" in receipt["message"]
    assert await readers[0].read() == b""
    await until(lambda: bus.viewers == 1)
    assert [row["id"] for row in (await listed(served))["clients"]] != [id]
    event = served.station.events.after(0)[-1]
    assert (event.kind, event.channel, event.message) == ("client_disconnected", "1", receipt["message"])
    assert event.data == {"address": "127.0.0.1", "client": "Kodi", "blocked_s": 0.0}
    bus.emit(b"still on")
    assert await readers[1].readexactly(8) == b"still on"
    status, answer = await post(served, id)
    assert (status, answer["error"]["code"]) == (404, "no_such_client")


async def test_a_blocked_viewer_is_refused_and_others_are_not(served: Served) -> None:
    reader, _ = await served.connect(KODI)
    await reader.readuntil(b"\r\n\r\n")
    id = (await listed(served))["clients"][0]["id"]
    assert (await post(served, id, json={"block_s": 600}))[0] == 200
    reader, _ = await served.connect(KODI)
    assert b" 403 " in await reader.readline()
    assert b"operator has disconnected this client" in await reader.readuntil(b"}}")
    reader, _ = await served.connect(KODI.replace("Kodi", "VLC"))
    assert b" 200 " in await reader.readline()
    (block,) = (await listed(served))["blocked"]
    assert (block["address"], block["client"]) == ("127.0.0.1", "Kodi")
    assert 590 < block["for_s"] <= 600


@pytest.mark.parametrize(
    "body", ['{"block_s": 3601}', '{"block_s": -1}', '{"block_s": true}', '{"block_s": NaN}', "[]"]
)
async def test_a_block_is_a_number_of_seconds_up_to_an_hour(served: Served, body: str) -> None:
    await served.connect(KODI)
    await until(lambda: served.station.channels["1"].bus.viewers == 1)
    id = (await listed(served))["clients"][0]["id"]
    status, answer = await post(served, id, data=body)
    assert (status, answer["error"]["code"]) == (400, "bad_block")
    assert "from 0 to 3600" in answer["error"]["message"]
    assert served.station.channels["1"].bus.viewers == 1


async def test_a_control_room_is_listed_apart(served: Served) -> None:
    async with StationClient(served.url) as client:
        following = asyncio.ensure_future(anext(client.events()))
        async with asyncio.timeout(60):
            while not (rooms := (await client.clients()).control_rooms):
                await asyncio.sleep(0.002)
        assert (rooms[0].client, rooms[0].address) == ("retrovue-tui", "127.0.0.1")
        assert (await client.clients()).clients == ()
        with pytest.raises(Refused, match="control room") as refused:
            await client.disconnect(rooms[0].id)
        assert refused.value.status == 409
        served.station.events.publish("warning", "over")
        await following


async def test_the_client_reads_and_disconnects(served: Served) -> None:
    await served.connect(KODI)
    await until(lambda: served.station.channels["1"].bus.viewers == 1)
    async with StationClient(served.url) as client:
        (row,) = (await client.clients()).clients
        assert (row.client, row.mode) == ("Kodi", "live")
        receipt = await client.disconnect(row.id, 30.0)
        assert (receipt.id, receipt.blocked_s) == (row.id, 30.0)
        (block,) = (await client.clients()).blocked
        assert block.client == "Kodi"


# --- addresses ------------------------------------------------------------------------------------------------------


async def test_a_station_on_loopback_gives_its_addresses_with_a_warning(served: Served) -> None:
    async with StationClient(served.url) as client:
        found = await client.addresses()
        assert found.root == served.url
        assert "Only this machine" in found.warning
        streams = [row.url for row in found.addresses if row.what == "stream"]
        assert streams == [f"{served.url}/iptv/channel/1.ts"]
        streams = [row.url for row in (await client.addresses("film noir")).addresses if row.what == "stream"]
        assert streams == [f"{served.url}/iptv/channel/film%20noir.ts"]
        with pytest.raises(Refused, match="the channels are: 1, film noir"):
            await client.addresses("9")


async def test_each_address_is_one_that_the_station_serves() -> None:
    """A viewer with nothing but the address gets an answer there."""
    station = FakeStation([FakeChannel("1", 1, "Retro One")])
    async with serving(station, "operator", "viewer") as served, StationClient(served.url, "operator") as client:
        found = await client.addresses()
        assert {row.client for row in found.addresses} >= {"Kodi", "TiviMate", "Jellyfin, Emby"}
        for row in found.addresses:
            assert "operator" not in row.url
            if row.what in ("playlist", "guide", "stream", "hls"):
                async with served.http.head(row.url) as answer:
                    assert answer.status in (200, 405), row
                async with served.http.head(row.url.replace("viewer", "wrong")) as answer:
                    assert answer.status == 401, row


async def test_through_a_name_of_the_network_that_name_is_used() -> None:
    headers = {"Host": "tv.lan:8480", "Authorization": "Bearer operator"}
    async with (
        serving(FakeStation([FakeChannel("1", 1, "Retro One")]), "operator") as served,
        served.http.get(f"{served.url}/api/station/addresses", headers=headers) as answer,
    ):
        found = await answer.json()
    assert (found["root"], found["warning"]) == ("http://tv.lan:8480", "")


async def test_a_viewer_may_not_see_who_watches() -> None:
    station = FakeStation([FakeChannel("1", 1, "Retro One")])
    async with serving(station, "operator", "viewer") as served:
        for method, path in (
            ("GET", "/api/clients"), ("POST", "/api/clients/1/disconnect"), ("GET", "/api/station/addresses"),
        ):  # fmt: skip
            async with served.http.request(
                method, f"{served.url}{path}", headers={"Authorization": "Bearer viewer"}
            ) as answer:
                assert answer.status == 403
