"""Frames on the clock: texts show the time that is meant, though no frame begins exactly on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from retrovue_tui.schedule.time_grid import TimeGrid
from retrovue_tui.timecode import FrameRate

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "50", "60000/1001"])
def test_the_frame_of_a_full_minute_is_shown_as_that_minute(rate: str) -> None:
    grid = TimeGrid(EPOCH, FrameRate.parse(rate))
    minutes = [DAY + timedelta(minutes=number) for number in range(24 * 60)]
    assert [grid.clock(grid.frame(minute)) for minute in minutes] == minutes
