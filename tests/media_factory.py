"""Real media made for tests, and the readers that tell which frame a decoded picture is.

Every picture carries its number as two rows of black and white blocks that survive scaling, padding and H.264; with
`flash`, a white bar lights for two frames every second while a beep of the same length sounds. Files are made once
per version of this module and kept in the machine's temporary folder, so that test processes share them.
"""

from __future__ import annotations

import fcntl
import hashlib
import inspect
import io
import os
import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from PIL import Image

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    Picture = npt.NDArray[np.uint8]

BITS, CHECK, ROWS, COLUMNS = 16, 4, 2, 10
GREY, FLASH_FRAMES = 128, 2
BEEP_HZ = 1000
TICK = Fraction(1, 90_000)

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "48", "-crf", "20", "-pix_fmt", "yuv420p")
MPEG2 = ("-c:v", "mpeg2video", "-q:v", "3", "-pix_fmt", "yuv420p")
HEVC = (
    "-c:v",
    "libx265",
    "-preset",
    "ultrafast",
    "-crf",
    "20",
    "-pix_fmt",
    "yuv420p",
    "-x265-params",
    "log-level=error",
)
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "400k")
AAC = ("-c:a", "aac", "-b:a", "128k")


@dataclass(frozen=True)
class Clip:
    """The recipe of a test file.

    `first` is the number in its first picture, `audio_s` defaults to the video's length, `gain_db` scales the sound,
    `holes` leaves out every n-th picture (variable frame rate).
    """

    frames: int = 120
    rate: str = "30000/1001"
    size: tuple[int, int] = (320, 180)
    suffix: str = ".mp4"
    first: int = 0
    video: tuple[str, ...] | None = H264
    audio: tuple[str, ...] | None = AAC
    channels: int = 2
    audio_s: Fraction | None = None
    flash: bool = False
    gain_db: float = -20.0
    holes: int = 0
    filters: str = ""
    extra: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


def make(clip: Clip) -> Path:
    """The file of a clip, made at the first call."""
    path = media_home() / f"{hashlib.sha256(repr(clip).encode()).hexdigest()[:16]}{clip.suffix}"
    return _once(path, lambda made: _encode(clip, made.parent, made))


def _once(path: Path, recipe: Callable[[Path], None]) -> Path:
    """Have `recipe` write a file if it is not there. Other test processes that need the file wait for it: to make each
    file again in each of them takes longer than some of their tests."""
    if path.exists():
        return path
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=path.parent) as work:
                made = Path(work) / path.name
                recipe(made)
                made.rename(path)
    return path


@lru_cache(maxsize=1)
def media_home() -> Path:
    """The folder of this version's test media, which later runs use again."""
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    home = Path(tempfile.gettempdir()) / f"retrovue-test-media-{os.getuid()}" / version
    home.mkdir(parents=True, exist_ok=True)
    for old in home.parent.iterdir():
        if old != home and not any(old.iterdir()):
            shutil.rmtree(old, ignore_errors=True)
    return home


def _program() -> list[str]:
    """The words with which FFmpeg begins: at a low priority, as other tests air pictures at this moment."""
    path = str(find_ffmpeg().path)
    return [path] if shutil.which("nice") is None else ["nice", "-n", "10", path]


def _encode(clip: Clip, work: Path, made: Path) -> None:
    words: list[str] = [*_program(), "-v", "error", "-nostdin", "-y", *clip.before]
    if clip.video is not None:
        raw = work / "pictures.raw"
        with raw.open("wb") as file:
            for n in range(clip.frames):
                lit = clip.flash and _lit(n, FrameRate.parse(clip.rate))
                file.write(picture(clip.first + n, clip.size, lit).tobytes())
        width, height = clip.size
        words += ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}", "-r", clip.rate, "-i", str(raw)]
    if clip.audio is not None:
        sound = work / "sound.wav"
        _write_sound(clip, sound)
        words += ["-i", str(sound)]
    if clip.video is not None:
        filters = [f"select=not(eq(mod(n\\,{clip.holes})\\,{clip.holes - 1}))"] if clip.holes else []
        filters += [clip.filters] if clip.filters else []
        words += ["-vf", ",".join(filters)] if filters else []
        words += ["-fps_mode", "passthrough"] if clip.holes else []
        words += clip.video
    words += clip.audio or ()
    subprocess.run([*words, *clip.extra, str(made)], check=True, timeout=60)


def _lit(n: int, rate: FrameRate) -> bool:
    return n % rate.nominal < FLASH_FRAMES


def _write_sound(clip: Clip, path: Path) -> None:
    rate = FrameRate.parse(clip.rate)
    length = clip.audio_s if clip.audio_s is not None else rate.seconds(clip.frames)
    times = np.arange(int(48_000 * length))
    tone = np.sin(2 * np.pi * BEEP_HZ * times / 48_000)
    if clip.flash:
        gate = np.zeros(len(times))
        for n in range(0, clip.frames, rate.nominal):
            first, last = (int(48_000 * rate.seconds(k)) for k in (n, n + FLASH_FRAMES))
            gate[first:last] = 1.0
        tone = tone * gate
    samples = (tone * 32_767 * 10 ** (clip.gain_db / 20)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(clip.channels)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(np.repeat(samples, clip.channels).tobytes())


# ── pictures and their numbers ───────────────────────────────────────────────────────────────────


def _cells(width: int, height: int) -> Iterator[tuple[slice, slice]]:
    """The blocks from the most significant bit on: two rows in the upper half, with a grey margin around."""
    for row in range(ROWS):
        for column in range(COLUMNS):
            top, bottom = (round(height * (0.15 + 0.2 * r)) for r in (row, row + 1))
            left, right = (round(width * (0.05 + 0.09 * c)) for c in (column, column + 1))
            yield slice(top, bottom), slice(left, right)


def picture(number: int, size: tuple[int, int], lit: bool = False) -> Picture:
    """A grey picture (height × width) that carries `number`."""
    width, height = size
    image = np.full((height, width), GREY, np.uint8)
    value = number << CHECK | _check(number)
    for bit, (rows, columns) in enumerate(_cells(width, height)):
        image[rows, columns] = 235 if value >> (BITS + CHECK - 1 - bit) & 1 else 16
    if lit:
        image[round(height * 0.7) : round(height * 0.95)] = 235
    return image


def _check(number: int) -> int:
    return (sum(number >> shift & 15 for shift in range(0, BITS, CHECK)) + 5) & 15


def read_number(image: Picture) -> int | None:
    """The number in a decoded grey picture, however it was scaled and padded; None where there is none."""
    return _number(_live(image))


def is_lit(image: Picture) -> bool:
    """Whether the flash bar of a picture is on."""
    return _lights(_live(image))


def _number(live: Picture | None) -> int | None:
    if live is None:
        return None
    value = 0
    for rows, edges in _cores(*live.shape):
        sums = np.add.reduceat(live[rows].sum(axis=0, dtype=np.int64), edges)[::2]
        areas = (edges[1::2] - edges[::2]) * (rows.stop - rows.start)
        for white in sums > GREY * areas:
            value = value << 1 | int(white)
    number, check = value >> CHECK, value & 15
    return number if check == _check(number) else None


def _lights(live: Picture | None) -> bool:
    return live is not None and float(live[round(live.shape[0] * 0.75) : round(live.shape[0] * 0.9)].mean()) > 185


@lru_cache
def _cores(height: int, width: int) -> list[tuple[slice, npt.NDArray[np.intp]]]:
    """For each row of blocks: the lines in the middle of them, and where the middle of each block begins and ends."""
    cells = [(_core(rows), _core(columns)) for rows, columns in _cells(width, height)]
    rows = [cells[first : first + COLUMNS] for first in range(0, len(cells), COLUMNS)]
    return [(row[0][0], np.array([edge for _, core in row for edge in (core.start, core.stop)])) for row in rows]


def _core(block: slice) -> slice:
    """The middle half, which no scaler has blended with what lies beside it."""
    length = block.stop - block.start
    return slice(block.start + length // 4, block.start + max(length // 4 + 1, length * 3 // 4))


def _live(image: Picture) -> Picture | None:
    """The picture without its black padding: the grey margin is the first thing brighter than black."""
    bright = image > 64
    # counted in 16 bits, which takes half the time of NumPy's own counting along an axis
    columns = np.flatnonzero(bright.sum(axis=0, dtype=np.uint16) > image.shape[0] // 10)
    rows = np.flatnonzero(bright.sum(axis=1, dtype=np.uint16) > image.shape[1] // 20)
    if len(rows) < 20 or len(columns) < 20:
        return None
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@dataclass(frozen=True)
class Decoded:
    """One decoded picture: its time in 90 kHz ticks, number, and whether it is a key frame and lit."""

    ticks: int
    number: int | None
    key: bool
    lit: bool


def decode(source: Path | bytes) -> list[Decoded]:
    """Every picture of a file or of transport-stream bytes."""
    found = []
    to_grey = VideoReformatter()  # one for all: a frame's own `reformat` sets up a scaler each time
    with _open(source) as container:
        for frame in container.decode(video=0):
            pts, base = frame.pts or 0, frame.time_base or Fraction(0)
            ticks = pts if base == TICK else round(pts * base * 90_000)
            live = _live(_grey(frame, to_grey))
            found.append(Decoded(ticks, _number(live), frame.key_frame, _lights(live)))
    return found


def _grey(frame: Any, to_grey: Any) -> Picture:
    if frame.format.name == "yuv420p":  # its first plane is what the scaler would make of it
        plane = frame.planes[0]
        return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
    return np.asarray(to_grey.reformat(frame, format="gray").to_ndarray(), np.uint8)


def numbers(source: Path | bytes) -> list[int | None]:
    """The number of every picture, in order."""
    return [frame.number for frame in decode(source)]


def packets(source: Path | bytes) -> dict[str, list[tuple[int, bool]]]:
    """Per kind (`video`, `audio`): PTS in 90 kHz ticks and whether it is a key frame, in stream order."""
    found: dict[str, list[tuple[int, bool]]] = {"video": [], "audio": []}
    with _open(source) as container:
        for packet in container.demux():
            if packet.pts is not None and packet.stream.type in found:
                ticks = round(packet.pts * packet.time_base * 90_000)
                found[packet.stream.type].append((ticks, packet.is_keyframe))
    return found


def sound(source: Path | bytes) -> tuple[Fraction, npt.NDArray[np.float32]]:
    """Start time in seconds, and the samples of the first channel at 48 kHz."""
    blocks: list[npt.NDArray[np.float32]] = []
    start = Fraction(0)
    with _open(source) as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48_000)
        for frame in container.decode(audio=0):
            if not blocks:
                start = Fraction(frame.pts or 0) * (frame.time_base or 0)
            blocks += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return start, np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def beeps(source: Path | bytes) -> list[Fraction]:
    """When each beep begins, in seconds of the stream, to about a millisecond."""
    start, samples = sound(source)
    window = 48
    level = np.abs(samples[: len(samples) // window * window]).reshape(-1, window).max(axis=1)
    loud = level > max(0.01, float(level.max()) / 4)
    begins = [n for n in np.flatnonzero(loud) if not loud[max(0, n - 20) : n].any()]
    return [start + Fraction(int(n) * window, 48_000) for n in begins]


def _open(source: Path | bytes) -> Any:
    return av.open(io.BytesIO(source), format="mpegts") if isinstance(source, bytes) else av.open(str(source))


# ── the shelf: good and bad inputs by name ───────────────────────────────────────────────────────

_CLIPS: dict[str, Clip] = {
    "h264": Clip(),
    "mpeg2": Clip(rate="25", size=(352, 288), frames=100, suffix=".mpg", video=MPEG2, audio=("-c:a", "mp2"),
                  filters="setsar=12/11", extra=("-f", "vob")),
    "hevc": Clip(rate="24000/1001", frames=96, suffix=".mkv", video=HEVC, audio=("-c:a", "ac3")),
    "vp9": Clip(rate="30", suffix=".webm", video=VP9, audio=("-c:a", "libopus")),
    "no_audio": Clip(audio=None),
    "audio_only": Clip(video=None, suffix=".m4a"),
    "mono": Clip(channels=1),
    "surround": Clip(channels=6, suffix=".mkv", audio=("-c:a", "ac3")),
    "vertical": Clip(size=(180, 320)),
    "odd": Clip(size=(321, 181), suffix=".mkv", video=("-c:v", "ffv1", "-pix_fmt", "gray")),
    "wide_pixels": Clip(size=(160, 180), filters="setsar=2/1"),
    "interlaced": Clip(rate="25", frames=100, suffix=".mpg", filters="setfield=tff",
                       video=(*MPEG2, "-flags", "+ildct+ilme"), audio=("-c:a", "mp2"), extra=("-f", "vob")),
    "vfr": Clip(holes=5, suffix=".mkv"),
    "ten_bit": Clip(suffix=".mkv", video=("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le",
                                          "-x265-params", "log-level=error")),
    "hdr": Clip(suffix=".mkv", video=(
        "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020",
        "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-x265-params",
        "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc")),
    "short_audio": Clip(audio_s=Fraction(2)),
    "long_audio": Clip(frames=60, audio_s=Fraction(4)),
    "fifty": Clip(rate="50", frames=200),
    "sixty": Clip(rate="60000/1001", frames=240),
    "film": Clip(rate="24000/1001", frames=96),
    "flash": Clip(frames=150, flash=True),
    "long": Clip(frames=420, flash=True),
    "negative_start": Clip(suffix=".mkv", extra=("-output_ts_offset", "-1.5", "-avoid_negative_ts", "disabled")),
    "late_start": Clip(suffix=".ts", extra=("-output_ts_offset", "95000", "-f", "mpegts")),
}  # fmt: skip

SPECIAL = (
    "rotated", "cover_art", "song", "attachment", "truncated", "corrupt", "empty", "text", "header_only", "chapters",
)  # fmt: skip
_SUFFIXES = {"rotated": ".mp4", "cover_art": ".mp4", "song": ".mp3", "header_only": ".mp4", "text": ".txt"}


def shelf(name: str) -> Path:
    """A file by name: one of the clips, or a special made from one (see `SPECIAL`)."""
    return make(_CLIPS[name]) if name in _CLIPS else _special(name)


def names() -> tuple[str, ...]:
    """Every name that `shelf` knows."""
    return (*_CLIPS, *SPECIAL)


def derived(name: str, recipe: Callable[[Path], None]) -> Path:
    """A file by name that `recipe` writes, once per version of its own module and of this one."""
    source = Path(inspect.getsourcefile(inspect.unwrap(recipe)) or "").read_bytes()
    folder = media_home() / hashlib.sha256(source).hexdigest()[:12]
    folder.mkdir(exist_ok=True)
    return _once(folder / name, recipe)


def ffmpeg(*words: str | Path) -> None:
    """Run FFmpeg; its last word is the file that it makes."""
    _run(*words)


def _special(name: str) -> Path:
    path = media_home() / f"{name}{_SUFFIXES.get(name, '.mkv')}"
    return _once(path, lambda made: _make_special(name, made.parent, made))


def _make_special(name: str, work: Path, made: Path) -> None:
    match name:
        case "empty":
            made.write_bytes(b"")
        case "text":
            made.write_text("This is not a film.\n" * 200)
        case "header_only":
            made.write_bytes(shelf("h264").read_bytes()[:2_000])
        case "truncated":
            data = make(replace(_CLIPS["h264"], suffix=".mkv", frames=240)).read_bytes()
            made.write_bytes(data[: len(data) * 6 // 10])
        case "corrupt":
            data = make(replace(_CLIPS["h264"], suffix=".mkv", frames=240)).read_bytes()
            middle = len(data) // 2
            made.write_bytes(data[:middle] + np.random.default_rng(7).bytes(6_000) + data[middle + 6_000 :])
        case "rotated":
            _run("-display_rotation", "90", "-i", make(Clip(filters="transpose=clock")), "-c", "copy", made)
        case "cover_art":
            _run("-i", shelf("h264"), "-i", _cover(work), "-map", "1", "-map", "0", "-c", "copy",
                 "-disposition:v:0", "attached_pic", made)  # fmt: skip
        case "song":
            _run("-i", shelf("audio_only"), "-i", _cover(work), "-map", "0:a", "-map", "1", "-c:a", "libmp3lame",
                 "-c:v", "copy", "-disposition:v:0", "attached_pic", "-metadata", "title=A Song", made)  # fmt: skip
        case "attachment":
            note = work / "note.txt"
            note.write_text("attached")
            _run("-i", shelf("h264"), "-attach", note, "-metadata:s:t", "mimetype=text/plain", "-c", "copy", made)
        case "chapters":
            facts = work / "chapters.txt"
            facts.write_text(
                ";FFMETADATA1\ntitle=Feature\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=One\n"
                "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=4000\ntitle=Two\n"
            )
            _run("-i", shelf("h264"), "-i", facts, "-map_metadata", "1", "-c", "copy", made)
        case _:
            raise KeyError(name)


def _cover(work: Path) -> Path:
    path = work / "cover.jpg"
    Image.new("RGB", (200, 200), (200, 30, 30)).save(path)
    return path


def _run(*words: str | Path) -> None:
    command = [*_program(), "-v", "error", "-nostdin", "-y", *(str(word) for word in words)]
    subprocess.run(command, check=True, timeout=60)
