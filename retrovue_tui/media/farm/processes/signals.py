"""How the processes of a farm report to the process that started them, and how they end: at a signal, or with it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys


def report(line: str) -> None:
    """Write a line to the process that started this one."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def stop_asked() -> None:
    """Wait for a signal to stop, or until the process that started this one has gone."""
    stop = asyncio.Event()
    loop, parent = asyncio.get_running_loop(), os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    while not stop.is_set() and os.getppid() == parent:
        try:
            async with asyncio.timeout(1.0):
                await stop.wait()
        except TimeoutError:
            continue
