"""Programmes and breaks of a channel as date ranges (RFC 8216, 4.3.2.7)."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.rundown.entries import Entry

RangeKind = Literal["programme", "break"]
MOST: Final = 1_000
"""The most date ranges that a channel keeps."""
LONGEST_TITLE: Final = 200
LONGEST_MESSAGES: Final = 1_024
"""The most bytes of the splice messages of a restored range."""
LATEST: Final = 253_402_300_800.0
"""The year 10000 (Unix time)."""


@dataclass(slots=True)
class DateRange:
    """A programme, a part of one between two breaks, or a break. `at`, `end_at`: Unix time (s); `end_at` is None while
    it is on air. `title`: empty for a break. `entry`: the id of a programme's entry.

    Of a break with splice messages (ANSI/SCTE 35): `planned_s` is its announced length (s); None if it is not known.
    `splice_out` and `splice_in` are the messages, in hexadecimal digits.
    """

    kind: RangeKind
    at: float
    title: str
    entry: str
    end_at: float | None = None
    planned_s: float | None = None
    splice_out: str = ""
    splice_in: str = ""

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

    def splice_out(self, at: float, planned_s: float | None, section: bytes) -> None:
        """Record the message about the break that begins at a time. If a break with a message is on air, it ends, and
        another one begins."""
        if not self.is_open or self._ranges[-1].kind != "break" or self._ranges[-1].splice_out:
            self.end(at)
            self._ranges.append(DateRange("break", at, "", ""))
        self._ranges[-1].planned_s, self._ranges[-1].splice_out = planned_s, section.hex().upper()

    def splice_in(self, section: bytes) -> None:
        """Record the message about the end of the newest break. No effect if there was none about its beginning."""
        for each in reversed(self._ranges):
            if each.splice_out:
                each.splice_in = each.splice_in or section.hex().upper()
                return

    def rows(self, first: float, last: float) -> list[dict[str, Any]]:
        """Return the ranges that have a part between two times as values for JSON; see `restore`."""
        return [asdict(each) for each in self.between(first, last)]

    def restore(self, rows: Any, until: float) -> None:
        """Put ranges of an earlier run before those of this one. What was on air then has ended at `until`. Rows that
        are not such values are left out."""
        found = []
        for row in rows[-MOST:] if isinstance(rows, list) else ():
            if (each := _restored(row)) is not None and each.at < until:
                each.end_at = until if each.end_at is None else min(each.end_at, until)
                found.append(each)
        self._ranges.extendleft(reversed(found))

    def between(self, first: float, last: float) -> Sequence[DateRange]:
        """Return copies of the ranges that have a part between two times, in order."""
        return [
            replace(each) for each in self._ranges if each.at < last and (each.end_at is None or each.end_at > first)
        ]


def _restored(row: Any) -> DateRange | None:
    """Return the range that was written as a value; None for any other value."""
    try:
        each = DateRange(**row)
        hexadecimal = bytes.fromhex(each.splice_out + each.splice_in)
        numbers = [each.at, *(value for value in (each.end_at, each.planned_s) if value is not None)]
        texts = printable(each.title, LONGEST_TITLE).replace('"', "'") == each.title and isinstance(each.entry, str)
        good = texts and each.kind in ("programme", "break") and len(hexadecimal) <= LONGEST_MESSAGES
        return (
            each if good and all(isinstance(value, (int, float)) and 0 <= value < LATEST for value in numbers) else None
        )
    except (TypeError, ValueError, AttributeError):
        return None
