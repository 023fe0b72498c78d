"""Searches and announcements of UPnP, with a real socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.config.hdhomerun import HdHomeRunConfig
from retrovue_tui.server.hdhomerun import ssdp
from retrovue_tui.server.hdhomerun.device import device_of
from retrovue_tui.server.hdhomerun.ssdp import GROUP, MOST_BYTES, WAIT_S, Ssdp, read_search
from tests.server.conftest import serving
from tests.server.hdhomerun.test_discovery import asked

if TYPE_CHECKING:
    from tests.server.fakes import FakeStation

TYPE = "urn:schemas-upnp-org:device:MediaServer:1"
MAIN, KIDS = device_of("0123abcd"), device_of("0123abcd", "kids")


def search(target: str, **headers: str) -> bytes:
    lines = {"HOST": f"{GROUP}:1900", "MAN": '"ssdp:discover"', "MX": "0", "ST": target, **headers}
    return "\r\n".join(["M-SEARCH * HTTP/1.1", *(f"{key}: {value}" for key, value in lines.items()), "", ""]).encode()


def read(message: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = message.decode().split("\r\n")
    assert lines[-2:] == ["", ""]
    return first, dict(line.split(": ", 1) for line in lines[:-2])


@pytest.fixture
def devices() -> Ssdp:
    made = Ssdp((MAIN, KIDS), lambda device, url: f"{url}/hdhr/t/a%2Fb/{device.name}".rstrip("/"))
    made._host, made._http_port = "192.168.1.10", 8480
    return made


@pytest.mark.parametrize(
    ("target", "count"),
    [("ssdp:all", 6), ("upnp:rootdevice", 2), (TYPE, 2), (f"uuid:{KIDS.udn}", 1), ("uuid:other", 0), ("upnp:other", 0)],
)
def test_a_search_finds_each_device_once_under_its_name(devices: Ssdp, target: str, count: int) -> None:
    answers, wait_s = devices.answers(search(target), "192.168.1.20")
    assert (len(answers), wait_s) == (count, 0.0)
    facts = [read(each) for each in answers]
    assert {first for first, _ in facts} <= {"HTTP/1.1 200 OK"}
    assert len({each["USN"] for _, each in facts}) == count
    for _, each in facts:
        udn = next(device for device in (MAIN, KIDS) if str(device.udn) in each["USN"])
        assert each["ST"] in (target, "upnp:rootdevice", f"uuid:{udn.udn}", TYPE)
        assert each["LOCATION"] == f"http://192.168.1.10:8480/hdhr/t/a%2Fb/{udn.name}".rstrip("/") + "/device.xml"
        assert each["CACHE-CONTROL"] == "max-age=1800"


def test_announcements_say_where_the_devices_are_and_when_they_are_gone(devices: Ssdp) -> None:
    alive = [read(each) for each in devices.announcements("ssdp:alive", "http://10.0.0.1:8480")]
    gone = [read(each) for each in devices.announcements("ssdp:byebye", "http://10.0.0.1:8480")]
    assert {first for first, _ in alive + gone} == {"NOTIFY * HTTP/1.1"}
    assert [(each["NT"], each["USN"]) for _, each in alive] == [(each["NT"], each["USN"]) for _, each in gone]
    assert alive[0][1]["LOCATION"] == "http://10.0.0.1:8480/hdhr/t/a%2Fb/device.xml"
    assert alive[0][1]["NTS"] == "ssdp:alive"
    assert gone[0][1] == {
        "HOST": "239.255.255.250:1900", "NT": "upnp:rootdevice", "NTS": "ssdp:byebye",
        "USN": f"uuid:{MAIN.udn}::upnp:rootdevice",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mx", "wait_s"), [("0", 0.0), ("1", 1.0), ("120", WAIT_S), ("", WAIT_S), ("-1", WAIT_S), ("9" * 500, WAIT_S)]
)
def test_how_long_an_answer_may_wait(mx: str, wait_s: float) -> None:
    assert read_search(search(TYPE, MX=mx)) == (TYPE, wait_s)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"NOTIFY * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n", search(TYPE, MAN="ssdp:discover"),
        search(""), search("a" * MOST_BYTES), b"M-SEARCH * HTTP/1.1\r\n\r\n",
    ],
    ids=range(6),
)  # fmt: skip
def test_other_messages_are_no_search(data: bytes) -> None:
    assert read_search(data) is None


@given(st.binary(max_size=200).map(lambda noise: b"M-SEARCH * HTTP/1.1\r\n" + noise) | st.binary(max_size=200))
def test_any_bytes_are_a_search_or_nothing(data: bytes) -> None:
    found = read_search(data)
    assert found is None or 0 <= found[1] <= WAIT_S


async def test_a_search_over_a_real_socket(station: FakeStation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ssdp, "PORT", 0)
    async with serving(station, hdhomerun=HdHomeRunConfig(ssdp=True)) as made:
        finder = made.server._tuner._ssdp
        assert finder is not None
        (answer,) = await asked(finder.port, search(TYPE), 1)
        location = read(answer)[1]["LOCATION"]
        assert location == f"{made.url}/device.xml"
        async with made.http.get(location) as found:
            assert str(MAIN.udn) in await found.text()
        port = finder.port
    assert finder.port == 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))  # it is free again


async def test_the_station_announces_itself_again_and_again_and_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    seen = threading.Event()

    def send(self: Ssdp, kind: str) -> None:
        sent.append(kind)
        if len(sent) == 3:
            seen.set()

    monkeypatch.setattr(Ssdp, "PORT", 0)
    monkeypatch.setattr(Ssdp, "_send_to_all", send)
    monkeypatch.setattr(ssdp, "AGAIN_S", 0.0)
    finder = Ssdp((MAIN,), lambda _, url: url)
    await finder.start("127.0.0.1", 8480)
    assert await asyncio.to_thread(seen.wait, 30)
    await finder.close()
    assert sent[:3] == ["ssdp:alive"] * 3
    assert sent[-1] == "ssdp:byebye"
    await finder.close()  # a second time does nothing
    assert sent.count("ssdp:byebye") == 1
