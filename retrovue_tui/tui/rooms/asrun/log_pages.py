"""The loaded part of the as-run log: its newest rows, and as many older ones as the operator went back for. Pure."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from retrovue_tui.protocol.asrun import AsRunEntry

PAGE: Final = 200
"""Rows per request."""
TAIL: Final = 40
"""How many of the newest rows may still change: their joins are measured after they ended."""
MOST: Final = 10_000
"""The most rows that are kept; for more, the log can be exported."""
FOLLOWED: Final = 2_000
"""The most rows that are kept while the operator only follows the newest ones."""
JUST_AFTER: Final = 0.001
"""The log's times are whole milliseconds; this much (s) after a row's time excludes that row's millisecond."""


@dataclass(frozen=True)
class Query:
    """Which rows: of one channel (None: all channels), of one kind (None: every kind)."""

    channel: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class AiredLog:
    """Rows in the order in which they aired. `whole`: there are no older rows. `known`: the station has answered."""

    query: Query = Query()
    rows: tuple[AsRunEntry, ...] = ()
    whole: bool = False
    known: bool = False
    page: int = PAGE

    @property
    def can_go_back(self) -> bool:
        """Whether older rows exist, and there is room to keep them."""
        return self.known and not self.whole and len(self.rows) < MOST

    @property
    def since(self) -> float | None:
        """The time from which the station is asked again: later rows are new or may have changed."""
        if len(self.rows) <= TAIL:
            return self.rows[0].started_at if self.rows else None
        tail = self.rows[-TAIL:]
        still_open = (row.started_at for row in self.rows[-2 * TAIL : -TAIL] if row.ended is None)
        return min((tail[0].started_at, *still_open))

    @property
    def until(self) -> float | None:
        """The time up to which older rows are asked for. It includes the oldest row again, because others may have
        begun in the same millisecond."""
        return self.rows[0].started_at + JUST_AFTER if self.rows else None

    def with_newest(self, answer: Sequence[AsRunEntry], limit: int) -> AiredLog:
        """Return the log with an answer to `since`. A full answer may leave a gap after the rows that were loaded
        before; then those are dropped."""
        since = self.since
        if since is None or (len(answer) >= limit and answer[0].started_at > self.rows[-1].started_at):
            return replace(self, rows=tuple(answer), whole=len(answer) < limit, known=True)
        kept = self.rows[: bisect_left(self.rows, since, key=lambda row: row.started_at)]
        rows = (*kept, *answer)
        return self if rows == self.rows and self.known else replace(self, rows=rows, known=True)

    def with_older(self, answer: Sequence[AsRunEntry], limit: int) -> AiredLog:
        """Return the log with an answer to `until`."""
        have = {row.id for row in self.rows[: len(answer)]}
        older = tuple(row for row in answer if row.id not in have)
        whole = len(answer) < limit
        # All rows of the page lie in one millisecond, so that it shows nothing earlier: ask for more rows at once.
        page = self.page if older or whole else 2 * self.page
        return replace(self, rows=(*older, *self.rows), whole=whole, page=page)

    def shortened(self) -> AiredLog:
        """Return the log without old rows that the operator did not ask for."""
        if len(self.rows) <= FOLLOWED:
            return self
        return replace(self, rows=self.rows[-FOLLOWED // 2 :], whole=False, page=PAGE)


class Words:
    """A text filter over rows. It reads each row once."""

    def __init__(self, channel_name: Callable[[str], str]) -> None:
        self._channel_name = channel_name
        self._read: dict[str, tuple[AsRunEntry, str]] = {}

    def keep(self, rows: Iterable[AsRunEntry], wanted: str) -> tuple[AsRunEntry, ...]:
        """Return the rows that contain every word of `wanted`."""
        words = wanted.casefold().split()
        if not words:
            self._read.clear()
            return tuple(rows)
        return tuple(row for row in rows if all(word in self._text(row) for word in words))

    def _text(self, row: AsRunEntry) -> str:
        known = self._read.get(row.id)
        if known is None or known[0] is not row:
            said = (
                row.title, row.file, row.kind, row.ended or "on air", row.break_id or "", row.note,
                self._channel_name(row.channel), formats.wall_date(row.started_at), formats.wall_time(row.started_at),
            )  # fmt: skip
            known = self._read[row.id] = row, "\n".join(said).casefold()
        return known[1]


def is_trouble(row: AsRunEntry) -> bool:
    """Return whether a row did not air as planned: it ended early, or one of its joins was not clean."""
    seams = (row.seam_in, row.seam_out)
    return row.ended not in (None, "complete") or any(seam and (seam.video_jumps or seam.cc_errors) for seam in seams)


def last_trouble(rows: Sequence[AsRunEntry], before: int) -> int | None:
    """Return the index of the last row in trouble before index `before`, wrapping round to the newest; None if there
    is none."""
    before = min(before, len(rows))
    places = (*range(before - 1, -1, -1), *range(len(rows) - 1, before - 1, -1))
    return next((place for place in places if is_trouble(rows[place])), None)
