"""Finds out to which kinds of addresses an FFmpeg can send."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from retrovue_tui.media.ffmpeg.locate import ask

if TYPE_CHECKING:
    from pathlib import Path


@lru_cache(maxsize=8)
def output_protocols(path: Path) -> frozenset[str]:
    """Return the protocols to which the FFmpeg at this path can send, such as `srt`. Blocking: runs it, once per path.
    Raises `FFmpegError`."""
    _, _, outputs = ask(path, "-protocols").partition("Output:")
    return frozenset(outputs.split())
