"""Whose turn it is to compute in a thread.

Python runs one thread at a time, and each computing thread takes a share of the event loop's time. While other programs
use all cores, each change from one thread to the next may also take milliseconds. So computations take turns, and the
short ones that somebody waits for go first: a long one lets them in with `give_way`.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Mine(threading.local):
    """The turn that this thread has and would give up for an urgent computation."""

    turn: ComputeTurn | None = None


_mine = _Mine()


class ComputeTurn:
    """A turn that one thread at a time has."""

    def __init__(self) -> None:
        self.urgent = 0
        """How many urgent computations wait for the turn."""
        self._free = threading.Condition(threading.Lock())
        self._taken = False

    @contextlib.contextmanager
    def taken(self, *, urgent: bool) -> Iterator[None]:
        """Wait for the turn, and have it within this context. Urgent computations get it before all others."""
        self._take(urgent)
        _mine.turn = None if urgent else self
        try:
            yield
        finally:
            _mine.turn = None
            self._leave()

    def give_way(self) -> None:
        """Give up the turn, and wait until it comes again."""
        self._leave()
        self._take(urgent=False)

    def _take(self, urgent: bool) -> None:
        with self._free:
            self.urgent += urgent
            while self._taken or (self.urgent and not urgent):
                self._free.wait()
            self.urgent -= urgent
            self._taken = True

    def _leave(self) -> None:
        with self._free:
            self._taken = False
            self._free.notify_all()


def give_way() -> None:
    """Let urgent computations go first, if some wait. Long computations call it for each row. In a thread that has no
    turn, it does nothing."""
    turn = _mine.turn
    if turn is not None and turn.urgent:
        turn.give_way()
