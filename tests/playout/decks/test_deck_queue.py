"""The deck queue: which deck airs when, and what an edit does to the decks that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.playout.decks.deck_queue import AWAIT_S, HOLD_S
from retrovue_tui.rundown.plan_diff import CommonPrefix
from retrovue_tui.rundown.positions import Position
from tests.playout.decks.stand_in_deck import LONG_AGO, PIECE, TOP, Scene, StandInDeck

if TYPE_CHECKING:
    import pytest


# ── one after another ────────────────────────────────────────────────────────────────────────────


async def test_one_deck_follows_another_without_a_picture_between(scene: Scene) -> None:
    assert scene.queue.continues_at == TOP
    await scene.queue.enqueue(scene.airlist(0))
    await scene.queue.enqueue(scene.airlist(1, pieces=1))
    assert scene.queue.continues_at == Position(0, 1, PIECE)
    assert scene.queue.frames_left == 3 * PIECE
    aired = scene.air(3 * PIECE)
    assert aired == [*((1, n) for n in range(2 * PIECE)), *((2, n) for n in range(PIECE))]
    assert [queued.deck.pid for queued in scene.listener.takes] == [1, 2]
    assert scene.queue.next(scene.now) is None
    assert scene.queue.restarts == 0


async def test_a_deck_that_has_no_picture_yet_is_not_taken(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist())
    scene.decks[0].written = 0
    assert scene.queue.next(scene.now) is None
    assert scene.listener.takes == []
    scene.decks[0].written = 1
    assert scene.air(1) == [(1, 0)]


async def test_the_output_waits_for_a_late_picture_longer_where_the_next_piece_is_awaited(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist(pieces=1))
    scene.decks[0].written = 50
    scene.air(50)
    assert not scene.queue.holding(scene.now)
    assert scene.queue.next(scene.now) is None
    late = scene.now
    assert scene.queue.holding(late + HOLD_S - 0.01)
    assert not scene.queue.holding(late + HOLD_S + 0.01)
    assert not scene.queue.holding(late + HOLD_S + 0.01, awaited=True), "its list is not finished"
    scene.decks[0].written = PIECE
    scene.air(50)
    assert scene.queue.next(scene.now) is None
    assert scene.queue.holding(late + AWAIT_S - 0.01, awaited=True)
    assert not scene.queue.holding(late + AWAIT_S + 0.01, awaited=True)


async def test_a_deck_without_pictures_leaves_the_air_and_its_rest_is_owed(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist())
    scene.decks[0].written = 30
    scene.air(30)
    scene.queue.leave()
    assert scene.queue.on_air is None
    assert scene.queue.troubled
    assert scene.queue.first is not None
    assert scene.queue.first.skip == 30
    assert "delivered no pictures at picture 30 of 200" in scene.listener.failures[0]
    scene.queue.leave()  # nothing is on air: nothing happens
    assert len(scene.listener.failures) == 1


# ── edits ────────────────────────────────────────────────────────────────────────────────────────


async def test_an_edit_cuts_the_deck_on_air_at_its_frame_and_ends_those_after_it(scene: Scene) -> None:
    for index in range(3):
        await scene.queue.enqueue(scene.airlist(index))
    scene.air(10)
    scene.queue.recut(CommonPrefix(40, {}, None), Position(0, 7, 0))
    assert scene.decks[0].frames == 50
    assert scene.queue.queue == []
    assert scene.queue.continues_at == Position(0, 7, 0)
    assert scene.queue.frames_left == 40
    assert scene.air(40)[-1] == (1, 49)
    assert scene.queue.next(scene.now) is None


async def test_an_edit_keeps_what_it_does_not_change(scene: Scene) -> None:
    for index in range(3):
        await scene.queue.enqueue(scene.airlist(index))
    scene.air(10)
    scene.queue.recut(CommonPrefix(190 + 60, {}, None), Position(0, 7, 0))
    assert [(queued.deck.pid, queued.deck.frames) for queued in scene.queue.queue] == [(2, 60)]
    assert scene.queue.frames_left == 250


async def test_an_edit_cuts_what_is_owed(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist())
    scene.air(10)
    scene.decks[0].dies(after=10)
    await scene.queue.look_after(LONG_AGO)
    scene.queue.recut(CommonPrefix(25, {}, None), Position(0, 7, 0))
    assert scene.queue.frames_left == 25
    await scene.rescue()
    assert scene.air(25)[-1] == (2, 34)
    assert scene.queue.next(scene.now) is None


async def test_a_deck_that_starts_while_the_queue_is_edited_is_not_queued(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start(_: StandInDeck) -> None:
        scene.queue.recut(CommonPrefix(0, {}, None), Position(0, 7, 0))

    monkeypatch.setattr(StandInDeck, "start", start)
    await scene.queue.enqueue(scene.airlist())
    assert scene.queue.queue == []
    assert scene.queue.continues_at == Position(0, 7, 0)


async def test_a_deck_that_was_prerolled_elsewhere_is_adopted_or_discarded(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist(0))
    scene.air(10)
    standby, other = await scene.queue.preroll(scene.airlist(1)), await scene.queue.preroll(scene.airlist(2))
    assert standby is not None
    assert other is not None
    assert scene.queue.queue == []
    scene.queue.recut(CommonPrefix(5, {}, None), Position(0, 7, 0))
    scene.queue.adopt(standby)
    assert scene.queue.continues_at == Position(0, 1, 2 * PIECE)
    scene.queue.discard(other)
    assert scene.air(6)[-2:] == [(1, 14), (2, 0)]


async def test_a_deck_that_plays_on_a_removed_entry_leaves_the_rundown_where_it_was(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist(0))
    scene.air(10)
    scene.queue.recut(CommonPrefix(5, {}, None), Position(0, 7, 0))
    more = await scene.queue.preroll(scene.airlist(1))
    assert more is not None
    scene.queue.lengthen(more)
    assert scene.queue.continues_at == Position(0, 7, 0)


# ── start and end ────────────────────────────────────────────────────────────────────────────────


async def test_another_start_ends_the_decks_that_wait(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist(0))
    scene.queue.start_from(Position(0, 5, 3))
    assert scene.queue.queue == []
    assert scene.queue.continues_at == scene.queue.ahead == Position(0, 5, 3)


async def test_the_end_remembers_the_next_frame(scene: Scene) -> None:
    await scene.queue.enqueue(scene.airlist(0))
    await scene.queue.enqueue(scene.airlist(1))
    scene.air(130)
    await scene.queue.close()
    assert scene.queue.continues_at == Position(0, 0, 130)
    assert scene.queue.files() == []
    assert all(deck.closed for deck in scene.decks)
