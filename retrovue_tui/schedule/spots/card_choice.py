"""Chooses what the cards of a plan say, by what airs after them. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.schedule.planned_slot import CardKind, PlanRow, Slot
    from retrovue_tui.timecode import FrameRate

LEGIBLE_S: Final = 4.0
"""The shortest card that names a programme (s); a shorter one only says that the channel will be right back."""
SIGN_OFF_S: Final = 1_800.0
"""If the next programme begins later than this after a card (s), the card says good night."""


def with_cards(slots: Sequence[Slot], rate: FrameRate) -> list[Slot]:
    """Return slots whose closing cards fit what follows: the next programme and its time; in the last card before that
    programme, if it is not the only one, that it begins now; or a sign-off if it is far away."""
    chosen: list[Slot] = []
    following: int | None = None  # the start of the next programme
    for slot in reversed(slots):
        chosen.append(_with_cards(slot, following, rate) if any(row.card == "next" for row in slot.rows) else slot)
        following = slot.start if slot.programme is not None else following
    return chosen[::-1]


def _with_cards(slot: Slot, following: int | None, rate: FrameRate) -> Slot:
    rows: list[PlanRow] = []
    at = slot.start
    for number, row in enumerate(slot.rows):
        at += row.frames
        if row.card == "next":
            last = number == len(slot.rows) - 1 and slot.end == following
            among_others = number > 0 and slot.rows[number - 1].card == "next"
            row = replace(row, card=_kind(row, following, at, rate, now=last and among_others))
        rows.append(row)
    return replace(slot, rows=tuple(rows))


def _kind(row: PlanRow, following: int | None, end: int, rate: FrameRate, *, now: bool) -> CardKind:
    if row.frames < rate.count(LEGIBLE_S):
        return "back"
    if following is None:
        return "back"
    if following - end > rate.count(SIGN_OFF_S):
        return "sign-off"
    return "now" if now else "next"
