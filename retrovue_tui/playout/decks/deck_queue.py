"""A channel's deck queue: the deck on air and the decks that wait after it. It replaces decks that fail."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.errors import RetrovueError
from retrovue_tui.playout.decks.back_off import BackOff
from retrovue_tui.playout.decks.deck_loader import DeckLoader
from retrovue_tui.playout.decks.queued_deck import QueuedDeck
from retrovue_tui.rundown.plan_diff import agree
from retrovue_tui.rundown.positions import GONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.playout.decks.deck_queue_listener import DeckQueueListener
    from retrovue_tui.playout.mpegts.access_units import CodedPicture
    from retrovue_tui.rundown.airlist import AirItem, AirList
    from retrovue_tui.rundown.plan_diff import CommonPrefix
    from retrovue_tui.rundown.positions import Position, Stretch

HOLD_S: Final = 0.5
"""The longest time that the output waits for a late picture (s); see `holding`. Viewers have seconds of stream in their
buffers."""
AWAIT_S: Final = 0.9
"""The longest time that the output waits for a late picture (s) if an air list is finished and the piece after it is
still being rendered. It is longer than `HOLD_S`, because a late picture is better than a short flash of the slate."""
STALL_S: Final = 0.35
"""A deck on air that delivers nothing for this long is replaced (s); see `_fault_on_air`."""
HEALTHY_S: Final = 5.0
"""A deck that has delivered this much is healthy (s of stream). When a healthy deck fails, the back-off begins again
with its shortest delay; see `_fail`."""


class NextPicture(NamedTuple):
    """A picture to send, the deck that delivered it, and its 0-based number in that deck's air list."""

    queued: QueuedDeck
    number: int
    picture: CodedPicture


class DeckQueue:
    """Delivers one picture after another, from one deck after another.

    Each deck plays one air list. When a deck fails, no other deck may air before a new deck has gone on air with the
    rest of the failed deck's list. A stretch is an unbroken run of frames of one entry.
    """

    def __init__(
        self, name: str, *, ffmpeg: FFmpeg, house: HouseFormat, lists: Path, watcher: DeckQueueListener, start: Position
    ) -> None:
        self.on_air: QueuedDeck | None = None
        self.queue: list[QueuedDeck] = []
        self.restarts = 0
        self._loader = DeckLoader(name, ffmpeg, house, lists)
        self._healthy = house.rate.count(HEALTHY_S)
        self._watcher = watcher
        self._continues_at: Position | None = start
        self._owed: AirList | None = None
        self._late_since: float | None = None
        self._back_off = BackOff()
        self._edition = 0
        self._closing: set[asyncio.Task[None]] = set()

    def start_from(self, position: Position) -> None:
        """Begin at a position, and close all waiting decks. Call this only while nothing is on air."""
        self._remove(0, len(self.queue))
        self._owed = None
        self._continues_at = position

    # ── the deck on air ──────────────────────────────────────────────────────────────────────────

    def next(self, now: float) -> NextPicture | None:
        """Return the next picture; None when none is available now."""
        if self.queue:
            self.queue[0].usable()  # reads the deck's pipe: the pictures to skip may be more than the pipe can hold
        if (self.on_air is None or self.on_air.through()) and self.can_take():
            self._take(self.queue.pop(0))
        queued = self.on_air
        if queued is None:
            return None
        number = queued.deck.position
        picture = queued.deck.pop()
        if queued.deck.ended:
            self._watcher.wake()
        if picture is None:
            self._late_since = self._late_since or now
            return None
        self._late_since = None
        return NextPicture(queued, number, picture)

    def can_take(self) -> bool:
        """Return whether the next deck in the queue may go on air and has its first picture ready."""
        return bool(self.queue) and self._owed is None and self.queue[0].usable()

    def holding(self, now: float, *, awaited: bool = False) -> bool:
        """Return whether the output should wait longer for a late picture. `awaited` is True if the rundown goes on
        after the current list."""
        if self.on_air is None or self._late_since is None:
            return False
        return now - self._late_since < (AWAIT_S if awaited and self.on_air.deck.complete else HOLD_S)

    def leave(self) -> None:
        """Take the deck on air off the air. Call this when it has no more pictures and no waiting deck can follow."""
        queued = self.on_air
        if queued is None:
            return
        if not queued.deck.complete:
            self._fail(queued, "delivered no pictures")
        self._continues_at = self.continues_at
        self.on_air = None
        self.discard(queued)

    def _take(self, queued: QueuedDeck) -> None:
        before, self.on_air = self.on_air, queued
        self._late_since = None
        if before is not None:
            self.discard(before)
        self._watcher.taken(queued)

    # ── waiting decks ────────────────────────────────────────────────────────────────────────────

    @property
    def edition(self) -> int:
        """A number that changes whenever the waiting decks change, but not when a deck merely airs."""
        return self._edition

    @property
    def continues_at(self) -> Position:
        """The position in the rundown that follows the last frame in the queue."""
        if self._continues_at is not None:
            return self._continues_at
        if self.queue:
            return self.queue[-1].airlist.end
        if self._owed is not None:
            return self._owed.end
        assert self.on_air is not None
        return self.on_air.airlist.end

    @property
    def ahead(self) -> Position:
        """The position of the rundown's next frame to air. While an entry that was removed from the rundown still airs
        its last frames, this is the position after them."""
        return next((each.position for each in self.committed() if each.index != GONE), None) or self.continues_at

    @property
    def finishing(self) -> Stretch | None:
        """The entry on air that has been removed from the rundown, with its frames that still air. None if there is
        none."""
        left = [each for each in self.committed() if each.index == GONE]
        return left[0].replace(end=left[-1].end) if left else None

    @property
    def troubled(self) -> bool:
        """Whether a deck has failed, and the deck that plays the rest of its list is not on air yet."""
        return self._owed is not None or (self.on_air is not None and self.on_air.failed)

    @property
    def frames_left(self) -> int:
        """The number of pictures that all decks in the queue still have to air."""
        return sum(max(0, airlist.frames - number) for airlist, number in self.lists_left())

    @property
    def first(self) -> AirList | None:
        """The air list that airs next, if nothing is on air."""
        return self._owed or (self.queue[0].airlist if self.queue else None)

    def files(self) -> list[Path]:
        """The paths of all pieces in the queue's air lists."""
        lists = [queued.airlist for queued in (self.on_air, *self.queue) if queued is not None]
        return [item.file for airlist in (*lists, self._owed) if airlist is not None for item in airlist.items]

    def may_start(self, now: float) -> bool:
        """Return whether the delay after a failure is over."""
        return self._back_off.may_start(now)

    async def enqueue(self, airlist: AirList) -> None:
        """Preroll a new deck that airs after everything in the queue."""
        edition = self._edition
        queued = await self.preroll(airlist)
        if queued is None:
            return
        if edition != self._edition:  # the queue changed while the deck was starting
            self.discard(queued)
            return
        self.queue.append(queued)
        self._continues_at = None

    # ── edits ────────────────────────────────────────────────────────────────────────────────────

    def committed(self) -> list[Stretch]:
        """Return the stretches that the queue's decks will air, beginning with the next picture."""
        return [stretch for airlist, number in self.lists_left() for stretch in airlist.coming(number)]

    @property
    def airing(self) -> Stretch | None:
        """The stretch on air, from the next picture on; None if its entry was removed from the rundown."""
        found = next(iter(self.committed()), None)
        return None if found is None or found.index == GONE else found

    def agree(self, plan: Callable[[], Iterator[Stretch]]) -> CommonPrefix:
        """Return the common prefix of the queued air lists and a plan.

        An earlier edit may have cut the list on air short, although its deck has loaded more of it. If the plan agrees
        with the loaded list beyond the cut, the deck on air simply goes on, and the decks after the cut are dropped.
        """
        queued = self.on_air
        if queued is not None and not queued.failed:
            number = queued.deck.position
            found = agree(queued.loaded.coming(number), plan())
            if found.frames > queued.airlist.frames - number:
                return replace(found, alone=True)
        committed, finishing = self.committed(), self.finishing
        found = agree(committed, plan())
        if found.frames or finishing is None:
            return found
        rest = [each for each in committed if each.index != GONE]
        found = agree(rest, plan())
        if not rest and (first := next(plan(), None)) is not None:
            found = replace(found, goes_on_at=first.position)
        return replace(found, frames=finishing.frames + found.frames)

    def recut(self, agreement: CommonPrefix, goes_on_at: Position) -> None:
        """Keep the part of the queue that an edited rundown leaves unchanged (`agreement`), with the entries of the
        edited rundown. The deck on air ends after that part, later decks are closed now, and the rundown continues at
        `goes_on_at`."""
        self._edition += 1
        left = agreement.frames
        if self.on_air is not None and not self.on_air.failed:
            left -= self._keep(self.on_air, left, agreement, self.on_air.loaded if agreement.alone else None)
        if self._owed is not None:
            here = self._owed.frames - self._owed.skip
            self._owed = self._owed.until(self._owed.skip + left) if 0 < left < here else self._owed if left else None
            left -= min(left, here)
        for queued in list(self.queue):
            if left <= 0:
                self._remove_deck(queued)
            else:
                left -= self._keep(queued, left, agreement)
        self._continues_at = goes_on_at
        self._watcher.wake()

    def _keep(self, queued: QueuedDeck, frames: int, agreement: CommonPrefix, whole: AirList | None = None) -> int:
        """Limit a deck to at most `frames` more frames, and return how many it will still air. `whole` is the deck's
        list as it was loaded; it is given when frames after an earlier cut may air again."""
        number, airlist = queued.deck.position, whole or queued.airlist
        kept = min(frames, airlist.frames - number)
        queued.air(airlist.until(number + kept).renamed(agreement.names))
        return kept

    def adopt(self, queued: QueuedDeck) -> None:
        """Add a deck to the end of the queue. The deck was prerolled outside the queue."""
        self._edition += 1
        self.queue.append(queued)
        self._continues_at = None

    def lengthen(self, queued: QueuedDeck) -> None:
        """Add a deck to the end of the queue that plays the last frames of an entry that was removed while on air. The
        position at which the rundown continues stays the same."""
        self._edition += 1
        self.queue.append(queued)

    async def preroll(self, airlist: AirList, *, rescue: bool = False) -> QueuedDeck | None:
        """Preroll a deck outside the queue, and return it; None if it does not start. The caller must pass it to
        `adopt` or to `discard`."""
        try:
            deck = await self._loader.load(airlist)
        except (RetrovueError, OSError) as error:
            self._back_off.failed(healthy=False)
            self._watcher.failed(None, str(error))
            return None
        return QueuedDeck(deck, airlist, rescue)

    def discard(self, queued: QueuedDeck) -> None:
        """Close a deck. Returns at once; FFmpeg ends in the background."""
        task = asyncio.create_task(queued.deck.close(), name=f"end of deck {queued.deck.pid}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def lists_left(self) -> list[tuple[AirList, int]]:
        """Return every list that still has to air, in order, each with the 0-based number of its next picture."""
        lists = [(queued.airlist, queued.deck.position) for queued in self.queue]
        if self._owed is not None:
            lists.insert(0, (self._owed, self._owed.skip))
        if self.on_air is not None and not self.on_air.failed:
            lists.insert(0, (self.on_air.airlist, self.on_air.deck.position))
        return lists

    def needs_care(self, now: float) -> bool:
        """Return whether `look_after` has something to do."""
        if self._owed is not None and self.may_start(now):
            return True
        return self._fault_on_air(now) is not None or any(waiting.died() for waiting in self.queue)

    def _fault_on_air(self, now: float) -> str | None:
        """Return the fault of the deck on air. None if it has none, or if its failure has been handled."""
        queued = self.on_air
        if queued is None or queued.failed or queued.deck.complete:
            return None
        dry_since = queued.deck.starving_since
        if dry_since is not None and now - dry_since > STALL_S:
            return "stalled"
        return "died" if queued.deck.ended and queued.deck.reach < queued.deck.frames else None

    async def look_after(self, now: float) -> None:
        """Replace decks that have failed: the deck on air, or a waiting one."""
        fault = self._fault_on_air(now)
        if fault is not None and self.on_air is not None:
            self._fail(self.on_air, fault)
        for waiting in list(self.queue):
            if waiting.died():
                self._fail(waiting, "died before it went on air")
        if (owed := self._owed) is not None and self.may_start(now):
            rescue = await self.preroll(owed, rescue=True)
            if rescue is None:
                return
            if self._owed is not owed:
                self.discard(rescue)
                return
            self._owed = None
            self.queue.insert(0, rescue)

    async def close(self) -> None:
        """Close every deck, and remember the position that was on air."""
        self._continues_at = self.ahead
        for queued in (self.on_air, *self.queue):
            if queued is not None:
                self.discard(queued)
        self.on_air, self.queue, self._owed = None, [], None
        if self._closing:
            await asyncio.wait(self._closing)
        self._loader.close()

    # ── failures ─────────────────────────────────────────────────────────────────────────────────

    def _fail(self, queued: QueuedDeck, how: str) -> None:
        """Give up a deck, and have another deck play the rest of its list."""
        if queued.failed:
            return
        queued.failed = True
        deck = queued.deck
        deck.cut_off()
        self._back_off.failed(healthy=deck.given >= self._healthy)
        self.restarts += 1
        detail = f": {deck.remarks[-1].text}" if deck.remarks else ""
        self._watcher.failed(queued, f"deck {deck.pid} {how} at picture {deck.position} of {deck.frames}{detail}")
        rest = self._rest_of(queued)
        missing = None if rest is None else rest.items[0]
        if rest is not None and missing is not None and not missing.file.exists():
            self._plan_again(rest, missing)
        elif queued is self.on_air or queued.rescue:
            self._owed = rest
            self._remove_deck(queued)
        else:
            at = self.queue.index(queued)
            again = queued.airlist.end if rest is None else rest.items[0].stretch.position
            self._continues_at = self.ahead if again.index == GONE else again
            self._remove(at, len(self.queue) - at)
        self._watcher.wake()

    def _plan_again(self, rest: AirList, missing: AirItem) -> None:
        """Handle a piece whose file is gone: drop the queued decks, and plan again from the first frame of that piece
        that has not aired."""
        stretch = missing.stretch
        again = replace(stretch.position, frame=stretch.first + rest.skip)
        self._owed = None
        self._continues_at = self.ahead if stretch.index == GONE else again
        self._remove(0, len(self.queue))
        self._watcher.vanished(missing)

    def _remove_deck(self, queued: QueuedDeck) -> None:
        if queued in self.queue:
            self._remove(self.queue.index(queued), 1)

    def _remove(self, at: int, count: int) -> None:
        self._edition += 1
        for queued in self.queue[at : at + count]:
            self.discard(queued)
        del self.queue[at : at + count]

    def _rest_of(self, queued: QueuedDeck) -> AirList | None:
        """Return the air list for the deck that replaces this one: everything from its next picture on. The list may
        begin at any frame, because viewers already have the earlier pictures. A piece that delivered nothing several
        times is left out."""
        number = queued.deck.reach
        if queued.deck.delivered:
            self._back_off.delivered()
            return queued.airlist.rest(number)
        item = queued.airlist.items[queued.airlist.at(number).item]
        if not self._back_off.gives_up(item.file):
            return queued.airlist.rest(number)
        self._watcher.passed_over(item)
        return queued.airlist.rest(number, without_first=True)
