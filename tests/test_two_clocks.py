"""The difference between Unix time and the monotonic clock."""

from __future__ import annotations

import time
from itertools import chain, repeat
from typing import TYPE_CHECKING

from retrovue_tui.two_clocks import unix_offset

if TYPE_CHECKING:
    import pytest


class PausingClocks:
    """Clocks that differ by 1000 s. Before each reading of Unix time, the process waits for the next of the pauses."""

    def __init__(self, *pauses: float) -> None:
        self._now, self._pauses = 5.0, chain(pauses, repeat(0.0))

    def monotonic(self) -> float:
        return self._now

    def time(self) -> float:
        self._now += next(self._pauses)
        unix = self._now + 1_000
        self._now += next(self._pauses)
        return unix


def test_a_pause_between_the_readings_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for pauses in ((0.05,), (0.0, 0.05), (0.05, 0.0, 0.0, 0.2, 0.1), (0.001, 0.001) * 4):
        clocks = PausingClocks(*pauses)
        monkeypatch.setattr(time, "monotonic", clocks.monotonic)
        monkeypatch.setattr(time, "time", clocks.time)
        offset = unix_offset()
        monkeypatch.undo()
        assert abs(offset - 1_000) < 1e-6


def test_it_converts_the_one_time_to_the_other() -> None:
    assert abs(time.monotonic() + unix_offset() - time.time()) < 0.5
