"""The station that runs in a home, and its answers to a command's questions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from retrovue_tui.errors import StationError
from retrovue_tui.instance_lock import Running, find_running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from retrovue_tui.protocol.client import StationClient

T = TypeVar("T")


def station_of(home: Path) -> Running:
    """Return the station that runs in this home and listens. Raises `StationError` if there is none."""
    running = find_running(home)
    if running is None:
        raise StationError(f"no station runs in {home}; `retrovue-tui run` starts it")
    if running.url is None:
        raise StationError(f"the station in {home} is still starting (process {running.pid})")
    return running


def answer_of(running: Running, question: Callable[[StationClient], Awaitable[T]]) -> T:
    """Connect to a running station, and return its answer to a question. Raises the errors of `StationClient`."""
    from retrovue_tui.protocol.client import StationClient

    async def asked() -> T:
        async with StationClient(running.url or "", running.token) as client:
            return await question(client)

    return asyncio.run(asked())
