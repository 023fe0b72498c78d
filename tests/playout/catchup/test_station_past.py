"""The past of a station in a process of its own, over HTTP and over a restart."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING

import aiohttp

from tests.media_factory import Clip, make
from tests.playout.catchup.past import clean, seen
from tests.playout.homes import Home, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.playout.homes import OnAir


async def frames_aired(station: OnAir, frames: int) -> None:
    """Wait until this number of the film's frames has aired in this run."""
    async with asyncio.timeout(90):
        while True:
            rows = await station.client.asrun("1")
            film = [row for row in rows if row.entry == "film" and row.started_at >= station.started]
            if film and film[-1].ended is None and time.time() > film[-1].started_at + frames / 29.97:
                return
            await asyncio.sleep(0.05)


async def test_the_past_over_a_restart_and_its_limit(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=1_800, size=(160, 90)))
    says = 'on_start = "resume"\ncatchup = "2h"'
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": says, "2": "number = 2"}, prepared=True)
    config = tmp_path / "retrovue.toml"
    config.write_text(config.read_text().replace("port = 0", "port = 0\nmax_catchup = 1"))
    home.rundown("1", "film.mp4")
    home.rundown("2", "film.mp4")
    async with serving(home) as station:
        await frames_aired(station, 70)
        began = station.started
        station.process.send_signal(signal.SIGTERM)
        await station.process.wait()
    async with serving(home) as station, aiohttp.ClientSession() as http:
        await frames_aired(station, 70)
        address = f"{station.url}/iptv/channel/1.ts?utc={began:.0f}"
        async with http.get(f"{address}&pace=0") as answer:
            assert answer.status == 200
            data = await answer.read()
        async with http.get(address) as watching:
            assert watching.status == 200
            assert len(await watching.content.readexactly(188)) == 188
            async with http.get(address) as refused:
                assert (refused.status, (await refused.json())["error"]["code"]) == (503, "too_many_viewers")
        async with http.get(f"{station.url}/iptv/channel/2.ts?utc={began:.0f}") as off:
            assert (off.status, (await off.json())["error"]["code"]) == (404, "catchup_off")
        rows = [row for row in await station.client.asrun("1") if row.entry == "film"]
    shown = [number for number in seen(clean(data)) if number is not None]
    assert shown[: rows[0].frames_aired] == list(range(rows[0].frames_aired))
    assert shown[rows[0].frames_aired :] == list(range(rows[1].asset_frame, shown[-1] + 1))
    assert shown[-1] >= rows[1].asset_frame + 60  # 70 had aired, and the newest ones may still be on their way
