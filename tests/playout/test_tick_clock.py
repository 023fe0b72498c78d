"""The clock counts its ticks, by which the watchdog sees that it runs."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from retrovue_tui.playout.tick_clock import TickClock
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from retrovue_tui.playout.channel.channel import Channel


async def test_ticks_are_counted_without_channels_and_with_broken_ones() -> None:
    ticked = asyncio.Event()

    def tick(due: float) -> None:
        if clock.ticks >= 3:
            ticked.set()
        raise RuntimeError("a fault in this channel")

    faults: list[Channel] = []
    broken = cast("Channel", SimpleNamespace(id="1", tick=tick))
    channels: list[Channel] = []
    clock = TickClock(FrameRate(60_000, 1_001), lambda: channels, lambda seconds, overdue: None, faults.append)
    task = asyncio.create_task(clock.run())
    try:
        async with asyncio.timeout(20):
            while clock.ticks < 2:  # no channel yet
                await asyncio.sleep(0.005)
            channels.append(broken)
            await ticked.wait()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert clock.ticks >= 3
    assert faults
