"""Worker processes: run functions that may crash, hang or use up all memory, outside this process.

A pool has a few slots. Each slot is a thread with one process. The first request starts the process, and the process
ends when it has been idle for a while. It serves one request at a time, so it is known which request killed it.

Why not `pebble.ProcessPool`: its `spawn` runs the program's main module again, which breaks a plain script that embeds
a stream. Its limits follow the wall clock, so a clock set forward ends running tasks. A worker that dies while idle
ends the pool. Its workers share one pipe, and its three threads wake 10 times a second. (The standard pool ends as a
whole with the first worker that crashes.)
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import pickle
import queue
import signal
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrovue_tui.errors import MediaError
from retrovue_tui.media.workers.process import CANNOT_START, DiedError, Worker, WorkerError

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)

IDLE_S: Final = 30.0
"""A worker ends after this time without a request (s)."""
MEMORY_MB: Final = 3_000
ENDED: Final = "its worker was ended"
"""The limit of a worker's address space (MB): enough to probe and show an 8K film."""


class DecoderError(MediaError):
    """Raised for a file that crashes its decoding process, or makes it hang or run out of memory. The file is not tried
    again until it changes."""


class FileStamp(NamedTuple):
    """A file's state: its size and modification time (ns)."""

    path: Path
    size: int
    mtime_ns: int


@dataclass(order=True)
class _Request:
    priority: int
    number: int
    task: str = field(compare=False)
    arguments: tuple[Any, ...] = field(compare=False)
    limit_s: float = field(compare=False)
    about: FileStamp | None = field(compare=False)
    rescue: tuple[str, tuple[Any, ...]] | None = field(compare=False)
    future: Future[Any] = field(compare=False, default_factory=Future)


class WorkerPool:
    """Runs tasks, named as `"module:function"`, in at most `size` worker processes. Several threads may use it.

    `killers` records which files killed a worker, and how. Several pools can share it.
    """

    def __init__(
        self,
        name: str,
        size: int,
        killers: dict[FileStamp, str] | None = None,
        *,
        memory_mb: int = MEMORY_MB,
        idle_s: float = IDLE_S,
    ) -> None:
        self.name, self.memory_mb, self.idle_s = name, memory_mb, idle_s
        self.size = size
        self.tasks = 0
        """How many tasks were begun."""
        self.killed = 0
        """How many tasks have killed their worker, or took too long."""
        self._killers = {} if killers is None else killers
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forget all workers. Call this in a forked child process, in which the parent's threads and locks do not
        work."""
        self._lock = threading.Lock()
        self._queue: queue.PriorityQueue[_Request] = queue.PriorityQueue()
        self._slots: list[_Slot] = []

    def submit(
        self,
        task: str,
        *arguments: Any,
        limit_s: float,
        priority: int = 1,
        about: FileStamp | None = None,
        rescue: tuple[str, tuple[Any, ...]] | None = None,
    ) -> Future[Any]:
        """Run a task; tasks with lower `priority` run first. `rescue` is a task to run instead if this one kills its
        worker.

        The future raises `MediaError` if the task raised it, and `WorkerError` if no worker can be started. It raises
        `DecoderError` if the task killed its worker, took longer than `limit_s`, or ran out of memory, and also if the
        file `about` did so before.
        """
        request = _Request(priority, next(self._numbers), task, arguments, limit_s, about, rescue)
        with self._lock:
            if not self._slots:
                self._slots = [_Slot(self, number) for number in range(self.size)]
            self._queue.put(request)
        return request.future

    async def run(self, task: str, *arguments: Any, **options: Any) -> Any:
        """Run a task and return its value; see `submit`. If this is cancelled while the request still waits, the
        request is dropped."""
        return await asyncio.wrap_future(self.submit(task, *arguments, **options))

    def release(self) -> None:
        """End the workers: idle ones now, busy ones after their request. Later requests start new ones."""
        for slot in self._slots:
            slot.release()

    def end(self, timeout: float = 2.0) -> None:
        """End all workers now, and return when they are gone or after `timeout` seconds. Running requests fail with
        `WorkerError`; waiting ones are cancelled. Blocking."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait().future.cancel()
        for slot in self._slots:
            slot.end()
        deadline = monotonic() + timeout
        # In this order: a worker that has started meanwhile is among the running ones.
        while (any(slot.starting for slot in self._slots) or self.pids()) and monotonic() < deadline:
            time.sleep(0.005)

    @property
    def waiting(self) -> int:
        """How many tasks wait for a worker."""
        return self._queue.qsize()

    def pids(self) -> list[int]:
        """Return the process ids of the running workers."""
        return [worker.pid for slot in self._slots if (worker := slot.worker) is not None]

    # ── for the slots' threads ──

    def take(self, timeout: float | None) -> _Request | None:
        """Wait for a request that was not cancelled, and return it; None if none comes within `timeout` seconds."""
        with contextlib.suppress(queue.Empty):
            while True:
                request = self._queue.get(timeout=timeout)
                if request.future.set_running_or_notify_cancel():
                    self.tasks += 1
                    return request
        return None

    def known_killer(self, about: FileStamp | None) -> str | None:
        """Return how this file once killed a worker; None if it never did."""
        return None if about is None else self._killers.get(about)

    def note_killer(self, about: FileStamp | None, reason: str) -> None:
        """Record how a file killed a worker."""
        self.killed += 1
        _log.warning("%s %s", "a request" if about is None else about.path, reason)
        if about is not None:
            self._killers[about] = reason


class _Slot:
    """One thread of a pool, and its worker process."""

    def __init__(self, pool: WorkerPool, number: int) -> None:
        self._pool = pool
        self.worker: Worker | None = None
        self.starting = False
        """Whether a worker is being started, which takes a moment."""
        self._busy = threading.Lock()
        self._leaving = False
        self._ending = False
        threading.Thread(target=self._serve, name=f"{pool.name} worker {number}", daemon=True).start()

    def release(self) -> None:
        """End the worker: now if it is idle, otherwise after its request."""
        self._leaving = True
        if self._busy.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._busy.release()

    def end(self) -> None:
        """End the worker now, even if it is busy."""
        self._ending = True
        self.release()
        if (worker := self.worker) is not None:
            worker.kill()

    def _serve(self) -> None:
        while True:
            request = self._pool.take(self._pool.idle_s if self.worker is not None else None)
            with self._busy:
                if request is None:
                    self._end()
                    continue
                self._leaving = self._ending = False
                try:
                    request.future.set_result(self._rescued(request))
                except BaseException as error:
                    request.future.set_exception(error)
                if self._leaving:
                    self._end()
                del request

    def _rescued(self, request: _Request) -> Any:
        try:
            if (reason := self._pool.known_killer(request.about)) is not None:
                raise DecoderError(reason, request.about.path if request.about else None)
            return self._run(request)
        except DecoderError:
            if request.rescue is None:
                raise
            task, arguments = request.rescue
            with contextlib.suppress(MediaError):
                instead = _Request(0, 0, task, arguments, request.limit_s, None, None)
                return self._run(instead)
            raise

    def _run(self, request: _Request) -> Any:
        """Run the request in a worker. Raises the errors that `WorkerPool.submit` names.

        A request is blamed for a worker's death only if there can be no other cause. It is therefore tried a second
        time in a new process, which rules out damage by an earlier request and a kill from outside.
        """
        message = pickle.dumps((request.task, request.arguments), protocol=5)
        for is_last in (False, True):
            worker = self._ready()
            fresh = not worker.served
            try:
                answer = worker.ask(message, request.limit_s)
            except DiedError as death:
                self._end()
                if self._ending:
                    raise WorkerError(ENDED, retry=True) from death
                if death.code == CANNOT_START and fresh:
                    raise WorkerError("a worker for media files does not start", retry=True) from death
                if is_last or (fresh and death.code != -signal.SIGKILL):
                    raise self._kills(request, f"crashes the decoder ({death})") from death
                continue
            except WorkerError:
                self._end()
                raise
            except TimeoutError as error:
                self._end()
                raise self._kills(request, f"takes the decoder longer than {request.limit_s:.0f} s") from error
            return self._result(request, answer)
        raise AssertionError("unreachable")

    def _result(self, request: _Request, answer: tuple[Any, ...]) -> Any:
        match answer:
            case ("done", value):
                return value
            case ("refused", reason, where):
                raise MediaError(reason, where)
            case ("memory",):
                self._end()
                raise self._kills(request, f"needs more than {self._pool.memory_mb} MB of memory to be decoded")
            case _:
                path = None if request.about is None else request.about.path
                raise WorkerError(f"{request.task} failed in its worker{_about(path)}: {answer[-1]}")

    def _kills(self, request: _Request, reason: str) -> DecoderError:
        self._pool.note_killer(request.about, reason)
        return DecoderError(reason, None if request.about is None else request.about.path)

    def _ready(self) -> Worker:
        if self.worker is not None and not self.worker.alive:
            self._end()
        if self.worker is None:
            self.starting = True
            try:
                self.worker = Worker(self._pool.memory_mb)
            except OSError as error:
                raise WorkerError(f"a worker for media files cannot be started: {error}", retry=True) from error
            finally:
                self.starting = False
            if self._ending:  # `end` came while it started, and could not kill it
                self._end()
                raise WorkerError(ENDED, retry=True)
        return self.worker

    def _end(self) -> None:
        if self.worker is not None:
            try:
                self.worker.end()
            finally:  # not before, as `WorkerPool.end` waits for the workers that it sees
                self.worker = None


def _about(path: Path | None) -> str:
    return "" if path is None else f" over {path}"
