"""The event log."""

from __future__ import annotations

import asyncio

from retrovue_tui.playout.event_log import EventLog


async def test_events_are_numbered_and_the_newest_are_kept() -> None:
    log = EventLog(keep=3)
    assert log.last_id == 0
    for number in range(1, 6):
        assert log.publish("take", str(number), channel="1", frame=number).id == number
    assert [event.id for event in log.after(0)] == [3, 4, 5]
    assert [event.id for event in log.after(4)] == [5]
    assert log.after(5) == []
    assert log.after(4)[0].data == {"frame": 5}


async def test_every_follower_is_woken_once_for_each_event() -> None:
    log = EventLog()

    async def follow() -> list[int]:
        seen: list[int] = []
        async for event in log.follow(0):
            seen.append(event.id)
            if event.id == 4:
                return seen
        return seen

    followers = [asyncio.create_task(follow()) for _ in range(3)]
    for _ in range(2):
        log.publish("take", "")
        log.publish("take", "")
        await asyncio.sleep(0)
    async with asyncio.timeout(90):
        assert await asyncio.gather(*followers) == [[1, 2, 3, 4]] * 3


async def test_news_waits_for_something_newer() -> None:
    log = EventLog()
    log.publish("take", "")
    await log.wait_after(0)
    waiting = asyncio.create_task(log.wait_after(1))
    await asyncio.sleep(0)
    assert not waiting.done()
    log.publish("take", "")
    await asyncio.wait_for(waiting, 20)
