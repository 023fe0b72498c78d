"""Starts `retrovue-tui` without its imports, which take longer than all else that a station does until it is on air.

`python -m tests.fork_server` imports the program once and then forks a child for each request. The child is a process
like any other, with its own environment, folder, streams and exit code; only its command line is the server's. Each
process that runs tests has one server, which ends with it.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Sequence

PRELOADED: Final = ("retrovue_tui.cli", "retrovue_tui.playout.station", "retrovue_tui.server.app")
_LARGEST_REQUEST: Final = 1 << 20


class ForkedProgram:
    """A running `retrovue-tui`, for the part of `asyncio.subprocess.Process` that tests use."""

    def __init__(
        self, pid: int, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader, report: asyncio.StreamReader
    ) -> None:
        self.pid, self.stdout, self.stderr = pid, stdout, stderr
        self._code = asyncio.create_task(_code(report))

    @property
    def returncode(self) -> int | None:
        """Its exit code, minus the signal if one ended it; None while it runs."""
        return self._code.result() if self._code.done() else None

    async def wait(self) -> int:
        """Wait for its end, and return the exit code."""
        return await asyncio.shield(self._code)

    def send_signal(self, number: int) -> None:
        """Raises `ProcessLookupError` if it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait for its end, and return the rest of what it wrote to stdout and stderr."""
        stdout, stderr, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return stdout, stderr


async def start(*words: str) -> ForkedProgram:
    """Run `retrovue-tui` with these words, in this process's environment and folder, with nothing to read."""
    (stdout, out), (stderr, err), (report, reported) = os.pipe(), os.pipe(), os.pipe()
    request = json.dumps({"words": words, "environment": dict(os.environ), "folder": str(Path.cwd())})
    try:
        socket.send_fds(_server(), [request.encode()], [out, err, reported])
    finally:
        for each in (out, err, reported):
            os.close(each)
    readers = [await _reader(each) for each in (stdout, stderr, report)]
    return ForkedProgram(int(await readers[2].readline()), *readers)


async def _reader(pipe: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", buffering=0)
    )
    return reader


async def _code(report: asyncio.StreamReader) -> int:
    return int(await report.read())


@lru_cache(maxsize=1)
def _server() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())], cwd=CHECKOUT,
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    atexit.register(_end, server, ours)
    return ours


def _end(server: subprocess.Popen[bytes], requests: socket.socket) -> None:
    requests.close()
    server.wait()


# ── the server ───────────────────────────────────────────────────────────────────────────────────


def serve(requests: socket.socket) -> Sequence[str]:
    """Fork a child for each request, until there can be no more. Returns in the children only: the words of the
    request."""
    with requests, selectors.DefaultSelector() as selector:
        selector.register(requests, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not requests:
                    _report_end(selector, key)
                    continue
                message, streams = _received(requests)
                if not message:
                    sys.exit()
                if (pid := os.fork()) == 0:
                    for other in selector.get_map().values():
                        if other.data is not None:
                            os.close(other.fd)
                            os.close(other.data[1])
                    return _become(message, streams)
                *streams, report = streams
                for each in streams:
                    os.close(each)
                os.write(report, b"%d\n" % pid)
                selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, report))


def _received(requests: socket.socket) -> tuple[bytes, list[int]]:
    message, streams, _, _ = socket.recv_fds(requests, _LARGEST_REQUEST, 3)
    return message, streams


def _report_end(selector: selectors.BaseSelector, ended: selectors.SelectorKey) -> None:
    pid, report = ended.data
    selector.unregister(ended.fileobj)
    os.close(ended.fd)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(BrokenPipeError):  # the test no longer wants to know
        os.write(report, b"%d\n" % code)
    os.close(report)


def _become(message: bytes, streams: list[int]) -> Sequence[str]:
    """Be the process of this request."""
    request = json.loads(message)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(streams[0], 1)
    os.dup2(streams[1], 2)
    for each in streams:
        os.close(each)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    words: list[str] = request["words"]
    return words


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # at the keyboard it is meant for the tests
    for name in PRELOADED:
        __import__(name)
    assert threading.active_count() == 1, "a fork copies one thread only"
    from retrovue_tui.cli import main

    sys.argv[1:] = serve(socket.socket(fileno=int(sys.argv[1])))
    sys.exit(main())
