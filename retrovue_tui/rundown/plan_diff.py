"""Compares two plans of a channel: finds the frame from which on viewers see a difference, and the frames that decks
can keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from retrovue_tui.rundown.positions import UNCUT, Lengths, Position, Stretch, span, stretches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from retrovue_tui.rundown.entries import Entry


@dataclass(frozen=True)
class Plan:
    """The output of a channel from one moment on: first the stretches `before`, then the rundown's `entries` from
    `start` on. A stretch is an unbroken run of frames of one entry."""

    entries: Sequence[Entry]
    start: Position
    before: tuple[Stretch, ...] = ()

    def stretches(self, lengths: Lengths, *, loop: bool, versions: Versions) -> Iterator[Stretch]:
        """Return the plan's stretches in the order in which they air. Each entry is one stretch."""
        return chain(self.before, versions(stretches(self.entries, self.start, lengths, UNCUT, loop)))


Versions = Callable[["Iterator[Stretch]"], "Iterator[Stretch]"]
"""Puts the version of a spot that airs in the place of the spot, in each stretch where its versions air in turn."""


def first_difference(
    old: Plan, new: Plan, lengths: Lengths, *, loop: bool = True, versions: Versions = iter
) -> int | None:
    """Return the number of frames for which two plans air the same pictures; None if they always do.

    Two pictures are the same if they are the same frame of the same file, however the plans divide the file into
    entries. Each entry is read once, or up to three times if the plans never differ.
    """
    frames = 0
    if old.before == new.before:
        if old.start == new.start and tuple(old.entries) == tuple(new.entries):
            return None
        if old.start.loop == new.start.loop:  # in another pass, equal entries may air other versions
            frames, old, new = _after_shared(old, new, lengths)
    last_loops = old.start.loop + 2, new.start.loop + 2  # plans that are the same up to here never differ
    one, other = (plan.stretches(lengths, loop=loop, versions=versions) for plan in (old, new))
    mine, theirs = next(one, None), next(other, None)
    while mine is not None and theirs is not None:
        if (mine.entry.file, mine.first) != (theirs.entry.file, theirs.first):
            return frames
        if mine.loop > last_loops[0] and theirs.loop > last_loops[1]:
            return None
        common = min(mine.frames, theirs.frames)
        frames += common
        mine = mine.replace(first=mine.first + common) if mine.frames > common else next(one, None)
        theirs = theirs.replace(first=theirs.first + common) if theirs.frames > common else next(other, None)
    return None if mine is theirs else frames


def until(parts: Iterator[Stretch], frames: int) -> tuple[Stretch, ...]:
    """Return the stretches that contain the first `frames` frames. The last stretch is trimmed to end there."""
    taken: list[Stretch] = []
    for part in parts:
        if frames <= 0:
            break
        taken.append(part if part.frames <= frames else part.replace(end=part.first + frames, at_end=False))
        frames -= part.frames
    return tuple(taken)


def _after_shared(old: Plan, new: Plan, lengths: Lengths) -> tuple[int, Plan, Plan]:
    """Return how many frames at the beginning of both plans come from equal entries, and the rest of each plan. This is
    fast for a long rundown that an edit left mostly unchanged, because these frames are counted without making
    stretches."""
    frames = sum(part.frames for part in old.before)
    old, new = replace(old, before=()), replace(new, before=())
    at, there = old.start, new.start
    if at.frame != there.frame or min(at.index, there.index) < 0:
        return frames, old, new
    known: dict[Path, int | None] = {}
    count, frame = 0, at.frame
    for one, other in zip(islice(old.entries, at.index, None), islice(new.entries, there.index, None), strict=False):
        if one is not other and one != other:
            break
        if one.file not in known:
            known[one.file] = lengths(one)
        first, end = span(one, known[one.file])
        frames += max(0, end - max(first, frame))
        count, frame = count + 1, 0
    if not count:
        return frames, old, new
    at, there = (replace(each, index=each.index + count, frame=0) for each in (at, there))
    return frames, replace(old, start=at), replace(new, start=there)


Names = Mapping[tuple[int, int], tuple[Position, "Entry"]]
"""Maps (loop, index) of an entry in the old rundown to its position in the new rundown, and to its new entry."""


def renamed(stretch: Stretch, names: Names) -> Stretch:
    """Return the stretch with its entry's counterpart in an edited rundown; unchanged if there is none."""
    found = names.get((stretch.loop, stretch.index))
    if found is None:
        return stretch
    position, entry = found
    return stretch.replace(loop=position.loop, index=position.index, entry=entry)


@dataclass(frozen=True)
class CommonPrefix:
    """The frames that two plans have in common at their beginning: `frames` is their number, `names` are their entries
    in the new plan, and `goes_on_at` is the position at which the new plan continues after them.

    `alone` is True if all of these frames come from the deck on air, whichever deck is queued after it.
    """

    frames: int
    names: Names
    goes_on_at: Position | None
    alone: bool = False


def agree(committed: Sequence[Stretch], plan: Iterator[Stretch]) -> CommonPrefix:
    """Compare the stretches that decks will air with a new plan from the same moment on, and return their common
    prefix. Two frames are equal if they have the same file and the same number in it."""
    frames = 0
    names: dict[tuple[int, int], tuple[Position, Entry]] = {}
    new: Stretch | None = None
    common = 0
    for old in committed:
        new = next(plan, None)
        if new is None:
            return CommonPrefix(frames, names, None)
        if (old.entry.file, old.first) != (new.entry.file, new.first):
            return CommonPrefix(frames, names, new.position)
        names[old.loop, old.index] = (new.position, new.entry)
        common = min(old.end, new.end) - old.first
        frames += common
        if old.end != new.end:
            break
    return CommonPrefix(frames, names, None if new is None else replace(new.position, frame=new.first + common))
