"""Python's garbage collector, kept off the air: it runs over the whole heap only when that disturbs nobody."""

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
"""The same while a channel has a viewer."""
_NEVER: Final = 1_000_000_000
"""How many collections of the middle generation Python makes before a full one."""


async def collect_garbage(watched: Callable[[], bool]) -> None:
    """Make the full collections of this process until cancelled. `watched` returns whether a channel has a viewer.

    A full collection holds every thread: 40 ms with a library of 20 000 files. Python starts one by itself now and
    then, in the middle of a tick or of a command. The collections of young objects, which it goes on making by itself,
    are short.
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
