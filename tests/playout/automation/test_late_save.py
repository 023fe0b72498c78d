"""An edit that the disk does not take is on air, and is written when the disk takes it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from retrovue_tui.files import atomic_write
from retrovue_tui.playout.automation import late_save
from tests.media_factory import make
from tests.playout.stage import LONG, OTHER, SPOT, stage_with
from tests.playout.studio import entry

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.playout.stage import Stage


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Fill the disk; return a list that grows with each try to write."""
    tries: list[object] = []

    def full(path: object, *_: object, **__: object) -> None:
        tries.append(path)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic_write, "_write", full)
    return tries


async def saved(stage: Stage) -> None:
    await stage.made.until(lambda: not stage.controller.late_save.warnings)
    await stage.made.until(lambda: "are on the disk now" in stage.made.events.after(0)[-1].message)


async def test_an_edit_on_a_full_disk_is_written_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late_save, "EVERY_S", 0.05)
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        before = stage.script.read_text()
        with monkeypatch.context() as disk:
            tries = fill_disk(disk)
            for at in (400, 300):
                receipt = await stage.say("insert_break", entry="film", at_frame=at, spots=[str(make(SPOT))])
                assert receipt.accepted, receipt.reason
                assert receipt.warnings[0].startswith("on air, but not on the disk: ")
                [warning] = stage.controller.late_save.warnings
                assert "No space left on device" in warning
            count = len(tries)
            await stage.made.until(lambda: len(tries) > count + 5)
            assert stage.script.read_text() == before
            assert stage.controller.late_save.warnings
        await saved(stage)
        entries = stage.controller.rundown().entries
        assert len(entries) == 5
        assert stage.script.read_text().count("\nfile ") == 5
        assert await stage.controller.file_changed() is None
        assert [row.id for row in stage.controller.rundown().entries] == [row.id for row in entries]
        assert (await stage.say("undo")).accepted
        assert stage.script.read_text().count("\nfile ") == 3


async def test_an_edit_by_hand_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        await stage.made.know([make(OTHER)])
        monkeypatch.setattr(late_save, "EVERY_S", 0.05)
        with monkeypatch.context() as disk:
            fill_disk(disk)
            receipt = await stage.say("insert_break", entry="film", at_frame=300, spots=[str(make(SPOT))])
            assert receipt.accepted, receipt.reason
            mine = f"ffconcat version 1.0\nfile '{make(LONG)}'\nfile '{make(OTHER)}'\n"
            stage.script.write_text(mine)
        await stage.made.until(lambda: not stage.controller.late_save.warnings)
        assert stage.script.read_text() == mine
        assert len(stage.controller.rundown().entries) == 2
