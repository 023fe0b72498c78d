"""The text of a plan's cards depends on the entries after them."""

from __future__ import annotations

from pathlib import Path

from retrovue_tui.schedule.planned_slot import PlanRow, Slot
from retrovue_tui.schedule.series_memory import Programme
from retrovue_tui.schedule.spots.card_choice import SIGN_OFF_S, with_cards
from retrovue_tui.timecode import FrameRate

RATE = FrameRate(25)
FILM = PlanRow("programme", Path("/m/film.mp4"), 0, 1_000, "Film", whole=True)


def card(seconds: float) -> PlanRow:
    return PlanRow("card", None, 0, round(25 * seconds), "", 0, "next")


def slots(*parts: tuple[PlanRow, ...]) -> list[Slot]:
    """Slots one after another; one with the film has it as its programme."""
    made: list[Slot] = []
    at = 0
    for rows in parts:
        end = at + sum(row.frames for row in rows)
        programme = Programme(Path("/m/film.mp4"), ("film.mp4",), 1_000, "Film") if FILM in rows else None
        made.append(Slot(at, end, "plan", rows, "", programme=programme))
        at = end
    return made


def kinds(made: list[Slot]) -> list[str]:
    return [row.card for slot in with_cards(made, RATE) for row in slot.rows]


def test_cards_before_a_programme_name_it_and_the_last_of_several_says_now() -> None:
    assert kinds(slots((FILM, card(20), card(20), card(9)), (FILM,))) == ["", "next", "next", "now", ""]
    assert kinds(slots((FILM, card(20)), (FILM,))) == ["", "next", ""]


def test_a_card_that_is_too_short_to_read_names_nothing() -> None:
    assert kinds(slots((FILM, card(20), card(3)), (FILM,))) == ["", "next", "back", ""]


def test_nothing_is_named_where_nothing_is_known_to_follow() -> None:
    assert kinds(slots((FILM, card(20), card(20)))) == ["", "back", "back"]


def test_the_programme_may_follow_some_slots_later() -> None:
    assert kinds(slots((FILM, card(20)), (card(20), card(20)), (FILM,))) == ["", "next", "next", "now", ""]


def test_a_long_time_without_a_programme_begins_with_a_sign_off() -> None:
    night = tuple(card(600) for _ in range(5))
    found = kinds(slots((FILM, card(20)), night, (FILM,)))
    assert found == ["", "sign-off", "sign-off", "next", "next", "next", "now", ""]
    assert SIGN_OFF_S == 1_800


def test_breaks_inside_of_a_programme_stay_as_they_are() -> None:
    back = PlanRow("card", None, 0, 500, "", 0, "back")
    assert kinds(slots((FILM, back, FILM), (FILM,))) == ["", "back", "", ""]
