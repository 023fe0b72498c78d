"""The reports to systemd, from a station's start to its end."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from retrovue_tui.cli.systemd.supervision import status_text, supervise

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrovue_tui.cli.systemd.notify_socket import NotifySocket
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.station import Station


class Systemd:
    """Records the reports."""

    def __init__(self, watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    def __getattr__(self, name: str) -> Any:
        return lambda *texts: self.heard.put_nowait(": ".join([name, *texts]))

    async def hears(self, *, but: str = "status") -> str:
        """The next report of another kind."""
        async with asyncio.timeout(20):
            while (report := await self.heard.get()).startswith(but):
                pass
        return report


class Clock:
    """A clock that ticks by hand, and knows how often somebody has looked."""

    def __init__(self) -> None:
        self.value = 0
        self._looks = asyncio.Semaphore(0)

    @property
    def ticks(self) -> int:
        self._looks.release()
        return self.value

    async def read_times(self, count: int) -> None:
        async with asyncio.timeout(20):
            for _ in range(count):
                await self._looks.acquire()


class FakeStation:
    def __init__(self) -> None:
        self.channels = {"1": channel("starting", 0)}
        self.clock = Clock()
        self.on_air = asyncio.Event()
        self.on_reload: Any = None

    async def wait_on_air(self) -> None:
        await self.on_air.wait()


def channel(state: str, frame: int, viewers: int = 0) -> Channel:
    fake = SimpleNamespace(state=state, splicer=SimpleNamespace(frame=frame), bus=SimpleNamespace(viewers=viewers))
    return cast("Channel", fake)


@contextlib.asynccontextmanager
async def supervised(station: FakeStation, systemd: Systemd, ready_s: float = 60.0) -> AsyncIterator[None]:
    task = asyncio.create_task(supervise(cast("Station", station), cast("NotifySocket", systemd), ready_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_ready_when_the_first_channel_sends_pictures() -> None:
    station, systemd = FakeStation(), Systemd()
    async with supervised(station, systemd):
        assert await systemd.hears(but="x") == "status: starting: no channel has sent a picture yet"
        assert systemd.heard.empty()
        station.channels = {"1": channel("slate", 1), "2": channel("on_air", 9, viewers=3)}
        station.on_air.set()
        assert await systemd.hears(but="x") == "status: 2 channels: 1 on air, 1 showing the slate; 3 viewers"
        assert await systemd.hears() == "ready"
        station.on_reload(True)
        station.on_reload(False)
        assert [await systemd.hears(), await systemd.hears()] == ["reloading", "ready"]


async def test_ready_after_a_time_even_without_pictures() -> None:
    station, systemd = FakeStation(), Systemd()
    async with supervised(station, systemd, ready_s=0.01):
        assert await systemd.hears() == "ready"


async def test_a_sign_of_life_only_while_the_clock_ticks() -> None:
    station, systemd = FakeStation(), Systemd(watchdog_s=0.2)
    station.on_air.set()
    async with supervised(station, systemd):
        assert await systemd.hears() == "ready"
        await station.clock.read_times(5)
        station.clock.value += 1
        systemd.heard.put_nowait("the clock ticks")
        assert [await systemd.hears(), await systemd.hears()] == ["the clock ticks", "alive"]


def test_the_status_counts_channels() -> None:
    assert status_text([channel("on_air", 1, viewers=1)]) == "1 channel: 1 on air; 1 viewer"
    many = [channel("on_air", 0), channel("stopped", 7), channel("stopped", 7)]
    assert status_text(many) == "3 channels: 1 starting, 2 stopped; 0 viewers"
