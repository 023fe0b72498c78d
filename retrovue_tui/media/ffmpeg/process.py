"""Starts and ends FFmpeg processes. They run at a set priority, and never outlive the station."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import FFmpegError
from retrovue_tui.media.ffmpeg.start_turns import start_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


NICE: Final = 10
"""The niceness of renders. It is above 0, so that everything on air has priority."""
DECK_NICE: Final = 4
"""The niceness of decks. The station itself has a higher priority, because it sends each picture at an exact time; a
deck's pictures are ready a second or more before they are sent."""


@lru_cache(maxsize=8)
def _launcher(nice: int) -> tuple[str, ...] | None:
    """Return the commands that precede a child's own command line. They set its priority and make it end with its
    parent, and are then replaced by the child's own program.

    With such a launcher, a child starts in 0.3 ms, without a copy of this process; a `preexec_fn` would block the event
    loop for 12 ms. None if the machine lacks these commands. Blocking.
    """
    if sys.platform != "linux":
        return None
    words = (*(("nice", "-n", str(nice)) if nice else ()), "setpriv", "--pdeathsig", "KILL", "--")
    try:
        tried = subprocess.run([*words, "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return words if tried.returncode == 0 else None


async def spawn(
    argv: Sequence[str | Path],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.PIPE,
    pass_fds: Sequence[int] = (),
    nice: int = 0,
    environment: Mapping[str, str] | None = None,
) -> asyncio.subprocess.Process:
    """Start a child process that ends when this process ends, even if this process is killed. Raises `FFmpegError`.

    Call it in the event loop's own thread, because the kernel ties the child to the thread that started it. The
    children of an event loop take turns (`StartTurns`).
    """
    if shutil.which(argv[0]) is None:
        raise FFmpegError(f"{argv[0]} cannot be started: it is not there, or may not be run")
    launcher = _launcher(nice)
    prepare = _preparation(nice) if launcher is None else None
    async with start_turns().turn():
        try:
            return await asyncio.create_subprocess_exec(
                *(launcher or ()), *[str(word) for word in argv],
                stdin=stdin, stdout=stdout, stderr=stderr, pass_fds=tuple(pass_fds), preexec_fn=prepare,
                env=environment,
            )  # fmt: skip
        except OSError as error:
            raise FFmpegError(f"{argv[0]} cannot be started: {error}") from error


def _preparation(nice: int) -> Callable[[], None]:
    """For machines without a launcher: return a function that does the launcher's work. The child runs it before it
    becomes FFmpeg."""
    die = die_with_parent()

    def prepare() -> None:
        if die is not None:
            die()
        if nice:
            os.nice(nice)

    return prepare


async def end(process: asyncio.subprocess.Process, grace: float = 1.0) -> None:
    """Terminate a process, and kill it if it still runs after `grace` seconds. Returns when the process is gone."""
    _signal(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(grace):
            await process.wait()
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        await process.wait()
    await _drain(process)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    # Not `process.terminate()`: Popen would first check whether the child has ended, and so take its exit code away
    # from the thread of asyncio that waits for it. That thread would then warn of an unknown child.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def die_with_parent() -> Callable[[], None] | None:
    """Return a function that makes the kernel kill the child when the station is gone. The child runs it before it
    becomes FFmpeg. None if the system cannot do that."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(0)

    return ask


async def _drain(process: asyncio.subprocess.Process) -> None:
    """Read the rest of a dead child's pipes, because asyncio closes a pipe only after reading it to its end."""
    with contextlib.suppress(TimeoutError, RuntimeError):  # a grandchild may hold the pipe; another task may read it
        async with asyncio.timeout(0.5):
            for stream in (process.stdout, process.stderr):
                while stream is not None and await stream.read(1 << 20):
                    pass
