"""The station's clock: ticks every channel once per frame, and detects a standstill of the whole station."""

from __future__ import annotations

import asyncio
import logging
import time
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.ffmpeg.start_turns import start_turns
from retrovue_tui.playout.event_loop.loop_lag import LoopLag
from retrovue_tui.two_clocks import unix_offset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.timecode import FrameRate

STOOD_STILL_S: Final = 2.0
"""The shortest delay that counts as a standstill (s); see `TickClock.run`. After a shorter delay, all late pictures are
sent at once, because viewers have seconds of stream in their buffers."""
YIELD_AFTER_S: Final = 0.003
"""The longest time that `TickClock.run` works before it lets other tasks run (s). A tick of fifty channels takes
longer, so it is divided."""

log = logging.getLogger(__name__)


class TickClock:
    """Ticks all channels. `channels` returns the channels.

    After a standstill, `stood_still` is called with two arguments: its length in seconds, which is a whole number of
    frames, and whether the monotonic clock ran on meanwhile. `fault` is called with a channel whose tick raised an
    error.
    """

    def __init__(
        self,
        rate: FrameRate,
        channels: Callable[[], Iterable[Channel]],
        stood_still: Callable[[float, bool], None],
        fault: Callable[[Channel], None],
    ) -> None:
        self.lag = LoopLag()
        """The delay of the ticks."""
        self.ticks = 0
        """How often all channels have been ticked."""
        self._rate = rate
        self._channels = channels
        self._stood_still = stood_still
        self._fault = fault

    async def run(self) -> None:
        """Tick every channel once per frame. Runs until cancelled."""
        try:
            await self._run()
        finally:
            start_turns().tick(inf)

    async def _run(self) -> None:
        """Tick, and let children start only in the first half of the time after a tick.

        Each channel gets the time at which the tick was due, not the time at which it ran. So frames lie exactly on the
        clock's grid, and no frame waits for the next tick because this one came early. The grid is aligned to Unix
        time, so it is the same after a restart.
        """
        period = float(self._rate.seconds(1))
        now = monotonic()
        due = now + period - (now + unix_offset()) % period
        asleep, starts = _asleep_s(), start_turns()
        while True:
            self.lag.note(monotonic() - due)
            await self._tick(due)
            self.ticks += 1
            due += period
            starts.tick(due - period / 2)
            late = monotonic() - due
            if late > STOOD_STILL_S:
                gone = int(late / period)
                due += period * gone
                self._stood_still(self._seconds(gone), True)
            elif late > 1.0:
                due += period * int(late / period)
            asleep, before = _asleep_s(), asleep
            if asleep - before > STOOD_STILL_S:
                self._stood_still(self._seconds(round((asleep - before) / period)), False)
            await asyncio.sleep(max(0.0, -late))

    async def _tick(self, due: float) -> None:
        began = monotonic()
        for channel in self._channels():
            try:
                channel.tick(due)
            except Exception:
                log.exception("channel %s", channel.id)
                self._fault(channel)
            if monotonic() - began > YIELD_AFTER_S:
                await asyncio.sleep(0)
                began = monotonic()

    def _seconds(self, frames: int) -> float:
        return float(self._rate.seconds(frames))


def _asleep_s() -> float:
    """Return how long the machine has been asleep since it started (s); 0 if the system does not count that. The
    monotonic clock stands still during sleep."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return 0.0 if clock is None else time.clock_gettime(clock) - time.clock_gettime(time.CLOCK_MONOTONIC)
