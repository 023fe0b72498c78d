"""The channel list for players, as Jellyfin, Kodi and TVHeadend read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.server.m3u import ANY_CLIENT, ANY_KODI, PRESETS, PlaylistEntry, extinf, for_kodi, label, playlist
from tests.server.conftest import Served, serving
from tests.server.fakes import FakeChannel, FakeStation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrovue_tui.server.m3u import ClientPreset

TYPE = "#KODIPROP:mimetype=video/mp2t"
PAUSE = [
    "#KODIPROP:inputstream=inputstream.ffmpegdirect",
    "#KODIPROP:inputstream.ffmpegdirect.open_mode=ffmpeg",
    "#KODIPROP:inputstream.ffmpegdirect.is_realtime_stream=true",
    "#KODIPROP:inputstream.ffmpegdirect.stream_mode=timeshift",
]


async def lines(served: Served, query: str = "", **headers: str) -> list[str]:
    async with served.http.get(f"{served.url}/iptv/channels.m3u{query}", headers=headers) as answer:
        assert answer.status == 200
        return (await answer.text()).splitlines()


def by_jellyfin(text: str) -> list[tuple[str, dict[str, str], str]]:
    """(name, attributes, address) of each channel, by the rules of Jellyfin's M3uParser: its regular expression, and
    the name after the last comma."""
    found = []
    about = ""
    for line in text.splitlines():
        if line.startswith("#EXTINF:"):
            about = line
        elif line and not line.startswith("#"):
            attributes = dict(re.findall(r'([a-z0-9\-_]+)="([^"]+)"', about, re.IGNORECASE))
            found.append((about.rpartition(",")[2].strip(), attributes, line))
    return found


def by_kodi(line: str) -> tuple[str, str]:
    """(name, group) by the rules of pvr.iptvsimple's PlaylistLoader: the name after the last comma that is not between
    quotes, the value of an attribute up to the next quote. Each is read as UTF-8 if Kodi takes it for that."""
    last_quote = line.rindex('"')
    comma = line.index(",", last_quote)
    marker = line.find('group-title="')
    group = "" if marker < 0 else line[marker + 13 : line.index('"', marker + 13)]
    return decoded_by_kodi(line[comma + 1 :]), decoded_by_kodi(group)


def decoded_by_kodi(text: str) -> str:
    """The text as Kodi 20 decodes it, by its Utf8Utils.cpp and as a real one shows it: four bytes are F0, one from 80
    to 9F, one from 90 on, and one more; else nothing of the text is taken for UTF-8."""
    for data in (each.encode() for each in text):
        if len(data) == 4 and not (data[0] == 0xF0 and data[1] & 0xE0 == 0x80 and data[2] >= 0x90):
            return text.encode().decode("cp1252", "ignore")
    return text


def by_vlc(line: str) -> str:
    """The name by the rules of players that read only the classic format: after the first comma."""
    return line.partition(",")[2]


async def test_the_playlist_lists_every_channel_under_the_clients_own_name_for_us(served: Served) -> None:
    base = "http://localhost:8888/iptv"
    async with served.http.get(f"{served.url}/iptv/channels.m3u", headers={"Host": "localhost:8888"}) as answer:
        assert (answer.status, answer.content_type, answer.charset) == (200, "audio/x-mpegurl", "utf-8")
        assert (await answer.text()).splitlines() == [
            f'#EXTM3U url-tvg="{base}/xmltv.xml" x-tvg-url="{base}/xmltv.xml"',
            '#EXTINF:-1 tvg-id="ch1.0123abcd.retrovue" channel-id="ch1" channel-number="1" tvg-chno="1"'
            f' tvg-name="Retro One" tvg-logo="{base}/logo/1.png" group-title="Retro"'
            ' tvc-stream-vcodec="h264" tvc-stream-acodec="aac",Retro One',
            f"{base}/channel/1.ts",
            '#EXTINF:-1 tvg-id="chfilm noir.0123abcd.retrovue" channel-id="chfilm noir" channel-number="20"'
            f' tvg-chno="20" tvg-name="The ”Noir”" tvg-logo="{base}/logo/film%20noir.png"'
            ' tvc-stream-vcodec="h264" tvc-stream-acodec="aac",The ”Noir”',
            f"{base}/channel/film%20noir.ts",
        ]
    async with served.http.head(f"{served.url}/iptv/channels.m3u") as answer:
        assert (answer.status, answer.content_type) == (200, "audio/x-mpegurl")


async def test_a_client_that_tells_no_host_gets_our_address(served: Served) -> None:
    reader, writer = await served.connect("GET /iptv/channels.m3u HTTP/1.0\n\n")
    assert f"{served.url}/iptv/channel/1.ts".encode() in await reader.read()
    writer.close()


async def test_every_address_has_the_viewers_token_and_leads_there_without_a_redirect(station: FakeStation) -> None:
    async with serving(station, "operators token", 'ü,"&') as made:
        query = "?token=%C3%BC%2C%22%26"
        async with made.http.get(f"{made.url}/iptv/channels.m3u{query}&client=jellyfin") as answer:
            text = await answer.text()
        assert '"&' not in text
        assert "operators" not in text
        for name, attributes, url in by_jellyfin(text):
            assert name in ("Retro One", "The ”Noir”")
            for address in (url, attributes["tvg-logo"]):
                async with made.http.head(address, allow_redirects=False) as answer:
                    assert (answer.status, answer.headers.get("Location")) == (200, None)


@pytest.mark.parametrize("name", PRESETS)
async def test_each_client_gets_what_it_reads(name: str) -> None:
    channels = [FakeChannel("1", 1, "One", "Retro"), FakeChannel("2", 2, "Two")]
    channels[1].catchup_days = 7
    async with serving(FakeStation(channels)) as made:
        found = await lines(made, f"?client={name.upper()}")
    one, two = (line for line in found if line.startswith("#EXTINF"))
    assert ('catchup="shift" catchup-days="7"' in two) == (name in ("kodi", "tivimate"))
    assert "catchup" not in one
    assert ('tvc-stream-vcodec="h264" tvc-stream-acodec="aac"' in one) == (name == "channels")
    assert ('tvh-chnum="1" tvh-tags="Retro"' in one) == (name == "tvheadend")
    properties = [line for line in found if line.startswith("#KODIPROP")]
    assert properties == ([TYPE, *PAUSE, TYPE] if name == "kodi" else [])


async def test_kodi_is_known_by_its_name(served: Served) -> None:
    agent = {"User-Agent": "Kodi/21.1 (X11; Linux x86_64) App_Bitness/64 Version/21.1"}
    found = await lines(served, **agent)
    assert [line for line in found if line.startswith("#KODIPROP")] == [TYPE, TYPE]  # nothing that needs an add-on
    assert TYPE not in await lines(served, "?client=plex", **agent)
    assert TYPE not in await lines(served)


async def test_an_unknown_client_is_refused_and_the_known_ones_are_named(served: Served) -> None:
    async with served.http.get(f"{served.url}/iptv/channels.m3u?client=vlc") as answer:
        assert answer.status == 400
        error = (await answer.json())["error"]
    assert error["code"] == "no_such_client"
    assert "plex, jellyfin, emby, kodi, tivimate, channels, tvheadend, not 'vlc'" in error["message"]


HARD = {
    "Tom, Dick & Harry": "Tom Dick & Harry",
    'The "Noir"': "The ”Noir”",
    " \t line\nbreak\r\n": "line break",
    "🎬 Kino — Ω": "🎬 Kino — Ω",
    "\x1b[2Jx": "�[2Jx",
    "tvg-id=x": "tvg-id=x",
    "84. News": "84. News",
    ",": "7",
    "😀 🎈 é 你": "😀 🎈 é 你",
    "🎈𝄞\U00020400": "🎈𝄞\U00020400",
}
FOR_KODI = {"🎬 Kino — Ω": "Kino — Ω", "😀 🎈 é 你": "😀 é 你", "🎈𝄞\U00020400": "7"}
"""Names with characters that Kodi cannot read, and what it gets."""


@pytest.mark.parametrize(("name", "shown"), HARD.items(), ids=range(len(HARD)))
@pytest.mark.parametrize("preset", [ANY_CLIENT, ANY_KODI, *PRESETS.values()], ids=["any", "any-kodi", *PRESETS])
def test_hard_names_survive_in_every_reader(name: str, shown: str, preset: ClientPreset) -> None:
    entry = PlaylistEntry(
        "7", "ch7.0123abcd.retrovue", 7, name, f"{name};B", 7, "http://h/l.png?token=a,b", "http://h/7.ts"
    )
    text = playlist([entry], "http://h/xmltv.xml", preset)
    ((found, attributes, url),) = by_jellyfin(text)
    line = text.splitlines()[1]
    if preset.kodi:
        shown = FOR_KODI.get(shown, shown)
        assert by_kodi(line)[0] == shown
    assert (found, by_vlc(line), url) == (shown, shown, "http://h/7.ts")
    assert attributes.get("tvg-name", "7") == shown
    assert attributes["tvg-id"] == "ch7.0123abcd.retrovue"
    assert attributes["tvg-logo"] == "http://h/l.png?token=a%2Cb"
    assert by_kodi(line)[1].endswith(";B")
    numbers = {key: attributes[key] for key in ("channel-number", "tvg-chno")}
    assert set(numbers.values()) == {"7"}, numbers
    assert len(text.splitlines()) == 3 + text.count("#KODIPROP")


def test_an_empty_attribute_is_left_out() -> None:
    facts: Mapping[str, str] = {"tvg-id": "a", "group-title": " ", "tvg-name": "x"}
    assert extinf(facts, "x") == '#EXTINF:-1 tvg-id="a" tvg-name="x",x'
    assert label("a,b") == "a b"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_kodi_reads_all_that_is_left_for_it(text: str) -> None:
    left = for_kodi(text)
    assert decoded_by_kodi(left) == left
    assert [each for each in text if decoded_by_kodi(each) == each] == list(left)
