"""Runs FFmpeg to its end with a time limit, and keeps the last error lines of a child process at a bounded cost.

A broken file can make FFmpeg print a million error lines. FFmpeg does not limit this, so the reader does: it reads at
most about 1.3 MB per second and keeps only the end. FFmpeg waits while the pipe is full.
"""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import FFmpegError
from retrovue_tui.media.ffmpeg.process import end, spawn
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_READ: Final = 64 * 1024
_RATE: Final = 1_300_000
"""The most that is read from a child process's stderr (bytes per second)."""
_PAUSE_S: Final = 0.02
"""The least pause by which the reader keeps this rate (s). What is printed in less time is read without a pause."""
_TAIL_BYTES: Final = 64 * 1024
_LINES: Final = 40
_LINE_CHARS: Final = 300
MOST_OUTPUT: Final = 64 * 1024 * 1024
"""The maximum number of bytes of stdout that `run_ffmpeg` accepts."""


class LastLines:
    """The end of a child process's stderr: at most the last 64 KiB."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, data: bytes) -> None:
        """Add bytes; a line may be split between calls."""
        self._tail = (self._tail + data)[-_TAIL_BYTES:]

    @property
    def text(self) -> str:
        """The kept output as text."""
        return self._tail.decode(errors="replace")

    @property
    def lines(self) -> list[str]:
        """The last 40 lines that are not blank, without control characters. Each is cut to at most 300 characters."""
        lines = self._tail[-_LINES * _LINE_CHARS * 2 :].decode(errors="replace").replace("\r", "\n").split("\n")
        plain = (printable(line[-_LINE_CHARS:]).strip() for line in lines)
        return [line for line in plain if line][-_LINES:]

    @property
    def last(self) -> str:
        """The last complete line; if there is none yet, the incomplete one. Empty if nothing was printed."""
        lines = self.lines
        whole = lines[:-1] if len(lines) > 1 and not self._tail.endswith((b"\n", b"\r")) else lines
        return whole[-1] if whole else ""


async def read_stderr(stream: asyncio.StreamReader, words: LastLines) -> None:
    """Read a child process's stderr to its end, at a bounded rate."""
    ahead_s = 0.0
    while data := await stream.read(_READ):
        words.feed(data)
        ahead_s += len(data) / _RATE
        if ahead_s > _PAUSE_S:
            await asyncio.sleep(ahead_s)
            ahead_s = 0.0


@dataclass(frozen=True)
class Finished:
    """The result of a run of FFmpeg: its exit code, its stdout, and its last error lines."""

    code: int
    output: bytes
    words: LastLines

    @property
    def reason(self) -> str:
        """The reason why the run failed, in one line; empty if it did not fail."""
        return "" if self.code == 0 else self.words.last or f"FFmpeg ended with code {self.code}"


async def run_ffmpeg(argv: Sequence[str | Path], *, limit_s: float, output: bool = False, nice: int = 0) -> Finished:
    """Run FFmpeg to its end. With `output`, keep its stdout.

    Raises `FFmpegError` in three cases: FFmpeg cannot be started, is killed because it has not ended after `limit_s`
    seconds, or writes more than 64 MiB to stdout. A failing exit code raises nothing; see `Finished.reason`.
    """
    words, stdout = LastLines(), bytearray()
    process = await spawn(argv, stdout=subprocess.PIPE if output else subprocess.DEVNULL, nice=nice)
    try:
        async with asyncio.timeout(limit_s), asyncio.TaskGroup() as group:
            assert process.stderr is not None
            group.create_task(read_stderr(process.stderr, words))
            if process.stdout is not None:
                group.create_task(_take(process.stdout, stdout))
            group.create_task(process.wait())
    except TimeoutError:
        detail = f"; its last message: {words.last}" if words.last else ""
        raise FFmpegError(f"FFmpeg had not ended after {limit_s:g} s and was killed{detail}") from None
    except ExceptionGroup as group_error:
        raise group_error.exceptions[0] from None
    finally:
        if process.returncode is None:
            await asyncio.shield(end(process))
    return Finished(process.returncode or 0, bytes(stdout), words)


async def failure_of(argv: Sequence[str | Path], *, limit_s: float, nice: int = 0) -> str:
    """Run FFmpeg to its end. Return the reason why it failed or could not be started, in one line; empty if it did not
    fail."""
    try:
        return (await run_ffmpeg(argv, limit_s=limit_s, nice=nice)).reason
    except FFmpegError as error:
        return error.message


async def _take(stream: asyncio.StreamReader, kept: bytearray) -> None:
    while data := await stream.read(_READ):
        kept += data
        if len(kept) > MOST_OUTPUT:
            raise FFmpegError(f"FFmpeg wrote more than {MOST_OUTPUT >> 20} MiB where a short answer was expected")
