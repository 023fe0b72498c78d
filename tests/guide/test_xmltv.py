"""XMLTV is valid by its document type definition, and every client reads from it what it should."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from retrovue_tui.guide.guide_snapshot import GuideSnapshot, PreparedGuide, XmltvRequest
from retrovue_tui.guide.xmltv import programme_element, xmltv_time
from retrovue_tui.protocol.answers.guide import ChannelGuide, GuideProgramme
from tests.guide import readers

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DTD = etree.DTD(str(Path(__file__).with_name("xmltv.dtd")))
AT = 1_795_716_000
EPISODE = GuideProgramme(
    AT, AT + 1_800, "episode", "The Show", "Pilot & more", "<How> it \x07began.\nA second line.", ("Series", "Comedy"),
    1, 5, "19940922", 1_320, "EP00000001.000000000001", False, AT - 86_400, "TV-PG", "7.8", "art/0123.jpg",
)  # fmt: skip
FILM = GuideProgramme(
    AT + 1_800, AT + 9_000, "film", "Night", "", "", ("Movie", "Drama"), date="1946", new=True, rating="PG-13",
    id="MV00000001.000000000001",
)  # fmt: skip
FILLER = GuideProgramme(AT + 9_000, AT + 12_600, "filler", "Retro One", id="SH00000001.000000000001")
ONE = ChannelGuide("1", 7, "Retro One", "ch1.0123abcd.retrovue", programmes=(EPISODE, FILM, FILLER), at=AT)
TWO = ChannelGuide("2", 12, 'Tom & "Jerry" <12>', "ch2.0123abcd.retrovue", programmes=(FILM,), at=AT)


def written(*guides: ChannelGuide, base: str = "http://tv.example:8480/", query: str = "") -> bytes:
    snapshot = GuideSnapshot(1, AT, tuple(map(PreparedGuide.of, guides)))
    return snapshot.document(XmltvRequest(3, None, base, query), "1.0").body


def read(data: bytes) -> Element:
    tree = etree.fromstring(data)
    assert DTD.validate(tree), DTD.error_log
    return ElementTree.fromstring(data)


def test_a_document_is_valid_and_has_each_element_on_a_line_of_its_own() -> None:
    data = written(ONE, TWO)
    tv = read(data)
    assert tv.get("generator-info-name") == "retrovue-tui/1.0"
    for line in data.decode().splitlines()[1:]:
        assert len(re.findall(r"<[a-z]", line)) <= (2 if "rating" in line else 1), line
    names = [[each.text for each in channel.findall("display-name")] for channel in tv.findall("channel")]
    assert names == [["7 Retro One", "7", "Retro One"], ['12 Tom & "Jerry" <12>', "12", 'Tom & "Jerry" <12>']]


def test_all_facts_of_an_episode() -> None:
    (programme, *_) = read(written(ONE)).findall("programme")
    assert (programme.get("start"), programme.get("stop")) == ("20261126180000 +0000", "20261126183000 +0000")
    assert programme.findtext("desc") == "<How> it began. A second line."
    assert programme.findtext("sub-title") == "Pilot & more"
    assert [(each.get("system"), each.text) for each in programme.findall("episode-num")] == [
        ("xmltv_ns", "0.4."), ("onscreen", "S01E05"), ("dd_progid", "EP00000001.000000000001"),
    ]  # fmt: skip
    shown = programme.find("previously-shown")
    assert shown is not None
    assert shown.get("start") == "20261125180000 +0000"
    assert programme.find("new") is None
    rating = programme.find("rating")
    assert rating is not None
    assert (rating.get("system"), rating.findtext("value")) == ("VCHIP", "TV-PG")
    assert programme.findtext("star-rating/value") == "7.8/10"
    length = programme.find("length")
    assert length is not None
    assert (length.get("units"), length.text) == ("seconds", "1320")


def test_addresses_are_those_of_the_client_and_carry_the_token() -> None:
    icon = read(written(ONE, base="https://tv.example/x/", query="?token=a%26b")).find("programme/icon")
    assert icon is not None
    assert icon.get("src") == "https://tv.example/x/iptv/art/0123.jpg?token=a%26b"


@pytest.mark.parametrize(
    ("season", "episode", "numbers", "kodi"),
    [
        (1, 1, ["0.0.", "S01E01"], (1, 1)),
        (2, 13, ["1.12.", "S02E13"], (2, 13)),
        (None, 4, [".3.", "E04"], (None, 4)),
        (0, 3, ["S00E03"], (0, 3)),  # a special: XMLTV has no number for it
        (3, None, [], (None, None)),
    ],
)
def test_numbers_of_episodes(
    season: int | None, episode: int | None, numbers: list[str], kodi: tuple[int | None, int | None]
) -> None:
    programme = GuideProgramme(AT, AT + 60, "episode", "Show", season=season, episode=episode)
    element = ElementTree.fromstring(programme_element(programme, "x"))
    assert [each.text for each in element.findall("episode-num")] == numbers
    assert readers.kodi_number(element) == kodi


def test_the_rules_of_clients_accept_the_guide() -> None:
    tv = read(written(ONE, TWO))
    episode, film, filler, _ = tv.findall("programme")
    assert [readers.jellyfin_is_movie(each) for each in (episode, film, filler)] == [False, True, False]
    assert [readers.jellyfin_is_repeat(each) for each in (episode, film)] == [True, False]
    for each in tv.findall("programme"):
        assert readers.tvheadend_takes(each)
        assert readers.JELLYFIN_TIME.fullmatch(str(each.get("start")))
        assert readers.JELLYFIN_TIME.fullmatch(str(each.get("stop")))
    for guide in (ONE, TWO):
        id, number, name = guide.guide_id, str(guide.number), guide.name
        assert readers.jellyfin_channel(tv, id, number, name) == id
        assert readers.jellyfin_channel(tv, "", number, "") == id
        assert readers.jellyfin_channel(tv, "", "", name) == id
        assert readers.kodi_channel(tv, id, "", "") == id
        assert readers.kodi_channel(tv, "", name, "") == id


def test_time_is_utc() -> None:
    assert xmltv_time(0) == "19700101000000 +0000"
    assert xmltv_time(1_774_746_000) == "20260329010000 +0000"  # where clocks change in Europe


TEXT = st.text(max_size=40)
PROGRAMME = st.builds(
    GuideProgramme, st.integers(0, 2_000_000_000), st.integers(0, 2_000_000_000),
    st.sampled_from(["episode", "film", "filler"]), TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple),
    st.none() | st.integers(0, 9_999), st.none() | st.integers(0, 99_999), TEXT, st.integers(0, 99_999),
    st.just("MV1.1"), st.booleans(), st.none() | st.integers(0, 2_000_000_000), TEXT, TEXT, TEXT,
)  # fmt: skip


@given(st.lists(PROGRAMME, max_size=5), TEXT, TEXT, TEXT)
def test_any_text_gives_a_valid_document(programmes: list[GuideProgramme], name: str, id: str, token: str) -> None:
    guide = ChannelGuide("1", 1, name, id, programmes=tuple(programmes))
    snapshot = GuideSnapshot(1, 2_000_000_000.0, (PreparedGuide.of(guide),))
    data = snapshot.document(XmltvRequest(14, None, "http://h/", f"?token={token}"), "1").body
    tv = read(data)
    assert len(tv.findall("programme")) == len(programmes)
    assert all(readers.JELLYFIN_TIME.fullmatch(str(each.get("start"))) for each in tv.findall("programme"))


def test_a_guide_of_some_days_ends_with_the_programme_on_air_then() -> None:
    hours = tuple(GuideProgramme(AT + 3_600 * n, AT + 3_600 * (n + 1), "film", f"{n}") for n in range(200))
    guide = PreparedGuide.of(ChannelGuide("1", 1, "One", "c1", programmes=hours))
    snapshot = GuideSnapshot(1, AT, (guide,))
    for days, count in ((1, 25), (2, 49), (7, 169)):
        body = snapshot.document(XmltvRequest(days, None, "", ""), "1").body
        found = read(body).findall("programme")
        assert len(found) == count
        assert all(one.get("stop") == other.get("start") for one, other in pairwise(found))


def test_only_the_wanted_channels() -> None:
    snapshot = GuideSnapshot(1, AT, tuple(map(PreparedGuide.of, (ONE, TWO))))
    tv = read(snapshot.document(XmltvRequest(3, frozenset({"2"}), "", ""), "1").body)
    assert [each.get("id") for each in tv.findall("channel")] == [TWO.guide_id]
    assert {each.get("channel") for each in tv.findall("programme")} == {TWO.guide_id}


def test_the_same_contents_have_the_same_tag_and_date() -> None:
    wanted = XmltvRequest(3, None, "", "")
    first = GuideSnapshot(1, AT, (PreparedGuide.of(ONE),)).document(wanted, "1")
    again = GuideSnapshot(2, AT, (PreparedGuide.of(ONE),)).document(wanted, "1", first)
    other = GuideSnapshot(3, AT, (PreparedGuide.of(TWO),)).document(wanted, "1", again)
    assert again is first
    assert other.tag != first.tag


def test_now_and_next() -> None:
    guide = PreparedGuide.of(ONE)
    for at, titles in (
        (AT - 1, (None, "The Show")), (AT, ("The Show", "Night")), (AT + 1_799.9, ("The Show", "Night")),
        (AT + 1_800, ("Night", "Retro One")), (AT + 12_000, ("Retro One", None)), (AT + 99_999, (None, None)),
    ):  # fmt: skip
        shown = tuple(None if each is None else each.title for each in guide.showing(at))
        assert shown == titles, at
