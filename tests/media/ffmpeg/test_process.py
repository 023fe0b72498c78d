"""Child processes are started one at a time, so that the clock goes on between two starts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from retrovue_tui.media.ffmpeg.process import end, spawn

if TYPE_CHECKING:
    import pytest


async def test_other_tasks_run_between_two_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty channels whose decks are due together must not hold the event loop for twenty starts in a row."""
    rounds, started = 0, []
    start = asyncio.create_subprocess_exec

    async def noted(*words: str, **options: Any) -> asyncio.subprocess.Process:
        started.append(rounds)
        return await start(*words, **options)

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    counting = asyncio.create_task(count())
    children = await asyncio.gather(*(spawn(["sleep", "996"]) for _ in range(6)))
    counting.cancel()
    await asyncio.gather(*(end(child) for child in children))
    assert len(set(started)) == 6  # each in another round of the loop
