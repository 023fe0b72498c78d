"""One running stream: its engine in the background thread, and the caller's end of it."""

from __future__ import annotations

import atexit
import concurrent.futures.thread  # noqa: F401  # must be imported before `_close_all` is registered, see below
import logging
import shutil
import tempfile
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.streaming import background_loop as workshops
from retrovue_tui.streaming.chunk_queue import ChunkQueue
from retrovue_tui.streaming.engine import StreamEngine
from retrovue_tui.streaming.live_encode import LiveEncode, LiveSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.streaming.background_loop import BackgroundLoop, RenderSettings
    from retrovue_tui.streaming.sources import Source

LOGGED: Final = 5
"""How many of the first chunks are logged."""
AT_EXIT_S: Final = 2.0

log = logging.getLogger(__name__)
_open: weakref.WeakSet[Session] = weakref.WeakSet()


class Session:
    """One stream from `open` to `close`. Both block; `close` may be called at any time, repeatedly, from any thread."""

    def __init__(self, name: str, kit: RenderSettings, *, loop: bool, pace: bool, burst_s: float) -> None:
        self._name, self._kit = name, kit
        self._loop, self._pace, self._burst_s = loop, pace, burst_s
        self._lock = threading.RLock()  # the garbage collector may call `close` in the middle of it
        self._outbox = ChunkQueue(kit.house.rate, self._has_room, self._alive)
        self._workshop: BackgroundLoop | None = None
        self._feed: StreamEngine | LiveEncode | None = None
        self._lists: Path | None = None
        self._closed = False

    def open(self, source: Source | LiveSource) -> None:
        """Start to play, a `LiveSource` by a live encode; without effect once the session is closed."""
        with self._lock:
            if self._closed:
                return
            self._workshop = workshops.enter()
            self._lists = Path(tempfile.mkdtemp(prefix="retrovue-stream-"))
            _open.add(self)
            self._feed = self._workshop.run(self._start(self._workshop, source, self._lists))

    async def _start(
        self, workshop: BackgroundLoop, source: Source | LiveSource, lists: Path
    ) -> StreamEngine | LiveEncode:
        feed: StreamEngine | LiveEncode
        if isinstance(source, LiveSource):
            feed = LiveEncode(self._name, self._kit, source, self._outbox, lists, loop=self._loop, pace=self._pace)
        else:
            bench = workshop.bench(self._kit)
            feed = StreamEngine(self._name, bench, source, self._outbox, lists, loop=self._loop, unhurried=self._pace)
        await feed.start()
        return feed

    def chunks(self) -> Iterator[bytes]:
        """Yield the stream's chunks; blocking. Raises the error that the stream has failed with."""
        pace = self._pace and not isinstance(self._feed, LiveEncode)  # there FFmpeg keeps the pace
        for number, chunk in enumerate(self._outbox.chunks(pace=pace, burst_s=self._burst_s)):
            if number < LOGGED:
                log.debug("%s: chunk %d: %d bytes", self._name, number, len(chunk))
            yield chunk

    def change(self, source: Source) -> None:
        """Change to another source; without effect unless the session is open. A live encode cannot change."""
        with self._lock:
            if self._workshop is not None and isinstance(self._feed, StreamEngine) and not self._closed:
                self._workshop.run(self._feed.change(source))

    def close(self, timeout: float | None = None) -> None:
        """End the stream and everything that runs for it."""
        self._outbox.stop()
        workshop = self._workshop
        if workshop is not None and workshop.here:  # the garbage collector closes a generator in the loop's own thread
            threading.Thread(target=self.close, name="retrovue close").start()
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            workshop = self._workshop
            if workshop is None:
                return
            try:
                if self._feed is not None and workshop.alive:
                    workshop.run(self._feed.close(), timeout)
            finally:
                workshops.leave(workshop, timeout)
                if self._lists is not None:
                    shutil.rmtree(self._lists, ignore_errors=True)

    def _has_room(self) -> None:
        if self._workshop is not None and self._feed is not None:
            self._workshop.call(self._feed.has_room)

    def _alive(self) -> bool:
        return self._workshop is None or self._workshop.alive


def _close_all() -> None:
    for session in list(_open):
        try:
            session.close(AT_EXIT_S)
        except Exception as error:  # the process ends, and what is left ends with it
            log.debug("closing a stream: %r", error)


# When `atexit` runs, Python's thread pools are closed already, but closing a stream needs them. They register
# themselves when they are imported, and what is registered later runs earlier.
getattr(threading, "_register_atexit", atexit.register)(_close_all)
