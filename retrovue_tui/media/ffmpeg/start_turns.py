"""Turns for starting child processes, so that no start delays a picture.

One start holds the event loop's thread for up to 30 ms on a busy machine. So each event loop starts one child at a
time, with a pause between two starts. If a clock sends pictures, a start begins soon after a tick, when the next
picture is not due for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

APART_S: Final = 0.01
"""The least time between two starts (s), in which the event loop can do other work."""


class StartTurns:
    """The turns of one event loop. Call it in the loop's thread."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._ticked = asyncio.Event()
        self._ticked.set()
        self._until = inf

    def tick(self, until: float) -> None:
        """Let children start until monotonic time `until`, and one in any case; the others wait for the next tick."""
        self._until = until
        self._ticked.set()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn; start the child in the context."""
        await self._lock.acquire()
        try:
            if not self._ticked.is_set() and monotonic() > self._until:
                await self._ticked.wait()
            self._ticked.clear()
            yield
        finally:
            asyncio.get_running_loop().call_later(APART_S, self._lock.release)


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, StartTurns] = WeakKeyDictionary()


def start_turns() -> StartTurns:
    """Return the turns of the running event loop."""
    return _of_loops.setdefault(asyncio.get_running_loop(), StartTurns())
