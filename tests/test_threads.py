"""Threads of their own for the air, and few for those who look."""

from __future__ import annotations

import asyncio
import threading

import pytest

from retrovue_tui.threads import AIR, BusyError, Threads


async def test_reading_requests_cannot_take_the_threads_of_playout() -> None:
    browse, go = Threads("test browse", 2, most=6), threading.Event()
    waiting = [asyncio.create_task(browse.run(go.wait, 30)) for _ in range(6)]
    others = [asyncio.create_task(asyncio.to_thread(go.wait, 30)) for _ in range(40)]  # the usual pool is full
    await asyncio.sleep(0)
    try:
        with pytest.raises(BusyError, match="6 requests"):
            await browse.run(int)
        async with asyncio.timeout(30):
            assert await AIR.run(threading.current_thread) is not threading.main_thread()
    finally:
        go.set()
        await asyncio.gather(*waiting, *others)
    assert await browse.run(lambda a, b: a + b, 1, b=2) == 3


async def test_a_call_that_fails_gives_its_place_back() -> None:
    threads = Threads("test", 1, most=1)
    for _ in range(3):
        with pytest.raises(ValueError, match="invalid literal"):
            await threads.run(int, "no number")
