"""Rows and facts of the audience room as text."""

from __future__ import annotations

import pytest

from retrovue_tui.tui.rooms.audience.facts import facts
from retrovue_tui.tui.rooms.audience.report_source import RowDetails
from retrovue_tui.tui.rooms.audience.rows import (
    AudienceColumns,
    AudienceRowState,
    FiguresRow,
    arranged,
    head_line,
    level_bar,
    row_line,
    viewing,
)
from tests.tui.audience_rows import TOO_LITTLE, UNSURE, curve, figures

ROWS = (
    figures("a", "Beta", 30, 200, 20, cut=2), figures("b", "alpha", 40, 100, 50), figures("c", "Gamma", 2, 0, 0),
)  # fmt: skip


@pytest.mark.parametrize("width", [60, 79, 94, 95, 109, 110, 140, 200])
def test_a_line_fills_its_width_below_its_heading(width: int) -> None:
    columns = AudienceColumns.of(width)
    row = FiguresRow(figures("a", "東京 [bold] " * 9, 1_234_567, 12_345, 999, cut=12_345), hours=(1.0,) * 24)
    for state in (AudienceRowState(), AudienceRowState(True, 12_345 * 30.0, True)):
        assert row_line(row, columns, state).cell_length == head_line(columns, "SPOT", "").cell_length == width


def test_orders_and_words() -> None:
    def names(order: str, words: str = "") -> list[str]:
        return [row.label for row in arranged(ROWS, order, words)]  # type: ignore[arg-type]

    assert names("") == ["Beta", "alpha", "Gamma"]
    assert names("airings") == ["alpha", "Beta", "Gamma"]
    assert names("cut") == ["Beta", "alpha", "Gamma"]
    assert names("stayed") == ["alpha", "Beta", "Gamma"]  # what nobody watched comes last
    assert names("label") == ["alpha", "Beta", "Gamma"]
    assert names("seen", "a  a") == ["Beta", "alpha", "Gamma"]
    assert names("", "GAM") == ["Gamma"]
    assert "STAYED▴" in head_line(AudienceColumns.of(80), "SPOT", "stayed").plain
    assert "AIRINGS▾" in head_line(AudienceColumns.of(80), "SPOT", "airings").plain


def test_a_bar_is_exact_to_an_eighth_and_never_hides_a_small_part() -> None:
    assert level_bar(0.5, 4) == "██  "
    assert level_bar(0.001, 4) == "▏   "
    assert level_bar(0.0, 4) == "    "
    assert level_bar(7.0, 4) == "████"
    assert [viewing(each) for each in (0, 252, 6_360, 3_600 * 1_234)] == ["0.0 min", "4.2 min", "1.77 h", "1,234 h"]


def text(row: FiguresRow, details: RowDetails | None = None) -> dict[str, str]:
    return {fact.name: fact.text for fact in facts(row, details)}


def test_the_facts_of_a_row() -> None:
    told = text(FiguresRow(figures("a", "Cola", 34, 212, 30, cut=3)))
    assert told["AIRINGS"] == "34, 31 complete, 3 cut (break now)"
    assert told["STAYED"] == "85.8 % of 212 at the start"
    assert told["LEFT"] == "17.0 per viewer-hour; 4.2 before the breaks"
    assert told["SEEN"].startswith("1.77 h in 00:17:00 on air, 6.2 viewers on average; 3 joined, 30 left")
    assert told["VIEWERS"] == "212 at starts, 185 at ends, 9 at most at once"


def test_few_viewers_and_none_are_no_ground_for_a_claim() -> None:
    assert "12 at the start; too few to judge" in text(FiguresRow(figures("a", "Cola", 3, 12, 6)))["STAYED"]
    nobody = text(FiguresRow(figures("a", "Cola", 3, 0, 0)))
    assert (nobody["STAYED"], nobody["LEFT"]) == ("nobody watched when it began", "nobody watched")


def test_a_difference_is_shown_with_its_interval_or_the_missing_airings() -> None:
    details = RowDetails(curve(0.5, 9, 2), curve(0.5, 9, 2), (0.0,) * 20 + (1.0, 3.0, 0.0, 0.0), (UNSURE, TOO_LITTLE))
    found = facts(FiguresRow(ROWS[0]), details)
    told = [fact.text for fact in found]
    assert UNSURE.statement in told
    assert TOO_LITTLE.statement in told
    (drawn,) = (fact for fact in found if "●" in fact.text)
    assert drawn.text.startswith("-3.1 ")
    assert drawn.text.endswith(" +1.2")
    assert [fact.after for fact in found if fact.drawn] == [" points", " most at 21:00"]
