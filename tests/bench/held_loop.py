"""How long each callback of the event loop holds it, by the processor time of the loop's thread."""

from __future__ import annotations

import asyncio
import contextlib
import time
from asyncio import events
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOCK = "clock"
"""The name of the station's task that lets all channels send the pictures that are due: one tick for all of them."""


@dataclass
class HeldLoop:
    """The processor times (ms) of the callbacks since the last `take`: those of the clock, and all others. What the
    bench itself does in its own task does not count."""

    clock: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    def take(self) -> tuple[list[float], list[float]]:
        """The clock's and all others', from the last call on."""
        taken = self.clock or [0.0], self.others or [0.0]
        self.clock, self.others = [], []
        return taken

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Time all callbacks of this process' loops."""
        real, bench = events.Handle._run, asyncio.current_task()  # what runs each callback has no public name

        def timed(handle: Any) -> None:
            began = time.thread_time()
            real(handle)
            task = getattr(handle._callback, "__self__", None)
            if task is not bench:
                name = task.get_name() if isinstance(task, asyncio.Task) else ""
                (self.clock if name == CLOCK else self.others).append(1_000 * (time.thread_time() - began))

        with patch.object(events.Handle, "_run", timed):
            yield
