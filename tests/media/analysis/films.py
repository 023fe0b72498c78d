"""Short films with breaks at known frames, for the tests of the analysis. They are made once for each test process."""

from __future__ import annotations

import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg

FADE, GREY, CHAPTER_S, LOUD, END = (1900, 1920), (2300, 2312), 90.0, (2600, 2620), 4600
"""At 25 frames a second: a fade to black and a grey black, both in silence; a chapter in the middle of a scene; black
while the music goes on; the length."""
_CHAPTERS = """;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=90000
[CHAPTER]
TIMEBASE=1/1000
START=90000
END=184000
title=Part two
"""


@lru_cache(maxsize=1)
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="retrovue-analysis-")


@lru_cache(maxsize=1)
def film() -> Path:
    """A film of 184 s at 25 frames a second, letterboxed, with a tone that stops in two of its black pictures."""
    path = Path(_folder().name) / "film.mp4"
    notes = path.with_suffix(".txt")
    notes.write_text(_CHAPTERS)
    black = "+".join(f"between(n,{first},{end - 1})" for first, end in (FADE, LOUD))
    graph = (
        "testsrc2=s=160x70:r=25,format=yuv420p,"
        f"fade=out:{FADE[0] - 20}:20:enable='between(n,{FADE[0] - 20},{FADE[1] - 1})',"
        f"drawbox=c=black:t=fill:enable='{black}',"
        f"drawbox=c=0x141414:t=fill:enable='between(n,{GREY[0]},{GREY[1] - 1})',"
        f"pad=160:90:0:10,trim=end_frame={END}[v];"
        "sine=f=440:r=16000,volume=0.5,"
        + ",".join(f"volume=0:enable='between(t,{first / 25 - 0.1},{end / 25 + 0.1})'" for first, end in (FADE, GREY))
        + f",atrim=end={END / 25}[a]"
    )
    subprocess.run(
        [find_ffmpeg().path, "-v", "error", "-i", notes, "-filter_complex", graph, "-map", "[v]", "-map", "[a]",
         "-map_chapters", "0", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-c:a", "aac", path],
        check=True, timeout=120,
    )  # fmt: skip
    return path


@lru_cache(maxsize=1)
def film_48k() -> Path:
    """The film with its sound at 48 kHz, as most programmes have it."""
    path = film().with_stem("film48")
    subprocess.run(
        [find_ffmpeg().path, "-v", "error", "-i", film(), "-map", "0", "-c:v", "copy", "-ar", "48000", path],
        check=True, timeout=60,
    )  # fmt: skip
    return path


@lru_cache(maxsize=1)
def bare() -> Path:
    """The film's picture as a bare stream, without time stamps."""
    path = Path(_folder().name) / "bare.h264"
    subprocess.run([find_ffmpeg().path, "-v", "error", "-i", film(), "-an", "-c", "copy", path], check=True, timeout=60)
    return path


@lru_cache(maxsize=1)
def twice() -> Path:
    """Two transport streams of the film in one file, so that the clock restarts in the middle."""
    path, part = Path(_folder().name) / "twice.ts", Path(_folder().name) / "part.ts"
    subprocess.run([find_ffmpeg().path, "-v", "error", "-i", film(), "-c", "copy", part], check=True, timeout=60)
    path.write_bytes(part.read_bytes() * 2)
    return path


@lru_cache(maxsize=2)
def only(stream: str) -> Path:
    """The film's picture (`v`) or its sound (`a`) alone, without chapters."""
    path = Path(_folder().name) / f"only-{stream}.mp4"
    subprocess.run(
        [find_ffmpeg().path, "-v", "error", "-i", film(), "-map", f"0:{stream}", "-c", "copy", "-map_chapters", "-1",
         path],
        check=True, timeout=60,
    )  # fmt: skip
    return path
