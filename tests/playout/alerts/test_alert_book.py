"""The book of alerts: problems that last, that flap, and that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.playout.alerts.alert_book import CALM_S, MOST_ACTIVE, RECENT, AlertBook
from retrovue_tui.playout.alerts.alert_rules import Condition

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.alerts import Alert

SLATE = Condition("slate 1", "slate", "One: slate for {age}", "1", 10.0)
ZERO = 1_795_000_000.0


def looks(book: AlertBook, *spans: tuple[int, bool], condition: Condition = SLATE) -> list[tuple[int, Alert]]:
    """One look a second: each span is its length, and whether the problem is there."""
    changes, second = [], 0
    for length, there in spans:
        for _ in range(length):
            found = book.look([condition] if there else [], float(second), ZERO + second)
            changes += [(second, alert) for alert in found]
            second += 1
    return changes


def test_a_problem_that_lasts_and_ends() -> None:
    book = AlertBook()
    (began, over) = looks(book, (5, False), (40, True), (40, False))
    assert (began[0], began[1].since, began[1].ended, began[1].text) == (15, ZERO + 5, None, "One: slate for 10s")
    assert (over[0], over[1].ended, over[1].text) == (45 + CALM_S, ZERO + 45, "One: slate for 40s")
    assert book.active == ()
    assert list(book.recent) == [over[1]]


def test_a_problem_that_is_too_short_is_nothing() -> None:
    book = AlertBook()
    assert looks(book, *[(10, True), (1, False)] * 20) == []
    assert not book.recent


def test_a_problem_that_flaps_is_one_alert() -> None:
    book = AlertBook()
    changes = looks(book, (12, True), *[(20, False), (3, True)] * 30, (31, False))
    assert [alert.ended is None for _, alert in changes] == [True, False]
    assert changes[1][1].times == 31


def test_a_problem_that_knows_its_start_is_reported_by_it() -> None:
    book = AlertBook()
    silent = Condition("silence 1", "silence", "silent for {age}", "1", 30.0, ZERO - 31.5)
    ((second, alert),) = looks(book, (3, True), condition=silent)
    assert (second, alert.since, alert.text) == (0, ZERO - 31.5, "silent for 32s")


def test_two_problems_are_two_alerts_the_oldest_first() -> None:
    book = AlertBook()
    disk = Condition("disk home", "disk", "full")
    book.look([SLATE], 0.0, ZERO)
    book.look([disk, SLATE], 11.0, ZERO + 11)
    assert [each.id for each in book.active] == ["slate 1", "disk home"]


def test_the_numbers_of_alerts_are_limited() -> None:
    book = AlertBook()
    many = [Condition(f"disk {number}", "disk", "full") for number in range(MOST_ACTIVE + 50)]
    assert len(book.look(many, 0.0, ZERO)) == MOST_ACTIVE
    book.look([], 1.0, ZERO + 1)
    assert len(book.look([], 1.0 + CALM_S, ZERO + 1 + CALM_S)) == MOST_ACTIVE
    assert len(book.recent) == RECENT


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), max_size=30))
def test_beginnings_and_ends_take_turns(spans: list[tuple[int, bool]]) -> None:
    book = AlertBook()
    changes = looks(book, *spans)
    assert [alert.ended is None for _, alert in changes] == [number % 2 == 0 for number in range(len(changes))]
    assert len(book.active) == len(changes) % 2
    for _, alert in changes:
        assert alert.ended is None or alert.ended >= alert.since + SLATE.after_s
