"""Files in which the clock restarts: recordings that were put one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.media_factory import AAC, MPEG2, Clip, derived, ffmpeg, make

if TYPE_CHECKING:
    from pathlib import Path

_TS = ("-f", "mpegts")
_VOB = ("-f", "vob")


def _cat(made: Path, *clips: Clip) -> None:
    made.write_bytes(b"".join(make(clip).read_bytes() for clip in clips))


def _clip(number: int, **how: object) -> Clip:
    facts = {"frames": 120, "suffix": ".ts", "extra": _TS, "flash": True, **how}
    return Clip(first=1000 * number, **facts)  # type: ignore[arg-type]  # fields by name


def _dvd(number: int, **how: object) -> Clip:
    return _clip(number, **{"suffix": ".vob", "extra": _VOB, "video": MPEG2, "audio": ("-c:a", "mp2"), **how})


def three_ts(made: Path) -> None:
    """`cat q.ts q.ts q.ts`."""
    _cat(made, _clip(0), _clip(1), _clip(2))


def two_vob(made: Path) -> None:
    """`cat p.vob p.vob`."""
    _cat(made, _dvd(0), _dvd(1))


def two_shapes(made: Path) -> None:
    """Two program streams that differ in size, rate, and sound."""
    _cat(made, _dvd(0), _dvd(1, size=(352, 288), rate="25", frames=100, channels=1))


def progressive_and_interlaced(made: Path) -> None:
    """A part with whole pictures, and one with fields."""
    fields = (*MPEG2, "-flags", "+ilme+ildct")
    _cat(made, _dvd(0), _dvd(1, video=fields, filters="setfield=tff"))


def two_programs(made: Path) -> None:
    """Transport streams that number their streams differently, and have them in another order."""
    other = derived("other.ts", _other_program)
    made.write_bytes(make(_clip(0)).read_bytes() + other.read_bytes())


def _other_program(made: Path) -> None:
    ffmpeg("-i", make(_clip(1)), "-map", "0:a", "-map", "0:v", "-c", "copy", "-mpegts_start_pid", "0x200", *_TS, made)


def picture_without_sound_between(made: Path) -> None:
    """The second of three parts has no sound."""
    _cat(made, _clip(0), _clip(1, audio=None), _clip(2))


def short_parts(made: Path) -> None:
    """Twelve parts of a second each: more than one FFmpeg opens at once."""
    _cat(made, *(_clip(number, frames=30) for number in range(12)))


def ogg(made: Path) -> None:
    """A chained Ogg file, sound alone."""
    _cat(made, *[_clip(0, suffix=".ogg", extra=(), video=None, audio=("-c:a", "libvorbis"))] * 2)


def damaged(made: Path) -> None:
    """One recording in which two packets carry wild time stamps: it has one clock."""
    clip = bytearray(make(_clip(0, frames=240, audio=AAC)).read_bytes())
    starts = [at for at in range(0, len(clip), 188) if clip[at + 1] & 0x41 == 0x41 and clip[at + 2] == 0]
    for at in starts[100:102]:
        header = at + 4 + (1 + clip[at + 4] if clip[at + 3] & 0x20 else 0)
        clip[header + 9] ^= 0x04
        if clip[header + 7] & 0x40:
            clip[header + 14] ^= 0x04
    made.write_bytes(bytes(clip))
