"""Thread pools for work that would hold the event loop.

`asyncio.to_thread` has one small pool for everything: six threads on a machine with two cores. If a few requests read
from a slow disk, they occupy all six, and no thread is free to write the list for a deck. So playout has its own
threads. Requests that only read have few threads, and a limit on waiting calls.

Threads that compute in Python share the interpreter with the event loop. Beside five of them, the loop gets a sixth of
the time, and 5 ms of its work take 30 ms. So guides, answers and commands are computed one at a time, commands first
(`_TURN`).
"""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from retrovue_tui.compute_turn import ComputeTurn
from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

P = ParamSpec("P")
T = TypeVar("T")


class BusyError(RetrovueError):
    """Too many calls wait for a thread; the caller may try again later."""

    title = "Busy"


class Threads:
    """A small pool of threads for one purpose. At most `most` calls may run or wait at once (None: any number). Of all
    pools with the same `turn`, only one call runs at a time, and those of an `urgent` pool go first; such a call must
    not wait for a file or a client."""

    def __init__(
        self, name: str, count: int, most: int | None = None, *, turn: ComputeTurn | None = None, urgent: bool = False
    ) -> None:
        self._name, self._count, self._most = name, count, most
        self._turn, self._urgent = turn, urgent
        self._pool: ThreadPoolExecutor | None = None
        self._calls = 0

    async def run(self, call: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> T:
        """Run a blocking call in one of the threads, and return its result. Raises the errors of the call, and
        `BusyError` if too many calls wait."""
        if self._most is not None and self._calls >= self._most:
            raise BusyError(f"{self._most} requests of this kind are already being handled; try again in a moment")
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._count, thread_name_prefix=self._name)
        self._calls += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, call, arguments, options)
        finally:
            self._calls -= 1

    def _run(self, call: Callable[..., T], arguments: Iterable[Any], options: Mapping[str, Any]) -> T:
        with contextlib.nullcontext() if self._turn is None else self._turn.taken(urgent=self._urgent):
            return call(*arguments, **options)


_TURN: Final = ComputeTurn()
"""The turn of the only guide, answer or command that is computed at this moment."""

AIR: Final = Threads("air", 4)
"""The threads for the files of playout: the decks' air lists, rundowns, piece indexes and resume points."""
COMMANDS: Final = Threads("commands", 1, turn=_TURN, urgent=True)
"""The thread that computes for operators' commands: edits, receipts, undo steps, the spots of a break."""
PLANNING: Final = Threads("planning", 1)
"""The thread that computes for schedules: slots to plan, exact ends, programmes that will not be ready."""
GUIDES: Final = Threads("guides", 1, turn=_TURN)
"""The thread that computes guides."""
ANSWERS: Final = Threads("answers", 1, most=64, turn=_TURN)
"""The thread that computes long answers to requests, from data that is in memory."""
PAST: Final = Threads("past", 2)
"""The threads that read pieces for viewers of the past."""
HLS: Final = Threads("hls", 2)
"""The threads for the segments and playlists of HLS."""
BROWSE: Final = Threads("browse", 2, most=64)
"""The threads for requests that only read: files, the as-run log, pictures."""
