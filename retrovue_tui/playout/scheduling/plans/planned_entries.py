"""Turns planned slots into rundown entries, and finds the entries that may be planned again."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.plan_marks import BY_PLAN, CARD, GAVE_WAY, SHORT, START, WHY, is_planned, tag
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.schedule.planned_slot import PlanRow, Slot
    from retrovue_tui.schedule.time_grid import TimeGrid

CARD_TITLES: Final = {"next": "Up next", "now": "Now", "back": "We'll be right back", "sign-off": "Sign-off", "": ""}
"""The title of each kind of card in the rundown."""


def entries_of(slots: Sequence[Slot], grid: TimeGrid, cards: Mapping[tuple[int, int], Path]) -> list[Entry]:
    """Return the entries of planned slots. `cards`: (start of the slot, number of the row) → the card's file."""
    entries: list[Entry] = []
    for slot in slots:
        for number, row in enumerate(slot.rows):
            file = row.file if row.file is not None else cards.get((slot.start, number))
            if file is None:
                continue
            tags = _slot_tags(slot, grid) if not number else []
            entries.append(entry_of(row, file, (BY_PLAN, *tags), slot.start, number))
    return entries


def entry_of(row: PlanRow, file: Path, tags: tuple[tuple[str, str], ...], start: int, number: int) -> Entry:
    """Return the entry of a row. `start` and `number`, of which no two rows have the same, give its id; `start` and the
    number of its break give the break's id."""
    return Entry(
        _id("p", start, number), "programme" if row.kind == "programme" else "spot", file, row.in_frame,
        None if row.whole else row.out_frame, title=printable(row.title or CARD_TITLES[row.card]),
        break_id=None if row.break_number is None else _id("b", start, row.break_number),
        tags=(*tags, *_row_tags(row)),
    )  # fmt: skip


def _slot_tags(slot: Slot, grid: TimeGrid) -> list[tuple[str, str]]:
    start = [(START, grid.time(slot.start).isoformat(timespec="milliseconds"))] if slot.fixed else []
    return [*start, (WHY, printable(slot.why))]


def _row_tags(row: PlanRow) -> list[tuple[str, str]]:
    marks: list[tuple[str, str]] = [(CARD, row.card)] if row.card else []
    marks += [(SHORT, str(row.short))] if row.short else []
    return marks + ([(GAVE_WAY, ", ".join(row.gave_way))] if row.gave_way else [])


def _id(letter: str, start: int, number: int) -> str:
    digest = hashlib.blake2s(f"{start} {number}".encode(), digest_size=5, person=b"plan").digest()
    return letter + base64.b32encode(digest).decode().lower()


def first_to_replan(entries: Sequence[Entry], from_index: int) -> int:
    """Return the index of the first entry that may be planned again: after the slot that contains `from_index`, and
    after the last entry that a person wrote or changed."""
    touched = max((n for n, entry in enumerate(entries) if not is_planned(entry)), default=-1)
    index = max(from_index, touched) + 1
    while index < len(entries) and not begins_slot(entries[index]):
        index += 1
    return index


def begins_slot(entry: Entry) -> bool:
    """Return whether an entry is the first one of a planned slot."""
    return is_planned(entry) and tag(entry, WHY) is not None
