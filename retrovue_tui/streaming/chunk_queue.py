"""The queue between the background thread and the caller's thread: chunks of one picture each, in the stream's
order."""

from __future__ import annotations

import threading
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from retrovue_tui.timecode import FrameRate

AHEAD_S: Final = 1.0
"""How many seconds of pictures the queue holds: enough to bridge the start of a new deck after a failure."""
LATE_S: Final = 5.0
"""A caller that is late by more than this (s, in addition to its burst) does not catch up: it gets the rest in real
time."""


class ChunkQueue:
    """A queue of limited length, with one picture in each chunk. The background thread adds chunks, the caller's thread
    takes them."""

    def __init__(self, rate: FrameRate, on_room: Callable[[], None], alive: Callable[[], bool]) -> None:
        self._rate = rate
        self._on_room = on_room
        self._alive = alive
        self._most = max(2, rate.count(AHEAD_S))
        self._chunks: deque[bytes] = deque()
        self._news = threading.Condition()
        self._ended = False
        self._stopped = threading.Event()
        self._error: BaseException | None = None

    # ── called in the background thread ──────────────────────────────────────────────────────────

    def has_room(self) -> bool:
        """Return whether there is room for another picture."""
        return len(self._chunks) < self._most and not self._ended

    def put(self, data: bytes) -> None:
        """Add the next picture of the stream."""
        with self._news:
            self._chunks.append(data)
            self._news.notify()

    def finish(self, error: BaseException | None = None) -> None:
        """End the stream after the pictures that are in the queue. With `error`, the caller's `chunks` then raises
        it."""
        with self._news:
            self._ended = True
            self._error = self._error or error
            self._news.notify()

    # ── called in the caller's thread ────────────────────────────────────────────────────────────

    def stop(self) -> None:
        """Drop the pictures that are in the queue, and end the caller's stream. Any thread may call this."""
        with self._news:
            self._ended = True
            self._chunks.clear()
            self._stopped.set()
            self._news.notify()

    def chunks(self, *, pace: bool, burst_s: float) -> Iterator[bytes]:
        """Yield the chunks. With `pace`, the first `burst_s` seconds come at once, the rest in real time.

        Blocking. Raises the error with which the stream failed.
        """
        number = 0
        began: float | None = None
        while (data := self._take()) is not None:
            if pace:
                now = monotonic()
                began = now - burst_s if began is None else began
                delay = began + float(self._rate.seconds(number)) - now
                if delay < -LATE_S - burst_s:
                    began -= delay
                elif delay > 0 and self._stopped.wait(delay):
                    return
            number += 1
            yield data

    def _take(self) -> bytes | None:
        with self._news:
            while not self._chunks:
                if self._ended:
                    if self._error is not None and not self._stopped.is_set():
                        raise self._error
                    return None
                if not self._news.wait(1.0) and not self._alive():
                    return None
            data = self._chunks.popleft()
        self._on_room()
        return data
