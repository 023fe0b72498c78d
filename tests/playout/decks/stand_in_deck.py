"""A deck queue whose decks play no media: the test says what each of them has delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from retrovue_tui.rundown.airlist import AirItem, AirList
from retrovue_tui.rundown.positions import Position, Stretch
from tests.playout.studio import entry

if TYPE_CHECKING:
    from retrovue_tui.playout.decks.deck_queue import DeckQueue
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

    def taken(self, queued: QueuedDeck) -> None:
        self.takes.append(queued)

    def failed(self, queued: QueuedDeck | None, message: str) -> None:
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
        """Take this number of pictures: each as the number of its deck and its own number on that deck."""
        taken = []
        for _ in range(pictures):
            found = self.queue.next(self.now)
            assert found is not None
            queued, number, _ = found
            assert queued.deck.pid is not None
            taken.append((queued.deck.pid, number))
        return taken

    async def rescue(self) -> None:
        await self.queue.look_after(self.now)
