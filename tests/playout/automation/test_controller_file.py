"""Somebody else edits the rundown file while it is on air."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.media_factory import make
from tests.playout.stage import LONG, OTHER, SPOT, film_of, in_order, stage_with
from tests.playout.studio import entry

if TYPE_CHECKING:
    from pathlib import Path


async def test_an_edit_of_the_file_is_aired_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    long = entry(make(LONG), 0, 200, id="film")
    async with stage_with(tmp_path, long, entry(make(OTHER), id="next")) as stage:
        good = stage.script.read_text()
        stage.script.write_text(good + "flie 'x.mp4'\n")
        await stage.controller.file_changed()
        assert "file" in stage.made.events.after(0)[-1].message
        stage.script.write_text(good.replace("outpoint", "#outpoint") + f"#retrovue kind=spot\nfile '{make(SPOT)}'\n")
        await stage.controller.file_changed()
        assert [row.kind for row in stage.controller.rundown().entries] == ["programme", "programme", "spot"]
        undone = await stage.say("undo")
        assert undone.accepted
        assert stage.script.read_text() == good
        await stage.aired(20)
        assert in_order(film_of(stage.seen()))


async def test_a_command_does_not_overwrite_an_edit_of_the_file_that_nobody_has_noticed_yet(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        with stage.script.open("a") as file:
            file.write(f"#retrovue kind=spot title=mine\nfile '{make(SPOT)}'\n")
        receipt = await stage.say("insert_break", entry="film", at_frame=400, spots=[str(make(SPOT))])
        assert receipt.accepted, receipt.reason
        assert "mine" in stage.script.read_text()
        assert [row.title for row in stage.controller.rundown().entries if row.break_id is None][-1] == "mine"
        assert (await stage.say("undo")).accepted
        assert "mine" in stage.script.read_text()
        stage.script.write_text("half a fil")
        receipt = await stage.say("insert_break", entry="film", at_frame=400, spots=[str(make(SPOT))])
        assert receipt.accepted, receipt.reason
        assert receipt.warnings
        assert stage.script.with_suffix(".refused").read_text() == "half a fil"
        assert "mine" in stage.script.read_text()


async def test_an_emptied_file_is_half_a_save_and_not_an_order(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        stage.script.write_text("")
        assert "empty" in (await stage.controller.file_changed() or "")
        await stage.aired(20)
        assert stage.channel.state == "on_air"
        stage.script.write_text("ffconcat version 1.0\n")
        assert await stage.controller.file_changed() is None
        assert stage.controller.rundown().entries == ()


async def test_a_broken_file_is_reported_once_and_copied_only_when_a_command_replaces_it(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        stage.script.write_text("half a fil")
        copy = stage.script.with_suffix(".refused")
        assert (await stage.say("lift", entry="film", dry_run=True)).warnings == ()
        assert not (await stage.say("lift", entry="no such entry")).accepted
        fault = await stage.controller.file_changed()
        assert fault is not None
        assert await stage.controller.file_changed() == fault
        assert stage.script.read_text() == "half a fil"
        assert not copy.exists()
        refused = [event for event in stage.made.events.after(0) if "the rundown file refused" in event.message]
        assert len(refused) == 1
        receipt = await stage.say("insert_break", entry="film", at_frame=400, spots=[str(make(SPOT))])
        assert receipt.accepted, receipt.reason
        assert copy.name in receipt.warnings[0]
        assert copy.read_text() == "half a fil"
        assert await stage.controller.file_changed() is None
