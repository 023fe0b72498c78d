"""Periods and queries of the audience room."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.audience import DIMENSIONS, AudienceFilter
from retrovue_tui.tui.rooms.audience.query import DEFAULT_PERIOD, PERIODS, PLURALS, AudienceQuery, typed_period
from tests.tui.station import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def test_periods_move_on_with_the_clock() -> None:
    today, day, week, month, always = PERIODS
    (midnight, end) = today.bounds(NOW)
    assert end is None
    assert midnight is not None
    assert time.strftime("%H:%M:%S", time.localtime(midnight)) == "00:00:00"
    assert 0 <= NOW - midnight < 86_400
    for period, days in ((day, 1), (week, 7), (month, 30)):
        assert period.bounds(NOW) == (NOW - days * 86_400, None)
    assert always.bounds(NOW) == (None, None)


def test_typed_periods() -> None:
    assert typed_period("2026-03-01..2026-04-01").bounds(NOW) == (1_772_319_600.0, 1_774_994_400.0)
    assert typed_period(" .. 2026-04-01 ").bounds(NOW) == (None, 1_774_994_400.0)
    assert typed_period("2026-03-01").bounds(NOW) == (1_772_319_600.0, None)
    first, end = typed_period("3d").bounds(NOW)
    assert end is None
    assert first == pytest.approx(time.time() - 3 * 86_400, abs=5)
    names = [typed_period(text).name for text in ("2h", "20:15", "..2026-04-01")]
    assert names == ["last 2h", "since 20:15", "..2026-04-01"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "type when"), ("..", "type when"), ("soon", "is not a time"), ("2026-04-01..2026-03-01", "before it begins")],
)
def test_a_text_that_is_no_period_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(RetrovueError, match=reason):
        typed_period(text)


def test_the_dimensions_go_round() -> None:
    query = AudienceQuery()
    for each in (*DIMENSIONS[1:], DIMENSIONS[0]):
        query = query.turned(1)
        assert query.by == each
        assert PLURALS[each]
    assert query.turned(-1).by == DIMENSIONS[-1]


def test_looking_closer_and_back() -> None:
    query = AudienceQuery(channel="1")
    inside = query.closer("/ads/cola.mp4")
    assert inside is not None
    assert (inside.by, inside.spot, inside.whose) == ("variant", "/ads/cola.mp4", "only spot cola")
    spots = replace(query, by="advertiser").closer("Cola Inc.")
    assert spots is not None
    assert (spots.by, spots.advertiser, spots.filtered) == ("spot", "Cola Inc.", True)
    assert [replace(query, by=by).closer("") for by in DIMENSIONS[1:]] == [None] * 7
    assert spots.reset == AudienceQuery("spot", DEFAULT_PERIOD, "1")
    assert not spots.reset.filtered


def test_the_filter_that_is_sent() -> None:
    query = AudienceQuery("position", PERIODS[1], "1", "/ads/cola.mp4")
    assert query.wanted(NOW) == AudienceFilter("1", NOW - 86_400, None, "/ads/cola.mp4")
    assert query.wanted(NOW, "2") == AudienceFilter("1", NOW - 86_400, None, "/ads/cola.mp4", None, "position", "2")
    assert query.wanted(NOW, "").key == ""
