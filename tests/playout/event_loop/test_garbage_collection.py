"""The garbage collector of a station's process: full collections come when they are asked for, and never else."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from retrovue_tui.playout.event_loop import garbage_collection
from retrovue_tui.playout.event_loop.garbage_collection import collect_garbage

if TYPE_CHECKING:
    import pytest


class FullCollections:
    """Counts the full collections of this process."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        self.count += phase == "stop" and info["generation"] == 2


async def busy() -> None:
    """Make enough objects for several full collections."""
    kept: list[list[dict[str, int]]] = [[{} for _ in range(1_000)] for _ in range(400)]
    await asyncio.sleep(0)
    del kept


async def test_full_collections_come_sooner_without_viewers_and_never_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, watched, thresholds = [0.0], [True], gc.get_threshold()
    monkeypatch.setattr(garbage_collection, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(garbage_collection, "monotonic", lambda: clock[0])
    full = FullCollections()
    gc.callbacks.append(full)
    task = asyncio.create_task(collect_garbage(lambda: watched[0]))
    try:
        await asyncio.sleep(0)
        for _ in range(5):
            await busy()
        clock[0] = garbage_collection.WATCHED_EVERY_S - 1
        for _ in range(5):
            await asyncio.sleep(0)
        assert full.count == 0
        watched[0] = False
        while not full.count:
            await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)
        assert full.count == 1
    finally:
        gc.callbacks.remove(full)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert gc.get_threshold() == thresholds
