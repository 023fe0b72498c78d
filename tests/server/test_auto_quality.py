"""The quality that follows a viewer's connection: when it changes, and that its packets keep counting."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, cast

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.server.auto_quality import CALM_S, LOOK_S, CountedViewer, QualityChoice

if TYPE_CHECKING:
    from retrovue_tui.server.live_stream import SocketViewer

RATES = [390_000.0, 203_000.0, 66_000.0]
"""Bytes per second of 720p, 480p and 360p."""


class Line:
    """A connection that takes this number of bytes per second, and the stream of a choice. `full`: how much of its rate
    each quality has."""

    def __init__(self, takes: float, burst_s: float = 5.5, full: float = 1.0) -> None:
        self.takes, self.now, self.sent, self.backlog = takes, 0.0, 0.0, burst_s * full * RATES[0]
        self.full = full
        self.choice = QualityChoice(RATES)

    def run(self, seconds: float) -> list[int]:
        """Let time pass, and return the quality at each look."""
        found = []
        for _ in range(int(seconds / LOOK_S)):
            self.now += LOOK_S
            rate = self.full * RATES[self.choice.now_at]
            waiting = self.backlog + rate * LOOK_S
            took = min(waiting, self.takes * LOOK_S)
            self.sent, self.backlog = self.sent + took, waiting - took
            found.append(self.choice.look(self.now, int(self.sent), int(self.backlog), rate))
        return found


def test_a_fast_connection_stays_on_the_best() -> None:
    assert set(Line(2_000_000).run(120)) == {0}


def test_a_slow_connection_settles_on_what_it_can_take() -> None:
    seen = Line(300_000).run(60)
    assert seen[int(10 / LOOK_S)] == 1, "within ten seconds"
    assert set(seen[int(10 / LOOK_S) :]) == {1}


def test_quiet_pictures_do_not_hide_that_a_connection_is_slow() -> None:
    """The stream has a third of its rate: less than a second of it is a small part of a second at the full rate."""
    seen = Line(62_500, 0.0, full=0.3).run(20)
    assert seen[int(5 / LOOK_S)] == 2, "within five seconds"


def test_a_very_slow_connection_gets_the_lowest() -> None:
    assert Line(20_000).run(20)[-1] == 2


def test_a_slow_connection_is_measured_from_the_start() -> None:
    """The viewer moves directly to the quality that fits, without passing the one between."""
    for burst_s in (0.0, 5.5):
        seen = Line(62_500, burst_s).run(20)
        assert seen[int(4 / LOOK_S)] == 2, "within four seconds"
        assert 1 not in seen


def test_a_connection_that_recovers_is_moved_up_and_each_failed_try_makes_the_next_one_later() -> None:
    line = Line(100_000)
    assert line.run(15)[-1] == 2
    line.takes = 2_000_000
    assert line.run(2 * CALM_S + 5)[-1] < 2
    ups = Line(220_000)  # enough for 480p alone
    seen = ups.run(1_200)
    tries = [at for at in range(1, len(seen)) if (seen[at - 1], seen[at]) == (1, 0)]
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert all(later >= earlier for earlier, later in pairwise(pauses))
    assert 2 <= len(tries) <= 8
    assert seen.count(1) > 0.8 * len(seen), "a try that fails ends where it began"


class Sink:
    name = "sink"
    key = ""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


def packets(counters: dict[int, int], pids: list[int]) -> bytes:
    """Packets of these PIDs, one after another, which count on in `counters`."""
    made = []
    for pid in pids:
        counters[pid] = (counters.get(pid, 7 * pid) + 1) & 15
        made.append(bytes((0x47, pid >> 8, pid & 0xFF, 0x10 | counters[pid])).ljust(188, b"\xff"))
    return b"".join(made)


PIDS = st.lists(st.sampled_from([0, 0x11, 0x100, 0x101, 0x1000]), min_size=1, max_size=40)


@given(st.lists(st.tuples(st.booleans(), PIDS), max_size=12))
def test_counters_go_on_over_moves(writes: list[tuple[bool, list[int]]]) -> None:
    sink = Sink()
    sources: tuple[dict[int, int], dict[int, int]] = ({}, {0x100: 3, 0: 9})
    viewer, source = CountedViewer(cast("SocketViewer", sink)), 0
    every = [0, 0x11, 0x100, 0x101, 0x1000]
    viewer.write(packets(sources[0], every))
    for moves, pids in writes:
        if moves:
            viewer.moves()
            source = 1 - source
            pids = [*every, *pids]
        viewer.write(packets(sources[source], pids))
    last: dict[int, int] = {}
    for at in range(0, len(sink.data), 188):
        pid, counter = (sink.data[at + 1] & 0x1F) << 8 | sink.data[at + 2], sink.data[at + 3] & 15
        assert pid not in last or counter == (last[pid] + 1) & 15
        last[pid] = counter
