"""Children of the station need no threads."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.media.ffmpeg.process import end, spawn
from retrovue_tui.playout.event_loop.child_watch import watch_children_in_the_loop

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pid descriptors exist on Linux alone")


@pytest.fixture(autouse=True)
def _own_watcher() -> Iterator[None]:
    yield
    if sys.version_info < (3, 12):
        asyncio.set_child_watcher(asyncio.ThreadedChildWatcher())


async def test_a_child_needs_no_thread_and_its_end_is_noticed() -> None:
    watch_children_in_the_loop()
    before = set(threading.enumerate())
    long = await spawn(["sleep", "60"])
    short = await spawn(["sh", "-c", "exit 7"])
    async with asyncio.timeout(20):
        assert await short.wait() == 7
        assert set(threading.enumerate()) == before
        assert long.returncode is None
        await end(long)
    assert long.returncode == -15
