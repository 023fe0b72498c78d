"""When a channel's guide is made again, and what it is made of when a part of the station does not answer."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from retrovue_tui.config.station_config import ChannelConfig
from retrovue_tui.guide.guide_snapshot import end_of
from retrovue_tui.media.metadata.programme_facts import ProgrammeFacts
from retrovue_tui.playout.asrun.guide_rows import AiredRun
from retrovue_tui.playout.guide import guide_builder
from retrovue_tui.playout.guide.guide_art import GuideArt
from retrovue_tui.playout.guide.guide_builder import GuideBuilder, GuideMedia
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import Position
from retrovue_tui.station_identity import StationIdentity
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrovue_tui.guide.guide_snapshot import PreparedGuide
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.playout.asrun.database import AsRunDatabase
    from retrovue_tui.playout.channel.channel import Channel

PAL = FrameRate(25)
FOLDER = Path("/media")
A, B = FOLDER / "a.mp4", FOLDER / "b.mp4"
HOUR = 3_600 * 25


class Log:
    """A log with one airing of A two days ago, and one of B an hour ago."""

    def __init__(self) -> None:
        self.broken = False

    async def aired_since(self, channel: str, since: float) -> list[AiredRun]:
        if self.broken:
            raise OSError("the disk is gone")
        at = time.time() - 7_200
        return [AiredRun("programme", str(B), "b", 0, at, at + 3_600, False)]

    async def last_airings(self, channel: str, before: float) -> dict[Path, float]:
        return {A: before - 50_000}


class Facts:
    """A cache of facts that reads when the test lets it."""

    go = asyncio.Event()
    titles: Mapping[Path, str] = {A: "Film A"}

    def __init__(self, folders: object) -> None:
        self._known: dict[Path, ProgrammeFacts] = {}

    async def read(self, assets: Mapping[Path, object]) -> None:
        await self.go.wait()
        self._known |= {file: ProgrammeFacts(file, self.titles.get(file, file.stem)) for file in assets}

    def facts(self, file: Path) -> ProgrammeFacts | None:
        return self._known.get(file)


class Bench:
    """A channel that airs A and B, an hour each, in a loop, since half an hour; and the builder of its guide."""

    def __init__(self) -> None:
        self.began, self.log, self.library = time.time() - 1_800, Log(), (object(),)
        entries = (Entry("a", "programme", A), Entry("b", "programme", B))
        planner = SimpleNamespace(entries=entries, loop=True, length=lambda entry: HOUR)
        self.fake = SimpleNamespace(
            id="1", state="on_air", config=ChannelConfig("1", 1, "One"), planner=planner,
            position=Position(0, 0, HOUR // 2), house=SimpleNamespace(rate=PAL),
            decks=SimpleNamespace(finishing=None), next_due_at=lambda: self.began + 1_800,
        )  # fmt: skip
        self.channel = cast("Channel", self.fake)
        self.assets = cast("dict[Path, Asset]", {A: object(), B: object()})
        media = GuideMedia(lambda: self.library, self.assets.get, (FOLDER,))
        self.builder = GuideBuilder(StationIdentity("0123abcd"), media, cast("AsRunDatabase", self.log), GuideArt())
        self.until = end_of(time.time(), 2)
        self.forecast: tuple[Any, ...] = ()

    def due(self) -> bool:
        return self.builder.is_due(self.channel, self.forecast, self.until)

    async def build(self, before: PreparedGuide | None = None) -> PreparedGuide:
        assert self.due()
        made = await self.builder.build(self.channel, self.forecast, self.until, before)
        assert not self.due()
        return made


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(guide_builder, "ProgrammeCache", Facts)
    Facts.go = asyncio.Event()
    Facts.go.set()
    return Bench()


def titles(guide: PreparedGuide) -> list[str]:
    return [each.title for each in guide.guide.programmes][:4]


async def test_the_past_comes_from_the_log_and_the_rest_from_the_rundown(bench: Bench) -> None:
    guide = (await bench.build()).guide
    past, hole, now, following = guide.programmes[:4]
    assert (past.title, hole.kind, now.title, following.title) == ("b", "filler", "Film A", "b")
    assert (past.new, now.new, following.new) == (True, False, False)
    assert following.previous_at == past.start_at
    assert guide.until_at >= time.time() + 2 * 86_400
    assert abs(following.start_at - (bench.began + 3_600)) <= 1


async def test_it_is_made_again_when_something_else_airs(bench: Bench) -> None:
    made = await bench.build()
    fake = bench.fake
    fake.planner.entries = tuple(reversed(fake.planner.entries))
    made = await bench.build(made)
    fake.position = Position(0, 1, 0)  # a skip
    made = await bench.build(made)
    bench.began += 0.2  # less than half a second
    assert not bench.due()
    bench.began += 1
    made = await bench.build(made)
    fake.config = replace(fake.config, name="Other")
    assert (await bench.build(made)).guide.name == "Other"
    fake.planner.loop = False
    made = await bench.build(made)
    assert made.guide.programmes[-1].kind == "filler"
    bench.forecast = (1,)
    assert bench.due()
    bench.forecast = ()
    bench.until += 3_600
    assert bench.due()


async def test_a_stopped_channel_airs_nothing_until_it_is_started(bench: Bench) -> None:
    made = await bench.build()
    bench.fake.state = "stopped"
    made = await bench.build(made)
    assert [each.kind for each in made.guide.programmes if each.stop_at > time.time()][:3] == ["filler"] * 3
    bench.began += 99
    assert not bench.due()
    bench.fake.state = "on_air"
    assert titles(await bench.build(made))[2] == "Film A"


async def test_while_the_slate_moves_all_times_it_is_made_less_often(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.build()
    bench.fake.state, bench.began = "slate", bench.began + 2
    assert not bench.due()
    monkeypatch.setattr(guide_builder, "OFF_AIR_S", 0.0)
    assert bench.due()


async def test_a_change_of_the_library_waits_until_it_is_over(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await bench.build()
    bench.library, bench.assets[A] = (object(),), cast("Asset", object())
    assert not bench.due()
    monkeypatch.setattr(guide_builder, "SETTLE_S", 0.0)
    assert bench.due()
    assert await bench.builder.build(bench.channel, (), bench.until, made) is made, "the guide shows the same"
    bench.library = (object(),)  # another file is new, which the channel does not air
    assert not bench.due()


async def test_facts_that_take_long_come_later(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide_builder, "FIRST_FACTS_S", 0.0)
    Facts.go.clear()
    made = await bench.build()
    assert titles(made)[2] == "a"
    Facts.go.set()
    async with asyncio.timeout(10):
        while not bench.due():
            await asyncio.sleep(0)
    assert titles(await bench.build(made))[2] == "Film A"
    await bench.builder.close()


async def test_facts_are_read_again_after_an_hour_and_the_old_ones_hold_until_then(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await bench.build()
    monkeypatch.setattr(guide_builder, "REREAD_S", -1.0)
    monkeypatch.setattr(guide_builder, "FACTS_S", 0.0)
    monkeypatch.setattr(Facts, "titles", {A: "Film A, restored"})
    Facts.go.clear()
    bench.fake.config = replace(bench.fake.config, number=2)
    made = await bench.build(made)
    assert titles(made)[2] == "Film A"
    monkeypatch.setattr(guide_builder, "REREAD_S", 3_600.0)
    monkeypatch.setattr(guide_builder, "FACTS_S", 10.0)
    Facts.go.set()
    async with asyncio.timeout(10):
        while not bench.due():
            await asyncio.sleep(0)
    assert titles(await bench.build(made))[2] == "Film A, restored"


async def test_without_the_log_the_guide_has_no_past(bench: Bench) -> None:
    bench.log.broken = True
    made = await bench.build()
    assert titles(made)[:2] == ["Film A", "b"]
    assert made.guide.programmes[0].new


async def test_a_channel_that_has_not_begun_has_no_guide_yet(bench: Bench) -> None:
    bench.fake.state, bench.fake.planner.entries = "starting", ()
    assert not bench.due()
    bench.fake.state = "slate"
    made = await bench.build()
    assert {each.kind for each in made.guide.programmes if each.start_at > time.time()} == {"filler"}
