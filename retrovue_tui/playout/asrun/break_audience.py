"""Counts the viewers of each group through a whole break, when one of its spots splits the viewers.

A viewer's group is known only once the split begins. The changes since the start of the break are therefore kept until
the break ends. All counts are sums, so the order in which changes are counted does not matter: a split counts the
earlier ones part by part, while it counts new ones at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.playout.asrun.audience_rows import CurveSteps, GroupBreakRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

MOST_CHANGES: Final = 20_000
"""The most changes that a break keeps. A split that begins after more of them has no counts through its break."""
MOST_SPLITS: Final = 4
"""The most splits of one break that are counted: each costs time for each viewer who comes or goes."""
PART: Final = 250
"""How many viewers or earlier changes are counted at once when a split begins: about a millisecond's work."""


class _Change(NamedTuple):
    """One viewer who came (`sign` 1) or went (-1), so many seconds after the start of the break; None: before it, so
    that only the count at the start changes. `of_start`: the viewer was there when the break began."""

    key: str
    second: float | None
    sign: int
    of_start: bool


@dataclass(slots=True)
class _GroupCounts:
    """The counts of one group. `fresh`: they changed since they were written."""

    start: int = 0
    curve: CurveSteps = field(default_factory=CurveSteps)
    fresh: bool = True


@dataclass(slots=True)
class _Split:
    """One split of the break. `began_at`: when it began. `earlier`: what it has not yet counted of the time before it;
    None: nothing."""

    airing: str
    group_of: Callable[[str], str]
    began_at: float
    earlier: Iterator[_Change] | None
    groups: dict[str, _GroupCounts] = field(default_factory=dict)

    def count(self, change: _Change) -> None:
        name = self.group_of(change.key)
        if not name:  # a viewer without a group
            return
        group = self.groups.setdefault(name, _GroupCounts())
        group.fresh = True
        if change.second is None:
            group.start += change.sign
            return
        for column in (0,) if change.sign > 0 else (1, 2, 3) if change.of_start else (1,):
            group.curve.note(change.second, column)


class BreakAudience:
    """One break of a channel. `id`: that of its first airing; `number`: the number of this airing."""

    def __init__(self, id: str, number: int, began_at: float) -> None:
        self.id, self.number, self._began_at = id, number, began_at
        self._changes: list[_Change] = []
        self._more = False
        self._ended = False
        self._splits: list[_Split] = []

    def changed(self, key: str, at: float, sign: int, *, of_start: bool, whole_to: float = float("-inf")) -> None:
        """Count a viewer who came (`sign` 1) or went (-1) at the time `at`, while a spot of the break was on air.
        `of_start`: the viewer was there when the break began. `whole_to`: it belongs to no group in splits that began
        up to this time."""
        change = _Change(key, at - self._began_at, sign, of_start)
        self._count(change, whole_to)
        if self._ended or self._more:
            return
        if len(self._changes) < MOST_CHANGES:
            self._changes.append(change)
        else:
            self._changes, self._more = [], True

    def start_changed(self, key: str, sign: int, whole_to: float = float("-inf")) -> None:
        """Correct the count at the start by one viewer, who is found to have come or gone before the break. `whole_to`:
        see `changed`."""
        self._count(_Change(key, None, sign, True), whole_to)

    def _count(self, change: _Change, whole_to: float) -> None:
        for split in self._splits:
            if split.began_at > whole_to:
                split.count(change)

    def split(self, airing: str, group_of: Callable[[str], str], there: Sequence[str], now: float) -> None:
        """Count by group from the start of the break on, because an airing splits the viewers from now on. `there`: the
        keys of the viewers who were there when the break began, and still are. `catch_up` counts them."""
        if self._ended or self._more or len(self._splits) >= MOST_SPLITS:
            return
        self._splits.append(_Split(airing, group_of, now, _earlier(there, tuple(self._changes))))

    def catch_up(self) -> bool:
        """Count some of what came before the splits. Return whether there is more."""
        split = next((each for each in self._splits if each.earlier is not None), None)
        if split is None or split.earlier is None:
            return False
        part = list(islice(split.earlier, PART))
        for change in part:
            split.count(change)
        if len(part) < PART:
            split.earlier = None
        return any(each.earlier is not None for each in self._splits)

    def end(self) -> None:
        """Keep no more changes, because no other split can begin. Those that are noticed late still count."""
        self._changes, self._ended = [], True

    def rows(self) -> Iterator[GroupBreakRow]:
        """Yield the rows that changed since they were yielded before, of the splits that are counted completely."""
        for split in self._splits:
            for name, group in split.groups.items() if split.earlier is None else ():
                if group.fresh:
                    group.fresh = False
                    yield GroupBreakRow(split.airing, name, group.start, group.curve.text())


def _earlier(there: Iterable[str], changes: Iterable[_Change]) -> Iterator[_Change]:
    """Yield the changes before a split, and all who were there when the break began: those who are still there, and
    those who left."""
    for key in there:
        yield _Change(key, None, 1, True)
    for change in changes:
        yield change
        if change.sign < 0 and change.of_start:
            yield change._replace(second=None, sign=1)
