"""A station shows its plan for the coming days, and changes its blocks in the file that a person wrote."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.answers.plan import BASE, BlockEdit
from tests.playout.homes import Home, programme, serving

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.protocol.answers.plan import PlanSnapshot
    from tests.playout.homes import OnAir

PLAN = """number = 1
name = "Own"
on_start = "top"
timezone = "Europe/Berlin"
[channel.plan]
programmes = ["film*"]   # everything
breaks = "none"
break_length = "3s"
horizon = "1h"
# Nothing but shorts at noon
[[channel.block]]
name = "Noon"
at = "12:00"    # sharp
until = "14:00"
programmes = ["short*"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Films of ten minutes, two shorts of five, a channel with a plan, and one whose rundown a person writes."""
    made = Home.make(tmp_path, {}, {"1": PLAN, "2": 'number = 2\nname = "Hand"\nat_end = "slate"'}, prepared=True)
    long = programme(18_000)
    for number in (1, 2, 3):
        made.bring(f"film{number}.mp4", long)
    for number in (1, 2):
        made.bring(f"short{number}.mp4", programme(9_000))
    made.rundown("2", "film1.mp4", "film2.mp4", "film3.mp4")
    made.probed()
    return made


async def on_air(station: OnAir) -> None:
    await station.until(lambda now: now.channels[0].state == "on_air")


async def whole_plan(station: OnAir, days: int) -> PlanSnapshot:
    """The plan, once all files are known."""
    async with asyncio.timeout(90):
        while True:
            plan = await station.client.plan("1", days)
            if {slot.title for slot in plan.slots} >= {"film1", "film2", "film3", "short1", "short2"}:
                return plan
            await asyncio.sleep(0.1)


async def test_a_week_is_laid_out_with_what_airs_and_why(home: Home) -> None:
    async with serving(home) as station:
        await on_air(station)
        plan = await whole_plan(station, 3)
    assert (plan.planned, plan.timezone, len(plan.days), plan.problem) == (True, "Europe/Berlin", 3, "")
    assert plan.days[0].start_at <= plan.at < plan.days[0].end_at
    assert plan.until_at == plan.days[-1].end_at
    assert [span.block for span in plan.spans] == [BASE, 0] * 3 + [BASE]
    for before, after in pairwise(plan.slots):
        assert after.start_at == pytest.approx(before.end_at, abs=0.05)
    assert {slot.source for slot in plan.slots} == {"rundown", "forecast"}
    assert all(slot.why for slot in plan.slots)
    assert "next in order; " in plan.slots[0].why
    for slot in plan.slots:
        noon = next(span for span in plan.spans if span.start_at <= slot.start_at + 0.5 < span.end_at)
        assert slot.block == noon.block
        assert slot.title.startswith("short") == (slot.block == 0), slot
    assert [each.name for each in plan.blocks] == ["plan", "Noon"]
    assert plan.blocks[1].values["at"] == "12:00"


async def test_a_block_is_tried_changed_and_brought_back(home: Home) -> None:
    path = home.path / "retrovue.toml"
    text = path.read_text()
    async with serving(home) as station:
        await on_air(station)
        await whole_plan(station, 7)
        client = station.client
        assert (await client.command("1", "replan")).accepted  # the first plan may lack films that were not probed yet
        plan = await whole_plan(station, 7)
        wrong = await client.change_block("1", BlockEdit("change", plan.revision, 0, {"at": "late", "order": "sorted"}))
        assert {problem.key for problem in wrong.problems} == {"at", "order"}
        assert "18:30" in wrong.problems[0].message
        assert path.read_text() == text

        edit = BlockEdit("change", plan.revision, 0, {"programmes": ["film2*"]}, dry_run=True)
        tried = await client.change_block("1", edit)
        assert tried.accepted, tried
        assert tried.count > 20
        first = tried.differences[0].at
        noons = [span for span in plan.spans if span.block == 0 and span.end_at > plan.at]
        noon = next(span for span in noons if span.end_at > first)
        assert noon in noons[:2]  # at noon itself, the first one may end with the film on air
        assert noon.start_at - 1 < first < max(noon.start_at, plan.at) + 610
        assert path.read_text() == text

        made = await client.change_block("1", BlockEdit("change", plan.revision, 0, {"programmes": ["film2*"]}))
        assert made.accepted, made
        assert path.read_text() == text.replace('["short*"]', '["film2*"]')
        assert (home.path / "state" / "retrovue.toml.before").read_text() == text
        await station.until(lambda now: now.channels[0].state == "on_air")
        after = await client.plan("1", 7)
        assert (after.revision, after.undo) == (made.revision, "Noon changed")
        assert {slot.title for slot in after.slots if slot.block == 0 and slot.source == "forecast"} == {"film2"}

        stale = await client.change_block("1", BlockEdit("remove", plan.revision, 0))
        assert "has changed" in stale.reason
        back = await client.undo_blocks("1", made.revision)
        assert (back.accepted, back.revision, path.read_text()) == (True, plan.revision, text)


async def test_blocks_come_and_go(home: Home) -> None:
    path = home.path / "retrovue.toml"
    text = path.read_text()
    async with serving(home) as station:
        await on_air(station)
        plan = await whole_plan(station, 2)
        rules = {"name": "Dawn", "at": "05:00", "until": "06:00", "programmes": ["short1*"]}
        added = await station.client.change_block("1", BlockEdit("add", plan.revision, values=rules))
        assert added.accepted, added
        between = text.partition("# sharp\n")[2].partition("[[channel]]")[0].rstrip("\n")
        assert f'{between}\n\n[[channel.block]]\nname = "Dawn"' in path.read_text()
        removed = await station.client.change_block("1", BlockEdit("remove", added.revision, 1))
        assert removed.accepted, removed
        assert path.read_text() == text
        path.write_text(text + "# by hand\n")
        assert "has changed" in (await station.client.undo_blocks("1", removed.revision)).reason
        assert (await station.client.plan("1", 1)).undo == ""
        path.write_text(text + "colour = 3\n")
        broken = await station.client.plan("1", 1)
        assert "unknown key 'colour'" in broken.problem
        assert broken.slots
        refused = await station.client.change_block("1", BlockEdit("add", broken.revision, values=rules))
        assert refused.reason.startswith("correct the file first: ")


async def test_a_channel_without_a_plan_shows_its_rundown(home: Home) -> None:
    async with serving(home) as station:
        await on_air(station)
        plan = await station.client.plan("2", 2)
        assert (plan.planned, plan.spans, plan.blocks) == (False, (), ())
        assert [slot.title for slot in plan.slots] == ["film1", "film2", "film3"]
        assert {slot.marks for slot in plan.slots} == {("by hand",)}
        assert plan.gaps[-1].end_at == plan.days[-1].end_at
        refused = await station.client.change_block("2", BlockEdit("add", plan.revision, values={"name": "A"}))
        assert "[channel.plan]" in refused.problems[0].message
