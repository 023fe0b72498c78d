"""Keeps systemd informed while the station runs: when it is on air, what it airs, and that its clock ticks."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.systemd.heartbeat import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.cli.systemd.notify_socket import NotifySocket
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.station import Station

READY_S: Final = 60.0
"""After this time (s), a station counts as ready even if no channel has sent a picture: a restart would not help, and
its control room can."""
_LOOK_S: Final = 5.0
"""The time between two looks (s) if no watchdog waits."""


async def supervise(station: Station, systemd: NotifySocket, ready_s: float = READY_S) -> None:
    """Report the start, then the state, and signs of life while the clock ticks. Runs until cancelled."""
    systemd.status("starting: no channel has sent a picture yet")
    try:
        async with asyncio.timeout(ready_s):
            await station.wait_on_air()
    except TimeoutError:
        pass
    systemd.status(status_text(tuple(station.channels.values())))
    systemd.ready()
    station.on_reload = lambda begins: systemd.reloading() if begins else systemd.ready()
    heartbeat = None
    if systemd.watchdog_s is not None:
        heartbeat = Heartbeat(systemd.watchdog_s, lambda: station.clock.ticks, monotonic)
    while True:
        await asyncio.sleep(_LOOK_S if heartbeat is None else heartbeat.look_s)
        if heartbeat is not None and heartbeat.look():
            systemd.alive()
        systemd.status(status_text(tuple(station.channels.values())))


def status_text(channels: Sequence[Channel]) -> str:
    """Return what the channels air, as one line."""
    states = [channel.state if channel.splicer.frame else "starting" for channel in channels]
    words = (("on_air", "on air"), ("slate", "showing the slate"), ("starting", "starting"), ("stopped", "stopped"))
    counts = [f"{states.count(state)} {word}" for state, word in words if state in states]
    viewers = sum(channel.bus.viewers for channel in channels)
    return f"{_count(len(states), 'channel')}: {', '.join(counts)}; {_count(viewers, 'viewer')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
