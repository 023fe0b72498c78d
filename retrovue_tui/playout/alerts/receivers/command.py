"""Passes alerts to a program: the message as JSON on its standard input."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import FFmpegError
from retrovue_tui.media.ffmpeg.process import NICE, end, spawn
from retrovue_tui.playout.alerts.delivery import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.playout.alerts.alert_message import AlertMessage

LIMIT_S: Final = 20.0
"""The longest time that the program may run (s). After that, it is killed with all that it has started."""
_STDERR: Final = 4_096
"""How much of the program's error output is kept (bytes)."""


class CommandReceiver:
    """A program with its arguments. It runs at low priority, gets a line of JSON, and must end with exit code 0."""

    kind: Final = "command"

    def __init__(self, words: Sequence[str], limit_s: float = LIMIT_S) -> None:
        self._words = tuple(words)
        self._limit_s = limit_s
        self.name = Path(words[0]).name

    async def send(self, message: AlertMessage) -> None:
        """Deliver a message. Raises `DeliveryError`."""
        await run_with_input(self._words, f"{json.dumps(message.to_json())}\n".encode(), self.name, self._limit_s)


async def run_with_input(words: Sequence[str], data: bytes, name: str, limit_s: float) -> None:
    """Run a program with this standard input to its end. `name`: how it is called in errors. Raises `DeliveryError` if
    it cannot be started, fails, or takes longer than `limit_s`."""
    if shutil.which(words[0]) is None:
        raise DeliveryError(f"{name} is not there, or may not be run", again=False)
    leader = () if shutil.which("setsid") is None else ("setsid",)  # a group of its own, so that all of it can be ended
    try:
        process = await spawn((*leader, *words), stdin=subprocess.PIPE, stderr=subprocess.PIPE, nice=NICE)
    except FFmpegError as error:
        raise DeliveryError(error.message) from error
    try:
        async with asyncio.timeout(limit_s):
            said = await _communicate(process, data)
    except TimeoutError:
        raise DeliveryError(f"{name} did not end within {limit_s:.0f} s, and was killed") from None
    finally:
        if process.returncode is None:
            if leader:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            await end(process)
    if process.returncode:
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise DeliveryError(f"{name} ended with code {process.returncode}{f': {last}' if last else ''}")


async def _communicate(process: asyncio.subprocess.Process, data: bytes) -> bytes:
    """Write the input, and return the beginning of the error output when the program has ended."""
    assert process.stdin is not None
    assert process.stderr is not None
    reading = asyncio.ensure_future(_beginning(process.stderr))
    try:
        with contextlib.suppress(ConnectionError):  # it does not read its input
            process.stdin.write(data)
            await process.stdin.drain()
        process.stdin.close()
        await process.wait()
        done, _ = await asyncio.wait({reading}, timeout=0.5)  # a child of the program may keep the pipe open
        return reading.result() if done else b""
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _beginning(stream: asyncio.StreamReader) -> bytes:
    """Read a stream to its end, and return its first bytes."""
    kept = b""
    while part := await stream.read(1 << 16):
        kept += part[: max(0, _STDERR - len(kept))]
    return kept
