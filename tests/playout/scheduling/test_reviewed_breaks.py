"""The operator's review of break candidates: the plan follows it, timelines show it, and a restart keeps it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.client import Refused
from retrovue_tui.timecode import FrameRate
from tests.media.analysis.films import FADE, film
from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.protocol.answers.pictures import AssetCue
    from tests.playout.homes import OnAir

RATE = FrameRate.parse("30000/1001")
PLAN = """number = 1
name = "Own"
on_start = "top"
pool = "ads"
[channel.plan]
programmes = ["*"]
act_length = "90s"
break_length = "3s"
horizon = "1h"
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A planned channel with one programme of three minutes, which has a fade."""
    made = Home.make(tmp_path, {}, {"1": PLAN}, prepared=True)
    made.bring("scenes.mp4", film())
    (tmp_path / "ads").mkdir()
    (tmp_path / "ads" / "spot.mp4").write_bytes(make(Clip(frames=90, size=(64, 36), first=20_000)).read_bytes())
    config = tmp_path / "retrovue.toml"
    config.write_text(config.read_text().replace("[[channel]]", '[pools]\nads = "ads"\n[[channel]]'))
    return made


async def coming_cuts(station: OnAir, is_right: Callable[[set[int]], bool]) -> set[int]:
    """The frames at which the programmes that are still to air are cut, as soon as they are right."""
    async with asyncio.timeout(90):
        while True:
            rows = (await station.client.rundown("1")).entries
            coming = [row for row in rows if row.kind == "programme" and row.status == "planned"][-6:]
            cuts = {row.out_frame for row in coming if row.out_frame is not None and row.in_frame == 0}
            if coming and is_right(cuts):
                return cuts
            await asyncio.sleep(0.1)


async def test_the_plan_follows_the_review_and_a_restart_keeps_it(home: Home) -> None:
    file = str(home.path / "media" / "scenes.mp4")
    fade = RATE.nearest(sum(FADE) / 50)
    async with serving(home) as station:
        (cut,) = await coming_cuts(station, lambda cuts: len(cuts) == 1 and abs(min(cuts) - fade) <= 2)
        facts = await station.client.facts(file)
        assert facts.analysed
        at = {cue.frame: cue for cue in facts.cues}
        assert (at[cut].kind, at[cut].state) == ("fade", "found")
        assert at[cut].score > 0.9
        assert "fade to black" in at[cut].why

        before = (await station.client.rundown("1")).entries[0].id
        breaks = await station.client.review_break(file, cut, "reject")
        assert {cue.frame: cue.state for cue in breaks.cues}[cut] == "rejected"
        event = await station.event("breaks")
        assert event.message == f"scenes.mp4: the break at {RATE.timecode(cut)} is rejected"
        assert event.data == {"file": file}
        await station.client.review_break(file, 2_800, "accept")
        assert await coming_cuts(station, lambda cuts: cuts == {2_800}) == {2_800}
        assert (await station.client.rundown("1")).entries[0].id == before

        with pytest.raises(Refused, match=r"scenes\.mp4 has no break candidate at frame 17; the nearest is at frame"):
            await station.client.review_break(file, 17, "move", 20)
        with pytest.raises(Refused, match=r"cannot be at frame 900000 of scenes\.mp4: choose one from 1 to 5513"):
            await station.client.review_break(file, 900_000, "accept")
    (stored,) = (home.path / "state" / "reviews").iterdir()
    assert json.loads(stored.read_text())["rejected"] == [cut]
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        facts = await station.client.facts(file)
        states = {cue.frame: cue.state for cue in facts.cues}
        assert (states[cut], states[2_800]) == ("rejected", "accepted")
        await station.client.review_break(file, cut, "forget")
        again = await station.client.review_break(file, 2_800, "move", 2_810)
        assert moved_of(again.cues) == [(2_800, 2_810, 1.0)]


def moved_of(cues: tuple[AssetCue, ...]) -> list[tuple[int | None, int, float]]:
    """From where and to where each candidate was moved, and its score."""
    return [(cue.was, cue.frame, cue.score) for cue in cues if cue.state == "moved"]


async def test_a_timeline_has_files_analysed_that_no_plan_needs_and_broken_reviews_are_reported(home: Home) -> None:
    config = home.path / "retrovue.toml"
    config.write_text(config.read_text().partition("[channel.plan]")[0])
    home.rundown("1", "scenes.mp4")
    reviews = home.path / "state" / "reviews"
    reviews.mkdir(parents=True)
    (reviews / "0123456789abcdef0123.json").write_text("{")
    file = str(home.path / "media" / "scenes.mp4")
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        first = await station.client.facts(file)
        if not first.analysed:
            assert [(cue.kind, cue.title) for cue in first.cues] == [("chapter", "Part two")]
            event = await station.event("breaks")
            assert event.data == {"file": file}
        facts = await station.client.facts(file)
        assert facts.analysed
        assert "fade" in [cue.kind for cue in facts.cues]
        warning = await station.event("warning")
        assert "0123456789abcdef0123.json:1: not JSON" in warning.message
    assert (reviews / "0123456789abcdef0123.json").read_text() == "{"
