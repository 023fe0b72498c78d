"""The ranges that all channels need rendered, and the missing pieces of these ranges. Nothing is rendered here."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.piece_index import Index
    from retrovue_tui.media.rendering.piece_store import PieceStore

_RUN_PIECES: Final = 1500
"""The maximum number of pieces that one run renders: the list of cuts must fit into a command line."""


@dataclass(frozen=True)
class Need:
    """A range that should be rendered: asset frames [first, end). `air_at` is the event loop's time at which the range
    begins to air. `patient`: it only orders the renders, because nothing airs then."""

    asset: Asset
    first: int
    end: int
    air_at: float
    patient: bool = False


@dataclass(frozen=True)
class Task:
    """One render: the pieces from frame `first` on; with `edge`, the edge piece [first, end). `air_at`, `patient`: see
    `Need`."""

    asset: Asset
    first: int
    end: int
    air_at: float
    edge: bool = False
    patient: bool = False

    def same(self, other: Task) -> bool:
        """Return whether another task renders the same frames, even if they air at a different time."""
        return (self.asset.key, self.first, self.end, self.edge) == (
            other.asset.key, other.first, other.end, other.edge,
        )  # fmt: skip


class Demand:
    """The needs of all owners."""

    def __init__(self, store: PieceStore) -> None:
        self._store, self._house = store, store.house
        self._wants: dict[str, tuple[Need, ...]] = {}
        self._answers: dict[Need, tuple[Index, tuple[Task, ...]]] = {}
        self._tasks: tuple[Task, ...] = ()
        self._tasks_of: tuple[int, int] | None = None
        self.revision = 0
        """A number that grows with every change of the needs."""

    def put(self, owner: str, needs: Sequence[Need]) -> bool:
        """Replace an owner's needs, and return whether they changed."""
        fresh = tuple(needs)
        if self._wants.get(owner, ()) == fresh:
            return False
        self.revision += 1
        self._wants[owner] = fresh
        if not fresh:
            del self._wants[owner]
        self._store.hold_assets(owner, (need.asset for need in fresh))
        return True

    def of(self, owner: str) -> tuple[Need, ...]:
        """Return an owner's needs."""
        return self._wants.get(owner, ())

    def assets(self) -> tuple[Asset, ...]:
        """Return every asset that an owner needs."""
        return tuple({need.asset.key: need.asset for need in self._needs()}.values())

    def _needs(self) -> Iterator[Need]:
        for needs in self._wants.values():
            yield from needs

    def tasks(self) -> tuple[Task, ...]:
        """Return the tasks that render everything missing, the earliest air time first. Each need has a task for its
        first missing piece, and one for each missing edge piece.

        While the needs and the store are unchanged, the last result is returned.
        """
        inputs = (self.revision, self._store.revision)
        if inputs != self._tasks_of:
            self._tasks, self._tasks_of = self._missing_now(), inputs
        return self._tasks

    def _missing_now(self) -> tuple[Task, ...]:
        """Return the tasks of all needs. If the index of a need's asset is unchanged, the need's earlier tasks are used
        again."""
        answers: dict[Need, tuple[Index, tuple[Task, ...]]] = {}
        for need in self._needs():
            if not self._store.is_open(need.asset):
                continue
            index = self._store.index(need.asset)
            known = self._answers.get(need)
            answers[need] = known if known is not None and known[0] is index else (index, tuple(self._missing(need)))
        self._answers = answers
        return tuple(sorted((task for _, tasks in answers.values() for task in tasks), key=lambda task: task.air_at))

    def _missing(self, need: Need) -> Iterator[Task]:
        count, asset, store = self._house.piece_frames, need.asset, self._store
        length = store.frames(asset)
        first, end = max(0, need.first), min(need.end, length)
        if first >= end:
            return
        grid = first // count * count
        ready = store.ready(asset, grid)
        if ready < end:
            yield Task(asset, ready, end, self._air_at(need, ready), patient=need.patient)
        pieces = store.index(asset).pieces
        for cut in sorted({grid, (end - 1) // count * count}):
            piece = pieces.get(cut // count)
            a, b = max(first, cut), min(end, cut + count, length)
            if piece is not None and (a, b) != (piece.first, piece.end) and store.find(asset, a, b) is None:
                yield Task(asset, a, b, self._air_at(need, a), edge=True)

    def _air_at(self, need: Need, frame: int) -> float:
        return need.air_at + float(self._house.rate.seconds(max(0, frame - need.first)))

    def beyond(
        self, taken: Iterable[tuple[str, int, int]], step: int, most: int, accepts: Callable[[Task], bool]
    ) -> list[Task]:
        """Return at most `most` tasks for missing pieces that no job renders, `step` pieces apart, in the order of air
        times. `taken` are the ranges of the running jobs: the asset's key, the first frame, and the end. Only tasks
        that `accepts` accepts are returned."""
        return list(islice(self._beyond(taken, step, accepts), max(0, most)))

    def _beyond(
        self, taken: Iterable[tuple[str, int, int]], step: int, accepts: Callable[[Task], bool]
    ) -> Iterator[Task]:
        count = self._house.piece_frames
        busy: dict[str, list[tuple[int, int]]] = {}
        for key, first, stop in taken:
            busy.setdefault(key, []).append((first // count, -(-stop // count)))
        for need in sorted(self._needs(), key=lambda need: need.air_at):
            if not self._store.is_open(need.asset):
                continue
            pieces, ranges = self._store.index(need.asset).pieces, busy.setdefault(need.asset.key, [])
            end, at = min(need.end, self._store.frames(need.asset)), max(0, need.first) // count
            while at * count < end:
                over = max((b for a, b in ranges if a <= at < b), default=at)
                if over == at and at not in pieces:
                    first = at * count
                    task = Task(need.asset, first, end, self._air_at(need, first), patient=need.patient)
                    if accepts(task):
                        over = at + step
                        ranges.append((at, over))
                        yield task
                at = max(over, at + 1)

    def urgency(self, asset: Asset, first: int, end: int) -> float:
        """Return the earliest time at which a needed frame of [first, end) airs; infinity if no frame is needed."""
        times = [
            self._air_at(need, max(need.first, first))
            for need in self._needs()
            if need.asset.key == asset.key and self._grown(need.end) > first and need.first < end
        ]
        return min(times, default=float("inf"))

    def _grown(self, frame: int) -> int:
        """Return the end of the piece that contains frame `frame` - 1, the last frame of a range."""
        count = self._house.piece_frames
        return -(-frame // count) * count

    def stop(self, task: Task, taken: Iterable[int]) -> int:
        """Return the frame before which a run ends. The run ends before the first piece that exists already, that
        another run has begun, or that is not needed. `taken` are the first frames of the other runs."""
        asset, count = task.asset, self._house.piece_frames
        length, pieces = self._store.frames(asset), self._store.index(asset).pieces
        wanted = [(need.first // count, -(-need.end // count)) for need in self._needs() if need.asset.key == asset.key]
        number = task.first // count
        last = min(-(-length // count), number + _RUN_PIECES)
        others = {first // count for first in taken}
        at = number + 1
        while at < last and at not in pieces and at not in others and any(a <= at < b for a, b in wanted):
            at += 1
        # After the end of its sound an asset is rendered without sound. Otherwise FFmpeg would wait for sound until the
        # end of the file.
        sound = asset.sound_frames(self._house.rate)
        if sound is not None and task.first < sound:
            at = min(at, -(-sound // count))
        return min(length, at * count)
