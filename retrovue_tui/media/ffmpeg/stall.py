"""The stall watch of a render: detects that a running FFmpeg no longer makes progress.

FFmpeg can hang, or loop for ever at full speed. A render is alive while its output grows. If the output does not grow
but FFmpeg still reads the source, as with a slow share or a long way to the first frame, FFmpeg gets more time, but not
for ever.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SLACK_BYTES: Final = 64 * 1024 * 1024
_READS: Final = 2
"""FFmpeg may read this many times the file's size. Reading more is no sign of progress, because a demuxer may loop
too."""


@dataclass(frozen=True)
class StallLimits:
    """The longest times without new output, in seconds: one while FFmpeg also reads nothing, one while it still
    reads."""

    idle_s: float = 60.0
    reading_s: float = 600.0

    @property
    def check_s(self) -> float:
        """The interval of the checks (s). A stall is detected at most a tenth of the limit too late."""
        return min(1.0, self.idle_s / 10)


class StallWatch:
    """Detects that the process `pid` has stopped producing output. `size` is the size of its source in bytes."""

    def __init__(self, pid: int, size: int, patience: StallLimits) -> None:
        self._pid, self._patience = pid, patience
        self._most_read = _READS * size + _SLACK_BYTES
        self._read = 0
        self._mark: object = None
        self._grew = self._alive = time.monotonic()

    def check(self, mark: object) -> str | None:
        """Return the reason, in one line, why the process is stalled; None if it is not. `mark` is a value that changes
        whenever the process makes progress."""
        now = time.monotonic()
        if mark != self._mark:
            self._mark, self._grew, self._alive = mark, now, now
        read = bytes_read(self._pid)
        if self._read < read <= self._most_read:
            self._read, self._alive = read, now
        if now - self._alive >= self._patience.idle_s or now - self._grew >= self._patience.reading_s:
            return f"FFmpeg made no progress for {now - self._grew:.0f} s"
        return None


def bytes_read(pid: int) -> int:
    """Return how many bytes a child process has read so far; 0 if the system does not report it (only Linux does)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/io").read_text().split("rchar:", 1)[1].split(None, 1)[0])
    return 0
