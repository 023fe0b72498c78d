"""The operator changes what is on air while it is on air: every frame that a viewer sees is counted."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.playout.automation.controller import ChannelController
from retrovue_tui.protocol.commands import Command
from retrovue_tui.rundown.file_format import ffconcat
from tests.media_factory import Clip as Film
from tests.media_factory import make, numbers
from tests.playout.stage import LONG, OTHER, SPOT, Stage, film_of, in_order, stage_with
from tests.playout.studio import NTSC, entry

if TYPE_CHECKING:
    from pathlib import Path


async def test_break_now_is_immediate_and_resumes_at_the_very_next_frame(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG))) as stage:
        await stage.standby()
        await stage.aired(50)
        before = stage.channel.splicer.frame
        receipt = await stage.say("break_now", seconds=2)
        assert receipt.accepted, receipt.reason
        assert receipt.on_air_in_s is not None
        assert receipt.on_air_in_s < 0.1
        await stage.aired(120)
        seen = stage.seen()
        assert in_order(film_of(seen))
        first = next(index for index, number in enumerate(seen) if number >= 2_000)
        assert first <= before + 6
        assert seen[first : first + 45] == list(range(2_000, 2_045))
        assert seen[first + 45] == seen[first - 1] + 1
        text = stage.script.read_text()
        assert "kind=spot" in text
        rows = stage.controller.rundown().entries
        assert [row.kind for row in rows] == ["programme", "spot", "programme"]
        assert [row.status for row in rows] == ["aired", "aired", "on_air"]


async def test_named_spots_air_without_a_stand_by(tmp_path: Path) -> None:
    other = make(OTHER)
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await stage.aired(20)
        receipt = await stage.say("break_now", spots=[str(other)])
        assert receipt.accepted, receipt.reason
        await stage.aired(100)
        seen = stage.seen()
        assert in_order(film_of(seen))
        assert [number for number in seen if number >= 2_000] == list(range(3_000, 3_060))


async def test_return_leaves_the_break_and_takes_out_what_has_not_aired(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await stage.aired(30)
        assert (await stage.say("break_now", spots=[str(make(OTHER)), str(make(SPOT))])).accepted
        await stage.aired(15)
        receipt = await stage.say("return")
        assert receipt.accepted, receipt.reason
        await stage.aired(60)
        seen = stage.seen()
        assert in_order(film_of(seen))
        assert max(seen) < 3_060
        assert not any(2_000 <= number < 3_000 for number in seen)
        assert [row.kind for row in stage.controller.rundown().entries] == ["programme", "spot", "programme"]


async def test_skip_goes_to_the_next_entry(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG), 0, 300), entry(make(OTHER)), entry(make(LONG), 300)) as stage:
        await stage.aired(20)
        receipt = await stage.say("skip")
        assert receipt.accepted, receipt.reason
        await stage.aired(60)
        seen = stage.seen()
        cut = next(index for index, number in enumerate(seen) if number >= 2_000)
        assert cut < 80
        assert seen[cut : cut + 30] == list(range(3_000, 3_030))


async def test_hold_and_release(tmp_path: Path) -> None:
    spot = entry(make(SPOT), spot=True, id="s1")
    rows = (entry(make(LONG), 0, 150), spot, entry(make(LONG), 150, 400), entry(make(OTHER)))
    async with stage_with(tmp_path, *rows) as stage:
        await stage.aired(30)
        assert not (await stage.say("release")).accepted
        held = await stage.say("hold")
        assert held.accepted, held.reason
        await stage.made.until(lambda: stage.channel.position.frame > 180 and stage.channel.position.index == 0)
        released = await stage.say("release")
        assert released.accepted, released.reason
        await stage.aired(90)
        seen = stage.seen()
        assert in_order(film_of(seen))
        assert [number for number in seen if number >= 2_000] == list(range(2_000, 2_045))
        cut = seen.index(2_000)
        assert seen[cut - 1] >= 180


async def test_edits_ahead_air_when_their_frame_comes(tmp_path: Path) -> None:
    long = entry(make(LONG), id="film")
    async with stage_with(tmp_path, long) as stage:
        receipt = await stage.say("insert_break", entry="film", at_frame=140, spots=[str(make(SPOT))])
        assert receipt.accepted, receipt.reason
        assert receipt.on_air_at is not None
        promised = receipt.on_air_in_s
        assert promised is not None
        snapshot = stage.controller.rundown()
        spot = next(row for row in snapshot.entries if row.kind == "spot")
        moved = await stage.say("move_break", **{"break": spot.break_id}, at_frame=170, revision=snapshot.revision)
        assert moved.accepted, moved.reason
        stale = await stage.say("remove_break", **{"break": spot.break_id}, revision=snapshot.revision)
        assert not stale.accepted
        assert "revision" in stale.reason
        past = await stage.say("insert_break", entry="film", at_frame=3, spots=[str(make(SPOT))])
        assert not past.accepted
        assert "earliest" in past.reason
        await stage.made.until(lambda: stage.channel.position.index == 2 and stage.channel.position.frame > 180)
        seen = stage.seen()
        assert in_order(film_of(seen))
        cut = seen.index(2_000)
        assert seen[cut - 1] == 169
        assert seen[cut : cut + 46] == [*range(2_000, 2_045), 170]


async def test_a_dry_run_changes_nothing_and_tells_the_effect(tmp_path: Path) -> None:
    long = entry(make(LONG), 0, 300, id="film")
    async with stage_with(tmp_path, long, entry(make(OTHER), id="next")) as stage:
        before = stage.script.read_text()
        receipt = await stage.say("insert_break", entry="film", at_frame=200, spots=[str(make(SPOT))], dry_run=True)
        assert receipt.accepted
        assert stage.script.read_text() == before
        begins = {each.entry: each.starts_in_s for each in receipt.downstream}
        now = {row.id: row.start_at for row in stage.controller.rundown().entries}
        assert now["next"] is not None
        shift = next(each for each in receipt.downstream if each.entry == "next").starts_at - now["next"]
        assert abs(shift - 45 / 29.97) < 0.1
        assert begins
        assert min(begins.values()) == pytest.approx(receipt.on_air_in_s, abs=0.1)
        # What airs in the round to come is told too.
        await stage.made.until(lambda: stage.channel.position.index == 1)
        receipt = await stage.say("insert_break", entry="film", at_frame=200, spots=[str(make(SPOT))], dry_run=True)
        assert receipt.downstream[0].starts_in_s == pytest.approx(receipt.on_air_in_s, abs=0.1)
        assert make(SPOT).stem in receipt.downstream[0].title


async def test_undo_and_redo_also_on_air_and_after_a_restart(tmp_path: Path) -> None:
    long = entry(make(LONG), id="film")
    async with stage_with(tmp_path, long) as stage:
        first = stage.script.read_text()
        await stage.standby()
        assert (await stage.say("break_now", seconds=2)).accepted
        second = stage.script.read_text()
        await stage.aired(10)
        receipt = await stage.say("undo")
        assert receipt.accepted, receipt.reason
        assert stage.script.read_text() == first
        await stage.aired(90)
        assert in_order(film_of(stage.seen()))
        again = ChannelController(stage.channel, stage.controller._file.paths, list, stage.made.events)
        await again.open()
        redone = await again.execute(Command.parse({"command": "redo"}))
        assert redone.accepted, redone.reason
        assert stage.script.read_text() == second
        assert not (await again.execute(Command.parse({"command": "redo"}))).accepted


async def test_commands_at_once_are_all_carried_out_in_order(tmp_path: Path) -> None:
    long = entry(make(LONG), id="film")
    async with stage_with(tmp_path, long) as stage:
        places = [300, 350, 400, 450, 500]
        receipts = await asyncio.gather(
            *(stage.say("insert_break", entry="film", at_frame=at, spots=[str(make(SPOT))]) for at in reversed(places))
        )
        assert all(receipt.accepted for receipt in receipts), [receipt.reason for receipt in receipts]
        assert [receipt.revision for receipt in receipts] == sorted({receipt.revision for receipt in receipts})
        spots = [row for row in stage.controller.rundown().entries if row.kind == "spot"]
        assert len(spots) == 5
        parsed = ffconcat.load(stage.script, NTSC)
        assert [each.id for each in parsed.entries] == [row.id for row in stage.controller.rundown().entries]


async def test_a_second_break_is_refused_while_one_airs_and_replacing_the_spot_on_air_too(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await stage.standby()
        first, second = await asyncio.gather(stage.say("break_now", seconds=2), stage.say("break_now", seconds=2))
        assert first.accepted, first.reason
        assert not second.accepted
        assert "return from the break first" in second.reason
        spot = next(row for row in stage.controller.rundown().entries if row.kind == "spot")
        replaced = await stage.say("replace_spot", entry=spot.id, file=str(make(OTHER)))
        assert not replaced.accepted
        assert "on air" in replaced.reason
        await stage.aired(90)
        assert in_order(film_of(stage.seen()))


@pytest.mark.parametrize("left", [3, 8, 14])
async def test_hold_in_the_last_frames_before_a_break_shows_no_slate(tmp_path: Path, left: int) -> None:
    spot = entry(make(SPOT), spot=True, id="s1")
    rows = (entry(make(LONG), 0, 100), spot, entry(make(LONG), 100, 300), entry(make(OTHER)))
    async with stage_with(tmp_path, *rows) as stage:
        await stage.made.until(lambda: stage.channel.position.frame >= 100 - left)
        receipt = await stage.say("hold")
        await stage.aired(60)
        film = film_of(seen := stage.seen())
        assert None not in numbers(stage.recorder.data)[:-1]
        assert in_order(film)
        # Held in time, or refused and aired as planned; either way it is what the receipt says.
        assert receipt.accepted == (2_000 not in seen), receipt


async def test_an_edit_whose_spot_is_not_prepared_waits_for_it_or_is_refused(tmp_path: Path) -> None:
    fresh = make(Film(frames=50, first=5_000))
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        await stage.made.know([fresh])
        await stage.aired(20)
        at = stage.channel.position.frame + 75
        receipt = await stage.say("insert_break", entry="film", at_frame=at, spots=[str(fresh)])
        await stage.made.until(lambda: stage.channel.position.index > 1 or stage.channel.position.frame > at + 60)
        assert None not in numbers(stage.recorder.data)[:-1]
        seen = stage.seen()
        assert in_order(film_of(seen))
        assert receipt.accepted == (5_000 in seen), receipt


async def test_a_return_in_the_last_frames_of_a_break_airs_nothing_twice(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG))) as stage:
        await stage.standby()
        await stage.aired(20)
        assert (await stage.say("break_now", seconds=2)).accepted
        await stage.made.until(lambda: stage.channel.position.index == 1 and stage.channel.position.frame >= 44)
        await stage.say("return")
        await stage.aired(60)
        assert in_order(film_of(stage.seen()))


async def test_a_skip_does_not_skip_what_has_begun_by_itself(tmp_path: Path) -> None:
    rows = (entry(make(LONG), 0, 60), entry(make(OTHER)), entry(make(LONG), 60))
    async with stage_with(tmp_path, *rows) as stage:
        await stage.made.until(lambda: stage.channel.position.frame >= 59)
        receipt = await stage.say("skip")
        await stage.made.until(lambda: stage.channel.position.index == 2 and stage.channel.position.frame > 90)
        seen = stage.seen()
        assert [number for number in seen if number >= 3_000] == list(range(3_000, 3_060)), receipt


async def test_a_receipt_of_an_edit_that_is_taken_back_and_forth_names_the_same_moment(tmp_path: Path) -> None:
    """Also where the deck on air has loaded all of it once, and so need not be changed for it."""
    async with stage_with(tmp_path, entry(make(LONG), id="film"), entry(make(OTHER), id="next")) as stage:
        await stage.aired(10)
        made = await stage.say("insert_break", entry="film", at_frame=500, spots=[str(make(SPOT))])
        far = await stage.say("insert_break", entry="next", at_frame=30, spots=[str(make(SPOT))])
        undone = [await stage.say("undo"), await stage.say("undo")]
        redone = [await stage.say("redo"), await stage.say("redo")]
        told = [receipt.on_air_at or 0 for receipt in (made, far, *undone, *redone)]
        first, second = told[0], told[1]
        assert second - first == pytest.approx((100 + 45 + 30) / 29.97, abs=0.04)
        assert told[2:] == pytest.approx([second, first, first, second], abs=0.04)


async def test_a_receipt_promises_the_frame_at_which_it_airs(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        await stage.standby()
        await stage.aired(30)
        receipt = await stage.say("break_now", seconds=2)
        await stage.aired(10)
        take = [event for event in stage.made.events.after(0) if event.kind == "take"][-1]
        assert receipt.on_air_at is not None
        # What was due when, and not when this machine came to it.
        assert abs(stage.channel.air_time(take.data["frame"]) - receipt.on_air_at) < 1 / 29


async def test_commands_while_a_deck_has_failed_are_carried_out(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        await stage.standby()
        await stage.aired(20)
        on_air = stage.channel.decks.on_air
        assert on_air is not None
        assert on_air.deck.pid is not None
        os.kill(on_air.deck.pid, signal.SIGKILL)
        await stage.made.until(lambda: stage.channel.decks.troubled)
        receipt = await stage.say("break_now", seconds=2)
        assert receipt.accepted, receipt.reason
        await stage.aired(100)
        seen = stage.seen()
        assert in_order(film_of(seen))
        assert [number for number in seen if number >= 2_000] == list(range(2_000, 2_045))


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("return", {}, "no break"),
        ("hold", {}, "no break follows"),
        ("break_now", {"seconds": 1}, "no spots"),
        ("break_now", {"spots": ["nowhere.mp4"]}, "no file"),
        ("remove_break", {"break": "b9"}, "b9"),
        ("undo", {}, "nothing to undo"),
        ("start", {}, "already"),
    ],
)
async def test_an_impossible_command_is_refused_with_the_reason_and_changes_nothing(
    tmp_path: Path, name: str, arguments: dict[str, Any], reason: str
) -> None:
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        before = stage.script.read_text()
        receipt = await stage.say(name, **arguments)
        assert not receipt.accepted
        assert reason in receipt.reason
        assert stage.script.read_text() == before


async def an_edit_has_no_time(stage: Stage) -> None:
    row = stage.controller.rundown().entries[0]
    for dry_run in (True, False):
        receipt = await stage.say("insert_break", entry=row.id, at_frame=60, spots=[str(make(OTHER))], dry_run=dry_run)
        assert receipt.accepted, receipt.reason
        assert receipt.on_air_in_s is None
        assert receipt.downstream == ()
        assert any("when it is started" in warning for warning in receipt.warnings)
    assert (await stage.say("undo")).accepted


async def test_stop_and_start(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(OTHER,)) as stage:
        await stage.aired(20)
        for dry_run in (True, False):
            stopped = await stage.say("stop", dry_run=dry_run)
            assert (stopped.accepted, stopped.on_air_at, stopped.on_air_in_s) == (True, None, None)
        assert stage.recorder.closed
        assert stage.channel.state == "stopped"
        for name in ("break_now", "return", "skip", "hold", "release"):
            assert (await stage.say(name)).reason == "Test is stopped and airs nothing; `start` it first"
        await an_edit_has_no_time(stage)
        assert (await stage.say("start")).accepted
        await stage.made.until(lambda: stage.channel.state == "on_air")
        again = stage.made.record()
        await stage.made.until(lambda: again.pictures > 20)
