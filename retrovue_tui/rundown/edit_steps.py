"""The steps of several edits made one after another, through which a position on air can be carried."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from retrovue_tui.rundown.position_mapping import carry_over
from retrovue_tui.rundown.positions import Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Lengths


class _Splice(NamedTuple):
    """One edit: it has replaced the entries [start, end) by others."""

    start: int
    end: int
    added: tuple[Entry, ...]


class EditSteps:
    """The entries before the first edit (`first`) and after the last one (`last`), and what each edit changed.

    Only the changed entries of each step are stored. All entries of five hundred steps would be millions in a long
    rundown.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.first = self.last = entries
        self._splices: list[_Splice] = []

    def add(self, entries: Sequence[Entry]) -> None:
        """Add the step that an edit makes from the last entries to these."""
        old, self.last = self.last, entries
        shorter = min(len(old), len(entries))
        start = next((at for at in range(shorter) if old[at] is not entries[at]), shorter)
        most = shorter - start
        tail = next((at for at in range(most) if old[-1 - at] is not entries[-1 - at]), most)
        self._splices.append(_Splice(start, len(old) - tail, tuple(entries[start : len(entries) - tail])))

    def carried(self, position: Position, lengths: Lengths, *, loop: bool = True) -> Position:
        """Return the position in the last entries of the frame that is at `position` in the first ones. Return the
        start of the rundown if no entry is left."""
        entries, waiting, count = list(self.first), list[_Splice](), len(self.first)
        for splice in self._splices:
            if splice.end <= position.index < count:
                shift = len(splice.added) - (splice.end - splice.start)
                position = Position(position.loop, position.index + shift, position.frame)
            elif not 0 <= position.index < splice.start:
                for each in waiting:
                    entries[each.start : each.end] = each.added
                waiting.clear()
                after = [*entries[: splice.start], *splice.added, *entries[splice.end :]]
                position = carried(entries, after, position, lengths, loop=loop)
            waiting.append(splice)
            count += len(splice.added) - (splice.end - splice.start)
        return position


def carried(
    old: Sequence[Entry], new: Sequence[Entry], position: Position, lengths: Lengths, *, loop: bool = True
) -> Position:
    """Return the position in `new` of the frame that is at `position` in `old`. Return the start of the rundown if no
    entry is left. See `carry_over`."""
    there = carry_over(old, new, position, lengths, loop=loop)
    return Position(position.loop, 0, 0) if there is None else there
