"""Several edits at once, while the channel is on air: one hot swap, one receipt, and every frame is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.media_factory import make
from tests.playout.studio import entry
from tests.playout.test_desk import LONG, OTHER, SPOT, film_of, in_order, stage_with

if TYPE_CHECKING:
    from pathlib import Path


async def test_three_edits_are_one_hot_swap(tmp_path: Path) -> None:
    spot = str(make(SPOT))
    rows = (
        entry(make(LONG), 0, 300, id="film"),
        entry(make(OTHER), spot=True, id="s1"),
        entry(make(LONG), 300, id="rest"),
    )
    edits = [
        {"command": "insert_break", "entry": "film", "at_frame": 150, "spots": [spot]},
        {"command": "move_break", "break": "b1", "at_frame": 165},
        {"command": "replace_spot", "entry": "s1", "file": spot},
    ]
    async with stage_with(tmp_path, *rows, pool=(SPOT, OTHER)) as stage:
        await stage.aired(20)
        before, generation, takes = stage.script.read_text(), stage.channel.generation, stage.channel.takes
        told = await stage.say("apply", edits=edits, dry_run=True)
        assert told.accepted, told.reason
        assert told.rundown is not None
        assert stage.script.read_text() == before
        receipt = await stage.say("apply", edits=edits, revision=told.revision)
        assert receipt.accepted, receipt.reason
        assert (receipt.generation, receipt.revision) == (generation + 1, told.revision + 1)
        assert stage.channel.takes == takes
        assert receipt.changes == told.changes
        assert receipt.on_air_at is not None
        due = stage.channel.air_time(stage.channel.splicer.frame + 165 - stage.channel.position.frame)
        assert receipt.on_air_at == pytest.approx(due, abs=0.02)
        there = stage.desk.rundown().entries
        foretold = {row.id: row for row in told.rundown.entries}
        assert [row.id for row in there] == list(foretold)
        for row in there:
            assert (row.in_frame, row.out_frame, row.break_id, row.status) == (
                foretold[row.id].in_frame, foretold[row.id].out_frame, foretold[row.id].break_id,
                foretold[row.id].status,
            )  # fmt: skip
            assert row.start_at == pytest.approx(foretold[row.id].start_at, abs=0.05)
        await stage.made.until(lambda: stage.channel.position.index == 4 and stage.channel.position.frame > 310)
        seen = stage.seen()
        assert in_order(film_of(seen))
        cut = seen.index(2_000)
        assert seen[cut - 1 : cut + 46] == [164, *range(2_000, 2_045), 165]
        again = seen.index(2_000, cut + 46)
        assert seen[again - 1 : again + 46] == [299, *range(2_000, 2_045), 300]
        undone = await stage.say("undo")
        assert undone.accepted, undone.reason
        assert stage.script.read_text() == before
        assert not (await stage.say("undo")).accepted


async def test_one_that_is_refused_refuses_all_and_says_which(tmp_path: Path) -> None:
    spot = str(make(SPOT))
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        await stage.aired(20)
        before, generation = stage.script.read_text(), stage.channel.generation
        good = {"command": "insert_break", "entry": "film", "at_frame": 400, "spots": [spot]}
        for bad, reason in (
            ({"command": "remove_break", "break": "b9"}, "there is no break 'b9'; did you mean 'b1'?"),
            ({"command": "insert_break", "entry": "film", "at_frame": 3, "spots": [spot]}, "the earliest is"),
            ({"command": "insert_break", "entry": "film", "at_frame": 450, "spots": ["no.mp4"]}, "no file 'no.mp4'"),
        ):
            for dry_run in (True, False):
                receipt = await stage.say("apply", edits=[good, bad, good], dry_run=dry_run)
                assert not receipt.accepted
                assert receipt.reason.startswith("edit 2 of 3: ")
                assert reason in receipt.reason
        assert (stage.script.read_text(), stage.channel.generation) == (before, generation)
