"""The deck queue: what replaces a deck that fails, on air or while it waits. The last test has a real deck."""

from __future__ import annotations

import asyncio
import os
import signal
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import FFmpegError
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.slate import FRAMES, slate_piece
from retrovue_tui.playout.decks.back_off import LONGEST_DELAY_S, TRIES
from retrovue_tui.playout.decks.deck_queue import HEALTHY_S, STALL_S, DeckQueue
from retrovue_tui.rundown.airlist import AirItem, AirList
from retrovue_tui.rundown.plan_diff import CommonPrefix
from retrovue_tui.rundown.positions import Position, Stretch
from tests.playout.decks.stand_in_deck import LONG_AGO, PIECE, TOP, Listener, Scene, StandInDeck
from tests.playout.studio import NTSC, entry, small_house

if TYPE_CHECKING:
    from pathlib import Path

# ── a deck fails on air ──────────────────────────────────────────────────────────────────────────


async def test_the_rescue_plays_the_rest_of_a_dead_deck_before_anything_else(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist(0))
    await scene.queue.enqueue(scene.airlist(1, pieces=1))
    scene.air(1)
    scene.decks[0].dies(after=130)
    scene.decks[0].remarks.append(SimpleNamespace(text="Invalid data"))
    assert scene.queue.needs_care(scene.now)
    await scene.rescue()
    assert scene.queue.troubled
    assert "deck 1 died at picture 1 of 200: Invalid data" in scene.listener.failures[0]
    aired = scene.air(129 + 70 + PIECE)
    assert aired[:129] == [(1, n) for n in range(1, 130)], "what it left in memory airs"
    assert aired[129:199] == [(3, n) for n in range(30, PIECE)], "the rescue plays on in the second piece"
    assert aired[199:] == [(2, n) for n in range(PIECE)]
    assert not scene.queue.troubled
    assert scene.queue.restarts == 1


async def test_no_other_deck_is_taken_before_the_failure_of_the_one_on_air_is_seen(scene: Scene) -> None:
    """A tick that is late takes many pictures at once: they may run out before anybody looks after the queue."""
    await scene.queue.enqueue(scene.airlist(0))
    await scene.queue.enqueue(scene.airlist(1, pieces=1))
    scene.decks[0].dies(after=130)
    scene.air(130)
    assert scene.queue.queue[0].usable()
    assert scene.queue.next(scene.now) is None
    assert scene.queue.holding(scene.now)
    assert scene.listener.wakes
    await scene.rescue()
    assert scene.air(70 + PIECE) == [*((3, n) for n in range(30, PIECE)), *((2, n) for n in range(PIECE))]


async def test_while_a_list_is_owed_no_other_deck_is_taken(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist(0))
    await scene.queue.enqueue(scene.airlist(1))
    scene.air(10)
    scene.decks[0].dies(after=10)
    scene.queue._back_off.failed(healthy=False)  # an earlier failure: the rescue has to wait
    await scene.rescue()
    assert not scene.queue.may_start(scene.now)
    assert not scene.queue.can_take()
    assert scene.queue.next(scene.now) is None
    assert len(scene.decks) == 2
    scene.now += LONGEST_DELAY_S
    assert scene.queue.needs_care(scene.now)
    await scene.rescue()
    assert scene.air(1) == [(3, 10)]


async def test_a_rescue_of_what_an_edit_takes_out_meanwhile_is_dropped(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start(_: StandInDeck) -> None:
        scene.queue.recut(CommonPrefix(0, {}, None), Position(0, 7, 0))

    await scene.queue.enqueue(scene.airlist())
    scene.air(10)
    scene.decks[0].dies(after=10)
    monkeypatch.setattr(StandInDeck, "start", start)
    await scene.rescue()
    assert len(scene.decks) == 2
    assert scene.queue.queue == []
    assert scene.queue.continues_at == Position(0, 7, 0)
    assert not scene.queue.needs_care(scene.now)


async def test_a_list_that_is_through_is_no_failure(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist())
    scene.air(2 * PIECE)
    assert not scene.queue.needs_care(scene.now)
    await scene.rescue()
    scene.queue.leave()
    assert scene.queue.on_air is None
    assert scene.queue.continues_at == Position(0, 0, 2 * PIECE)
    assert (scene.listener.failures, scene.queue.restarts, scene.queue.troubled) == ([], 0, False)


async def test_a_deck_that_delivers_nothing_for_too_long_is_replaced(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist())
    scene.decks[0].written = 20
    scene.air(20)
    scene.decks[0].starving_since = scene.now
    scene.now += STALL_S - 0.01
    assert not scene.queue.needs_care(scene.now)
    scene.now += 0.02
    assert scene.queue.needs_care(scene.now)
    await scene.rescue()
    assert "stalled at picture 20 of 200" in scene.listener.failures[0]
    assert scene.air(1) == [(2, 20)]


async def test_a_rescue_that_fails_is_rescued_in_its_turn(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist())
    scene.air(10)
    scene.decks[0].dies(after=10)
    await scene.rescue()
    scene.decks[1].dies(after=0)
    await scene.rescue()
    scene.now += LONGEST_DELAY_S
    await scene.rescue()
    assert scene.air(1) == [(3, 10)]
    assert scene.queue.restarts == 2


async def test_the_delay_before_a_start_grows_with_each_failure_and_ends_with_a_healthy_deck(scene: Scene) -> None:
    delays = []
    await scene.queue.enqueue(scene.airlist(pieces=9))
    for _ in range(8):
        scene.air(1)  # so that no piece is passed over
        scene.decks[-1].dies(after=scene.decks[-1].position)
        scene.queue._fail(scene.queue.on_air, "died")  # type: ignore[arg-type]  # one is on air
        began = scene.now
        while not scene.queue.may_start(scene.now):
            scene.now += 0.05
        delays.append(round(scene.now - began, 2))
        scene.now += 0.01
        await scene.rescue()
    assert delays == pytest.approx([0.0, 0.2, 0.4, 0.8, 1.6, 3.2, LONGEST_DELAY_S, LONGEST_DELAY_S], abs=0.051)
    scene.air(200)  # healthy from 5 s on
    scene.decks[-1].dies(after=scene.decks[-1].position)
    await scene.rescue()
    assert scene.queue.may_start(scene.now)
    assert scene.queue.on_air is not None
    assert len(scene.queue.queue) == 1, "its rescue has started at once"


@pytest.mark.parametrize("short_by", [0, 1])
async def test_a_deck_is_healthy_once_it_has_delivered_enough(scene: Scene, short_by: int) -> None:
    for _ in range(4):
        scene.queue._back_off.failed(healthy=False)
    scene.now += LONGEST_DELAY_S
    await scene.queue.enqueue(scene.airlist())
    enough = NTSC.count(HEALTHY_S) - short_by
    scene.air(enough)
    scene.decks[0].dies(after=enough)
    await scene.rescue()
    assert scene.queue.may_start(scene.now) == (not short_by)


async def fails_to_play(scene: Scene) -> None:
    """The deck on air dies in its first piece, and so does each rescue, before its first picture."""
    scene.air(1)
    scene.decks[0].dies(after=1)
    for _ in range(TRIES):
        assert scene.listener.unplayable == []
        before = len(scene.decks)
        await scene.rescue()
        assert len(scene.decks) == before + 1
        scene.decks[-1].dies(after=0)
        await scene.queue.look_after(LONG_AGO)  # sees the failure, and starts nothing yet
        scene.now += 0 if scene.listener.unplayable else LONGEST_DELAY_S


async def test_a_piece_that_delivers_nothing_is_tried_again_then_passed_over(scene: Scene) -> None:
    airlist = scene.airlist()
    await scene.queue.enqueue(airlist)
    await fails_to_play(scene)
    assert scene.listener.unplayable == [airlist.items[0]]
    assert scene.queue.may_start(scene.now), "the piece was at fault, not the deck: no delay"
    await scene.rescue()
    assert scene.queue.queue[0].airlist.items == airlist.items[1:]
    assert scene.air(1) == [(len(scene.decks), 0)]


async def test_after_the_last_piece_of_a_list_is_passed_over_the_next_deck_airs(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist(0, pieces=1))
    await scene.queue.enqueue(scene.airlist(1))
    await fails_to_play(scene)
    assert not scene.queue.needs_care(scene.now), "nothing is owed"
    assert scene.air(1) == [(2, 0)]
    assert not scene.queue.troubled


async def test_a_piece_that_was_removed_is_rendered_again_and_the_rest_planned_again(scene: Scene) -> None:
    airlist = scene.airlist(0)
    await scene.queue.enqueue(airlist)
    await scene.queue.enqueue(scene.airlist(1))
    scene.air(10)
    airlist.items[1].file.unlink()
    scene.decks[0].dies(after=PIECE)
    await scene.rescue()
    assert scene.listener.missing == [airlist.items[1]]
    assert scene.queue.continues_at == Position(0, 0, PIECE)
    assert scene.queue.queue == []
    assert scene.queue.first is None, "nothing is owed: the plan begins at the missing piece"
    assert scene.air(90)[-1] == (1, PIECE - 1)


# ── a deck fails while it waits ──────────────────────────────────────────────────────────────────


async def test_a_waiting_deck_that_dies_is_planned_again_with_all_after_it(scene: Scene) -> None:
    for index in range(4):
        await scene.queue.enqueue(scene.airlist(index))
    scene.air(10)
    edition = scene.queue.edition
    scene.decks[2].dies(after=0)
    assert scene.queue.needs_care(scene.now)
    await scene.rescue()
    assert [queued.deck.pid for queued in scene.queue.queue] == [2]
    assert scene.queue.continues_at == Position(0, 2, 0)
    assert scene.queue.edition != edition
    assert not scene.queue.troubled, "the air goes on"
    assert "deck 3 died before it went on air" in scene.listener.failures[0]
    assert scene.listener.wakes


async def test_a_deck_that_cannot_be_started_is_reported_and_delays_the_next_start(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StandInDeck, "start_error", FFmpegError("FFmpeg cannot be run"))
    for _ in range(2):
        await scene.queue.enqueue(scene.airlist())
    assert scene.listener.failures == ["FFmpeg cannot be run"] * 2
    assert scene.queue.queue == []
    assert scene.queue.continues_at == TOP
    assert not scene.queue.may_start(scene.now)
    assert scene.queue.may_start(scene.now + LONGEST_DELAY_S)


# ── a real deck ──────────────────────────────────────────────────────────────────────────────────


async def test_a_killed_process_is_replaced_where_it_stopped(
    tmp_path: Path,
) -> None:
    ffmpeg, house, listener = find_ffmpeg(), small_house(), Listener()
    piece = await slate_piece(ffmpeg, house, tmp_path, "Test", "Deck queue")
    queue = DeckQueue("1", ffmpeg=ffmpeg, house=house, lists=tmp_path, watcher=listener, start=TOP)
    aired: list[tuple[int, int]] = []
    pieces = 5
    try:
        for index in range(0, 2 * pieces, pieces):  # more than fits into a pipe, so that FFmpeg has to wait
            row = [Stretch(0, index + number, entry(piece), 0, FRAMES, at_end=True) for number in range(pieces)]
            await queue.enqueue(AirList.of([AirItem(piece, each) for each in row]))
        async with asyncio.timeout(90):
            while len(aired) < 2 * pieces * FRAMES:
                now = asyncio.get_running_loop().time()
                if (found := queue.next(now)) is None:
                    await queue.look_after(now)
                    await asyncio.sleep(0.005)
                    continue
                place = found.queued.airlist.at(found.number)
                aired.append((place.stretch.index, place.frame))
                if len(aired) == 20:
                    assert found.queued.deck.pid is not None
                    os.kill(found.queued.deck.pid, signal.SIGKILL)
    finally:
        await queue.close()
    assert aired == [(index, frame) for index in range(2 * pieces) for frame in range(FRAMES)]
    assert queue.restarts == 1
    assert [queued.rescue for queued in listener.takes] == [False, True, False]
