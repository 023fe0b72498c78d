"""Late saves: writes a rundown that the disk did not take, for example because it was full, as soon as it takes it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.playout.automation.rundown_file import RundownVersion

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from retrovue_tui.playout.automation.rundown_file import RundownFile
    from retrovue_tui.playout.event_log import EventLog

EVERY_S: Final = 5.0
"""The interval between two tries to write (s)."""


class LateSave:
    """Reports whether a channel's edits are on the disk, and writes those that are not."""

    def __init__(
        self, channel: str, file: RundownFile, events: EventLog, lock: asyncio.Lock,
        take_up: Callable[[], Awaitable[object]],
    ) -> None:  # fmt: skip
        """`lock` is held during each write. `take_up` applies an edit by another program, which must not be lost."""
        self.warnings: tuple[str, ...] = ()
        """Why the last edits are not on the disk; empty if they are."""
        self._channel = channel
        self._file = file
        self._events = events
        self._lock = lock
        self._take_up = take_up
        self._task: asyncio.Task[None] | None = None

    async def finish(self, saving: Awaitable[str | None]) -> tuple[str, ...]:
        """Wait until an edit is written, and return the warnings for its receipt. If it cannot be written, it is tried
        again until it is."""
        try:
            warning = await saving
        except RetrovueError as error:
            said = f"on air, but not on the disk: {error.message}"
            if isinstance(error.__cause__, OSError):
                self.warnings = (
                    f"the last edits are {said}; they are lost if the station ends before it can write them",
                )
                if self._task is None or self._task.done():
                    self._task = asyncio.create_task(self._try_again(), name=f"late save of channel {self._channel}")
            return (said,)
        self.warnings = ()  # a rundown contains all earlier edits
        return () if warning is None else (warning,)

    async def _try_again(self) -> None:
        while self.warnings:
            await asyncio.sleep(EVERY_S)
            async with self._lock:
                await self._take_up()
                if not self.warnings:
                    return
                await self.finish(self._file.save(RundownVersion(self._file.rundown, "", self._file.history)))
        message = "the edits that the disk did not take are on the disk now"
        self._events.publish("warning", message, channel=self._channel)

    async def close(self) -> None:
        """End the tries."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
