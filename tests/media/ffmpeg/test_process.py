"""Child processes are started one at a time, and soon after a tick, so that the clock goes on between two starts."""

from __future__ import annotations

import asyncio
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

from retrovue_tui.media.ffmpeg.process import end, spawn
from retrovue_tui.media.ffmpeg.start_turns import APART_S, start_turns

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


async def test_a_child_starts_soon_after_a_tick_and_one_in_any_case() -> None:
    """A start holds the loop. Late in the time between two ticks it would delay the next picture."""
    turns, started = start_turns(), []

    async def start(name: str) -> None:
        async with turns.turn():
            started.append(name)

    try:
        turns.tick(monotonic() - 1)  # the time for starts is over before the tick has ended: the machine is slow
        starting = [asyncio.create_task(start(name)) for name in "abc"]
        await starting[0]
        for _ in range(5):
            await asyncio.sleep(APART_S)
        assert started == ["a"]
        turns.tick(monotonic() - 1)
        await starting[1]
        assert started == ["a", "b"]
        turns.tick(inf)  # the clock has ended
        await starting[2]
        assert started == ["a", "b", "c"]
    finally:
        turns.tick(inf)
