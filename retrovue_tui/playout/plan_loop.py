"""The planning loop of a deck queue, for a channel or a personal stream. Each time it wakes up, it plans once."""

from __future__ import annotations

import asyncio
import contextlib
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from retrovue_tui.playout.decks.deck_queue import DeckQueue


class PlanLoop:
    """Each time it wakes up, it looks after a deck queue, looks up the files of vanished pieces, and calls its owner's
    planning.

    `forget` reads from the disk again which pieces of a file are prepared.
    """

    def __init__(self, decks: DeckQueue, forget: Callable[[Path], Awaitable[None]]) -> None:
        self.needs_at = 0.0
        """The monotonic time at which the owner computes its needs again."""
        self.runs = 0
        """How often it has planned."""
        self.busy_s = 0.0
        """How long it has planned in all, with the time for which it waited for the disk and for decks (s)."""
        self._decks = decks
        self._forget = forget
        self._vanished: set[Path] = set()
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Wake the loop, so that it plans at once."""
        self._news.set()

    def wake_for_needs(self) -> None:
        """Wake the loop, so that it plans and computes the needs at once."""
        self.needs_at = 0.0
        self._news.set()

    def vanished(self, file: Path) -> None:
        """Wake the loop, so that it looks up a media file again, because one of the file's pieces is gone."""
        self._vanished.add(file)

    async def run(self, plan: Callable[[float], Awaitable[None]], every_s: float | None = None) -> None:
        """Call `plan` with the monotonic time, each time the loop wakes up. `wake` and `wake_for_needs` wake the loop;
        without them, it wakes up after `every_s` seconds. Runs until cancelled."""
        while True:
            self._news.clear()
            now = monotonic()
            await self._decks.look_after(now)
            while self._vanished:
                await self._forget(self._vanished.pop())
                self.needs_at = 0.0
            await plan(now)
            self.runs, self.busy_s = self.runs + 1, self.busy_s + monotonic() - now
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await self._news.wait()
