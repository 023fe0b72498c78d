"""The one background thread in which all streamers of a process work.

The thread runs an event loop, and has one preparer for each combination of FFmpeg, house format and cache. It starts
with the first user and ends with the last one, together with every process that it runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Preparer
from retrovue_tui.media.workers import tasks

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat

CACHE_BYTES: Final = 20 * 10**9
T = TypeVar("T")


@dataclass(frozen=True)
class RenderSettings:
    """The settings for rendering. Streamers with equal settings share one `RenderEnvironment`, so nothing is rendered
    twice."""

    ffmpeg: FFmpeg
    house: HouseFormat
    cache: Path


class RenderEnvironment:
    """The piece store and the preparer for one set of `RenderSettings`. Use it only in the background thread."""

    def __init__(self, settings: RenderSettings) -> None:
        self.ffmpeg, self.house = settings.ffmpeg, settings.house
        self.store = PieceStore(settings.cache, settings.house, CACHE_BYTES)
        self.preparer = Preparer(settings.ffmpeg, self.store, settings.house)
        self.work = asyncio.create_task(self.preparer.run(), name=f"preparer of {settings.cache}")


class BackgroundLoop:
    """A thread that runs an event loop, and the render environments in use there."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.users = 0
        self._loop = asyncio.new_event_loop()
        self._environments: dict[RenderSettings, RenderEnvironment] = {}
        # A daemon thread, so that a program that forgets a stream can still end; `atexit` ends the FFmpeg processes.
        self._thread = threading.Thread(target=self._run, name="retrovue streaming", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs in this process. A forked child does not have its parent's thread."""
        return self.pid == os.getpid() and self._thread.is_alive()

    @property
    def here(self) -> bool:
        """Whether the caller runs in the background thread, which must never wait for itself."""
        return threading.current_thread() is self._thread

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine in the background thread and return its result. Blocking. Raises the coroutine's errors;
        after `timeout` seconds, cancels it and raises `TimeoutError`."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Start a coroutine in the background thread without waiting for it."""
        asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, what: Any) -> None:
        """Call a function in the background thread soon. No effect if the thread has ended."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what)

    def environment(self, settings: RenderSettings) -> RenderEnvironment:
        """Return the render environment for these settings; create it if there is none. Call this in the background
        thread."""
        environment = self._environments.get(settings)
        if environment is None or environment.work.done():
            environment = self._environments[settings] = RenderEnvironment(settings)
        return environment

    def close(self, timeout: float | None = None) -> None:
        """End all work and the thread. Blocking; in the background thread itself, it only starts the end."""
        if not self.alive:
            return
        if self.here:
            self.start(self._finish())
            return
        with contextlib.suppress(Exception):
            self.run(self._clear(), timeout)
        self.call(self._loop.stop)
        self._thread.join(timeout)

    async def _clear(self) -> None:
        work = [environment.work for environment in self._environments.values()]
        self._environments.clear()
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        tasks.release()

    async def _finish(self) -> None:
        await self._clear()
        self._loop.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            with contextlib.suppress(RuntimeError):  # while the interpreter ends, threads cannot be waited for any more
                self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()


_lock = threading.RLock()  # the garbage collector may call `leave` while this thread holds the lock
_current: BackgroundLoop | None = None


def enter() -> BackgroundLoop:
    """Return the process's background loop; start it if it does not run. Call `leave` once for each call of this."""
    global _current
    with _lock:
        if _current is None or not _current.alive:
            _current = BackgroundLoop()
        _current.users += 1
        return _current


def leave(background: BackgroundLoop, timeout: float | None = None) -> None:
    """End one use of the loop. The call for the last use ends the loop, and blocks until it has ended."""
    global _current
    with _lock:
        background.users -= 1
        if background.users:
            return
        if _current is background:
            _current = None
    background.close(timeout)


@contextlib.contextmanager
def shared_loop() -> Iterator[BackgroundLoop]:
    """Use the background loop during the `with` block."""
    entered = enter()
    try:
        yield entered
    finally:
        leave(entered)


def _forget() -> None:
    """Drop the loop and the lock in a forked child: it does not have the thread, and another thread may have held the
    lock."""
    global _current, _lock
    _current, _lock = None, threading.RLock()


os.register_at_fork(after_in_child=_forget)
