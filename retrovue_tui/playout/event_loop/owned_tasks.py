"""The tasks of an owner: each is watched while it runs, and cancelled and awaited at the end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

log = logging.getLogger(__name__)


class OwnedTasks:
    """Runs tasks for an owner. `failed` receives the name of each task that ended with an error, and the error in
    words."""

    def __init__(self, failed: Callable[[str, str], None]) -> None:
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Start a task. Its name appears in the log and in the error, if it ends with one."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def end(self) -> None:
        """Cancel all tasks, and wait until each has ended."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %s ended", name := task.get_name(), exc_info=error)
            self._failed(name, error.message if isinstance(error, RetrovueError) else f"a fault in {name}; see the log")
