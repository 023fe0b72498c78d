"""The station's recent events, for all clients that follow them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
from retrovue_tui.protocol.events import Event, Level


class EventLog:
    """Keeps the newest events and wakes the clients that follow them. Publishing never waits for a client."""

    def __init__(self, keep: int = 2_000) -> None:
        self._kept: deque[Event] = deque(maxlen=keep)
        self._last = 0
        self._news = asyncio.Event()

    @property
    def last_id(self) -> int:
        """The id of the newest event; 0 when there is none."""
        return self._last

    def publish(
        self, kind: str, message: str, *, channel: str | None = None, level: Level = "info", **data: Any
    ) -> Event:
        """Give an event the next number, keep it, and wake the clients that follow."""
        self._last += 1
        event = Event(self._last, time.time(), kind, message, channel, level, data)
        self._kept.append(event)
        self._news.set()
        self._news = asyncio.Event()
        return event

    def after(self, event_id: int) -> list[Event]:
        """Return the kept events that are newer than `event_id`. The cost depends only on their number."""
        newer = list(itertools.islice(reversed(self._kept), max(0, self._last - event_id)))  # ids have no gaps
        newer.reverse()
        return newer

    async def wait_after(self, event_id: int) -> None:
        """Wait until there is an event newer than `event_id`."""
        while self._last <= event_id:
            await self._news.wait()

    async def follow(self, event_id: int) -> AsyncIterator[Event]:
        """Yield every event newer than `event_id`, for ever."""
        while True:
            for event in self.after(event_id):
                event_id = event.id
                yield event
            await self.wait_after(event_id)
