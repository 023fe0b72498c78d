"""The as-run log's plain facts."""

from __future__ import annotations

import dataclasses
import time
from datetime import datetime

import pytest

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.asrun import COLUMNS, AsRunEntry, SeamFacts, flat, unflat
from retrovue_tui.protocol.time_input import moment

ENTRY = AsRunEntry(
    "r-1", "1", "e1", "spot", "Cola", "/m/cola.mp4", "b2", 3, 99.5, 30, 100.0, 45, None, None, 0, 30,
    seam_out=SeamFacts("take", 1, 2, 1.25),
)  # fmt: skip


@pytest.mark.parametrize("entry", [ENTRY, dataclasses.replace(ENTRY, break_id=None, seam_out=None, ended="cut")])
def test_flat_and_back(entry: AsRunEntry) -> None:
    row = flat(entry)
    assert set(row) == set(COLUMNS)
    assert unflat(row) == entry


def test_moments() -> None:
    assert moment("1795000000.5") == 1_795_000_000.5
    assert moment("2026-11-23T00:00:00+00:00") == 1_795_392_000.0
    assert moment("2026-11-23 10:00") == datetime(2026, 11, 23, 10).astimezone().timestamp()
    assert moment("2026-11-23") == datetime(2026, 11, 23).astimezone().timestamp()
    today = datetime.now().astimezone()
    assert moment("9:05") == today.replace(hour=9, minute=5, second=0, microsecond=0).timestamp()
    assert moment(" 1.5h ") == pytest.approx(time.time() - 5_400, abs=5)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "3x", "-1", "nan"])
def test_other_text_is_no_time(text: str) -> None:
    with pytest.raises(RetrovueError, match="is not a time"):
        moment(text)
