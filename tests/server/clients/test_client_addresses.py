"""The addresses for each kind of client."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from retrovue_tui.server.access import Access
from retrovue_tui.server.clients import client_addresses as module
from retrovue_tui.server.clients.client_addresses import HLS, OPTIONAL, client_addresses, only_here, roots

ROOT = "http://10.0.0.5:8480"
PLAYLISTS = ("kodi", "jellyfin", "tivimate", "channels", "tvheadend")


def urls(access: Access, root: str = ROOT, channel: str = "1") -> dict[str, list[str]]:
    """Kind of address → the addresses, in the order of the kinds of client."""
    found: dict[str, list[str]] = {}
    for row in client_addresses(access, root, channel, (*OPTIONAL, HLS)):
        found.setdefault(row.what, []).append(row.url)
    return found


def test_without_a_token_the_addresses_are_short() -> None:
    found = urls(Access("0.0.0.0"))
    assert found["stream"] == [f"{ROOT}/iptv/channel/1.ts"]
    assert found["playlist"] == [
        f"{ROOT}/iptv/channels.m3u",
        *(f"{ROOT}/iptv/channels.m3u?client={each}" for each in PLAYLISTS),
    ]
    assert set(found["guide"]) == {f"{ROOT}/iptv/xmltv.xml"}
    assert set(found["tuner"]) == {ROOT}
    assert found["page"] == [f"{ROOT}/"]


def test_with_a_token_they_have_the_viewer_token_and_never_the_operators() -> None:
    access = Access("0.0.0.0", "operators word", "watch word")
    found = urls(access)
    assert found["stream"] == [f"{ROOT}/iptv/channel/1.ts?token=watch+word"]
    assert found["hls"] == [f"{ROOT}/iptv/channel/1.m3u8?token=watch+word"]
    assert f"{ROOT}/iptv/channels.m3u?client=kodi&token=watch+word" in found["playlist"]
    assert set(found["guide"]) == {f"{ROOT}/iptv/xmltv.xml?token=watch+word"}
    assert set(found["tuner"]) == {f"{ROOT}/hdhr/t/watch%20word"}
    assert not any("operator" in url for each in found.values() for url in each)


def test_paths_that_the_station_does_not_serve_are_left_out() -> None:
    rows = client_addresses(Access("0.0.0.0"), ROOT, "", ())
    assert {row.what for row in rows} == {"playlist"}
    assert not any(row.client in ("Plex", "Browser") for row in rows)


def test_a_channel_id_may_need_escapes() -> None:
    assert urls(Access("0.0.0.0"), channel="film noir")["stream"] == [f"{ROOT}/iptv/channel/film%20noir.ts"]


@given(st.text("abcxyz019-_ +&=?#%/ü", min_size=1, max_size=20).filter(lambda token: token.strip() == token))
def test_any_token_survives_the_address(token: str) -> None:
    access = Access("0.0.0.0", "operator", token)
    for row in client_addresses(access, "http://[fd00::5]:8480", "1", OPTIONAL):
        if row.what == "tuner":
            assert row.url.startswith("http://[fd00::5]:8480/hdhr/t/")
            assert unquote(row.url.rpartition("/")[2]) == token
        elif row.what != "page":
            assert URL(row.url).query["token"] == token
        assert URL(row.url).host == "fd00::5"


# --- where the station can be reached -------------------------------------------------------------------------------


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine in two networks; the default route is in the second one."""
    monkeypatch.setattr(module, "own_addresses", lambda: ["192.168.1.10"])
    every = ["172.17.0.1", "192.168.1.10"]
    monkeypatch.setattr(module, "lan_addresses", lambda host: every if host in ("", "0.0.0.0", "::") else [])


@pytest.mark.usefixtures("networks")
@pytest.mark.parametrize(
    ("asked", "host", "found"),
    [
        ("http://127.0.0.1:8480", "127.0.0.1", []),
        ("http://localhost:8480", "::1", []),
        ("http://127.0.0.1:8480", "0.0.0.0", ["http://192.168.1.10:8480", "http://172.17.0.1:8480"]),
        ("http://192.168.1.10:8480", "0.0.0.0", ["http://192.168.1.10:8480", "http://172.17.0.1:8480"]),
        ("http://tv.lan:8480", "0.0.0.0", ["http://tv.lan:8480", "http://192.168.1.10:8480", "http://172.17.0.1:8480"]),
        ("https://tv.example", "127.0.0.1", ["https://tv.example"]),
        ("http://10.9.9.9:8480", "10.9.9.9", ["http://10.9.9.9:8480"]),
        ("http://localhost:9999", "10.9.9.9", ["http://10.9.9.9:8480"]),
    ],
)
def test_the_address_that_others_can_use_comes_first(asked: str, host: str, found: list[str]) -> None:
    assert roots(URL(asked), host, 8480) == found


def test_a_station_on_loopback_says_what_to_change() -> None:
    warning = only_here("127.0.0.1", is_open=True)
    assert "listens on 127.0.0.1 alone" in warning
    assert 'token = "…"' in warning
    assert 'host = "0.0.0.0" below [server] in retrovue.toml' in warning
    assert "token" not in only_here("localhost", is_open=False)
    assert "no network address" in only_here("0.0.0.0", is_open=False)
