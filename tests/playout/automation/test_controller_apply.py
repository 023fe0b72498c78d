"""Several edits at once, while the channel is on air: one hot swap, one receipt, and every frame is counted."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.media_factory import Clip as Film
from tests.media_factory import make
from tests.playout.stage import LONG, OTHER, SPOT, film_of, in_order, stage_with
from tests.playout.studio import entry


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
        there = stage.controller.rundown().entries
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


async def test_a_refused_edit_refuses_the_whole_apply_and_is_named(tmp_path: Path) -> None:
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


async def test_the_event_of_many_edits_is_short_and_the_receipt_has_all(tmp_path: Path) -> None:
    edits = [{"command": "insert", "after": "film", "file": str(make(SPOT))} for _ in range(30)]
    async with stage_with(tmp_path, entry(make(LONG), id="film"), pool=(SPOT,)) as stage:
        receipt = await stage.say("apply", edits=edits)
        assert receipt.accepted, receipt.reason
        assert len(receipt.changes) == 30
        (event,) = [each for each in stage.made.events.after(0) if each.kind == "edit_applied"]
        assert event.message.endswith("; and 26 more changes")
        assert event.message.count("inserted after") == 4


async def test_the_entry_on_air_is_split_trimmed_and_lifted_where_it_has_not_aired(tmp_path: Path) -> None:
    """Three edits of the entry on air: nothing is seen of a split, a trim ends it at its frame, and a lift airs spots
    of the pool in the place of what was to come; all that is kept airs once."""
    rows = (entry(make(LONG), 0, 480, id="film"), entry(make(OTHER), id="next"))
    async with stage_with(tmp_path, *rows) as stage:
        await stage.aired(20)
        cut = await stage.say("split", entry="film", at_frame=200)
        assert cut.accepted, cut.reason
        second = stage.controller.rundown().entries[1]
        assert (second.in_frame, second.out_frame, second.status) == (200, 480, "planned")
        trimmed = await stage.say("trim", entry="film", out_frame=150)
        assert trimmed.accepted, trimmed.reason
        assert trimmed.on_air_at is not None
        due = stage.channel.air_time(stage.channel.splicer.frame + 150 - stage.channel.position.frame)
        assert trimmed.on_air_at == pytest.approx(due, abs=0.02)
        await stage.made.until(lambda: stage.channel.position.index == 1)
        lifted = await stage.say("lift", entry=second.id, at_frame=390)
        assert lifted.accepted, lifted.reason
        assert (
            lifted.changes[-1] == "the entries after it air 1.50 s earlier"
        )  # the pool has one spot, and none airs twice in a row
        await stage.made.until(lambda: stage.channel.position.index == len(stage.controller.rundown().entries) - 1)
        await stage.aired(20)
        seen = stage.seen()
        film = film_of(seen)
        start = film[0]
        assert film == [*range(start, 150), *range(200, 390)]
        spots = [number for number in seen if 2_000 <= number < 3_000]
        assert spots == list(range(2_000, 2_045))
        assert seen[seen.index(389) + 1 :][:46] == [*range(2_000, 2_045), 3_000]
        name = make(LONG).stem
        labels = [f"{name} split at 00:00:06;20", f"{name} trimmed", f"{name} lifted"]
        assert [(step.label, step.undone) for step in stage.controller.history().steps] == [
            (each, False) for each in labels
        ]
        for _ in range(3):
            undone = await stage.say("undo")
            assert undone.accepted, undone.reason
        assert [row.id for row in stage.controller.rundown().entries] == ["film", "next"]
        steps = stage.controller.history().steps
        assert [(step.label, step.undone) for step in steps] == [(each, True) for each in labels]
        assert all(step.at is not None and 0 <= time.time() - step.at < 60 for step in steps)


async def test_edits_of_aired_frames_are_refused_with_the_reason(tmp_path: Path) -> None:
    spot = str(make(SPOT))
    rows = (entry(make(LONG), id="film"), entry(make(OTHER), spot=True, id="s1"))
    async with stage_with(tmp_path, *rows, pool=(SPOT, OTHER)) as stage:
        await stage.aired(40)
        before, generation = stage.script.read_text(), stage.channel.generation
        for name, arguments, reason in (
            ("trim", {"entry": "film", "in_frame": 300}, "its beginning has aired"),
            ("trim", {"entry": "film", "out_frame": 3}, "the earliest is"),
            ("split", {"entry": "film", "at_frame": 3}, "the earliest is"),
            ("lift", {"entry": "film", "at_frame": 3}, "the earliest is"),
            ("lift", {"entry": "film"}, "name the first frame to lift with at_frame"),
            ("lift", {"break": "s1", "at_frame": 3}, "a break is lifted as a whole"),
            ("move_entry", {"entry": "film", "after": "s1"}, "is on air and cannot be moved"),
            ("move_entry", {"entry": "s1", "before": "film"}, "nothing can be placed before it"),
            ("insert", {"file": spot, "before": "film"}, "nothing can be placed before it"),
            ("insert", {"file": "no.mp4"}, "there is no file 'no.mp4'"),
            ("fill", {"break": "b9", "seconds": 9}, "there is no break 'b9'"),
            ("remove", {"entry": "flm"}, "did you mean 'film'?"),
        ):
            receipt = await stage.say(name, **arguments)
            assert not receipt.accepted, name
            assert reason in receipt.reason
        assert (stage.script.read_text(), stage.channel.generation) == (before, generation)


async def test_spots_that_have_begun_stay_in_a_break_on_air(tmp_path: Path) -> None:
    begun = Film(frames=300, first=2_000)  # long enough for both commands to find it on air
    spot = str(make(begun))
    rows = (entry(make(LONG), 0, 30, id="film"), entry(make(LONG), 30, id="rest"))
    async with stage_with(tmp_path, *rows, pool=(begun, OTHER)) as stage:
        told = await stage.say("break_now", spots=[spot, spot, spot])
        assert told.accepted, told.reason
        name = next(row.break_id for row in stage.controller.rundown().entries if row.break_id)
        await stage.made.until(lambda: stage.controller.rundown().entries[1].status == "on_air")
        refused = await stage.say("lift", entry=stage.controller.rundown().entries[1].id)
        assert "that spot is on air" in refused.reason
        filled = await stage.say("fill", **{"break": name}, seconds=12.1)
        assert filled.accepted, filled.reason
        assert [row.kind for row in stage.controller.rundown().entries[:4]] == [
            "programme",
            "spot",
            "spot",
            "programme",
        ]
        await stage.made.until(lambda: stage.channel.position.frame > 100 and stage.channel.position.index > 2)
        seen = stage.seen()
        first = seen.index(2_000)
        assert seen[first : first + 360] == [*range(2_000, 2_300), *range(3_000, 3_060)]
        assert in_order(film_of(seen))


async def test_the_edits_of_a_dry_run_give_the_same_result_later(tmp_path: Path) -> None:
    rows = (entry(make(LONG), id="film"),)
    edits = [
        {"command": "insert_break", "entry": "film", "at_frame": 300, "seconds": 1.6},
        {"command": "insert_break", "entry": "film", "at_frame": 200, "seconds": 1.6},
    ]
    twin = Film(frames=45, first=4_000)
    async with stage_with(tmp_path, *rows, pool=(SPOT, twin)) as stage:
        told = await stage.say("apply", edits=edits, dry_run=True)
        assert told.accepted, told.reason
        assert told.rundown is not None
        assert [edit["command"] for edit in told.edits] == ["insert_break"] * 2
        assert [len(edit["spots"]) for edit in told.edits] == [1, 1]
        assert told.edits[0]["spots"] != told.edits[1]["spots"]
        assert all("seconds" not in edit for edit in told.edits)
        assert told.edits[0]["ids"][0] == "b1"
        assert set(told.edits[0]["ids"]) | set(told.edits[1]["ids"]) | {"film"} == {
            name for row in told.rundown.entries for name in (row.id, row.break_id) if name
        }
        stage.controller._pool.aired(Path(told.edits[0]["spots"][0]))  # another spot is first in turn by now
        other = await stage.say("apply", edits=edits, dry_run=True)
        assert other.edits != told.edits
        applied = await stage.say("apply", edits=list(told.edits))
        assert applied.accepted, applied.reason
        assert [row.id for row in stage.controller.rundown().entries] == [row.id for row in told.rundown.entries]


async def test_edits_follow_what_they_name_where_that_has_another_name_by_now(tmp_path: Path) -> None:
    """A second operator has taken the names that a dry run told the first: his edits are of his own break all the
    same."""
    spot = str(make(SPOT))
    async with stage_with(tmp_path, entry(make(LONG), id="film"), pool=(SPOT, OTHER)) as stage:
        insert = {"command": "insert_break", "entry": "film", "at_frame": 500, "spots": [spot]}
        told = await stage.say("insert_break", entry="film", at_frame=500, spots=[spot], dry_run=True)
        (mine,) = told.edits
        assert mine | {"ids": None} == insert | {"ids": None}
        name, first, _ = mine["ids"]
        assert (await stage.say("insert_break", entry="film", at_frame=550, spots=[spot])).accepted
        theirs = [row.id for row in stage.controller.rundown().entries if row.break_id == name]
        assert theirs == [first]
        follow = {"command": "replace_spot", "entry": first, "file": str(make(OTHER))}
        applied = await stage.say("apply", edits=[mine, follow])
        assert applied.accepted, applied.reason
        rows = stage.controller.rundown().entries
        assert next(row.file for row in rows if row.id == first) == spot
        assert [(row.break_id, row.file) for row in rows if row.break_id] == [
            ("b2", str(make(OTHER))), ("b1", spot),
        ]  # fmt: skip


async def test_later_spots_come_from_the_whole_pool_and_early_ones_from_prepared_spots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrovue_tui.playout.automation.edits.edit_session.SOON_S", 8.0)
    short, long = make(SPOT), make(OTHER)
    rows = (entry(make(LONG), 0, 150, id="film"), entry(make(LONG), 150, id="rest"))
    async with stage_with(tmp_path, *rows, pool=(SPOT, OTHER)) as stage:
        monkeypatch.setattr(stage.channel.planner, "prepared", lambda file: file == short)
        for name, arguments, chosen in (
            ("insert_break", {"entry": "rest", "at_frame": 200, "seconds": 2.1}, short),
            ("insert_break", {"entry": "rest", "at_frame": 550, "seconds": 2.1}, long),
            ("lift", {"entry": "rest", "at_frame": 540}, long),
        ):
            told = await stage.say(name, **arguments, dry_run=True)
            assert told.accepted, told.reason
            assert [edit["spots"] for edit in told.edits] == [[str(chosen)]]
        none = await stage.say("insert_break", entry="rest", at_frame=550, seconds=0.5, dry_run=True)
        assert none.reason.startswith("no spots for Test: it has no pool")
