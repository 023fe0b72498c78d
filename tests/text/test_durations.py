"""Lengths of time in files: what is accepted, and what a length reads back as."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.text.durations import LONGEST, duration_text, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90), ("2m", 120), ("1h30m", 5_400), ("1h 30m", 5_400), ("0s", 0), ("1.5s", 1.5), ("2d", 172_800),
        (" 1D2H3M4S ", 93_784), ("90m", 5_400), ("0.25s", 0.25),
    ],
)  # fmt: skip
def test_a_length_of_time(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", " ", "90", "m", "-1s", "1m1h", "1s1s", "1.5m", "1:30", "nan", "infs", "1e3s", "1 week", "٣s", "9999d"]
)
def test_anything_else_is_none(text: str) -> None:
    assert parse_duration(text) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    found = parse_duration(text)
    assert found is None or timedelta(0) <= found <= LONGEST


@given(st.integers(0, int(LONGEST.total_seconds() * 1_000)))
def test_a_length_reads_back(milliseconds: int) -> None:
    length = timedelta(milliseconds=milliseconds)
    assert parse_duration(duration_text(length)) == length


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (-5, "0s"), (90, "1m30s"), (5_400, "1h30m"), (86_400, "1d"), (0.5, "0.5s")]
)
def test_the_text_is_short(seconds: float, text: str) -> None:
    assert duration_text(timedelta(seconds=seconds)) == text
