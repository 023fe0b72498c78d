"""Positions in a rundown, and the stretches that air from a position on. A stretch is an unbroken run of frames of one
entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, structs

from retrovue_tui.rundown.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


Lengths = Callable[[Entry], int | None]
"""Returns the length of an entry's whole asset in house frames. None if the entry cannot air now; it is then passed
over."""


GONE: Final = -1
"""The index of a stretch whose entry was removed from the rundown while it aired. It may still be on air."""


UNCUT: Final = 1 << 62
"""A piece length (in frames) so large that every entry is one stretch."""


@dataclass(frozen=True, order=True)
class Position:
    """A frame of a channel's output. `loop` is the number of the pass through the rundown, `index` the entry's index,
    and `frame` the frame of the entry's asset."""

    loop: int
    index: int
    frame: int


class Stretch(Struct, frozen=True, gc=False):
    """The asset frames [first, end) of one entry, all in one piece. Plans contain thousands, through which the garbage
    collector need not walk (`gc=False`): none refers to itself."""

    loop: int
    index: int
    entry: Entry
    first: int
    end: int
    at_end: bool = False
    """Whether the stretch ends where the asset ends."""

    def replace(self, **changes: Any) -> Stretch:
        """Return a copy in which the named fields have these values."""
        return structs.replace(self, **changes)

    @property
    def frames(self) -> int:
        """The number of frames in the stretch."""
        return self.end - self.first

    @property
    def position(self) -> Position:
        """The position of the stretch's first frame."""
        return Position(self.loop, self.index, self.first)

    @property
    def following(self) -> Position:
        """The position directly after the stretch's last frame. At the end of an entry, its frame is the entry's end,
        which the entry does not air."""
        return Position(self.loop, self.index, self.end)

    def whole(self, piece_frames: int) -> bool:
        """Return whether the stretch is a whole prepared piece, so that it needs no edge piece."""
        return self.first % piece_frames == 0 and (self.frames == piece_frames or self.at_end)


def span(entry: Entry, length: int | None) -> tuple[int, int]:
    """Return the asset frames [first, end) that an entry airs. `length` is the length of its asset in frames. If the
    entry airs no frame, both values are equal."""
    length = length or 0
    first = min(max(entry.in_frame, 0), length)
    end = length if entry.out_frame is None else min(entry.out_frame, length)
    return first, max(first, end)


def stretches(
    entries: Sequence[Entry], start: Position, lengths: Lengths, piece_frames: int, loop: bool = True
) -> Iterator[Stretch]:
    """Yield the stretches from `start` on, in the order in which they air. A stretch ends at the latest where its piece
    ends.

    With `loop` the rundown repeats for ever, but the iteration ends if no entry airs in a whole pass through the
    rundown. If `start` is before an entry's in point, the first stretch begins at the in point. If `start` is at the
    entry's end or later, it begins with the next entry. `lengths` is called again each time an entry is due.
    """
    if piece_frames < 1:
        raise ValueError(f"a piece has at least one frame, not {piece_frames}")
    loop_number, index, frame = start.loop, max(start.index, 0), start.frame
    complete = index == 0 and frame <= 0  # whether this pass is iterated from its first frame
    while entries:
        aired = False
        while index < len(entries):
            for stretch in _cut(loop_number, index, entries[index], frame, lengths, piece_frames):
                aired = True
                yield stretch
            index, frame = index + 1, 0
        if not loop or (complete and not aired):
            return
        loop_number, index, frame, complete = loop_number + 1, 0, 0, True


def _cut(
    loop_number: int, index: int, entry: Entry, frame: int, lengths: Lengths, piece_frames: int
) -> Iterator[Stretch]:
    length = lengths(entry)
    first, end = span(entry, length)
    for start, cut in cuts(max(first, frame), end, piece_frames):
        yield Stretch(loop_number, index, entry, start, cut, cut == length)


def cuts(first: int, end: int, piece_frames: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of the frames [first, end) of an asset, cut where pieces end."""
    while first < end:
        cut = min(end, (first // piece_frames + 1) * piece_frames)
        yield first, cut
        first = cut


def advance(
    entries: Sequence[Entry], start: Position, frames: int, lengths: Lengths, loop: bool = True
) -> Position | None:
    """Return the position of the frame that airs after `frames` frames have aired from `start` on. None if the rundown
    has ended by then.

    The result is always a frame that airs, never the end of an entry. Each entry is read once, even if `frames` spans
    many passes; the lengths must stay the same.
    """
    if frames < 0:
        raise ValueError(f"the number of frames must not be negative: {frames}")
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
    loops, remaining = divmod(remaining, total)
    for index, (first, end) in enumerate(spans):
        if remaining < end - first:
            return Position(start.loop + 1 + loops, index, first + remaining)
        remaining -= end - first
    raise AssertionError("a remainder is smaller than its divisor")


def distance(entries: Sequence[Entry], start: Position, to: Position, lengths: Lengths) -> int:
    """Return the number of frames that air from `start` to before `to`; negative if `to` is before `start`."""
    spans = [span(entry, lengths(entry)) for entry in entries]
    total = sum(end - first for first, end in spans)
    return (to.loop - start.loop) * total + _aired(spans, to) - _aired(spans, start)


def _aired(spans: list[tuple[int, int]], position: Position) -> int:
    """Return the number of frames that air before a position, in the same pass through the rundown."""
    before = sum(end - first for first, end in spans[: max(position.index, 0)])
    if 0 <= position.index < len(spans):
        first, end = spans[position.index]
        before += min(max(position.frame, first), end) - first
    return before
