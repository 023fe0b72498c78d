"""Durations are read as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.durations import duration_text, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("2m", 120),
        ("1h30m", 5_400),
        ("1h 30m", 5_400),
        ("7d", 604_800),
        ("0.5s", 0.5),
        ("1d2h3m4s", 93_784),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "2", "2 minutes", "-2m", "30m1h", "1.5h", "2m2m", "1e3s", "٣m"])
def test_what_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None


@given(st.integers(0, 10**9))
def test_a_duration_reads_back(thousandths: int) -> None:
    assert parse_duration(duration_text(thousandths / 1_000)) == pytest.approx(thousandths / 1_000, abs=1e-6)


@given(st.text(max_size=30))
def test_no_text_raises(text: str) -> None:
    parse_duration(text)
