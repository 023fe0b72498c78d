"""The planning loop of a deck queue, for a channel or a personal stream. Each wake-up starts one round."""

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
    """In each round, looks after a deck queue, looks up the files of vanished pieces, and calls its owner's planning.

    `forget` reads again from the disk which pieces of a file are prepared.
    """

    def __init__(self, decks: DeckQueue, forget: Callable[[Path], Awaitable[None]]) -> None:
        self.needs_at = 0.0
        """The monotonic time at which the needs are next computed."""
        self._decks = decks
        self._forget = forget
        self._vanished: set[Path] = set()
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Start a round of planning at once."""
        self._news.set()

    def wake_for_needs(self) -> None:
        """Start a round at once that also computes the needs."""
        self.needs_at = 0.0
        self._news.set()

    def vanished(self, file: Path) -> None:
        """Look up a media file in the next round, because one of its pieces is gone."""
        self._vanished.add(file)

    async def run(self, plan: Callable[[float], Awaitable[None]], every_s: float | None = None) -> None:
        """Call `plan` in each round, with the monotonic time at which the round began. A round begins when the loop is
        woken, and at the latest `every_s` after the one before."""
        while True:
            self._news.clear()
            now = monotonic()
            await self._decks.look_after(now)
            while self._vanished:
                await self._forget(self._vanished.pop())
                self.needs_at = 0.0
            await plan(now)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await self._news.wait()
