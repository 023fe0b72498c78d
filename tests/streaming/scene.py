"""Streams in tests: thumbnails instead of films, one cache for all of them, and what a viewer saw."""

from __future__ import annotations

import subprocess
import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from retrovue_tui import CommercialStreamer, MPEGTSStreamer
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.playout.mpegts.analyser import StreamReport, analyse
from tests.media_factory import H264, Clip, make, numbers, shelf
from tests.playout.studio import NTSC, small_house

if TYPE_CHECKING:
    from collections.abc import Iterator

FILM = shelf("long")
"""420 frames: pieces of 180, 180 and 60."""
FRAMES = list(range(420))
SPOT = make(Clip(frames=45, first=1000))
OTHER_SPOT = make(Clip(frames=30, first=2000, video=(*H264, "-bf", "0"), audio=("-c:a", "mp2"), suffix=".mkv"))
OTHER_FILM = make(Clip(frames=240, first=3000, suffix=".mkv"))
LONG_SPOT = make(Clip(frames=900, first=3000, suffix=".mkv"))
LONG_SPOT_FRAMES = list(range(3000, 3900))
SPOT_FRAMES, OTHER_SPOT_FRAMES = list(range(1000, 1045)), list(range(2000, 2030))


def seconds(frame: int) -> float:
    """The time of a frame, as a program would give it."""
    return round(float(NTSC.seconds(frame)), 3)


def options(cache: Path, **more: Any) -> dict[str, Any]:
    """The options of a streamer in a test: a small picture, and as fast as the test reads."""
    return {"cache": cache, "pace": False, "_house": small_house(), **more}


def streamer(source: Path | str, cache: Path, **more: Any) -> MPEGTSStreamer:
    return MPEGTSStreamer(source, "test", **options(cache, **more))


def commercial_streamer(source: Path, cache: Path, **more: Any) -> CommercialStreamer:
    return CommercialStreamer(source, "test", **options(cache, **more))


def take(stream: Iterator[bytes], pictures: int) -> bytes:
    """The next pictures of a stream; each is one chunk of whole packets."""
    chunks = list(islice(stream, pictures))
    assert all(chunk and len(chunk) % 188 == 0 and chunk[0] == 0x47 for chunk in chunks)
    return b"".join(chunks)


def seen(data: bytes) -> list[int | None]:
    """The numbers in the pictures of a stream that must be without a fault."""
    check(data)
    return numbers(data)


def check(data: bytes) -> StreamReport:
    report = analyse(data, NTSC)
    assert report.clean, report
    assert report.largest_audio_error <= 1_920, report
    assert report.pcr_backwards == 0
    assert report.first_pids[:2] == [0, 0x1000]
    return report


def ffmpegs() -> list[psutil.Process]:
    """Our child processes."""
    return [child for child in psutil.Process().children(recursive=True) if "ffmpeg" in _command(child)]


def decks() -> list[psutil.Process]:
    """Those that play a list."""
    return [child for child in ffmpegs() if "concat" in _command(child).split()]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has ended in this moment
        return ""


def leftovers() -> set[Path]:
    """Temporary folders of streams."""
    return set(Path(tempfile.gettempdir()).glob("retrovue-stream-*"))


def play(script: str, *words: str) -> bytes:
    """Play a concat script with plain FFmpeg."""
    command = [str(find_ffmpeg().path), "-v", "error", "-nostdin", "-f", "concat", "-safe", "0", "-i", script, *words]
    return subprocess.run([*command, "-f", "mpegts", "-"], check=True, capture_output=True, timeout=60).stdout
