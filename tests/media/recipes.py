"""Odd media that people reported of other playout systems, made small: a flash and a beep of one frame each second.

Each recipe is a function that writes a file; `RECIPES` names them, with their suffix and the frames that they air.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from tests.media_factory import derived, ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZE = "320x180"
NTSC = "30000/1001"
BLIP = "0.5*sin(2*PI*1000*t)*lt(mod(t,1),0.034)"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30")
AAC = ("-c:a", "aac", "-b:a", "96k", "-ac", "2")
MPEG2 = ("-c:v", "mpeg2video", "-q:v", "3", "-c:a", "mp2")
CENTRE = "0|0|0.3*sin(2*PI*440*t)|0|0|0"
SURROUND = ":c=5.1(side)"


@dataclass(frozen=True)
class Recipe:
    """How to make a file, and what must air: the number of frames, a flash on each beep, a tone in both channels."""

    make: Callable[[Path], None]
    suffix: str
    frames: int
    sync: bool = False
    tone: bool = True
    late_s: float = 0.0
    """By how much the picture is behind the sound in the file."""
    slack: int = 0


def flash(rate: str = NTSC, size: str = SIZE) -> str:
    lit = "drawbox=w=iw:h=ih:color=white:t=fill:enable='lt(mod(t,1),0.034)'"
    return f"color=black:s={size}:r={rate},{lit}"


def av(
    seconds: float, *words: str, picture: str | None = None, sound: str = BLIP, layout: str = "", audio: float = 0
) -> tuple[str, ...]:
    """The FFmpeg arguments for a picture and a sound of this length (s), and the arguments that follow them."""
    return (
        "-f", "lavfi", "-t", str(seconds), "-i", picture or flash(),
        "-f", "lavfi", "-t", str(audio or seconds), "-i", f"aevalsrc='{sound}':s=48000{layout}",
        *words,
    )  # fmt: skip


def base() -> Path:
    """Six seconds in MP4."""
    return derived("base.mp4", _base)


def _base(made: Path) -> None:
    ffmpeg(*av(6, *H264, *AAC), made)


def _of_base(*words: str, before: tuple[str, ...] = ()) -> Callable[[Path], None]:
    return lambda made: ffmpeg(*before, "-i", base(), *words, made)


def _made(*words: str) -> Callable[[Path], None]:
    return lambda made: ffmpeg(*words, made)


def cover(made: Path) -> Path:
    path = made.with_name("cover.jpg")
    Image.new("RGB", (300, 300), (200, 30, 30)).save(path)
    return path


def _song(made: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=d=5:r=48000", "-i", cover(made), "-map", "0", "-map", "1", "-c:a", "libmp3lame",
           "-c:v", "copy", "-id3v2_version", "3", "-disposition:v:0", "attached_pic", made)  # fmt: skip


def _still_first(made: Path) -> None:
    ffmpeg("-i", cover(made), "-i", base(), "-map", "0:v", "-map", "1:v", "-map", "1:a", "-c", "copy", made)


def _cover_last(made: Path) -> None:
    ffmpeg("-i", base(), "-i", cover(made), "-map", "0", "-map", "1", "-c", "copy",
           "-disposition:v:1", "attached_pic", made)  # fmt: skip


def _unknown_sound(first: bool) -> Callable[[Path], None]:
    def make(made: Path) -> None:
        ffmpeg("-i", base(), "-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy", made)
        data = made.read_bytes()
        for word, other in ((b"mp4a", b"apac"), (b"esds", b"xsds")):
            at = data.find(word, data.find(b"stsd")) if first else data.rfind(word)
            data = data[:at] + other + data[at + 4 :]
        made.write_bytes(data)

    return make


def _subtitles_first(made: Path) -> None:
    text = made.with_name("s.srt")
    text.write_text("1\n00:00:00,000 --> 00:00:01,000\nx\n")
    ffmpeg("-i", text, "-i", base(), "-map", "0:s", "-map", "1:v", "-map", "1:a", "-c", "copy", "-c:s", "srt", made)


def _data_track(made: Path) -> None:
    # Not as the first track: FFmpeg 9.0 itself does not open such a file ("File exists").
    ffmpeg("-i", base(), "-c", "copy", "-timecode", "01:00:00:00", made)


def _layout_changes(made: Path) -> None:
    parts = []
    for name, sound in (("s2", "sine=d=3:r=48000"), ("s6", f"aevalsrc={CENTRE}{SURROUND}:s=48000:d=3")):
        part = made.with_name(f"{name}.ac3")
        ffmpeg("-f", "lavfi", "-i", sound, *(("-ac", "2") if name == "s2" else ()), "-c:a", "ac3", part)
        parts.append(part.read_bytes())
    both = made.with_name("m.ac3")
    both.write_bytes(b"".join(parts))
    ffmpeg(
        "-f", "lavfi", "-i", flash(), "-i", both, "-t", "6", "-map", "0:v", "-map", "1:a", *H264, "-c:a", "copy", made
    )


def _dropped(made: Path) -> None:
    drop = "select='not(eq(mod(n,7),3))*gt(random(0),0.1)'"
    ffmpeg(*av(8, "-vf", drop, "-fps_mode", "vfr", *H264, *AAC), made)


def _contradicting(made: Path) -> None:
    """The stream says square pixels, the container 4:3: the container counts."""
    plain = made.with_name("t.mp4")
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=640x360:r={NTSC}:d=1", *H264, plain)
    ffmpeg("-i", plain, "-c", "copy", "-aspect", "4:3", made)


def _eight_channels(made: Path) -> None:
    """PyAV cannot open it without harm, FFmpeg plays it."""
    sound = "0|0|0.3*sin(2*PI*440*t)|0|0|0|0|0"
    ffmpeg(*av(5, *H264, "-c:a", "pcm_s16le", sound=sound, layout=":c=7.1", picture="color=black:s=320x180:r=30"), made)


def _fields(top: bool) -> Callable[[Path], None]:
    order = "top,setfield=tff" if top else "bottom,setfield=bff"
    return _made(*av(3, "-vf", f"tinterlace=interleave_{order}", *MPEG2, "-flags", "+ilme+ildct",
                     picture="testsrc2=s=720x480:r=60000/1001"))  # fmt: skip


def _late_picture(made: Path) -> None:
    ffmpeg("-itsoffset", "0.7", "-i", base(), "-i", base(), "-map", "0:v", "-map", "1:a", "-c", "copy", made)


def _live_matroska(made: Path) -> None:
    ffmpeg("-i", base(), "-c", "copy", "-f", "matroska", "-live", "1", made)


def _false_header(made: Path) -> None:
    data = bytearray(base().read_bytes())
    at = data.find(b"mvhd") + 20
    data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") * 10).to_bytes(4, "big")
    made.write_bytes(bytes(data))


def _turned(turn: str) -> Callable[[Path], None]:
    return _of_base("-c", "copy", before=("-display_rotation", turn))


def _telecine(made: Path) -> None:
    ffmpeg(*av(3, "-vf", "telecine=pattern=23", *MPEG2, picture="testsrc2=s=720x480:r=24000/1001"), made)


def _wrapping(made: Path) -> None:
    ffmpeg("-i", base(), "-c", "copy", "-output_ts_offset", "95440", "-f", "mpegts", made)


def _flv(made: Path) -> None:
    ffmpeg("-i", base(), "-c", "copy", "-flvflags", "no_duration_filesize", made)


def _colours(pixels: str, *coder: str, size: str = "640x360", rate: str = "24") -> Callable[[Path], None]:
    picture = f"testsrc2=s={size}:r={rate}"
    return _made(*av(2, *(coder or H264[:4]), "-pix_fmt", pixels, *AAC, picture=picture))


_HDR = ("-c:v", "libx265", "-preset", "ultrafast", "-color_primaries", "bt2020", "-color_trc", "smpte2084",
        "-colorspace", "bt2020nc", "-x265-params", "log-level=error:max-cll=1000,400", "-tag:v", "hvc1")  # fmt: skip

RECIPES: dict[str, Recipe] = {
    "A01 picture ends first": Recipe(_made(*av(3, *H264, *AAC, audio=5)), ".mp4", 90, sync=True),
    "A02 sound ends first": Recipe(_made(*av(5, *H264, *AAC, audio=3)), ".mp4", 150),
    "A02 no sound": Recipe(_of_base("-an", "-c", "copy"), ".mp4", 180, tone=False),
    "A03 song with a cover": Recipe(_song, ".mp3", 150),
    "A03 still first": Recipe(_still_first, ".mkv", 180, sync=True),
    "A03 cover last": Recipe(_cover_last, ".mp4", 180, sync=True),
    "A04 unknown second sound": Recipe(_unknown_sound(False), ".mp4", 180, sync=True),
    "A04 unknown first sound": Recipe(_unknown_sound(True), ".mp4", 180, sync=True),
    "A04 subtitles first": Recipe(_subtitles_first, ".mkv", 180, sync=True),
    "A04 a data track": Recipe(_data_track, ".mov", 180, sync=True),
    "A06 centre alone": Recipe(_made(*av(5, *H264, "-c:a", "ac3", sound=CENTRE, layout=SURROUND)), ".mkv", 150),
    "A06 eight channels": Recipe(_eight_channels, ".mov", 150),
    "A06 mono": Recipe(_of_base("-c:v", "copy", "-ac", "1"), ".mp4", 180, sync=True),
    "A06 layout changes": Recipe(_layout_changes, ".mkv", 180),
    "A08 variable rate": Recipe(_dropped, ".mp4", 240, slack=1),
    **{
        f"A08 {rate} a second": Recipe(_made(*av(6, *H264, *AAC, picture=flash(rate))), ".mp4", 180, sync=True, slack=1)
        for rate in ("24000/1001", "25", "50", "60000/1001", "15", "120")
    },
    **{
        f"A09 turned by {turn}": Recipe(_turned(turn), ".mp4", 180, sync=True)
        for turn in ("90", "180", "270")
    },
    "A10 contradicting shapes": Recipe(_contradicting, ".mkv", 30, tone=False),
    "A11 top field first": Recipe(_fields(True), ".mpg", 90, slack=1),
    "A11 bottom field first": Recipe(_fields(False), ".mpg", 90, slack=1),
    "A11 telecine": Recipe(_telecine, ".mpg", 90, slack=1),
    "A12 HDR": Recipe(_colours("yuv420p10le", *_HDR), ".mp4", 60),
    "A12 full range": Recipe(_colours("yuvj420p"), ".mp4", 60),
    "A12 ten bits": Recipe(_colours("yuv422p10le"), ".mp4", 60),
    "A12 no subsampling, odd size": Recipe(_colours("yuv444p", size="321x181"), ".mp4", 60),
    "A12 alpha": Recipe(_colours("argb", "-c:v", "qtrle"), ".mov", 60),
    "A12 GIF": Recipe(_made("-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=2"), ".gif", 60, tone=False),
    "A13 late picture": Recipe(_late_picture, ".mp4", 201, sync=True, late_s=0.7, slack=1),
    "A14 clock wraps": Recipe(_wrapping, ".ts", 180, sync=True),
    "A17 FLV without a length": Recipe(_flv, ".flv", 180, sync=True),
    "A17 live Matroska": Recipe(_live_matroska, ".mkv", 180, sync=True),
    "A17 header ten times too long": Recipe(_false_header, ".mp4", 180, sync=True),
    "A18 one frame": Recipe(_of_base("-frames:v", "1", "-t", "0.034", *H264, *AAC), ".mp4", 1, tone=False),
    "A18 a fifth of a second": Recipe(_of_base("-t", "0.2", *H264, *AAC), ".mp4", 6, tone=False),
    "A18 a tenth of a second of sound": Recipe(_made("-f", "lavfi", "-i", "sine=d=0.1:r=48000", *AAC), ".m4a", 3),
}  # fmt: skip


def recipe_file(name: str) -> Path:
    """The file of a recipe by its name, made at the first call."""
    recipe = RECIPES[name]
    return derived(f"{name.replace('/', ' to ')}{recipe.suffix}", recipe.make)
