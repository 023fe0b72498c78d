"""An entry that was removed from the rundown while it aired, and may finish: commands and edits before its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.media_factory import Clip as Film
from tests.media_factory import make
from tests.playout.stage import LONG, OTHER, Stage, film_of, in_order, stage_with
from tests.playout.studio import entry

if TYPE_CHECKING:
    from pathlib import Path

SPOT = Film(frames=90, first=2_000)
SPOT_FRAMES = list(range(2_000, 2_090))
OTHER_FRAMES = list(range(3_000, 3_060))


async def in_an_undone_break(stage: Stage) -> None:
    """A break is on air that is not in the rundown any more; a planned one follows the film."""
    film = stage.controller.rundown().entries[0].id
    other = str(make(OTHER))
    assert (await stage.say("insert_break", entry=film, at_frame=150, spots=[other])).accepted
    await stage.aired(10)
    assert (await stage.say("break_now", spots=[str(make(SPOT))])).accepted
    await stage.aired(10)
    undone = await stage.say("undo")
    assert undone.accepted, undone.reason
    assert undone.on_air_in_s is not None
    assert undone.on_air_in_s > 1.0
    assert stage.channel.decks.finishing is not None


def spots_of(seen: list[int]) -> list[int]:
    return [number for number in seen if number >= 2_000]


def resumed(seen: list[int]) -> list[int]:
    """The film's frames around the undone break."""
    first = seen.index(2_000)
    behind = next(index for index in range(first, len(seen)) if seen[index] < 2_000)
    assert seen[behind] == seen[first - 1] + 1
    return seen[first:behind]


@pytest.mark.parametrize("edit", ["append", "move_break"])
async def test_an_edit_meanwhile_loses_nothing_of_the_programme(tmp_path: Path, edit: str) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await in_an_undone_break(stage)
        rows = stage.controller.rundown().entries
        assert rows[0].status == "planned"
        assert rows[0].start_at is not None
        if edit == "append":
            stage.script.write_text(stage.script.read_text() + f"file '{make(OTHER)}'\n")
            assert await stage.controller.file_changed() is None
        else:
            receipt = await stage.say("move_break", **{"break": rows[1].break_id}, at_frame=110)
            assert receipt.accepted, receipt.reason
        await stage.aired(300)
        seen = stage.seen()
        assert resumed(seen) == SPOT_FRAMES
        assert in_order(film_of(seen))
        assert spots_of(seen)[90:150] == OTHER_FRAMES


async def test_done_again_it_is_in_the_rundown_and_airs_once(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await in_an_undone_break(stage)
        assert (await stage.say("redo")).accepted
        assert stage.channel.decks.finishing is None
        assert next(row.status for row in stage.controller.rundown().entries if row.kind == "spot") == "on_air"
        await stage.aired(120)
        seen = stage.seen()
        assert resumed(seen) == SPOT_FRAMES
        assert in_order(film_of(seen))


@pytest.mark.parametrize("command", ["return", "skip"])
async def test_it_can_be_left_for_the_programme_at_once(tmp_path: Path, command: str) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await in_an_undone_break(stage)
        receipt = await stage.say(command)
        assert receipt.accepted, receipt.reason
        await stage.aired(60)
        seen = stage.seen()
        assert len(resumed(seen)) < 70
        assert in_order(film_of(seen))
        snapshot = stage.channel.snapshot()
        assert snapshot.on_air is not None
        assert snapshot.on_air.kind == "programme"


async def test_a_break_now_meanwhile_cuts_it_and_the_programme_goes_on(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await in_an_undone_break(stage)
        snapshot = stage.channel.snapshot()
        assert snapshot.next is not None
        assert snapshot.next.kind == "programme"
        receipt = await stage.say("break_now", spots=[str(make(OTHER))])
        assert receipt.accepted, receipt.reason
        await stage.aired(90)
        seen = stage.seen()
        between = resumed(seen)
        assert between[-60:] == OTHER_FRAMES
        assert len(between) < 130
        assert in_order(film_of(seen))


async def test_a_stop_meanwhile_goes_on_in_the_programme(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await in_an_undone_break(stage)
        assert (await stage.say("stop")).accepted
        position = stage.channel.position
        assert position.index == 0
        assert 0 < position.frame < 400
