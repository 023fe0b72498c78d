"""A house for tests, and short ways to pieces of real media in it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Need, Preparer
from retrovue_tui.timecode import FrameRate
from tests.media_factory import numbers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from retrovue_tui.media.asset import Asset

RATES = ("24000/1001", "25", "30000/1001", "50", "60000/1001")


def house(rate: str = "30000/1001", loudness: float | None = -23.0) -> HouseFormat:
    return HouseFormat("test", 320, 180, FrameRate.parse(rate), 400, loudness=loudness)


def preparer(folder: Path, of: HouseFormat | None = None, slots: int | None = None) -> Preparer:
    of = of or house()
    return Preparer(find_ffmpeg(), PieceStore(folder, of, 10**9), of, slots)


@contextlib.asynccontextmanager
async def running(preparer: Preparer) -> AsyncIterator[Preparer]:
    task = asyncio.create_task(preparer.run())
    try:
        yield preparer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(preparer: Preparer, true: Callable[[], object], seconds: float = 120) -> None:
    """Wait for a condition that changes when the preparer tells of something."""
    event = asyncio.Event()
    remove = preparer.add_listener(lambda _: event.set())
    try:
        async with asyncio.timeout(seconds):
            while not true():
                event.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), 0.2)
    finally:
        remove()


async def pieces(preparer: Preparer, asset: Asset, first: int = 0, end: int | None = None) -> list[Path]:
    """Have the preparer make all pieces that [first, end) touches; their paths in order."""
    store = preparer.store
    await store.open(asset)
    last = asset.frames(store.house.rate) if end is None else end
    preparer.want("test", [Need(asset, first, last, asyncio.get_running_loop().time())])
    await until(preparer, lambda: preparer.fault(asset) or store.ready(asset, first) >= min(last, store.frames(asset)))
    assert preparer.fault(asset) is None
    count = store.house.piece_frames
    return [store.piece_path(asset, n) for n in range(first // count, -(-min(last, store.frames(asset)) // count))]


def shown(paths: list[Path]) -> list[int | None]:
    return [number for path in paths for number in numbers(path)]
