"""Positions in a rundown, and the stretches of assets that air from one on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.rundown.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


Lengths = Callable[[Entry], int | None]
"""How many house frames the entry's whole asset has; None where it cannot air now, so that it is passed over."""


GONE: Final = -1
"""The index of a stretch whose entry is not in the rundown any more: it was taken out while it aired, and may end."""


UNCUT: Final = 1 << 62
"""A grid so wide that every entry is one stretch."""


@dataclass(frozen=True, order=True)
class Position:
    """A frame of a channel's air: which round of the rundown, which entry, which frame of the entry's asset."""

    loop: int
    index: int
    frame: int


@dataclass(frozen=True)
class Stretch:
    """Asset frames [first, end) of one entry that lie in one piece of the grid."""

    loop: int
    index: int
    entry: Entry
    first: int
    end: int
    at_end: bool = False
    """Whether the asset ends where the stretch does."""

    @property
    def frames(self) -> int:
        """How many frames it airs."""
        return self.end - self.first

    @property
    def position(self) -> Position:
        """Its first frame."""
        return Position(self.loop, self.index, self.first)

    @property
    def following(self) -> Position:
        """Where the air goes on behind it; at the end of an entry this is one past the entry's last frame."""
        return Position(self.loop, self.index, self.end)

    def whole(self, piece_frames: int) -> bool:
        """Whether it is a piece just as prepared, so that no edge piece is needed."""
        return self.first % piece_frames == 0 and (self.frames == piece_frames or self.at_end)


def span(entry: Entry, length: int | None) -> tuple[int, int]:
    """The asset frames [first, end) that an entry airs of an asset so long; (n, n) where it airs nothing."""
    length = length or 0
    first = min(max(entry.in_frame, 0), length)
    end = length if entry.out_frame is None else min(entry.out_frame, length)
    return first, max(first, end)


def stretches(
    entries: Sequence[Entry], start: Position, lengths: Lengths, piece_frames: int, loop: bool = True
) -> Iterator[Stretch]:
    """What airs from `start` on, in order, cut at the grid of pieces.

    Endless while `loop`; ends when a whole round has nothing that airs. A start before an entry's in point begins
    there, one at or behind its end with the next entry. `lengths` is asked anew whenever an entry's turn comes.
    """
    if piece_frames < 1:
        raise ValueError(f"a piece has at least one frame, not {piece_frames}")
    round_number, index, frame = start.loop, max(start.index, 0), start.frame
    complete = index == 0 and frame <= 0  # whether this round is looked at from its very first frame
    while entries:
        aired = False
        while index < len(entries):
            for stretch in _cut(round_number, index, entries[index], frame, lengths, piece_frames):
                aired = True
                yield stretch
            index, frame = index + 1, 0
        if not loop or (complete and not aired):
            return
        round_number, index, frame, complete = round_number + 1, 0, 0, True


def _cut(
    round_number: int, index: int, entry: Entry, frame: int, lengths: Lengths, piece_frames: int
) -> Iterator[Stretch]:
    length = lengths(entry)
    first, end = span(entry, length)
    first = max(first, frame)
    while first < end:
        cut = min(end, (first // piece_frames + 1) * piece_frames)
        yield Stretch(round_number, index, entry, first, cut, cut == length)
        first = cut


def advance(
    entries: Sequence[Entry], start: Position, frames: int, lengths: Lengths, loop: bool = True
) -> Position | None:
    """The frame that airs when `frames` frames have aired from `start` on; None where the air is over by then.

    The answer is always a frame that airs: never one past an entry's end. Costs one look at every entry,
    however far it goes; the lengths are taken to stay as they are.
    """
    if frames < 0:
        raise ValueError(f"the air does not go back: {frames} frames")
    spans = [span(entry, lengths(entry)) for entry in entries]
    remaining = frames
    for index in range(max(start.index, 0), len(spans)):
        first, end = spans[index]
        if index == start.index:
            first = max(first, start.frame)
        if remaining < end - first:
            return Position(start.loop, index, first + remaining)
        remaining -= max(0, end - first)
    total = sum(end - first for first, end in spans)
    if not loop or total == 0:
        return None
    rounds, remaining = divmod(remaining, total)
    for index, (first, end) in enumerate(spans):
        if remaining < end - first:
            return Position(start.loop + 1 + rounds, index, first + remaining)
        remaining -= end - first
    raise AssertionError("a remainder is smaller than its divisor")


def distance(entries: Sequence[Entry], start: Position, to: Position, lengths: Lengths) -> int:
    """How many frames air from `start` up to, not including, `to`; negative where `to` lies before `start`."""
    spans = [span(entry, lengths(entry)) for entry in entries]
    total = sum(end - first for first, end in spans)
    return (to.loop - start.loop) * total + _aired(spans, to) - _aired(spans, start)


def _aired(spans: list[tuple[int, int]], position: Position) -> int:
    """Frames of a round that air before a position in it."""
    before = sum(end - first for first, end in spans[: max(position.index, 0)])
    if 0 <= position.index < len(spans):
        first, end = spans[position.index]
        before += min(max(position.frame, first), end) - first
    return before
