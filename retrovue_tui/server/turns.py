"""Spreads the work of many tasks over turns of the event loop, so that a crowd of new viewers does not block the loop.

A thousand viewers who join together need two gigabytes. Written as fast as the kernel takes it, that blocks the loop
for seconds, and all other viewers see a frozen picture.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LOOP_S: Final = 0.006
"""The target length (s) of one turn of the event loop while tasks wait. `Turns` adjusts the number of admitted tasks to
reach it."""
LEAST, MOST = 2, 64
"""The fewest and the most tasks that `Turns` admits in one turn of the event loop."""


class Turns:
    """Admits tasks in the order in which they come: `next` returns when all earlier tasks have had their turn."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._count = LEAST
        self._clock = clock
        self._at: float | None = None

    async def next(self) -> None:
        """Wait for a turn. Afterwards the caller may work for at most a millisecond before its next await."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._at is None:
            self._admit()
        await turn

    def _admit(self) -> None:
        """Admit the next tasks, as many as the last turn of the event loop had time for. Runs once in each turn of the
        loop."""
        now = self._clock()
        if self._at is not None:
            late = now - self._at > LOOP_S
            self._count = max(LEAST, self._count // 2) if late else min(MOST, self._count + 1)
        let_on = 0
        while self._waiting and let_on < self._count:
            turn = self._waiting.popleft()
            if not turn.done():  # done: the waiting task was cancelled
                turn.set_result(None)
                let_on += 1
        self._at = now if let_on else None
        if let_on:
            asyncio.get_running_loop().call_soon(self._admit)
