"""The rows of the as-run log that are loaded: the newest ones, and older ones as far back as the operator scrolled.
Pure."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from retrovue_tui.protocol.answers.asrun import AsRunEntry

PAGE: Final = 200
"""Rows per request."""
TAIL: Final = 40
"""How many of the newest rows may still change: the station measures their joins after they ended."""
MOST: Final = 10_000
"""The most rows that the room keeps; an export contains more."""
FOLLOWED: Final = 2_000
"""The most rows that the room keeps while the cursor follows the newest row."""
JUST_AFTER: Final = 0.001
"""The log's times are whole milliseconds. A request for rows before a row's time plus this (s) includes that row's
millisecond."""


@dataclass(frozen=True)
class Query:
    """The rows to load: of one channel (None: of all channels) and of one kind (None: of every kind)."""

    channel: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class AiredLog:
    """The loaded rows, oldest first. `whole`: the log has no older rows. `known`: the station has answered at least
    once. `page`: the number of rows to request next."""

    query: Query = Query()
    rows: tuple[AsRunEntry, ...] = ()
    whole: bool = False
    known: bool = False
    page: int = PAGE

    @property
    def can_go_back(self) -> bool:
        """Whether older rows may exist and would still fit into `MOST`."""
        return self.known and not self.whole and len(self.rows) < MOST

    @property
    def since(self) -> float | None:
        """The start (Unix time) of the next request for new rows: rows from here on are new or may have changed."""
        if len(self.rows) <= TAIL:
            return self.rows[0].started_at if self.rows else None
        tail = self.rows[-TAIL:]
        still_open = (row.started_at for row in self.rows[-2 * TAIL : -TAIL] if row.ended is None)
        return min((tail[0].started_at, *still_open))

    @property
    def until(self) -> float | None:
        """The end (Unix time) of the next request for older rows. The answer repeats the oldest row, because other rows
        may have the same millisecond."""
        return self.rows[0].started_at + JUST_AFTER if self.rows else None

    def with_newest(self, answer: Sequence[AsRunEntry], limit: int) -> AiredLog:
        """Return the log with the rows of an answer to the request from `since`. An answer of `limit` rows may leave a
        gap after the rows loaded before; if so, drop those rows."""
        since = self.since
        if since is None or (len(answer) >= limit and answer[0].started_at > self.rows[-1].started_at):
            return replace(self, rows=tuple(answer), whole=len(answer) < limit, known=True)
        kept = self.rows[: bisect_left(self.rows, since, key=lambda row: row.started_at)]
        rows = (*kept, *answer)
        return self if rows == self.rows and self.known else replace(self, rows=rows, known=True)

    def with_older(self, answer: Sequence[AsRunEntry], limit: int) -> AiredLog:
        """Return the log with the rows of an answer to the request up to `until`."""
        have = {row.id for row in self.rows[: len(answer)]}
        older = tuple(row for row in answer if row.id not in have)
        whole = len(answer) < limit
        # All rows of the answer lie in one millisecond and were known: request more rows at once next time.
        page = self.page if older or whole else 2 * self.page
        return replace(self, rows=(*older, *self.rows), whole=whole, page=page)

    def shortened(self) -> AiredLog:
        """Return the log without the oldest rows, if it has more than `FOLLOWED`."""
        if len(self.rows) <= FOLLOWED:
            return self
        return replace(self, rows=self.rows[-FOLLOWED // 2 :], whole=False, page=PAGE)


class WordFilter:
    """A text filter over rows. It builds the searchable text of each row only once."""

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
            parts = (
                row.title, row.file, row.kind, row.ended or "on air", row.break_id or "", row.note,
                self._channel_name(row.channel), formats.wall_date(row.started_at), formats.wall_time(row.started_at),
            )  # fmt: skip
            known = self._read[row.id] = row, "\n".join(parts).casefold()
        return known[1]


def is_trouble(row: AsRunEntry) -> bool:
    """Return whether a row did not air as planned: it ended before its planned end, or one of its joins was not
    clean."""
    seams = (row.seam_in, row.seam_out)
    return row.ended not in (None, "complete") or any(seam and (seam.video_jumps or seam.cc_errors) for seam in seams)


def last_trouble(rows: Sequence[AsRunEntry], before: int) -> int | None:
    """Return the index of the last row before index `before` that did not air as planned. The search continues from the
    oldest row to the newest. None if all rows aired as planned."""
    before = min(before, len(rows))
    places = (*range(before - 1, -1, -1), *range(len(rows) - 1, before - 1, -1))
    return next((place for place in places if is_trouble(rows[place])), None)
