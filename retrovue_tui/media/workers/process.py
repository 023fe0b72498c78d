"""One worker process, and the pipes to it. Each message gets one answer in time, or an error is raised. Blocking."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any, Final

from retrovue_tui.errors import RetrovueError

CANNOT_START: Final = 70
"""The exit code of a worker that could not import a module that it needs."""
_STARVED_FACTOR: Final = 5
"""A request may take this many times its limit while other programs leave its worker no processor time."""
_LARGEST_ANSWER: Final = 64_000_000
_LENGTH: Final = struct.Struct(">Q")
_CHUNK: Final = 1 << 20
_INHERITED: Final = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "RETROVUE_FFMPEG")
ALLOWED: Final = frozenset({
    ("fractions", "Fraction"), ("pathlib", "PosixPath"), ("pathlib", "WindowsPath"),
    ("retrovue_tui.media.asset", "Asset"), ("retrovue_tui.media.asset", "VideoFacts"),
    ("retrovue_tui.media.asset", "AudioFacts"), ("retrovue_tui.media.asset", "Chapter"),
    ("retrovue_tui.media.metadata.programme_facts", "ProgrammeFacts"),
    ("retrovue_tui.media.analysis.measuring.signals", "FrameLook"),
    ("retrovue_tui.media.analysis.measuring.signals", "PacketFacts"),
    ("retrovue_tui.media.analysis.measuring.piece_signals", "PieceSignals"),
    ("retrovue_tui.media.rendering.proxy", "ProxyState"),
    ("retrovue_tui.break_candidate", "BreakCandidate"),
    ("retrovue_tui.media.analysis.measuring.signals", "PacketRun"),
    ("retrovue_tui.media.rendering.piece_index", "Piece"), ("retrovue_tui.protocol.answers.pictures", "Picture"),
})  # fmt: skip
"""The types that an answer may contain besides plain values. A malicious file may have taken over the worker, and must
not make this process run code."""


class WorkerError(RetrovueError):
    """Raised when a worker cannot be started, or behaves wrongly. `retry` is whether a later try may succeed."""

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.retry = retry


class DiedError(Exception):
    """Raised when a worker ends without an answer. `code` is its exit code, as in `Popen.returncode`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"signal {-code}" if code < 0 else f"exit code {code}")
        self.code = code


class Worker:
    """A process that runs the package `decoding`, and the pipes to it. Blocking."""

    def __init__(self, memory_mb: int) -> None:
        # not the parent's whole environment, which may contain secrets
        environment = {name: value for name in _INHERITED if (value := os.environ.get(name)) is not None}
        environment |= {name: value for name, value in os.environ.items() if name.startswith(("LC_", "LD_", "COV"))}
        environment |= {"PYTHONPATH": os.pathsep.join(str(Path(each).absolute()) for each in sys.path if each)}
        environment |= {"PYTHONSAFEPATH": "1", "MALLOC_ARENA_MAX": "2"}  # each arena would take 64 MB of address space
        # A process group of its own, so that no Ctrl-C reaches it. Not a session of its own: Linux gives each session
        # an equal share of the CPU (sched(7), autogroup), and then the worker's low priority has no effect.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "retrovue_tui.decoding", str(os.getpid()), str(memory_mb)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            env=environment, cwd="/", process_group=0,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        for pipe in (self._in, self._out):
            os.set_blocking(pipe.fileno(), False)
        self.served = 0

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def ask(self, message: bytes, limit_s: float) -> tuple[Any, ...]:
        """Send a message, and return the answer. Raises `DiedError` or `TimeoutError`; after either, do not use the
        worker again."""
        began, used = monotonic(), self._cpu_s()
        self.served += 1
        left = memoryview(_LENGTH.pack(len(message)) + message)
        answer = bytearray()
        poll = select.poll()
        poll.register(self._in, select.POLLOUT)
        poll.register(self._out, select.POLLIN)
        deadline = began + limit_s
        while True:
            ready = [fd for fd, _ in poll.poll(max(0.0, deadline - monotonic()) * 1000)]
            if not ready and monotonic() >= deadline:
                deadline = self._more_time(began, used, limit_s)
            if self._out.fileno() in ready and self._take(answer):
                return _plain(answer)
            if self._in.fileno() in ready:
                left = left[self._write(left) :]
                if not left:
                    poll.unregister(self._in)

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._in.fileno(), data[:_CHUNK])
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            raise self._died() from None

    def _take(self, answer: bytearray) -> bool:
        """Add the available bytes to the answer, and return whether it is complete."""
        chunk = os.read(self._out.fileno(), _CHUNK)
        if not chunk:
            raise self._died()
        answer += chunk
        length = _LENGTH.unpack_from(answer)[0] if len(answer) >= _LENGTH.size else 0
        if length > _LARGEST_ANSWER:
            raise WorkerError("a worker for media files sent an invalid answer")
        return 0 < length <= len(answer) - _LENGTH.size

    def _died(self) -> DiedError:
        try:
            return DiedError(self._process.wait(5))
        except subprocess.TimeoutExpired:
            return DiedError(-signal.SIGKILL)

    def _more_time(self, began: float, used: float, limit_s: float) -> float:
        """If the worker got little processor time because the machine was busy, return a new deadline. Otherwise raise
        `TimeoutError`."""
        now = monotonic()
        busy = self._cpu_s() - used
        if not self._is_waiting_for_cpu() or busy >= limit_s / 2 or now - began >= _STARVED_FACTOR * limit_s:
            raise TimeoutError
        return now + limit_s / 2

    def _cpu_s(self) -> float:
        """Return the processor time that the worker has used, in seconds; 0 if the machine does not report it."""
        fields = self._stat()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0

    def _is_waiting_for_cpu(self) -> bool:
        return self._stat()[:1] == ["R"]

    def _stat(self) -> list[str]:
        """Return the fields of `/proc/PID/stat` (proc(5)) from `state` on."""
        try:
            return (
                Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            )
        except OSError:
            return []

    def kill(self) -> None:
        """Kill the process. Can be called from any thread."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process. Returns when it is gone, or when it hangs in the kernel because a mount does not answer."""
        self._process.kill()
        for pipe in (self._in, self._out):
            pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)


def _plain(answer: bytearray) -> tuple[Any, ...]:
    try:
        value = _AnswerUnpickler(io.BytesIO(memoryview(answer)[_LENGTH.size :])).load()
    except Exception as error:  # a damaged process may have written any bytes
        raise WorkerError(f"a worker for media files sent an invalid answer: {error}") from error
    if not isinstance(value, tuple) or not value:
        raise WorkerError("a worker for media files sent an invalid answer")
    return value


class _AnswerUnpickler(pickle.Unpickler):
    """An unpickler that accepts only plain values and the types in `ALLOWED`."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"a worker may not answer with {module}.{name}")
        return super().find_class(module, name)
