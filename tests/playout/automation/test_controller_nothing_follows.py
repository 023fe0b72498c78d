"""A rundown that runs out under what is on air: that finishes, a warning says what comes, and then the slate does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.playout.planner import Planner
from tests.media_factory import Clip as Film
from tests.media_factory import make
from tests.playout.stage import LONG, OTHER, Stage, stage_with
from tests.playout.studio import entry

if TYPE_CHECKING:
    from pathlib import Path

FILM = Film(frames=240)


def warned(stage: Stage) -> str:
    return " / ".join(stage.channel.snapshot().warnings)


async def until_the_slate(stage: Stage) -> list[int]:
    """The numbers that aired, in order, until the slate came."""
    await stage.made.until(lambda: stage.channel.state == "slate")
    await stage.aired(20)
    return stage.seen()


@pytest.mark.parametrize("way", ["file", "remove", "undo"])
@pytest.mark.parametrize("at_end", ["loop", "slate"])
async def test_an_empty_rundown_lets_what_is_on_air_finish(tmp_path: Path, way: str, at_end: str) -> None:
    async with stage_with(tmp_path, entry(make(FILM))) as stage:
        stage.channel.planner.loop = at_end == "loop"
        if way == "undo":
            whole = stage.script.read_text()
            stage.script.write_text("ffconcat version 1.0\n")
            assert await stage.controller.file_changed() is None
            stage.script.write_text(whole)
            assert await stage.controller.file_changed() is None
            await stage.aired(5)
        await stage.aired(20)
        if way == "file":
            stage.script.write_text("ffconcat version 1.0\n")
            assert await stage.controller.file_changed() is None
        elif way == "remove":
            receipt = await stage.say("remove", entry=stage.controller.rundown().entries[0].id)
            assert receipt.accepted, receipt.reason
            assert "no entries" in " ".join(receipt.warnings)
        else:
            assert (await stage.say("undo")).accepted
        assert stage.channel.state == "on_air"
        assert stage.channel.decks.finishing is not None
        assert "the rundown has no entries: the slate follows the entry on air" in warned(stage)
        seen = await until_the_slate(stage)
        assert "the rundown has no entries: viewers see the slate" in warned(stage)
        assert seen[-1] == 239
        assert seen == list(range(seen[0], 240))
        assert stage.channel.decks.restarts == 0
        stage.script.write_text(f"ffconcat version 1.0\nfile '{make(OTHER)}'\n")
        await stage.made.know([make(OTHER)])
        assert await stage.controller.file_changed() is None
        await stage.made.until(lambda: stage.channel.state == "on_air")
        await stage.aired(10)
        assert stage.seen()[len(seen)] == 3_000
        assert "no entries" not in warned(stage)


async def test_with_on_remove_cut_the_slate_comes_at_once(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(FILM))) as stage:
        stage.channel.configure(replace(stage.channel.config, on_remove="cut"))
        await stage.aired(20)
        stage.script.write_text("ffconcat version 1.0\n")
        assert await stage.controller.file_changed() is None
        assert (await until_the_slate(stage))[-1] < 150


async def test_nothing_follows_the_last_entry_of_a_list_that_does_not_loop(tmp_path: Path) -> None:
    """Taken out while it airs, it finishes, and the entries before it do not come again."""
    async with stage_with(tmp_path, entry(make(OTHER), id="first"), entry(make(FILM), id="last")) as stage:
        stage.channel.planner.loop = False
        await stage.made.until(lambda: stage.channel.airing is not None and stage.channel.airing.index == 1)
        await stage.aired(10)
        assert "nothing follows in the rundown: the slate follows the entry on air" in warned(stage)
        receipt = await stage.say("remove", entry="last")
        assert receipt.accepted, receipt.reason
        assert stage.channel.decks.finishing is not None
        seen = await until_the_slate(stage)
        assert seen[-240:] == list(range(240))
        assert stage.channel.airing is None
        stage.script.write_text(stage.script.read_text() + f"file '{make(Film(frames=50, first=5_000))}'\n")
        await stage.made.know([make(Film(frames=50, first=5_000))])
        assert await stage.controller.file_changed() is None
        await stage.made.until(lambda: stage.channel.state == "on_air")
        await stage.aired(10)
        assert stage.seen()[len(seen)] == 5_000


@pytest.mark.parametrize("way", ["file", "remove", "undone"])
async def test_a_long_film_that_is_taken_out_airs_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Also what is on no deck yet. With lists of ten minutes that takes a film of hours; here they are short."""
    monkeypatch.setattr(Planner.compile, "__defaults__", (2.0,))
    async with stage_with(tmp_path, entry(make(LONG), id="film"), entry(make(OTHER), id="other")) as stage:
        whole = stage.script.read_text()
        await stage.aired(20)
        assert stage.channel.decks.frames_left < 430
        if way == "file":
            stage.script.write_text("ffconcat version 1.0\n")
            assert await stage.controller.file_changed() is None
        else:
            receipt = await stage.say("remove", entry="film")
            assert receipt.accepted, receipt.reason
            assert receipt.on_air_in_s is not None
            assert receipt.on_air_in_s > 14
        finishing = stage.channel.decks.finishing
        assert finishing is not None
        assert finishing.end == 600
        if way == "undone":
            await stage.aired(20)
            assert (await stage.say("undo")).accepted
            assert stage.channel.decks.finishing is None
            assert stage.script.read_text() == whole
        await stage.made.until(lambda: stage.channel.state == "slate" or other_airs(stage), 60)
        seen = stage.seen()
        film_end = seen.index(599) + 1
        assert seen[:film_end] == list(range(seen[0], 600))
        assert seen[film_end:] == list(range(3_000, 3_000 + len(seen) - film_end))
        assert stage.channel.decks.restarts == 0


def other_airs(stage: Stage) -> bool:
    """Whether the second film has been on air for a moment."""
    row = stage.channel.snapshot().on_air
    return row is not None and row.entry == "other" and row.position_s > 0.5
