"""Files that are odd in the choice, the timing or the protection of their streams."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from PIL import Image

from tests.media_factory import AAC, Clip, ffmpeg, make, shelf

if TYPE_CHECKING:
    from pathlib import Path

CLIP = Clip(frames=180, flash=True)
LONG = Clip(frames=420, flash=True)
KEYS = 48
"""Every so many frames is a key frame, and none between."""
_TS = ("-f", "mpegts")


def _cover(made: Path) -> Path:
    path = made.with_name("cover.jpg")
    Image.new("RGB", (300, 300), (200, 30, 30)).save(path)
    return path


def still_first(made: Path) -> None:
    """The first stream is a picture that is not marked as one."""
    ffmpeg("-i", _cover(made), "-i", make(CLIP), "-map", "0:v", "-map", "1:v", "-map", "1:a", "-c", "copy", made)


def short_first(made: Path) -> None:
    """The first video stream ends after a second, the second goes on."""
    short = make(Clip(frames=30, first=500, audio=None))
    ffmpeg("-i", short, "-i", make(LONG), "-map", "0:v", "-map", "1:v", "-map", "1:a", "-c", "copy", made)


def hidden_lead_in(made: Path) -> None:
    """A copy from 1.37 s on: it begins with the key frame before, which the edit list hides."""
    ffmpeg("-ss", "1.37", "-i", make(LONG), "-t", "4", "-c", "copy", made)


def no_sync_sample(made: Path) -> None:
    """An edit list that begins before the first key frame of the index."""
    data = bytearray(make(LONG).read_bytes())
    (movie,) = struct.unpack_from(">I", data, data.find(b"mvhd") + 16)
    at = data.find(b"elst")
    while at > 0:
        (scale,) = struct.unpack_from(">I", data, data.find(b"mdhd", at) + 16)
        length, begin = struct.unpack_from(">Ii", data, at + 12)
        struct.pack_into(">Ii", data, at + 12, length - round(1.37 * movie), begin + round(1.37 * scale))
        at = data.find(b"elst", at + 4)
    at = data.find(b"stss")
    keys = struct.unpack_from(f">{struct.unpack_from('>I', data, at + 8)[0]}I", data, at + 12)
    struct.pack_into(">I", data, at + 12, keys[1])
    made.write_bytes(bytes(data))


def false_length(made: Path) -> None:
    """A Matroska file whose header says ten hours."""
    ffmpeg("-i", make(CLIP), "-c", "copy", made)
    data = bytearray(made.read_bytes())
    at = data.find(b"\x44\x89\x88")  # Duration, in milliseconds
    struct.pack_into(">d", data, at + 3, 36_000_000.0)
    made.write_bytes(bytes(data))


def late_sound(made: Path) -> None:
    """Sound that appears after 8 s and several MB of picture alone, and is gone again before the end."""
    noise = ("-c:v", "mpeg2video", "-q:v", "1", "-g", "15")
    silent = Clip(frames=240, suffix=".ts", audio=None, video=noise, filters="noise=alls=60:allf=t", extra=_TS)
    with_sound, after = made.with_name("sound.ts"), made.with_name("after.ts")
    source = Clip(frames=120, first=240, suffix=".ts", video=noise, extra=_TS, flash=True)
    ffmpeg("-i", make(source), "-c", "copy", "-output_ts_offset", "8.008", *_TS, with_sound)
    end = Clip(frames=60, first=360, suffix=".ts", video=noise, audio=None, filters="noise=alls=60:allf=t", extra=_TS)
    ffmpeg("-i", make(end), "-c", "copy", "-output_ts_offset", "12.012", *_TS, after)
    made.write_bytes(b"".join(path.read_bytes() for path in (make(silent), with_sound, after)))


def raw_h264(made: Path) -> None:
    ffmpeg("-i", make(CLIP), "-map", "0:v", "-c", "copy", made)


def raw_hevc(made: Path) -> None:
    coder = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=3")
    ffmpeg("-i", make(Clip(frames=150, rate="25")), "-map", "0:v", *coder, made)


def encrypted(made: Path) -> None:
    """Common encryption (ISO/IEC 23001-7)."""
    key = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb",
           "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8")  # fmt: skip
    ffmpeg("-i", make(CLIP), "-c", "copy", *key, made)


def scrambled(made: Path) -> None:
    """A transport stream whose pictures and sound are scrambled, and marked so."""
    _scramble(made, 256, 257)


def all_scrambled(made: Path) -> None:
    """A transport stream whose table of streams is scrambled too, so that no demuxer finds a stream in it."""
    _scramble(made, 256, 257, 4096)


def _scramble(made: Path, *pids: int) -> None:
    packets = []
    for packet in _packets(make(Clip(suffix=".ts", extra=_TS))):
        changed = bytearray(packet)
        if _pid(packet) in pids:
            changed[3] |= 0x80
            start = 5 + packet[4] if packet[3] & 0x20 else 4
            changed[start:] = bytes(byte ^ 0x5A for byte in packet[start:])
        packets.append(bytes(changed))
    made.write_bytes(b"".join(packets))


def tables_only(made: Path) -> None:
    """The tables of a transport stream, and nothing else."""
    tables = [
        packet for packet in _packets(make(Clip(suffix=".ts", extra=_TS))) if _pid(packet) < 256 or _pid(packet) == 4096
    ]
    made.write_bytes(b"".join(tables) * 20)


def languages(made: Path) -> None:
    """English commentary (the default), English, German, French, and English for the blind: each of another length."""
    film = shelf("h264")
    words: list[str | Path] = ["-i", film]
    for number in range(5):
        words += ["-f", "lavfi", "-t", f"{3.0 + number / 10}", "-i", f"sine={300 + 100 * number}:r=48000"]
    words += ["-map", "0:v", *(word for number in range(5) for word in ("-map", f"{number + 1}:a"))]
    for number, language in enumerate(("eng", "eng", "ger", "fre", "eng")):
        words += [f"-metadata:s:a:{number}", f"language={language}"]
    words += ["-disposition:a:0", "default+comment", "-disposition:a:1", "0", "-disposition:a:4", "visual_impaired"]
    ffmpeg(*words, "-c:v", "copy", *AAC, made)


def _packets(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[at : at + 188] for at in range(0, len(data), 188)]


def _pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]
