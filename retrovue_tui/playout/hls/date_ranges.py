"""Programmes and breaks of a channel as date ranges (RFC 8216, 4.3.2.7)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.rundown.entries import Entry

RangeKind = Literal["programme", "break"]
MOST: Final = 1_000
"""The most date ranges that a channel keeps."""
LONGEST_TITLE: Final = 200


@dataclass(slots=True)
class DateRange:
    """A programme, a part of one between two breaks, or a break. `at`, `end_at`: Unix time (s); `end_at` is None while
    it is on air. `title`: empty for a break. `entry`: the id of a programme's entry."""

    kind: RangeKind
    at: float
    title: str
    entry: str
    end_at: float | None = None

    @property
    def id(self) -> str:
        """The id in playlists."""
        return f"{self.kind}-{round(self.at * 1_000)}"


class DateRanges:
    """The newest date ranges of a channel. Consecutive spots are one break."""

    def __init__(self) -> None:
        self._ranges: deque[DateRange] = deque(maxlen=MOST)

    @property
    def is_open(self) -> bool:
        """Whether the newest range is on air."""
        return bool(self._ranges) and self._ranges[-1].end_at is None

    def begin(self, entry: Entry, title: str, at: float) -> None:
        """Record that an entry begins at a time."""
        kind: RangeKind = "break" if entry.kind == "spot" else "programme"
        if self.is_open:
            last = self._ranges[-1]
            if last.kind == kind and (kind == "break" or last.entry == entry.id):
                return
        self.end(at)
        if entry.kind != "slate":
            shown = "" if kind == "break" else printable(title, LONGEST_TITLE).replace('"', "'")
            self._ranges.append(DateRange(kind, at, shown, "" if kind == "break" else entry.id))

    def end(self, at: float) -> None:
        """Record that the range on air ends at a time. No effect if none is on air."""
        if self.is_open:
            self._ranges[-1].end_at = max(at, self._ranges[-1].at)

    def between(self, first: float, last: float) -> Sequence[DateRange]:
        """Return copies of the ranges that have a part between two times, in order."""
        return [
            DateRange(each.kind, each.at, each.title, each.entry, each.end_at)
            for each in self._ranges
            if each.at < last and (each.end_at is None or each.end_at > first)
        ]
