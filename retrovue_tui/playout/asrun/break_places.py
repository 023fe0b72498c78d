"""Finds the place of each spot in its break, while a channel airs. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.asrun import AsRunEntry


class BreakPlaces:
    """Follows the rows of a channel's as-run log as they begin. A slate between two spots does not end their break, and
    a spot that goes on after one keeps its place."""

    def __init__(self) -> None:
        self._first: AsRunEntry | None = None
        self._last: AsRunEntry | None = None
        self._programme: str | None = None
        self._position = 0

    def placed(self, row: AsRunEntry) -> AsRunEntry:
        """Return the row of an entry that begins, with its place in the break if it is a spot."""
        if row.kind == "slate":
            return row
        if row.kind != "spot":
            self._first, self._programme = None, row.id
            self._last = row
            return row
        if self._first is None or self._last is None or row.break_id != self._first.break_id:
            if self._first is not None:
                self._programme = None
            self._first, self._position = row, 1
        elif row.entry != self._last.entry or row.asset_frame <= self._last.asset_frame:
            self._position += 1
        self._last = row
        return replace(row, position=self._position, break_airing=self._first.id, programme_airing=self._programme)
