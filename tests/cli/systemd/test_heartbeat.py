"""The sign of life: it comes while the clock ticks, and not while it stands still."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.cli.systemd.heartbeat import Heartbeat

WATCHDOG_S = 30.0


class Station:
    """A clock that ticks 25 times a second while it runs, and a loop that looks while it runs."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.ticks = 0
        self.heartbeat = Heartbeat(WATCHDOG_S, lambda: self.ticks, lambda: self.now)
        self.signs: list[float] = []

    def run(self, seconds: float, *, ticking: bool = True) -> None:
        end = self.now + seconds
        while self.now < end - 1e-6:
            self.now += self.heartbeat.look_s
            self.ticks += 25 * ticking
            if self.heartbeat.look():
                self.signs.append(self.now)

    def stand_still(self, seconds: float) -> None:
        """Nothing runs: neither the clock nor the loop that looks."""
        self.now += seconds


def test_a_sign_every_half_of_the_time() -> None:
    station = Station()
    station.run(100)
    gaps = [later - sooner for sooner, later in pairwise(station.signs)]
    assert set(gaps) == {15.0}
    assert station.signs[0] == 1001.0


def test_no_sign_while_the_clock_stands_still_though_the_loop_runs() -> None:
    station = Station()
    station.run(20)
    before = list(station.signs)
    station.run(300, ticking=False)
    assert station.signs == before
    station.run(1)
    assert station.signs == [*before, station.now], "the first look at new ticks gives one at once"


def test_a_short_standstill_is_no_fault() -> None:
    station = Station()
    station.run(20)
    station.stand_still(14)
    station.run(1)
    assert station.signs[-1] == station.now
    assert station.now - station.signs[-2] < WATCHDOG_S


def test_a_machine_that_sleeps() -> None:
    """The monotonic clock stands still meanwhile, for the station and for systemd."""
    station = Station()
    station.run(20)
    signs = len(station.signs)
    station.run(15)
    assert len(station.signs) == signs + 1


@given(st.lists(st.tuples(st.sampled_from(["run", "clock", "loop"]), st.integers(1, 13)), max_size=30))
def test_the_watchdog_never_fires_if_no_standstill_is_long(phases: list[tuple[str, int]]) -> None:
    station = Station()
    station.run(2)
    for what, seconds in phases:
        if what == "loop":
            station.stand_still(seconds)
        else:
            station.run(seconds, ticking=what == "run")
        station.run(1)
    station.run(30)
    times = [1000.0, *station.signs, station.now]
    assert max(later - sooner for sooner, later in pairwise(times)) < WATCHDOG_S
