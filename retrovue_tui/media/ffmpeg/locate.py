"""Finds an FFmpeg, and checks its features."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from retrovue_tui.errors import FFmpegError
from retrovue_tui.media.ffmpeg.process import DECK_NICE, NICE, _launcher

ENVIRONMENT: Final = "RETROVUE_FFMPEG"
OLDEST: Final = (5, 1)

_NEEDED: Final = {
    "-encoders": {"libx264": "the H.264 encoder libx264", "aac": "the AAC encoder"},
    "-muxers": {"mpegts": "the MPEG-TS muxer", "segment": "the segment muxer"},
    "-demuxers": {"concat": "the concat demuxer"},
    "-filters": {
        "fps": "the filter fps", "scale": "the filter scale", "pad": "the filter pad", "trim": "the filter trim",
        "atrim": "the filter atrim", "aresample": "the filter aresample", "apad": "the filter apad",
    },
    "-bsfs": {"noise": "the bitstream filter noise"},
}  # fmt: skip
_OPTIONAL: Final = {"-filters": ("tonemap", "zscale", "bwdif", "yadif", "ebur128", "alimiter", "drawtext", "tpad")}


@dataclass(frozen=True)
class FFmpeg:
    """A checked FFmpeg: its path, its version, and its optional features (names of filters)."""

    path: Path
    version: str
    features: frozenset[str]


def find_ffmpeg(configured: Path | None = None) -> FFmpeg:
    """Return the FFmpeg to use. These are tried in order: the configured one, `$RETROVUE_FFMPEG`, the bundled one, the
    system's.

    Blocking: runs FFmpeg a few times, once per path. Raises `FFmpegError`, which names the missing features.
    """
    for nice in (0, DECK_NICE, NICE):
        _launcher(nice)  # this is slow; from now on its result is cached
    return _checked(_candidate(configured))


def _candidate(configured: Path | None) -> Path:
    named = configured or (Path(env) if (env := os.environ.get(ENVIRONMENT)) else None)
    if named is not None:
        found = shutil.which(named)
        if found is None:
            source = "the setting ffmpeg" if configured else f"${ENVIRONMENT}"
            raise FFmpegError(f"no FFmpeg at {named} (from {source}); correct it, or remove it to use the bundled one")
        return Path(found)
    with contextlib.suppress(ImportError, RuntimeError):
        import imageio_ffmpeg

        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    if (system := shutil.which("ffmpeg")) is not None:
        return Path(system)
    raise FFmpegError("no FFmpeg found; install the package imageio-ffmpeg, or name one in retrovue.toml")


@lru_cache(maxsize=8)
def _checked(path: Path) -> FFmpeg:
    banner = ask(path, "-version")
    match = re.match(r"ffmpeg version (\S+)", banner)
    if match is None:
        raise FFmpegError(f"{path} is not a working FFmpeg; name another one in retrovue.toml")
    version = match[1]
    numbers = re.match(r"n?(\d+)\.(\d+)", version)
    if numbers and (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise FFmpegError(f"{path} is FFmpeg {version}; {OLDEST[0]}.{OLDEST[1]} or newer is needed")
    missing: list[str] = []
    features: set[str] = set()
    for listing, wanted in _NEEDED.items():
        names = _names(ask(path, listing))
        missing += [what for name, what in wanted.items() if name not in names]
        features.update(name for name in _OPTIONAL.get(listing, ()) if name in names)
    if missing:
        raise FFmpegError(f"{path} (FFmpeg {version}) lacks {', '.join(missing)}; name another one in retrovue.toml")
    return FFmpeg(path, version, frozenset(features))


def ask(path: Path, question: str) -> str:
    """Return what FFmpeg prints for a question like `-muxers`. Blocking. Raises `FFmpegError`."""
    try:
        answer = subprocess.run(
            [path, "-hide_banner", question] if question != "-version" else [path, question],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FFmpegError(f"{path} cannot be run: {error}") from error
    return answer.stdout.decode(errors="replace")


def _names(listing: str) -> set[str]:
    names: set[str] = set()
    for line in listing.splitlines():
        words = line.split()
        names.update(word for word in words[:2] if word)
        if len(words) > 1:
            names.update(words[1].split(","))
    return names
