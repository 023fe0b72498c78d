"""A real station under requests at random: it answers all of them, and its picture goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.fuzzing import Fuzzer
from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 6.0


async def test_requests_at_random_do_no_harm(tmp_path: Path) -> None:
    """No 500, no refusal without a reason, no fault in the log, no jump in the stream; see `bench_fuzz` for more."""
    media = {"film.mp4": make(Clip(frames=600)), "spot.mp4": make(Clip(frames=45, first=2_000))}
    home = Home.make(tmp_path, media, {"1": "number = 1", "2": "number = 2"}, prepared=True)
    for channel in ("1", "2"):
        home.rundown(channel, "film.mp4", "spot.mp4")
    async with serving(home) as station:
        await station.until(lambda now: all(each.state == "on_air" for each in now.channels))
        fuzzer = Fuzzer(station.url, seed=7, safe=["1"], others=["2"])
        async with asyncio.timeout(60):
            while fuzzer.requests <= 50:  # a busy machine takes longer for as many
                await fuzzer.run(SECONDS, workers=4)
        assert fuzzer.failures == []
        async with asyncio.timeout(90):
            snapshot = await station.until(lambda now: now.channels[0].state == "on_air")
        seams = snapshot.channels[0].seams
        assert (seams.video_jumps, seams.cc_errors) == (0, 0)
        assert station.process.returncode is None
    log = (home.path / "logs" / "station.log").read_text()
    assert "Traceback" not in log, log[log.index("Traceback") - 300 :][:3_000]
