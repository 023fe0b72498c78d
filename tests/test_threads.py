"""Threads of their own for the air, and few for those who look."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from retrovue_tui.compute_turn import ComputeTurn, give_way
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


async def test_pools_that_share_a_turn_run_one_call_at_a_time() -> None:
    turn, running = ComputeTurn(), []

    def alone() -> int:
        running.append(1)
        time.sleep(0.001)  # lets the others run, if they may
        together = len(running)
        running.pop()
        return together

    pools = [Threads("test one", 2, turn=turn), Threads("test two", 2, turn=turn)]
    assert await asyncio.gather(*(pools[number % 2].run(alone) for number in range(40))) == [1] * 40


async def test_an_urgent_call_goes_before_all_that_wait_and_a_long_one_lets_it_in() -> None:
    turn, order, begun, asked = ComputeTurn(), [], threading.Event(), threading.Event()
    slow, urgent = Threads("test slow", 3, turn=turn), Threads("test urgent", 1, turn=turn, urgent=True)

    def long() -> None:
        begun.set()
        asked.wait(30)
        while not turn.urgent:
            time.sleep(0.001)
        give_way()
        order.append("long")

    tasks = [asyncio.create_task(slow.run(long))]
    while not begun.is_set():
        await asyncio.sleep(0.001)
    tasks += [asyncio.create_task(slow.run(order.append, f"short {number}")) for number in range(2)]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(urgent.run(order.append, "urgent")))
    asked.set()
    async with asyncio.timeout(30):
        await asyncio.gather(*tasks)
    assert order[0] == "urgent"
    assert sorted(order[1:]) == ["long", "short 0", "short 1"]


async def test_an_urgent_call_that_fails_gives_the_turn_back() -> None:
    turn = ComputeTurn()
    slow, urgent = Threads("test slow", 1, turn=turn), Threads("test urgent", 1, turn=turn, urgent=True)
    with pytest.raises(ValueError, match="invalid literal"):
        await urgent.run(int, "no number")
    async with asyncio.timeout(30):
        assert await slow.run(int, "7") == 7
    give_way()  # without a turn it does nothing
