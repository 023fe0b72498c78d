"""Turns are in order, few in each turn of the loop, and none is lost."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from retrovue_tui.server.turns import LEAST, LOOP_S, MOST, Turns


async def test_each_has_its_turn_in_order_and_the_loop_goes_on_between_them() -> None:
    turns, order, rounds = Turns(), list[int](), 0
    together: dict[int, int] = {}

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    async def come(number: int) -> None:
        await turns.next()
        order.append(number)
        together[rounds] = together.get(rounds, 0) + 1

    counting = asyncio.create_task(count())
    await asyncio.gather(*(come(number) for number in range(1_000)))
    counting.cancel()
    assert order == list(range(1_000))
    assert max(together.values()) <= MOST + LEAST
    assert len(together) >= 1_000 / (MOST + LEAST)


async def test_fewer_are_let_on_where_each_takes_long() -> None:
    """30 that take 5 ms each: with 64 at a time the loop would be held for 150 ms."""
    now = 0.0
    turns, at = Turns(lambda: now), list[float]()
    ticks = list[float]()

    async def tick() -> None:
        while len(at) < 30:
            ticks.append(now)
            await asyncio.sleep(0)

    async def come() -> None:
        nonlocal now
        await turns.next()
        now += 0.005
        at.append(now)

    await asyncio.gather(tick(), *(come() for _ in range(30)))
    gaps = [after - before for before, after in pairwise(ticks)]
    assert max(gaps) <= LOOP_S + (LEAST + 1) * 0.005


async def test_a_task_that_gave_up_waiting_keeps_nobody_waiting() -> None:
    turns = Turns()
    waiting = [asyncio.create_task(turns.next()) for _ in range(100)]
    await asyncio.sleep(0)
    for task in waiting[10:90]:
        task.cancel()
    async with asyncio.timeout(90):
        await asyncio.gather(*waiting, return_exceptions=True)
        await turns.next()
        await turns.next()
