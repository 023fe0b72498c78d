"""Parser of FFmpeg's `-progress` reports."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


_LINE_BYTES: Final = 4096
"""The longest line of a `-progress` report, in bytes. Of a longer line only the end is kept; FFmpeg writes no such
line."""


@dataclass(frozen=True)
class Progress:
    """One report of `-progress`. Counts are totals since the start; `bitrate_kbps` is the average bitrate of the
    output, and `total_bytes` its size."""

    frame: int = 0
    fps: float = 0.0
    speed: float = 0.0
    bitrate_kbps: float = 0.0
    dup_frames: int = 0
    drop_frames: int = 0
    out_time_s: float = 0.0
    done: bool = False
    total_bytes: int = 0


class ProgressParser:
    """Turns the `key=value` lines of `-progress` into `Progress` values. The bytes may come in parts of any size."""

    def __init__(self) -> None:
        self._rest = b""
        self._now = Progress()

    def feed(self, data: bytes) -> Iterator[Progress]:
        """Yield every report that these bytes complete."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-_LINE_BYTES:]
        for line in lines:
            key, _, value = line.decode(errors="replace").strip().partition("=")
            if key == "progress":
                self._now = replace(self._now, done=value == "end")
                yield self._now
            else:
                self._take(key, value.strip())

    def _take(self, key: str, value: str) -> None:
        match = re.match(r"-?\d+(\.\d+)?(e[+-]?\d+)?", value)
        if match is None:  # FFmpeg writes "N/A" before the first packet
            return
        number = float(match[0])
        if not math.isfinite(number):
            return
        match key:
            case "frame":
                self._now = replace(self._now, frame=int(number))
            case "fps":
                self._now = replace(self._now, fps=number)
            case "speed":
                self._now = replace(self._now, speed=number)
            case "bitrate":
                self._now = replace(self._now, bitrate_kbps=number)
            case "dup_frames":
                self._now = replace(self._now, dup_frames=int(number))
            case "drop_frames":
                self._now = replace(self._now, drop_frames=int(number))
            case "total_size":
                self._now = replace(self._now, total_bytes=max(0, int(number)))
            case "out_time_us":
                self._now = replace(self._now, out_time_s=max(0.0, number / 1e6))
