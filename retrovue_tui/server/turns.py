"""Spreads the work of many tasks over turns of the event loop, so that a crowd of new viewers does not block it.

A thousand viewers who join together are two gigabytes to write. Written as fast as the kernel takes it, that blocks the
loop for seconds, and every viewer who was there before sees a frozen picture.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LOOP_S: Final = 0.006
"""Target for the length of a turn of the loop while tasks wait here; the number admitted is adjusted to it."""
LEAST, MOST = 2, 64
"""Fewest and most tasks that are admitted in one turn of the loop."""


class Turns:
    """First come, first served: each `next` returns once the tasks that came before have had their turn."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._count = LEAST
        self._clock = clock
        self._at: float | None = None

    async def next(self) -> None:
        """Wait for a turn. The caller's work after it, until the next await, must take a millisecond at most."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._at is None:
            self._let_on()
        await turn

    def _let_on(self) -> None:
        """Admit the next tasks, as many as the last turn of the loop had time for. Runs once in a turn of the loop."""
        now = self._clock()
        if self._at is not None:
            late = now - self._at > LOOP_S
            self._count = max(LEAST, self._count // 2) if late else min(MOST, self._count + 1)
        let_on = 0
        while self._waiting and let_on < self._count:
            turn = self._waiting.popleft()
            if not turn.done():  # done: its task was cancelled and does not wait any more
                turn.set_result(None)
                let_on += 1
        self._at = now if let_on else None
        if let_on:
            asyncio.get_running_loop().call_soon(self._let_on)
