"""Maps the position on air in a rundown to the position in an edited version of that rundown."""

from __future__ import annotations

import math
from collections import defaultdict
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from retrovue_tui.rundown.entries import derived_id, occurrences
from retrovue_tui.rundown.file_format.path_text import plain_text
from retrovue_tui.rundown.positions import Position

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Lengths

_ALIGNED = 400
"""The maximum number of changed entries for which every old entry is compared with every new one."""


def carry_over(
    old: Sequence[Entry], new: Sequence[Entry], position: Position, lengths: Lengths, *, loop: bool = True
) -> Position | None:
    """Return the position in `new` of the frame that is next to air in `old`; None if `new` is empty.

    Entries are recognised by their content, not by their place. If `new` has the frame's entry, the result is in that
    entry. Otherwise the frame is searched in new or changed entries of the same file: first in an entry with the same
    id, then in one of the same kind, then in the nearest one. If no entry has the frame, the result is the next frame
    that would have aired and still exists; a spot that replaces another begins from its start. If none exists, the
    result is the start of the rundown.

    The number of the pass through the rundown (`loop`) stays the same. Without `loop` nothing airs after the last
    entry, and the result may be the end of `new`.
    """
    if not new:
        return None
    if not old:
        return Position(position.loop, 0, 0)
    if position.index < 0:
        return Position(position.loop, 0, 0)
    if position.index >= len(old):
        return _after_the_last(old, new, position.loop, loop=loop)
    index = position.index
    airing = old[index]
    if index < len(new) and new[index] is airing:
        return position
    for here, entry in enumerate(new):
        if entry is airing:  # the same object, so the edit has not changed this entry
            return Position(position.loop, here, position.frame)
    now = _Now(old, new, lengths)
    found = now.counterparts.get(index)
    if found is not None:
        return Position(position.loop, found, position.frame)
    place = now.rest(index, position.frame)
    for follower in (*range(index + 1, len(old)), *range(index)):
        if place is not None:
            break
        place = now.beginning(follower)
        if place is not None and follower < index and not loop:
            place = len(new), 0
    return Position(position.loop, *(place or now.top))


def _after_the_last(old: Sequence[Entry], new: Sequence[Entry], loop_number: int, *, loop: bool) -> Position:
    """Return the position at which the next pass through the rundown begins. Without `loop`, return the position after
    the last entry that has aired."""
    if loop:
        return Position(loop_number, len(new), 0)
    last = _counterparts(old, new, {entry.id: index for index, entry in enumerate(new)}).get(len(old) - 1)
    return Position(loop_number, len(new) if last is None else last + 1, 0)


class _Now:
    """The places of the old entries in the new rundown."""

    def __init__(self, old: Sequence[Entry], new: Sequence[Entry], lengths: Lengths) -> None:
        self.old = old
        self.new = new
        self.lengths = lengths
        self.ids = {entry.id: index for index, entry in enumerate(new)}
        self.counterparts = _counterparts(old, new, self.ids)
        taken = set(self.counterparts.values())
        self.changed: dict[Path, list[int]] = defaultdict(list)  # the new and changed entries, by file
        for index, entry in enumerate(new):
            if index not in taken:
                self.changed[entry.file].append(index)
        self.top = (0, new[0].in_frame)

    def range(self, entry: Entry) -> tuple[int, float]:
        """Return the asset frames [first, end) that the entry airs. If the entry cannot air now and has no out point,
        the end is infinite."""
        length = self.lengths(entry)
        end = math.inf if length is None else length
        return entry.in_frame, end if entry.out_frame is None else min(entry.out_frame, end)

    def rest(self, index: int, frame: int) -> tuple[int, int] | None:
        """Return the place (index, frame) in the new rundown at which the old entry goes on from a frame of its asset.
        If that frame is gone, return the next one that still exists; None if there is none."""
        entry = self.old[index]
        first, end = self.range(entry)
        frame = max(frame, first)
        if frame >= end:
            return None
        slot = self.ids.get(entry.id)
        replaced = None
        if slot is not None and self.new[slot].file != entry.file:
            replaced = slot, self.new[slot].in_frame
            if entry.kind == "spot":  # in another place, the same spot airs at another time
                return replaced
        # An unchanged new entry corresponds to another old entry, so its frames air when that entry is due.
        ranges = {here: self.range(self.new[here]) for here in self.changed.get(entry.file, ())}
        covering = [here for here, (begin, stop) in ranges.items() if begin <= frame < stop]
        if covering:
            return min(covering, key=lambda here: self._unlike(index, here)), frame
        ahead = [(begin, abs(here - index), here) for here, (begin, _) in ranges.items() if frame < begin < end]
        if ahead:
            begin, _, here = min(ahead)
            return here, begin
        return replaced

    def beginning(self, index: int) -> tuple[int, int] | None:
        """Return the place in the new rundown at which an old entry that has not aired yet begins; None if the entry is
        gone."""
        entry = self.old[index]
        here = self.counterparts.get(index)
        if here is None:
            place = self.rest(index, entry.in_frame)
            if place is not None:
                return place
            here = self.ids.get(entry.id)
        return None if here is None else (here, self.new[here].in_frame)

    def _unlike(self, index: int, here: int) -> tuple[bool, bool, int]:
        before, now = self.old[index], self.new[here]
        return before.id != now.id, before.kind != now.kind, abs(here - index)


def _counterparts(old: Sequence[Entry], new: Sequence[Entry], ids: dict[str, int]) -> dict[int, int]:
    """Return the new index for each old index, for entries that air the same part of the same file."""
    pairs: dict[int, int] = {}
    objects = set(map(id, old))
    if not any(id(entry) in objects for entry in new):
        pairs = _aligned(old, new)
    taken = set(pairs.values())
    for index, entry in enumerate(old):
        here = ids.get(entry.id)
        if index not in pairs and here is not None and here not in taken and _airs(entry) == _airs(new[here]):
            pairs[index] = here
            taken.add(here)
    return pairs


def _aligned(old: Sequence[Entry], new: Sequence[Entry]) -> dict[int, int]:
    """Return the new index for each old index. Entries are paired by their order, for rundowns that were read from a
    file again.

    The id of an entry without `id=` is derived from its content, and from its number among equal entries. If one of two
    equal spots is removed, the other one gets its id. So equal entries are paired by their order, not by their ids.
    """
    before, now = _identities(old), _identities(new)
    shorter = min(len(before), len(now))
    head = next((at for at in range(shorter) if before[at] != now[at]), shorter)
    most = shorter - head
    tail = next((at for at in range(most) if before[-1 - at] != now[-1 - at]), most)
    pairs = {at: at for at in range(head)}
    pairs |= {len(before) - 1 - at: len(now) - 1 - at for at in range(tail)}
    before, now = before[head : len(before) - tail], now[head : len(now) - tail]
    if max(len(before), len(now)) <= _ALIGNED:
        for block in SequenceMatcher(None, before, now, autojunk=False).get_matching_blocks():
            pairs |= {head + block.a + at: head + block.b + at for at in range(block.size)}
    return pairs


def _airs(entry: Entry) -> tuple[Path, int, int | None]:
    return entry.file, entry.in_frame, entry.out_frame


def _identities(entries: Sequence[Entry]) -> list[tuple[object, ...]]:
    numbered = zip(entries, occurrences(map(_airs, entries)), strict=True)
    return [(None if _is_derived(entry, number) else entry.id, *_airs(entry)) for entry, number in numbered]


def _is_derived(entry: Entry, occurrence: int) -> bool:
    """Return whether the rundown file has no id for an entry. An edit may have rebuilt the entry, for example from two
    parts; its id may then still be the one that is derived from its content."""
    if entry.spelling is not None:
        return entry.spelling.id is None
    if entry.path_text is None:
        return False
    return entry.id == derived_id(plain_text(entry.path_text), entry.in_frame, entry.out_frame, occurrence)
