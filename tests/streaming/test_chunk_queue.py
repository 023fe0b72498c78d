"""The queue between a stream's thread and its reader."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.streaming import chunk_queue
from retrovue_tui.streaming.chunk_queue import AHEAD_S, LATE_S, ChunkQueue
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = FrameRate(25, 1)


def a_queue(on_room: Callable[[], None] = lambda: None, alive: Callable[[], bool] = lambda: True) -> ChunkQueue:
    return ChunkQueue(RATE, on_room, alive)


def filled(count: int) -> ChunkQueue:
    made = a_queue()
    for number in range(count):
        made.put(b"%d" % number)
    made.finish()
    return made


def test_the_reader_gets_what_was_put_in_order() -> None:
    assert list(filled(5).chunks(pace=False, burst_s=0.0)) == [b"0", b"1", b"2", b"3", b"4"]


def test_it_is_bounded_and_says_when_there_is_room_again() -> None:
    room: list[bool] = []
    made = a_queue(lambda: room.append(True))
    while made.has_room():
        made.put(b"x")
    made.finish()
    assert len(list(made.chunks(pace=False, burst_s=0.0))) == RATE.count(AHEAD_S) == len(room)
    assert not made.has_room(), "it has ended"


def test_an_error_comes_after_the_pictures_before_it() -> None:
    made = a_queue()
    made.put(b"x")
    made.finish(ValueError("the first"))
    made.finish(ValueError("the second"))
    chunks = made.chunks(pace=False, burst_s=0.0)
    assert next(chunks) == b"x"
    with pytest.raises(ValueError, match="the first"):
        next(chunks)


def test_a_stop_drops_what_waits_and_hides_errors() -> None:
    made = a_queue()
    made.put(b"x")
    made.finish(ValueError("late"))
    made.stop()
    assert list(made.chunks(pace=False, burst_s=0.0)) == []


def test_a_stop_ends_a_reader_that_waits() -> None:
    made = a_queue()
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.extend(made.chunks(pace=False, burst_s=0.0)))
    reader.start()
    made.put(b"x")
    made.stop()
    reader.join(10)
    assert not reader.is_alive()
    assert got in ([], [b"x"])


def test_a_reader_ends_where_the_thread_that_puts_is_gone() -> None:
    assert list(a_queue(alive=lambda: False).chunks(pace=False, burst_s=0.0)) == []


class Time:
    """A clock that moves only while somebody waits."""

    def __init__(self, made: ChunkQueue, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(chunk_queue, "monotonic", lambda: self.now)
        monkeypatch.setattr(made._stopped, "wait", self.wait)

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return False


def test_at_a_pace_the_burst_comes_at_once_and_the_rest_in_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = filled(25)
    time = Time(made, monkeypatch)
    at = [time.now - 100 for _ in made.chunks(pace=True, burst_s=0.4)]
    assert at[:11] == [0.0] * 11
    assert at[11:] == pytest.approx([(number - 10) / 25 for number in range(11, 25)])


def test_a_reader_that_pauses_catches_up_after_a_short_pause_and_not_after_a_long_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for pause, immediate in ((LATE_S - 1, True), (LATE_S + 1, False)):
        made = filled(20)
        time = Time(made, monkeypatch)
        chunks = made.chunks(pace=True, burst_s=0.0)
        next(chunks)
        time.now += pause
        next(chunks)
        before = time.now
        next(chunks)
        assert (time.now == before) is immediate
