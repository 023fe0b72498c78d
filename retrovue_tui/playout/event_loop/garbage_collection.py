"""Controls Python's garbage collector: full collections, which delay pictures, run mainly while nobody watches."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK_EVERY_S: Final = 60.0
"""How often `collect_garbage` checks whether a full collection is due."""
UNWATCHED_EVERY_S: Final = 600.0
"""The time between two full collections while no channel has a viewer."""
WATCHED_EVERY_S: Final = 3_600.0
"""The time between two full collections while a channel has a viewer."""
_NEVER: Final = 1_000_000_000
"""The number of collections of the middle generation before a full one. It is so high that Python never starts a full
one by itself."""


async def collect_garbage(watched: Callable[[], bool]) -> None:
    """Make the full collections of this process until cancelled. `watched` returns whether a channel has a viewer.

    A full collection stops every thread: for 40 ms with a library of 20 000 files. By default, Python starts full
    collections at any time, even in the middle of a tick or of a command. Python continues to collect young objects by
    itself, because those collections are short.
    """
    with _without_full_collections():
        last = monotonic()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if monotonic() - last >= (WATCHED_EVERY_S if watched() else UNWATCHED_EVERY_S):
                gc.collect()
                last = monotonic()


@contextlib.contextmanager
def _without_full_collections() -> Iterator[None]:
    young, middle, full = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, full)
