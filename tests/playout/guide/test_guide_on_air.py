"""The guide of a station on air, over HTTP: a channel that plans itself, and one whose rundown a person wrote."""

from __future__ import annotations

import asyncio
import io
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from lxml import etree
from PIL import Image

from tests.media_factory import Clip, make
from tests.playout.homes import Home, programme, serving

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.guide import ChannelGuide
    from tests.playout.homes import OnAir

DTD = etree.DTD(str(Path(__file__).parents[2] / "guide" / "xmltv.dtd"))
PLAN = """number = 1
name = "Own"
on_start = "top"
pool = "ads"
timezone = "UTC"
[channel.plan]
programmes = ["Show"]
breaks = "none"
break_length = "3s"
horizon = "1h"
"""
HAND = """number = 2
name = "By Hand & Co"
on_start = "top"
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three episodes of 150 seconds, one with facts and a picture, and a spot; a rundown of two episodes and a film."""
    long = programme(4_500)
    made = Home.make(tmp_path, {}, {"1": PLAN, "2": HAND}, prepared=True)
    show = tmp_path / "media" / "Show"
    show.mkdir()
    for number in (1, 2, 3):
        made.bring("x.mp4", long)
        (tmp_path / "media" / "x.mp4").rename(show / f"Show S01E0{number}.mp4")
    made.bring("film.mp4", long)
    (show / "Show S01E01.nfo").write_text(
        "<episodedetails><title>Pilot</title><plot>It &lt;begins&gt;.</plot><aired>1994-09-22</aired></episodedetails>"
    )
    Image.new("RGB", (900, 900), (1, 2, 3)).save(show / "Show S01E01.png")
    (tmp_path / "ads").mkdir()
    (tmp_path / "ads" / "spot.mp4").write_bytes(make(Clip(frames=45, size=(64, 36), first=10_000)).read_bytes())
    config = tmp_path / "retrovue.toml"
    config.write_text(config.read_text().replace("[[channel]]", '[pools]\nads = "ads"\n[[channel]]', 1))
    script = tmp_path / "channels" / "2.ffconcat"
    script.write_text(
        "ffconcat version 1.0\n#retrovue id=one\nfile ../media/film.mp4\n"
        "#retrovue id=two title='The Late News'\nfile '../media/Show/Show S01E02.mp4'\n"
    )
    made.probed()
    return made


async def fetched(station: OnAir, path: str) -> bytes:
    async with aiohttp.ClientSession() as http, http.get(station.url + path) as answer:
        assert answer.status == 200
        return await answer.read()


def checked(guide: ChannelGuide, days: int) -> None:
    """The guide has neither holes nor overlaps, and reaches as far as it should."""
    assert all(one.stop_at == other.start_at for one, other in pairwise(guide.programmes))
    assert all(each.stop_at > each.start_at for each in guide.programmes)
    assert guide.programmes[0].start_at <= guide.at + 5
    assert guide.until_at >= time.time() + days * 86_400


async def test_both_kinds_of_channels_have_a_guide_of_three_days(home: Home) -> None:
    async with serving(home) as station:
        await station.until(lambda now: all(each.state == "on_air" for each in now.channels))
        tree = etree.fromstring(await fetched(station, "/iptv/xmltv.xml"))
        assert DTD.validate(tree), DTD.error_log
        own, hand = [await station.client.guide(id, 3) for id in ("1", "2")]
        checked(own, 3)
        checked(hand, 3)
        titles = [(each.title, each.number, each.sub_title) for each in own.programmes if each.stop_at > own.at]
        assert titles[:4] == [
            ("Show", "S01E01", "Pilot"), ("Show", "S01E02", ""), ("Show", "S01E03", ""), ("Show", "S01E01", "Pilot"),
        ]  # fmt: skip
        pilot = next(each for each in own.programmes if each.stop_at > own.at)
        assert (pilot.description, pilot.date, pilot.new) == ("It <begins>.", "19940922", True)
        assert abs(pilot.length_s - 150.15) <= 1
        again = [each for each in own.programmes if each.id == pilot.id][1]
        assert (again.new, again.previous_at) == (False, pilot.start_at)
        picture = Image.open(io.BytesIO(await fetched(station, f"/iptv/{pilot.art}")))
        assert (picture.format, picture.size) == ("JPEG", (600, 600))
        coming = [each.title for each in hand.programmes if each.stop_at > hand.at]
        assert coming[:4] == ["film", "The Late News", "film", "The Late News"]
        snapshot = await station.client.channel("1")
        assert snapshot.programme is not None
        assert snapshot.next_programme is not None
        assert (snapshot.programme.title, snapshot.programme.sub_title) == ("Show", "Pilot")
        assert (snapshot.next_programme.season, snapshot.next_programme.episode) == (1, 2)
        # what an operator does moves the guide
        spots = [str(home.path / "ads" / "spot.mp4")] * 40
        await station.client.prepare(spots[0])
        async with asyncio.timeout(120):  # until it is prepared
            while True:
                hand = await station.client.guide("2", 3)  # the slate may have moved it meanwhile
                if (await station.client.command("2", "break_now", spots=spots)).accepted:
                    break
                await asyncio.sleep(0.1)
        async with asyncio.timeout(60):
            while (moved := await station.client.guide("2", 3)).programmes[-8:] == hand.programmes[-8:]:
                await asyncio.sleep(0.05)
        checked(moved, 3)
        before = next(each for each in hand.programmes if each.stop_at > hand.at)
        after = next(each for each in moved.programmes if each.stop_at > hand.at)
        assert after.title == before.title
        assert 58 <= after.stop_at - before.stop_at <= 62
        assert after.length_s == before.length_s
