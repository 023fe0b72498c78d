"""Short films with breaks at known frames, for the tests of the analysis. They are made once, as all test media are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.media_factory import derived, ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

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


def film() -> Path:
    """A film of 184 s at 25 frames a second, letterboxed, with a tone that stops in two of its black pictures."""
    return derived("film.mp4", _make_film)


def film_48k() -> Path:
    """The film with its sound at 48 kHz, as most programmes have it."""
    return derived("film48.mp4", lambda made: ffmpeg("-i", film(), "-map", "0", "-c:v", "copy", "-ar", "48000", made))


def bare() -> Path:
    """The film's picture as a bare stream, without time stamps."""
    return derived("bare.h264", lambda made: ffmpeg("-i", film(), "-an", "-c", "copy", made))


def twice() -> Path:
    """Two transport streams of the film in one file, so that the clock restarts in the middle."""
    return derived("twice.ts", _make_twice)


def only(stream: str) -> Path:
    """The film's picture (`v`) or its sound (`a`) alone, without chapters."""
    return derived(
        f"only-{stream}.mp4",
        lambda made: ffmpeg("-i", film(), "-map", f"0:{stream}", "-c", "copy", "-map_chapters", "-1", made),
    )


def _make_film(made: Path) -> None:
    notes = made.with_suffix(".txt")
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
    ffmpeg(
        "-i", notes, "-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-map_chapters", "0",
        "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-c:a", "aac", made,
    )  # fmt: skip


def _make_twice(made: Path) -> None:
    part = made.with_name("part.ts")
    ffmpeg("-i", film(), "-c", "copy", part)
    made.write_bytes(part.read_bytes() * 2)
