"""The station as a network tuner, in the steps of Jellyfin and Plex."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from retrovue_tui.config.hdhomerun import HdHomeRunConfig
from retrovue_tui.server.access import FAILURES
from retrovue_tui.server.hdhomerun.device import device_of
from tests.server.conftest import Served, serving, until
from tests.server.fakes import FakeChannel, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONFIG = HdHomeRunConfig(name="Attic", tuners=2, devices={"kids": ("3", "4")})
OPERATOR, VIEWER = "operators-own-token", "a/b ü"
DOCUMENTS = (
    "discover.json",
    "lineup.json",
    "lineup.xml",
    "lineup.m3u",
    "lineup_status.json",
    "lineup.post",
    "device.xml",
)
UPNP = "{urn:schemas-upnp-org:device-1-0}"


@pytest.fixture
def station() -> FakeStation:
    return FakeStation(
        [FakeChannel("four", 4, "Four & <Co>"), FakeChannel("0", 0, "Zero"), FakeChannel("3", 3, 'Three, "Kids"'),
         FakeChannel("4", 44, "Late")]
    )  # fmt: skip


@pytest.fixture
async def tuner(station: FakeStation) -> AsyncIterator[Served]:
    async with serving(station, hdhomerun=CONFIG) as made:
        yield made


async def got(served: Served, url: str, method: str = "GET", **headers: str) -> Any:
    if not url.startswith("http"):
        url = served.url + url
    async with served.http.request(method, url, headers=headers, allow_redirects=False) as answer:
        text = await answer.text()
        assert answer.status == 200, text
        return await answer.json() if answer.content_type == "application/json" and text else text


async def test_discover_has_every_field_that_clients_need(tuner: Served) -> None:
    found = await got(tuner, "/discover.json", Host="localhost:5555")
    assert list(found.items()) == [
        ("FriendlyName", "Attic"), ("ModelNumber", "HDHR5-4US"), ("FirmwareName", "hdhomerun5_atsc"),
        ("FirmwareVersion", "20250815"), ("DeviceID", device_of("0123abcd").id_text),
        ("DeviceAuth", found["DeviceAuth"]), ("BaseURL", "http://localhost:5555"),
        ("LineupURL", "http://localhost:5555/lineup.json"), ("TunerCount", 2),
    ]  # fmt: skip
    assert type(found["TunerCount"]) is int
    assert len(found["DeviceAuth"]) == 24
    assert await got(tuner, "/discover.json", Host="localhost:5555") == found


async def test_the_lineup_in_all_its_forms(tuner: Served) -> None:
    found = await got(tuner, "/lineup.json", Host="localhost:5555")
    assert found[0] == {
        "GuideNumber": "3", "GuideName": 'Three, "Kids"', "VideoCodec": "H264", "AudioCodec": "AAC", "HD": 1,
        "URL": "http://localhost:5555/auto/v3",
    }  # fmt: skip
    assert [(each["GuideNumber"], each["GuideName"]) for each in found[1:]] == [
        ("4", "Four & <Co>"), ("44", "Late"), ("10000", "Zero"),
    ]  # fmt: skip
    tree = ElementTree.fromstring(await got(tuner, "/lineup.xml", Host="localhost:5555"))
    assert [{field.tag: field.text for field in each} for each in tree] == [
        {key: str(value) for key, value in each.items()} for each in found
    ]
    text = (await got(tuner, "/lineup.m3u")).splitlines()
    assert text[:3] == [
        "#EXTM3U",
        '#EXTINF:-1 channel-id="3" channel-number="3" tvg-name="Three ”Kids”",Three ”Kids”',
        f"{tuner.url}/auto/v3",
    ]


@pytest.mark.parametrize(
    ("house", "hd"), [("240p", False), ("360p", False), ("480p", False), ("720p", True), ("1080p", True)]
)
async def test_pictures_of_720_lines_and_more_are_high_definition(
    station: FakeStation, tuner: Served, house: str, hd: bool
) -> None:
    station.house = house
    assert {each.get("HD") for each in await got(tuner, "/lineup.json")} == {1 if hd else None}
    assert ("<HD>1</HD>" in await got(tuner, "/lineup.xml")) is hd


async def test_the_description_for_upnp(tuner: Served) -> None:
    tree = ElementTree.fromstring(await got(tuner, "/device.xml"))
    assert [each.tag.removeprefix(UPNP) for each in tree] == ["specVersion", "URLBase", "device"]
    facts = {each.tag.removeprefix(UPNP): each.text for each in tree[2]}
    device = device_of("0123abcd")
    assert (facts["serialNumber"], facts["UDN"]) == (device.id_text, f"uuid:{device.udn}")
    assert facts["friendlyName"] == "Attic"
    assert tree.findtext(f"{UPNP}URLBase") == tuner.url


async def test_the_scan_of_plex_changes_nothing(tuner: Served) -> None:
    assert await got(tuner, "/lineup.post?scan=start&source=Cable", "POST") == {}
    assert await got(tuner, "/lineup.post?scan=start&source=Cable") == {}
    status = {"ScanInProgress": 0, "ScanPossible": 1, "Source": "Cable", "SourceList": ["Cable"]}
    assert await got(tuner, "/lineup_status.json") == status
    origin = {"Origin": "http://evil.example"}
    async with tuner.http.post(f"{tuner.url}/lineup.post?scan=start", headers=origin) as answer:
        assert answer.status == 403


async def by_jellyfin(served: Served, address: str, method: str = "GET") -> bytes:
    """The steps of Jellyfin's HdHomerunHost from an address that a person types to the first packet."""
    device = await got(served, f"{address.rstrip('/')}/discover.json")
    assert {"DeviceID", "FriendlyName", "ModelNumber", "TunerCount", "BaseURL", "LineupURL"} <= set(device)
    assert "hdtc" not in device["ModelNumber"].lower()  # else it would ask for ?transcode=heavy
    rows = await got(served, device["LineupURL"] or device["BaseURL"] + "/lineup.json")
    ids = [f"hdhr_{row['GuideNumber']}" for row in rows]
    assert len(set(ids)) == len(ids)
    assert [each.split("_")[1] for each in ids] == [row["GuideNumber"] for row in rows]
    assert all("?" not in row["URL"] and not row.get("DRM") for row in rows)
    async with served.http.head(rows[0]["URL"], allow_redirects=False) as answer:
        assert (answer.status, answer.content_type.lower()) == (200, "video/mp2t")
    async with served.http.get(rows[0]["URL"] + "?transcode=mobile", allow_redirects=False) as answer:
        assert (answer.status, answer.content_type.lower()) == (200, "video/mp2t")
        return await answer.content.readexactly(188)


async def test_jellyfin_finds_and_plays_a_channel(tuner: Served) -> None:
    assert (await by_jellyfin(tuner, tuner.url))[0] == 0x47
    assert (await by_jellyfin(tuner, f"{tuner.url}/hdhr/kids"))[0] == 0x47


async def test_each_device_has_its_own_id_channels_and_tuners(tuner: Served) -> None:
    kids = await got(tuner, "/hdhr/kids/discover.json")
    assert kids["FriendlyName"] == "Attic kids"
    assert kids["DeviceID"] == device_of("0123abcd", "kids").id_text
    assert kids["LineupURL"] == f"{tuner.url}/hdhr/kids/lineup.json"
    rows = await got(tuner, kids["LineupURL"])
    assert [row["URL"] for row in rows] == [f"{tuner.url}/hdhr/kids/auto/v3", f"{tuner.url}/hdhr/kids/auto/v44"]
    for path, code in (("/hdhr/kids/auto/v4", "no_such_channel"), ("/hdhr/adults/lineup.json", "no_such_device")):
        async with tuner.http.get(tuner.url + path) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (404, code)


async def test_tuners_are_used_up_and_given_back(tuner: Served, station: FakeStation) -> None:
    first, second = [await tuner.http.get(f"{tuner.url}/auto/v{number}") for number in (3, 4)]
    async with tuner.http.get(f"{tuner.url}/auto/v44") as answer:
        assert answer.status == 503
        assert answer.headers["X-HDHomeRun-Error"] == "805 All Tuners In Use"
        assert answer.headers["Retry-After"] == "10"
        error = (await answer.json())["error"]
    assert error["code"] == "all_tuners_in_use"
    assert "All 2 tuners of this device are in use" in error["message"]
    async with tuner.http.head(f"{tuner.url}/auto/v44") as answer:
        assert answer.status == 200  # asks only, and takes no tuner
    async with tuner.http.get(f"{tuner.url}/hdhr/kids/auto/v44") as answer:
        assert answer.status == 200  # another device
    first.close()
    await until(lambda: not station.channels["3"].bus.attached)
    async with tuner.http.get(f"{tuner.url}/auto/v44") as answer:
        assert answer.status == 200
    second.close()


async def test_a_channel_that_is_not_there_or_stopped(tuner: Served, station: FakeStation) -> None:
    async with tuner.http.get(f"{tuner.url}/auto/v5") as answer:
        assert (answer.status, answer.headers["X-HDHomeRun-Error"]) == (404, "801 Unknown Channel")
        assert "the numbers are: 3, 4, 44, 10000" in (await answer.json())["error"]["message"]
    station.channels["3"].state = "stopped"
    async with tuner.http.get(f"{tuner.url}/auto/v3") as answer:
        assert (await answer.json())["error"]["code"] == "channel_stopped"
    assert len(await got(tuner, "/lineup.json")) == 4  # clients keep their mapping


async def test_the_defaults(station: FakeStation) -> None:
    async with serving(station) as made:
        found = await got(made, "/discover.json")
        assert (found["FriendlyName"], found["TunerCount"]) == ("Test", 6)
        assert await got(made, "/hdhr/t/old/discover.json") == found  # a token that is needed no more does no harm
    async with (
        serving(station, hdhomerun=HdHomeRunConfig(enabled=False)) as made,
        made.http.get(f"{made.url}/discover.json") as answer,
    ):
        assert answer.status == 404


# ── with a token ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def guarded_tuner(station: FakeStation) -> AsyncIterator[Served]:
    async with serving(station, OPERATOR, VIEWER, hdhomerun=CONFIG) as made:
        yield made


async def test_the_token_is_a_part_of_the_address(guarded_tuner: Served) -> None:
    address = f"{guarded_tuner.url}/hdhr/t/a%2Fb%20%C3%BC"
    assert (await by_jellyfin(guarded_tuner, address))[0] == 0x47
    assert (await by_jellyfin(guarded_tuner, f"{address}/kids"))[0] == 0x47
    found = await got(guarded_tuner, f"{address}/discover.json")
    assert found["BaseURL"] == address
    assert found["DeviceID"] == device_of("0123abcd").id_text  # the same device
    assert (await got(guarded_tuner, f"{address}/kids/discover.json"))["BaseURL"] == f"{address}/kids"
    assert await got(guarded_tuner, f"{address}/lineup.post?scan=start&source=Cable", "POST") == {}
    everything = json.dumps([await got(guarded_tuner, f"{address}/{name}") for name in DOCUMENTS])
    assert OPERATOR not in everything


async def test_every_other_way_needs_the_token_as_well(guarded_tuner: Served) -> None:
    for folder in ("", "/hdhr/kids", "/hdhr/t/wrong", "/hdhr/t/a"):
        async with guarded_tuner.http.get(f"{guarded_tuner.url}{folder}/auto/v3") as answer:
            assert answer.status == 401
    for name in DOCUMENTS:
        await got(guarded_tuner, f"/{name}?token=a/b%20%C3%BC")
        await got(guarded_tuner, f"/hdhr/t/old/{name}", Authorization=f"Bearer {OPERATOR}")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/station"), ("POST", "/api/station/stop"), ("POST", "/auto/v3"), ("POST", "/discover.json"),
     ("DELETE", "/lineup.post"), ("POST", "/api/lineup.post"), ("GET", "/hdhr/t/a%2Fb%20%C3%BC/api/station"),
     ("POST", "/hdhr/t/a%2Fb%20%C3%BC/auto/v3"), ("GET", "/hdhr/t/a%2Fb%20%C3%BC/../../../api/station")],
)  # fmt: skip
async def test_the_viewers_token_opens_nothing_else(guarded_tuner: Served, method: str, path: str) -> None:
    for query in ("", "?token=a/b%20%C3%BC"):
        reader, writer = await guarded_tuner.connect(
            f"{method} {path}{query} HTTP/1.1\nHost: localhost\nConnection: close\n\n"
        )
        answer = await reader.read()
        assert answer.split()[1] in (b"401", b"403", b"404", b"405"), answer
        writer.close()
    assert guarded_tuner.station.stops == 0


async def test_wrong_tokens_in_the_path_are_slowed_down_and_never_logged(
    guarded_tuner: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for number in range(FAILURES):
        async with guarded_tuner.http.get(f"{guarded_tuner.url}/hdhr/t/guess%2F{number}/lineup.json") as answer:
            assert answer.status == 401
            assert "guess" not in await answer.text()
    async with guarded_tuner.http.get(f"{guarded_tuner.url}/hdhr/t/a%2Fb%20%C3%BC/lineup.json") as answer:
        assert answer.status == 429  # it is not even compared
    assert [each.getMessage() for each in caplog.records if "wrong token" in each.getMessage()] == [
        "wrong token from 127.0.0.1 (GET /hdhr/t/…/lineup.json)"
    ]
    assert "guess" not in caplog.text


async def test_the_operator_learns_the_addresses_to_enter(guarded_tuner: Served, station: FakeStation) -> None:
    found = await got(guarded_tuner, "/api/station", Authorization=f"Bearer {OPERATOR}")
    assert found["tuner_url"] == f"{guarded_tuner.url}/hdhr/t/a%2Fb%20%C3%BC"
    assert (await got(guarded_tuner, found["playlist_url"])).startswith("#EXTM3U")
    assert (await by_jellyfin(guarded_tuner, found["tuner_url"]))[0] == 0x47
    async with serving(station, hdhomerun=HdHomeRunConfig(enabled=False)) as made:
        assert (await got(made, "/api/station"))["tuner_url"] == ""


async def test_no_answer_repeats_the_token_of_the_path(guarded_tuner: Served) -> None:
    async with guarded_tuner.http.post(f"{guarded_tuner.url}/hdhr/t/a%2Fb%20%C3%BC/device.xml") as answer:
        assert "a/b" not in (text := await answer.text())
        assert "a%2Fb" not in text
