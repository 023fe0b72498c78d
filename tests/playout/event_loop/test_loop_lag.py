"""How late the loop is: measured, by the station's own clock."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import aiohttp
import psutil

from retrovue_tui.playout.event_loop.loop_lag import LoopLag
from tests.playout.homes import Home, serving

if TYPE_CHECKING:
    from pathlib import Path


def test_the_worst_of_the_last_interval_or_two() -> None:
    now = 0.0
    lag = LoopLag(10.0, lambda: now)
    lag.note(0.25)
    lag.note(0.01)
    assert lag.worst_s == 0.25
    now = 12.0
    assert lag.worst_s == 0.25
    lag.note(0.02)
    now = 23.0
    assert lag.worst_s == 0.02
    now = 60.0
    assert lag.worst_s == 0.0


async def test_a_station_that_was_held_says_so_in_its_metrics(tmp_path: Path) -> None:
    home = Home.make(tmp_path, {}, {"1": "number = 1"})
    home.rundown("1")
    async with serving(home) as station, aiohttp.ClientSession() as http:

        async def lag() -> float:
            async with http.get(f"{station.url}/metrics") as answer:
                text = await answer.text()
            found = re.search(r"^retrovue_station_loop_lag_seconds ([0-9.e-]+)$", text, re.MULTILINE)
            assert found is not None, text
            return float(found[1])

        before = await lag()  # of its start
        process = psutil.Process(station.process.pid)
        process.suspend()
        time.sleep(before + 0.6)  # noqa: ASYNC251  # nobody else is waited for
        process.resume()
        async with asyncio.timeout(90):
            while (found := await lag()) < before + 0.4:
                await asyncio.sleep(0.02)
        assert found < before + 60.0  # seconds, not milliseconds
