"""One FFmpeg that sends a channel's stream to one receiver: its start, its reports, its end."""

from __future__ import annotations

import asyncio
import subprocess
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.ffmpeg.process import DECK_NICE, end, spawn
from retrovue_tui.media.ffmpeg.progress import Progress, ProgressParser
from retrovue_tui.playout.push.pipe_viewer import PipeViewer

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHUNK: Final = 4_096
_LINES: Final = 20
"""How many of FFmpeg's last messages are kept."""
_LONGEST_LINE: Final = 500
RATE_S: Final = 5.0
"""The bitrate is measured over this time (s)."""


class PushProcess:
    """Owns an FFmpeg process from `start` to `end`, and the tasks that read its output."""

    def __init__(self, process: asyncio.subprocess.Process, name: str, *, untimed: bool = False) -> None:
        """`untimed`: FFmpeg reads no time stamps, so only its bytes show that it sends."""
        assert process.stdin is not None
        self.pid = process.pid
        self.viewer = PipeViewer(name, process.stdin.transport)
        self.messages: deque[str] = deque(maxlen=_LINES)
        self.progress = Progress()
        self.first_sent_at: float | None = None
        """When FFmpeg first reported that it sends (monotonic time, s); None before it has."""
        self.last_sent_at = monotonic()
        """When FFmpeg last reported that it sends; the start of the process before that."""
        self._process, self._untimed = process, untimed
        self._sizes: deque[tuple[float, int]] = deque(maxlen=64)
        self.ended = asyncio.create_task(process.wait(), name=f"{name}: FFmpeg")
        self._readers = (
            asyncio.create_task(self._read_reports(), name=f"{name}: progress"),
            asyncio.create_task(self._read_messages(), name=f"{name}: messages"),
        )

    @classmethod
    async def start(cls, command: Sequence[str], name: str, *, untimed: bool = False) -> PushProcess:
        """Start an FFmpeg that reads the stream from standard input. Raises `FFmpegError`."""
        pipe = subprocess.PIPE
        process = await spawn(command, stdin=pipe, stdout=pipe, stderr=pipe, nice=DECK_NICE)
        return cls(process, name, untimed=untimed)

    @property
    def bytes(self) -> int:
        """How many bytes FFmpeg has sent; if it does not say so, how many it has taken. 0 before it sends."""
        return 0 if self.first_sent_at is None else self.progress.total_bytes or self.viewer.taken()

    @property
    def sent_s(self) -> float:
        """How long FFmpeg has been sending (s)."""
        return 0.0 if self.first_sent_at is None else self.last_sent_at - self.first_sent_at

    @property
    def kbps(self) -> float:
        """The bitrate of the last seconds (kbit/s)."""
        if len(self._sizes) < 2:
            return 0.0
        (began, first), (now, last) = self._sizes[0], self._sizes[-1]
        return max(0.0, (last - first) / 125 / (now - began)) if now > began else 0.0

    async def end(self) -> None:
        """End the process, and wait until it and the readers are gone."""
        self.viewer.drop()
        await end(self._process)
        for task in self._readers:
            task.cancel()
        await asyncio.wait((*self._readers, self.ended))

    async def _read_reports(self) -> None:
        assert self._process.stdout is not None
        parser = ProgressParser()
        while data := await self._process.stdout.read(_CHUNK):
            for report in parser.feed(data):
                self._reported(report)

    def _reported(self, report: Progress) -> None:
        now = monotonic()
        before = self.progress
        more = report.total_bytes > before.total_bytes if self._untimed else report.out_time_s > before.out_time_s
        if more:
            self.last_sent_at = now
            self.first_sent_at = self.first_sent_at or now
        self.progress = report
        while self._sizes and now - self._sizes[0][0] > RATE_S:
            self._sizes.popleft()
        self._sizes.append((now, self.bytes))

    async def _read_messages(self) -> None:
        assert self._process.stderr is not None
        rest = b""
        while data := await self._process.stderr.read(_CHUNK):
            *lines, rest = (rest + data).replace(b"\r", b"\n").split(b"\n")
            rest = rest[-_LONGEST_LINE:]
            for line in lines:
                if text := line[:_LONGEST_LINE].decode(errors="replace").strip():
                    self.messages.append(text)
        if rest.strip():
            self.messages.append(rest.decode(errors="replace").strip())
