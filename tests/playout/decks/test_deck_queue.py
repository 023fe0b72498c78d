"""The deck queue: which deck airs when, and what replaces one that fails. But for the last test, the decks play no
media: the test says what each of them has delivered."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from retrovue_tui.errors import FFmpegError
from retrovue_tui.media.ffmpeg.locate import FFmpeg, find_ffmpeg
from retrovue_tui.media.slate import FRAMES, slate_piece
from retrovue_tui.playout.decks import back_off, deck_loader
from retrovue_tui.playout.decks.back_off import LONGEST_DELAY_S, TRIES
from retrovue_tui.playout.decks.deck_queue import AWAIT_S, HEALTHY_S, HOLD_S, STALL_S, DeckQueue
from retrovue_tui.rundown.airlist import AirItem, AirList
from retrovue_tui.rundown.plan_diff import CommonPrefix
from retrovue_tui.rundown.positions import Position, Stretch
from tests.playout.studio import NTSC, entry, small_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrovue_tui.playout.decks.queued_deck import QueuedDeck

PIECE = 100
LONG_AGO = -1_000.0
TOP = Position(0, 0, 0)


class StandInDeck:
    """A deck whose FFmpeg has written `reach` pictures; that is all of its list unless the test says less."""

    made: ClassVar[list[StandInDeck]] = []
    start_error: ClassVar[Exception | None] = None

    def __init__(self, _ffmpeg: Any, _house: Any, listing: Path, frames: int, *, skip: int = 0, name: str = "") -> None:
        self.listing, self.frames, self.position, self.name = listing, frames, skip, name
        self.pid = len(self.made) + 1
        self.written = frames
        self.delivered = 0
        self.ended = self.closed = False
        self.starving_since: float | None = None
        self.remarks: list[Any] = []
        self.made.append(self)

    async def start(self) -> None:
        if self.start_error is not None:
            raise self.start_error

    def dies(self, *, after: int) -> None:
        """Its FFmpeg ends when it has written this many pictures of the list."""
        self.written, self.ended = after, True

    @property
    def reach(self) -> int:
        return max(self.position, min(self.written, self.frames))

    @property
    def given(self) -> int:
        return self.delivered + self.reach - self.position

    @property
    def complete(self) -> bool:
        return self.position >= self.frames

    @property
    def finished(self) -> bool:
        return self.complete or (self.ended and self.reach == self.position)

    def ready(self) -> bool:
        return self.reach > self.position

    def pop(self) -> int | None:
        if not self.ready():
            return None
        self.position += 1
        self.delivered += 1
        return self.position - 1

    def cut_off(self) -> None:
        self.ended, self.written = True, self.reach

    async def close(self) -> None:
        self.cut_off()
        self.closed = True


@dataclass
class Listener:
    """Notes what the queue reports."""

    takes: list[QueuedDeck] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    unplayable: list[AirItem] = field(default_factory=list)
    missing: list[AirItem] = field(default_factory=list)
    wakes: int = 0

    def taken(self, cue: QueuedDeck) -> None:
        self.takes.append(cue)

    def failed(self, cue: QueuedDeck | None, message: str) -> None:
        self.failures.append(message)

    def passed_over(self, item: AirItem) -> None:
        self.unplayable.append(item)

    def vanished(self, item: AirItem) -> None:
        self.missing.append(item)

    def wake(self) -> None:
        self.wakes += 1


@dataclass
class Scene:
    """A queue, its listener, its decks, and a clock that stands still."""

    queue: DeckQueue
    listener: Listener
    folder: Path
    now: float = 1_000.0

    @property
    def decks(self) -> list[StandInDeck]:
        return StandInDeck.made

    def airlist(self, index: int = 0, pieces: int = 2, skip: int = 0) -> AirList:
        """An entry of the rundown, cut into pieces that are on disk."""
        items = []
        for number in range(pieces):
            file = self.folder / f"{index}-{number}.ts"
            file.touch()
            stretch = Stretch(0, index, entry(Path(f"{index}.mp4")), number * PIECE, (number + 1) * PIECE)
            items.append(AirItem(file, stretch))
        return AirList.of(items, skip)

    def air(self, pictures: int) -> list[tuple[int, int]]:
        """Take so many pictures: each as the number of its deck and its number on it."""
        taken = []
        for _ in range(pictures):
            found = self.queue.next(self.now)
            assert found is not None
            cue, number, _ = found
            assert cue.deck.pid is not None
            taken.append((cue.deck.pid, number))
        return taken

    async def rescue(self) -> None:
        await self.queue.look_after(self.now)


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(deck_loader, "Deck", StandInDeck)
    monkeypatch.setattr(StandInDeck, "made", [])
    listener, ffmpeg = Listener(), FFmpeg(Path("/none"), "0", frozenset())
    queue = DeckQueue("1", ffmpeg=ffmpeg, house=small_house(), lists=tmp_path, watcher=listener, start=TOP)
    made = Scene(queue, listener, tmp_path)
    monkeypatch.setattr(back_off, "monotonic", lambda: made.now)
    yield made
    await queue.close()
    assert all(deck.closed for deck in made.decks if deck.start_error is None)


# ── one after another ────────────────────────────────────────────────────────────────────────────


async def test_one_deck_follows_another_without_a_picture_between(scene: Scene) -> None:
    assert scene.queue.behind == TOP
    await scene.queue.cue(scene.airlist(0))
    await scene.queue.cue(scene.airlist(1, pieces=1))
    assert scene.queue.behind == Position(0, 1, PIECE)
    assert scene.queue.frames_left == 3 * PIECE
    aired = scene.air(3 * PIECE)
    assert aired == [*((1, n) for n in range(2 * PIECE)), *((2, n) for n in range(PIECE))]
    assert [cue.deck.pid for cue in scene.listener.takes] == [1, 2]
    assert scene.queue.next(scene.now) is None
    assert scene.queue.restarts == 0


async def test_a_deck_that_has_no_picture_yet_is_not_taken(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist())
    scene.decks[0].written = 0
    assert scene.queue.next(scene.now) is None
    assert scene.listener.takes == []
    scene.decks[0].written = 1
    assert scene.air(1) == [(1, 0)]


async def test_the_output_waits_for_a_late_picture_longer_where_the_next_piece_is_awaited(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist(pieces=1))
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
    await scene.queue.cue(scene.airlist())
    scene.decks[0].written = 30
    scene.air(30)
    scene.queue.leave()
    assert scene.queue.on_air is None
    assert scene.queue.troubled
    assert scene.queue.first is not None
    assert scene.queue.first.skip == 30
    assert "gave no pictures at picture 30 of 200" in scene.listener.failures[0]
    scene.queue.leave()  # nothing is on air: nothing happens
    assert len(scene.listener.failures) == 1


# ── a deck fails on air ──────────────────────────────────────────────────────────────────────────


async def test_what_a_dead_deck_has_not_aired_is_played_by_its_rescue_before_anything_else(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist(0))
    await scene.queue.cue(scene.airlist(1, pieces=1))
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
    await scene.queue.cue(scene.airlist(0))
    await scene.queue.cue(scene.airlist(1, pieces=1))
    scene.decks[0].dies(after=130)
    scene.air(130)
    assert scene.queue.queue[0].usable()
    assert scene.queue.next(scene.now) is None
    assert scene.queue.holding(scene.now)
    assert scene.listener.wakes
    await scene.rescue()
    assert scene.air(70 + PIECE) == [*((3, n) for n in range(30, PIECE)), *((2, n) for n in range(PIECE))]


async def test_while_a_list_is_owed_no_other_deck_is_taken(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist(0))
    await scene.queue.cue(scene.airlist(1))
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

    await scene.queue.cue(scene.airlist())
    scene.air(10)
    scene.decks[0].dies(after=10)
    monkeypatch.setattr(StandInDeck, "start", start)
    await scene.rescue()
    assert len(scene.decks) == 2
    assert scene.queue.queue == []
    assert scene.queue.behind == Position(0, 7, 0)
    assert not scene.queue.needs_care(scene.now)


async def test_a_list_that_is_through_is_no_failure(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist())
    scene.air(2 * PIECE)
    assert not scene.queue.needs_care(scene.now)
    await scene.rescue()
    scene.queue.leave()
    assert scene.queue.on_air is None
    assert scene.queue.behind == Position(0, 0, 2 * PIECE)
    assert (scene.listener.failures, scene.queue.restarts, scene.queue.troubled) == ([], 0, False)


async def test_a_deck_that_delivers_nothing_for_too_long_is_replaced(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist())
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
    await scene.queue.cue(scene.airlist())
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
    await scene.queue.cue(scene.airlist(pieces=9))
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
    await scene.queue.cue(scene.airlist())
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
    await scene.queue.cue(airlist)
    await fails_to_play(scene)
    assert scene.listener.unplayable == [airlist.items[0]]
    assert scene.queue.may_start(scene.now), "the piece was at fault, not the deck: no delay"
    await scene.rescue()
    assert scene.queue.queue[0].airlist.items == airlist.items[1:]
    assert scene.air(1) == [(len(scene.decks), 0)]


async def test_after_the_last_piece_of_a_list_is_passed_over_the_next_deck_airs(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist(0, pieces=1))
    await scene.queue.cue(scene.airlist(1))
    await fails_to_play(scene)
    assert not scene.queue.needs_care(scene.now), "nothing is owed"
    assert scene.air(1) == [(2, 0)]
    assert not scene.queue.troubled


async def test_a_piece_that_was_removed_is_rendered_again_and_the_rest_planned_again(scene: Scene) -> None:
    airlist = scene.airlist(0)
    await scene.queue.cue(airlist)
    await scene.queue.cue(scene.airlist(1))
    scene.air(10)
    airlist.items[1].file.unlink()
    scene.decks[0].dies(after=PIECE)
    await scene.rescue()
    assert scene.listener.missing == [airlist.items[1]]
    assert scene.queue.behind == Position(0, 0, PIECE)
    assert scene.queue.queue == []
    assert scene.queue.first is None, "nothing is owed: the plan begins at the missing piece"
    assert scene.air(90)[-1] == (1, PIECE - 1)


# ── a deck fails while it waits ──────────────────────────────────────────────────────────────────


async def test_a_waiting_deck_that_dies_is_planned_again_with_all_after_it(scene: Scene) -> None:
    for index in range(4):
        await scene.queue.cue(scene.airlist(index))
    scene.air(10)
    edition = scene.queue.edition
    scene.decks[2].dies(after=0)
    assert scene.queue.needs_care(scene.now)
    await scene.rescue()
    assert [cue.deck.pid for cue in scene.queue.queue] == [2]
    assert scene.queue.behind == Position(0, 2, 0)
    assert scene.queue.edition != edition
    assert not scene.queue.troubled, "the air goes on"
    assert "deck 3 died before it was taken" in scene.listener.failures[0]
    assert scene.listener.wakes


async def test_a_deck_that_cannot_be_started_is_reported_and_delays_the_next_start(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StandInDeck, "start_error", FFmpegError("FFmpeg cannot be run"))
    for _ in range(2):
        await scene.queue.cue(scene.airlist())
    assert scene.listener.failures == ["FFmpeg cannot be run"] * 2
    assert scene.queue.queue == []
    assert scene.queue.behind == TOP
    assert not scene.queue.may_start(scene.now)
    assert scene.queue.may_start(scene.now + LONGEST_DELAY_S)


# ── edits ────────────────────────────────────────────────────────────────────────────────────────


async def test_an_edit_cuts_the_deck_on_air_at_its_frame_and_ends_those_after_it(scene: Scene) -> None:
    for index in range(3):
        await scene.queue.cue(scene.airlist(index))
    scene.air(10)
    scene.queue.recut(CommonPrefix(40, {}, None), Position(0, 7, 0))
    assert scene.decks[0].frames == 50
    assert scene.queue.queue == []
    assert scene.queue.behind == Position(0, 7, 0)
    assert scene.queue.frames_left == 40
    assert scene.air(40)[-1] == (1, 49)
    assert scene.queue.next(scene.now) is None


async def test_an_edit_keeps_what_it_does_not_change(scene: Scene) -> None:
    for index in range(3):
        await scene.queue.cue(scene.airlist(index))
    scene.air(10)
    scene.queue.recut(CommonPrefix(190 + 60, {}, None), Position(0, 7, 0))
    assert [(cue.deck.pid, cue.deck.frames) for cue in scene.queue.queue] == [(2, 60)]
    assert scene.queue.frames_left == 250


async def test_an_edit_cuts_what_is_owed(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist())
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
    await scene.queue.cue(scene.airlist())
    assert scene.queue.queue == []
    assert scene.queue.behind == Position(0, 7, 0)


async def test_a_deck_that_was_prerolled_elsewhere_is_adopted_or_discarded(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist(0))
    scene.air(10)
    standby, other = await scene.queue.preroll(scene.airlist(1)), await scene.queue.preroll(scene.airlist(2))
    assert standby is not None
    assert other is not None
    assert scene.queue.queue == []
    scene.queue.recut(CommonPrefix(5, {}, None), Position(0, 7, 0))
    scene.queue.adopt(standby)
    assert scene.queue.behind == Position(0, 1, 2 * PIECE)
    scene.queue.discard(other)
    assert scene.air(6)[-2:] == [(1, 14), (2, 0)]


async def test_a_deck_that_plays_on_a_removed_entry_leaves_the_rundown_where_it_was(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist(0))
    scene.air(10)
    scene.queue.recut(CommonPrefix(5, {}, None), Position(0, 7, 0))
    more = await scene.queue.preroll(scene.airlist(1))
    assert more is not None
    scene.queue.lengthen(more)
    assert scene.queue.behind == Position(0, 7, 0)


# ── start and end ────────────────────────────────────────────────────────────────────────────────


async def test_another_start_ends_the_decks_that_wait(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist(0))
    scene.queue.start_from(Position(0, 5, 3))
    assert scene.queue.queue == []
    assert scene.queue.behind == scene.queue.ahead == Position(0, 5, 3)


async def test_the_end_remembers_the_next_frame(scene: Scene) -> None:
    await scene.queue.cue(scene.airlist(0))
    await scene.queue.cue(scene.airlist(1))
    scene.air(130)
    await scene.queue.close()
    assert scene.queue.behind == Position(0, 0, 130)
    assert scene.queue.files() == []
    assert all(deck.closed for deck in scene.decks)


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
            await queue.cue(AirList.of([AirItem(piece, each) for each in row]))
        async with asyncio.timeout(20):
            while len(aired) < 2 * pieces * FRAMES:
                now = asyncio.get_running_loop().time()
                if (found := queue.next(now)) is None:
                    await queue.look_after(now)
                    await asyncio.sleep(0.005)
                    continue
                place = found.cue.airlist.at(found.number)
                aired.append((place.stretch.index, place.frame))
                if len(aired) == 20:
                    assert found.cue.deck.pid is not None
                    os.kill(found.cue.deck.pid, signal.SIGKILL)
    finally:
        await queue.close()
    assert aired == [(index, frame) for index in range(2 * pieces) for frame in range(FRAMES)]
    assert queue.restarts == 1
    assert [cue.rescue for cue in listener.takes] == [False, True, False]
