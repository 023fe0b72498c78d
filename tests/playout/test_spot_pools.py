"""Pool files of a station: read as they change; while one is broken, its last valid rules stay in force."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrovue_tui.config.station_config import POOL_FILE
from retrovue_tui.media.library.library import Library
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.spot_pools import SpotPools
from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving
from tests.playout.studio import small_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

COLA = '["cola.mp4"]\ntitle = "Cola 30"\n'
SPOT = Clip(frames=30, size=(160, 90))


@dataclass
class Pools:
    pools: SpotPools
    library: Library
    events: EventLog

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.02)

    def told(self) -> list[str]:
        return [event.message for event in self.events.after(0)]


@contextlib.asynccontextmanager
async def watched(tmp_path: Path) -> AsyncIterator[Pools]:
    """A station's library and its pools, of which `ads` has a spot, and `more` two folders; one is not there."""
    folders = {"ads": (tmp_path / "ads",), "more": (tmp_path / "ads", tmp_path / "gone")}
    store, events = PieceStore(tmp_path / "cache", small_house(), 10**9), EventLog()
    library = Library([], pools=folders, on_pool_file=lambda path: pools.note(path))
    pools = SpotPools(folders, library, store, events)
    await pools.load()
    await library.open(30)
    for asset in library.assets:
        await store.open(asset)
    running = [asyncio.create_task(work) for work in (library.watch(), pools.follow())]
    try:
        yield Pools(pools, library, events)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def ads(tmp_path: Path, text: str | None = None) -> Path:
    """The pool file of a folder with one spot."""
    folder = tmp_path / "ads"
    folder.mkdir()
    shutil.copyfile(make(SPOT), folder / "cola.mp4")
    os.utime(folder / "cola.mp4", (1e9, 1e9))
    if text is not None:
        (folder / POOL_FILE).write_text(text)
    return folder / POOL_FILE


async def test_rules_that_are_there_at_the_start(tmp_path: Path) -> None:
    ads(tmp_path, COLA)
    async with watched(tmp_path) as station:
        pools = station.pools
        assert [clip.title for clip in pools.clips("ads")] == ["Cola 30"]
        assert pools.title(tmp_path / "ads" / "cola.mp4") == "Cola 30"
        assert pools.rules("ads") is pools.rules("ads") is not None
        assert pools.rules("more") is not None
        assert (pools.rules(None), pools.rules("unknown"), pools.clips(None)) == (None, None, [])
        assert [asset.path.name for asset in station.library.assets] == ["cola.mp4"]  # the pool file is no media
        assert (station.library.faults, station.told()) == ({}, [])


async def test_a_pool_file_that_comes_changes_breaks_and_goes(tmp_path: Path) -> None:
    path = ads(tmp_path)
    async with watched(tmp_path) as station:
        pools = station.pools
        assert pools.rules("ads") is None
        path.write_text(COLA)
        await station.until(lambda: pools.rules("ads"))
        assert [clip.title for clip in pools.clips("ads")] == ["Cola 30"]
        rules = pools.rules("ads")
        path.write_text('["cola.mp4"]\ntitel = "Cola 60"\nweight = "heavy"\n')
        await station.until(lambda: pools.faults("ads"))
        assert pools.faults("ads") == pools.faults("more") == (
            f"{path}:2: unknown key 'titel' in [\"cola.mp4\"]; did you mean 'title'? (and 1 more; `check` lists them);"
            " its last valid rules stay in force",
        )  # fmt: skip
        assert pools.rules("ads") is rules
        path.write_text(COLA.replace("30", "60"))
        await station.until(lambda: not pools.faults("ads"))
        assert [clip.title for clip in pools.clips("ads")] == ["Cola 60"]
        path.unlink()
        await station.until(lambda: pools.rules("ads") is None)
        assert pools.clips("ads")[0].title != "Cola 60"
        assert [text.rpartition("; ")[2] for text in station.told()] == [
            "its last valid rules stay in force", f"{path}: the new rules are in force", "its rules no longer hold",
        ]  # fmt: skip


async def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = ads(tmp_path, "")
    path.write_bytes(b"\n\n\xff")
    async with watched(tmp_path) as station:
        assert station.pools.faults("ads") == (
            f"{path}:3: is not UTF-8 text; save it as UTF-8; its spots air without rules",
        )
        path.unlink()
        path.mkdir()
        await station.until(lambda: "cannot be read" in station.pools.faults("ads")[0])
        path.rmdir()
        path.write_text(COLA)
        await station.until(lambda: not station.pools.faults("ads"))


async def test_a_station_shows_the_fault_and_uses_the_title(tmp_path: Path) -> None:
    home = Home.make(tmp_path, {"film.mp4": make(Clip(frames=120, size=(160, 90)))}, {"1": 'pool = "ads"', "2": ""})
    config = tmp_path / "retrovue.toml"
    config.write_text(config.read_text() + '[pools]\nads = "ads"\n')
    path = ads(tmp_path, "weigth = 1\n")
    home.rundown("1", "film.mp4", "file ../ads/cola.mp4")
    home.rundown("2", "film.mp4")
    async with serving(home) as station:
        fault = f"{path}:1: unknown key 'weigth'; the known keys are separation, cooldown; its spots air without rules"
        await station.until(
            lambda now: (
                [channel.state for channel in now.channels] == ["on_air", "on_air"]
                and [channel.warnings for channel in now.channels] == [(fault,), ()]
            )
        )
        path.write_text(COLA)
        await station.until(lambda now: not now.channels[0].warnings)
        rows = (await station.client.rundown("1")).entries
        assert [row.title for row in rows] == ["film", "Cola 30"]
        async with asyncio.timeout(60):
            while "Cola 30" not in [row.title for row in (await station.client.library()).rows]:
                await asyncio.sleep(0.05)
