"""FFmpeg: where it is, what it can do, how it is started and ended, and what its `-progress` says."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import math
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import FFmpegError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ENVIRONMENT: Final = "RETROVUE_FFMPEG"
OLDEST: Final = (5, 1)
NICE: Final = 10
"""The priority of renders: behind everything that is on air."""

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
_WELCOME: Final = {"-filters": ("tonemap", "zscale", "bwdif", "yadif", "ebur128", "alimiter", "drawtext", "tpad")}


@dataclass(frozen=True)
class FFmpeg:
    """A checked FFmpeg: its path, version, and the optional features that it has (filters by name)."""

    path: Path
    version: str
    features: frozenset[str]


def find_ffmpeg(configured: Path | None = None) -> FFmpeg:
    """The FFmpeg to use: the configured one, `$RETROVUE_FFMPEG`, the bundled one, or the system's, in that order.

    Blocking (it runs FFmpeg a few times, once per path); raises `FFmpegError` saying what is missing.
    """
    for nice in (0, NICE):
        _launcher(nice)  # asked here, where it may take its time
    return _checked(_candidate(configured))


def _candidate(configured: Path | None) -> Path:
    named = configured or (Path(env) if (env := os.environ.get(ENVIRONMENT)) else None)
    if named is not None:
        found = shutil.which(named)
        if found is None:
            source = "the config" if configured else f"${ENVIRONMENT}"
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
    banner = _ask(path, "-version")
    match = re.match(r"ffmpeg version (\S+)", banner)
    if match is None:
        raise FFmpegError(f"{path} does not answer like FFmpeg; name another one in retrovue.toml")
    version = match[1]
    numbers = re.match(r"n?(\d+)\.(\d+)", version)
    if numbers and (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise FFmpegError(f"{path} is FFmpeg {version}; {OLDEST[0]}.{OLDEST[1]} or newer is needed")
    missing: list[str] = []
    features: set[str] = set()
    for listing, wanted in _NEEDED.items():
        names = _names(_ask(path, listing))
        missing += [what for name, what in wanted.items() if name not in names]
        features.update(name for name in _WELCOME.get(listing, ()) if name in names)
    if missing:
        raise FFmpegError(f"{path} (FFmpeg {version}) lacks {', '.join(missing)}; name a fuller one in retrovue.toml")
    return FFmpeg(path, version, frozenset(features))


def _ask(path: Path, question: str) -> str:
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


# ── processes ────────────────────────────────────────────────────────────────────────────────────


def die_with_parent() -> Callable[[], None] | None:
    """What a child runs before it becomes FFmpeg: ask the kernel for SIGKILL when the station is gone."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(0)

    return ask


@lru_cache(maxsize=8)
def _launcher(nice: int) -> tuple[str, ...] | None:
    """Commands that go ahead of a child's own: they set its priority and its end, and become it.

    With them the child is started without a copy of this process, in 0.3 ms; a `preexec_fn` holds the event loop for
    12 ms. None where the machine lacks them. Blocking.
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
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.PIPE,
    pass_fds: Sequence[int] = (),
    nice: int = 0,
) -> asyncio.subprocess.Process:
    """Start a child that ends with this process, even when this process is killed. Raises `FFmpegError`.

    Call it from the event loop's own thread: the kernel ties the child to the thread that started it.
    """
    if shutil.which(argv[0]) is None:
        raise FFmpegError(f"{argv[0]} cannot be started: it is not there, or may not be run")
    launcher = _launcher(nice)
    prepare = _preparation(nice) if launcher is None else None
    try:
        return await asyncio.create_subprocess_exec(
            *(launcher or ()), *[str(word) for word in argv],
            stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, pass_fds=tuple(pass_fds), preexec_fn=prepare,
        )  # fmt: skip
    except OSError as error:
        raise FFmpegError(f"{argv[0]} cannot be started: {error}") from error


def _preparation(nice: int) -> Callable[[], None]:
    """The same, run in the child before it becomes FFmpeg, where there is no launcher."""
    die = die_with_parent()

    def prepare() -> None:
        if die is not None:
            die()
        if nice:
            os.nice(nice)

    return prepare


async def end(process: asyncio.subprocess.Process, grace: float = 1.0) -> None:
    """Terminate, grant `grace` seconds, kill. Returns when the child is gone."""
    _signal(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(grace):
            await process.wait()
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        await process.wait()
    await _drain(process)


async def _drain(process: asyncio.subprocess.Process) -> None:
    """Read what a dead child left in its pipes: asyncio closes a pipe only at its end."""
    with contextlib.suppress(TimeoutError, RuntimeError):  # a grandchild holds it; another task reads it
        async with asyncio.timeout(0.5):
            for stream in (process.stdout, process.stderr):
                while stream is not None and await stream.read(1 << 20):
                    pass


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    # Not `process.terminate()`: Popen looks first whether the child has ended, and so takes its exit code away from the
    # thread of asyncio that waits for it, which then complains of an unknown child.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


# ── progress ─────────────────────────────────────────────────────────────────────────────────────


_LINE_BYTES: Final = 4096
"""A line of `-progress` is much shorter; a longer one is not from FFmpeg, and only its end is kept."""


@dataclass(frozen=True)
class Progress:
    """One report of `-progress`: counts are totals since the start, `bitrate_kbps` is the output's average."""

    frame: int = 0
    fps: float = 0.0
    speed: float = 0.0
    bitrate_kbps: float = 0.0
    dup_frames: int = 0
    drop_frames: int = 0
    out_time_s: float = 0.0
    done: bool = False


class ProgressParser:
    """Turns the `key=value` lines of `-progress` into `Progress`, however the bytes are cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._now = Progress()

    def feed(self, data: bytes) -> Iterator[Progress]:
        """Every report that these bytes complete."""
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
        if match is None:  # "N/A" before the first packet
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
            case "out_time_us":
                self._now = replace(self._now, out_time_s=max(0.0, number / 1e6))
