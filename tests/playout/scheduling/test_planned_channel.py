"""A channel with a plan writes its own rundown, airs it, and leaves alone what a person changed."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
from retrovue_tui.timecode import FrameRate
from tests.media.analysis.films import FADE, film
from tests.media_factory import Clip, make
from tests.playout.homes import PATIENCE_S, Home, programme, serving

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.protocol.answers.rundown import RundownRow
    from tests.playout.homes import OnAir

PLAN = """number = 1
name = "Own"
on_start = "top"
pool = "ads"
[channel.plan]
programmes = ["*"]
breaks = "none"
break_length = "3s"
horizon = "1h"
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three programmes of ten minutes and two spots, and a channel without a rundown."""
    long = programme(18_000)
    spots = [make(Clip(frames=45, size=(64, 36), first=first)) for first in (20_000, 30_000)]
    made = Home.make(tmp_path, {}, {"1": PLAN}, prepared=True)
    for number in (1, 2, 3):
        made.bring(f"film {number}.mp4", long)
    (tmp_path / "ads").mkdir()
    for number, spot in enumerate(spots):
        (tmp_path / "ads" / f"spot {number}.mp4").write_bytes(spot.read_bytes())
    config = tmp_path / "retrovue.toml"
    text = config.read_text().replace("[[channel]]", '[pools]\nads = "ads"\n[[channel]]')
    config.write_text(text)
    made.probed()
    return made


async def test_a_channel_with_a_plan_runs_itself(home: Home) -> None:
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        rows = await _rows_with_spots(station)
        titles = [row.title for row in rows if row.kind == "programme"]
        assert titles[:4] == ["film 1", "film 2", "film 3", "film 1"]
        assert sum(row.duration_s for row in rows) > 3_000
        assert rows[0].status == "on_air"
        assert (await station.client.history("1")).steps == ()  # what the plan adds is no step of undo
        assert {row.kind for row in rows} == {"programme", "spot"}
        text = (home.path / "channels" / "1.ffconcat").read_text()
        assert 'by=plan why="next in order; not planned before"' in text
        # what a person changes stays: the plan goes on after it
        last = rows[-1]
        moved = await station.client.command("1", "trim", entry=last.id, out_frame=last.in_frame + 30)
        assert moved.accepted, moved
        again = await station.client.command("1", "replan")
        assert "a person changed the last entry" in (again.reason or "")
    journal = PlanJournal.load(home.path / "state" / "plan" / "1.json")
    assert [row.airing.file.stem for row in journal.rows if row.airing][:3] == ["film 1", "film 2", "film 3"]


async def test_spots_that_become_known_after_the_plan_was_made_air_at_once(home: Home) -> None:
    folder = home.path / "ads"
    (later := home.path / "later").mkdir()
    for spot in folder.iterdir():
        spot.rename(later / spot.name)
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        before = (await station.client.rundown("1")).entries
        assert {row.kind for row in before} == {"programme"}
        await station.until(lambda now: "pool ads has no spots: breaks are left out" in now.channels[0].warnings)
        for spot in later.iterdir():
            spot.rename(folder / spot.name)
        after = await _rows_with_spots(station)
        assert after[0].id == before[0].id
        titles = [row.title for row in after if row.kind == "programme"]
        assert titles[:4] == ["film 1", "film 2", "film 3", "film 1"]
        assert (await station.client.history("1")).steps == ()
        await station.until(lambda now: not any("left out" in each for each in now.channels[0].warnings))


async def test_a_spot_whose_flight_is_over_leaves_the_plan(home: Home) -> None:
    rules, over = home.path / "ads" / "pool.toml", '["spot {}.mp4"]\nuntil = 2026-01-01\n'
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        before = await _rows_with_spots(station)
        rules.write_text(over.format(0))
        after = await _coming_without(station, "spot 0")
        assert after[0].id == before[0].id
        assert "spot 1" in {row.title for row in after}
        assert (await station.client.history("1")).steps == ()
    rules.write_text(over.format(1))  # while no station runs
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        assert "spot 0" in {row.title for row in await _coming_without(station, "spot 1")}


async def _coming_without(station: OnAir, title: str) -> Sequence[RundownRow]:
    """The rundown once it has another spot, but not this one after the programme on air and its break."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            rows = (await station.client.rundown("1")).entries
            second = [number for number, row in enumerate(rows) if row.kind == "programme"][1]
            spots = {row.title for row in rows[second:] if row.kind == "spot"}
            if spots and title not in spots:
                return rows
            await asyncio.sleep(0.1)


async def _rows_with_spots(station: OnAir) -> Sequence[RundownRow]:
    """The rundown once its plan has both spots. A station on a slow machine plans before it has probed them, and plans
    again when they are known; after that the plan stays as it is."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            rows = (await station.client.rundown("1")).entries
            if {row.title for row in rows} >= {"spot 0", "spot 1"}:
                return rows
            await asyncio.sleep(0.1)


async def test_replan_writes_what_follows_the_programme_on_air(home: Home) -> None:
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        before = await _rows_with_spots(station)
        extra = await asyncio.to_thread(programme, 18_000)
        home.bring("film 0.mp4", extra)
        async with asyncio.timeout(60):
            while True:
                receipt = await station.client.command("1", "replan", dry_run=True)
                assert receipt.accepted, receipt
                library = await station.client.library()
                if any(asset.file.endswith("film 0.mp4") for asset in library.rows):
                    break
                await asyncio.sleep(0.1)
        assert (await station.client.rundown("1")).entries[-1].id == before[-1].id
        receipt = await station.client.command("1", "replan")
        assert receipt.accepted, receipt
        after = (await station.client.rundown("1")).entries
        assert after[0].id == before[0].id
        assert "film 0" in [row.title for row in after]
        undone = await station.client.command("1", "undo")
        assert undone.accepted
        assert [row.id for row in (await station.client.rundown("1")).entries] == [row.id for row in before]


async def test_a_pool_without_spots_is_said_after_a_restart_too(home: Home) -> None:
    for spot in (home.path / "ads").iterdir():
        spot.unlink()
    for _ in range(2):
        async with serving(home) as station:
            await station.until(lambda now: "pool ads has no spots: breaks are left out" in now.channels[0].warnings)


async def test_it_goes_on_where_the_plan_stopped_after_a_restart(home: Home) -> None:
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        first = await _rows_with_spots(station)
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        again = (await station.client.rundown("1")).entries
        assert [row.id for row in again[: len(first)]] == [row.id for row in first]


async def test_without_a_plan_replan_is_refused(home: Home) -> None:
    config = home.path / "retrovue.toml"
    config.write_text(config.read_text().partition("[channel.plan]")[0])
    async with serving(home) as station:
        receipt = await station.client.command("1", "replan")
        assert (receipt.accepted, receipt.reason) == (
            False, "Own has no plan: add [channel.plan] to its [[channel]]",
        )  # fmt: skip


ALIGNED = PLAN.replace('break_length = "3s"', 'break_length = "60s"\nalign = "20m"')
ZONES = ("UTC", "Asia/Kathmandu", "Asia/Kolkata")
"""Their full twenty minutes lie apart, so that in one of them the next one is at least ten minutes away."""


def far_from_full() -> str:
    """The zone in which the next full twenty minutes are furthest away."""

    def left(zone: str) -> float:
        now = datetime.now(ZoneInfo(zone))
        return 1_200 - (60 * now.minute + now.second) % 1_200

    return max(ZONES, key=left)


async def test_an_unplanned_break_is_absorbed_before_the_next_fixed_start(home: Home) -> None:
    config = home.path / "retrovue.toml"
    zone = f'timezone = "{far_from_full()}"\n'
    config.write_text(config.read_text().replace(PLAN, zone + ALIGNED))
    rate = FrameRate.parse("30000/1001")

    def off(rows: Sequence[RundownRow], text: str) -> list[int]:
        """How many frames each fixed start is off what was promised."""
        promised = dict(re.findall(r"id=(\w+) by=plan start=(\S+)", text))
        return [
            rate.nearest(row.start_at - datetime.fromisoformat(promised[row.id]).timestamp())
            for row in rows
            if row.id in promised and row.status == "planned" and row.start_at is not None
        ]

    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].revision > 0 and now.channels[0].state == "on_air")
        path = home.path / "channels" / "1.ffconcat"
        await _rows_with_spots(station)
        await station.until(lambda now: now.channels[0].late_s is not None and abs(now.channels[0].late_s) < 0.05)
        rundown = await station.client.rundown("1")
        rows = rundown.entries
        assert max(map(abs, off(rows, path.read_text()))) <= 1
        promised = re.findall(r" start=(\S+)", path.read_text())  # each is the frame nearest to a grid line
        assert {round(datetime.fromisoformat(each).timestamp()) for each in promised} <= set(rundown.grid)
        given = await station.client.command("1", "break_now", seconds=3)
        assert given.accepted, given
        later = await station.until(lambda now: now.channels[0].revision > given.revision)
        assert later.channels[0].on_air is not None
        await station.until(lambda now: now.channels[0].late_s is not None and abs(now.channels[0].late_s) < 0.05)
        rows = (await station.client.rundown("1")).entries
        assert max(map(abs, off(rows, path.read_text()))) <= 1
        history = await station.client.history("1")
        assert [re.sub(r" \d.*|:.*", "", each.label) for each in history.steps[-2:]] == ["break now in film", "on time"]


async def test_breaks_are_placed_where_the_analysis_finds_them(home: Home) -> None:
    for number in (1, 2, 3):
        home.take_away(f"film {number}.mp4")
    home.bring("scenes.mp4", film())
    natural = PLAN.replace('breaks = "none"', 'breaks = "natural"\nact_length = "90s"')
    config = home.path / "retrovue.toml"
    config.write_text(config.read_text().replace(PLAN, natural))
    async with serving(home) as station:
        fade = FrameRate.parse("30000/1001").nearest(sum(FADE) / 50)
        cuts: set[int] = set()
        async with asyncio.timeout(90):
            while not cuts:  # until then the chapter in the middle of a scene stands in
                rows = (await station.client.rundown("1")).entries
                cuts = {row.out_frame for row in rows if row.out_frame is not None and abs(row.out_frame - fade) <= 2}
                await asyncio.sleep(0.1)
        coming = [row for row in rows if row.kind == "programme" and row.status == "planned"]
        (cut,) = cuts
        assert {(row.in_frame, row.out_frame) for row in coming[-4:]} == {(0, cut), (cut, None)}
    async with serving(home) as station:  # a plan right after a start has the candidates, too
        await station.until(lambda now: now.channels[0].state == "on_air")
        async with asyncio.timeout(PATIENCE_S):
            while not (receipt := await station.client.command("1", "replan")).accepted:
                assert "Own is not planned yet" in (receipt.reason or "")
                await asyncio.sleep(0.02)
        rows = (await station.client.rundown("1")).entries
        coming = [row for row in rows if row.kind == "programme" and row.status == "planned"]
        assert {(row.in_frame, row.out_frame) for row in coming[-4:]} == {(0, cut), (cut, None)}
