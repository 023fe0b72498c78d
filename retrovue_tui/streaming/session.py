"""One running stream: its engine in the background thread, and the chunks for the caller."""

from __future__ import annotations

import atexit
import concurrent.futures.thread  # noqa: F401  # not used by name: `_close_all` must be registered after this import
import logging
import shutil
import tempfile
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.streaming import background_loop
from retrovue_tui.streaming.chunk_queue import ChunkQueue
from retrovue_tui.streaming.engine import StreamEngine
from retrovue_tui.streaming.live_encode import LiveEncode, LiveSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.streaming.background_loop import BackgroundLoop, RenderSettings
    from retrovue_tui.streaming.sources import Source

LOGGED: Final = 5
"""How many chunks are logged at the start of a stream."""
AT_EXIT_S: Final = 2.0

log = logging.getLogger(__name__)
_open: weakref.WeakSet[Session] = weakref.WeakSet()


class Session:
    """One stream, from `open` to `close`; both block. Any thread may call `close`, at any time and repeatedly."""

    def __init__(self, name: str, settings: RenderSettings, *, loop: bool, pace: bool, burst_s: float) -> None:
        self._name, self._settings = name, settings
        self._loop, self._pace, self._burst_s = loop, pace, burst_s
        self._lock = threading.RLock()  # the garbage collector may call `close` while this thread holds the lock
        self._chunk_queue = ChunkQueue(settings.house.rate, self._has_room, self._alive)
        self._background: BackgroundLoop | None = None
        self._engine: StreamEngine | LiveEncode | None = None
        self._lists: Path | None = None
        self._closed = False

    def open(self, source: Source | LiveSource) -> None:
        """Start to play; a `LiveSource` by a live encode. No effect if the session is closed."""
        with self._lock:
            if self._closed:
                return
            self._background = background_loop.enter()
            self._lists = Path(tempfile.mkdtemp(prefix="retrovue-stream-"))
            _open.add(self)
            self._engine = self._background.run(self._start(self._background, source, self._lists))

    async def _start(
        self, background: BackgroundLoop, source: Source | LiveSource, lists: Path
    ) -> StreamEngine | LiveEncode:
        engine: StreamEngine | LiveEncode
        if isinstance(source, LiveSource):
            engine = LiveEncode(
                self._name, self._settings, source, self._chunk_queue, lists, loop=self._loop, pace=self._pace
            )
        else:
            environment = background.environment(self._settings)
            engine = StreamEngine(
                self._name, environment, source, self._chunk_queue, lists, loop=self._loop, unhurried=self._pace
            )
        await engine.start()
        return engine

    def chunks(self) -> Iterator[bytes]:
        """Yield the stream's chunks. Blocking. Raises the error with which the stream failed."""
        pace = self._pace and not isinstance(self._engine, LiveEncode)  # in a live encode, FFmpeg paces the stream
        for number, chunk in enumerate(self._chunk_queue.chunks(pace=pace, burst_s=self._burst_s)):
            if number < LOGGED:
                log.debug("%s: chunk %d: %d bytes", self._name, number, len(chunk))
            yield chunk

    def change(self, source: Source) -> None:
        """Change to another source. No effect unless the session is open. A live encode cannot change."""
        with self._lock:
            if self._background is not None and isinstance(self._engine, StreamEngine) and not self._closed:
                self._background.run(self._engine.change(source))

    def close(self, timeout: float | None = None) -> None:
        """End the stream with all its tasks and processes."""
        self._chunk_queue.stop()
        background = self._background
        if (
            background is not None and background.here
        ):  # the garbage collector closes a generator in the loop's own thread
            threading.Thread(target=self.close, name="retrovue close").start()
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            background = self._background
            if background is None:
                return
            try:
                if self._engine is not None and background.alive:
                    background.run(self._engine.close(), timeout)
            finally:
                background_loop.leave(background, timeout)
                if self._lists is not None:
                    shutil.rmtree(self._lists, ignore_errors=True)

    def _has_room(self) -> None:
        if self._background is not None and self._engine is not None:
            self._background.call(self._engine.has_room)

    def _alive(self) -> bool:
        return self._background is None or self._background.alive


def _close_all() -> None:
    for session in list(_open):
        try:
            session.close(AT_EXIT_S)
        except Exception as error:  # the process ends now, and all its threads and children with it
            log.debug("closing a stream: %r", error)


# When `atexit` runs, Python has closed its thread pools already, but closing a stream needs them. The pools register
# themselves on import, and `atexit` runs later registrations first: register this after their import.
getattr(threading, "_register_atexit", atexit.register)(_close_all)
