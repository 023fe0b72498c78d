"""The facts of a media file as FFmpeg reports them, for files that crash PyAV.

FFmpeg is a separate program, often of another version, so it may be able to read such a file. Blocking. Call it in a
worker process; the worker's limits then apply to FFmpeg too.
"""

from __future__ import annotations

import re
import signal
import subprocess
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError
from retrovue_tui.media.asset import Asset, AudioFacts, Chapter, VideoFacts, identity, refuse_container, with_key
from retrovue_tui.media.chapters import sane
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.ffmpeg.process import die_with_parent
from retrovue_tui.media.metadata.media_tags import known_tags
from retrovue_tui.text.languages import same_language

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HEAD_S: Final = 10.0
"""The time limit of FFmpeg's description of a file (s), and also of reading the file's packets."""
_ROUNDING: Final = Fraction(1, 1000)
_NO_TIME: Final = -(1 << 63)
_MOST_LINES: Final = 20_000
_LAYOUTS: Final = {"mono": 1, "stereo": 2, "downmix": 2, "quad": 4, "hexagonal": 6, "octagonal": 8, "cube": 8}
_HDR: Final = ("smpte2084", "arib-std-b67")
_STREAM: Final = re.compile(r"^  Stream #0:(\d+)(?:\[\w+\])?(?:\((\w+)\))?: (Video|Audio): (\S+?),? (.*)$")
_CHAPTER: Final = re.compile(r"^    Chapter #0:\d+: start (-?[\d.]+), end (-?[\d.]+)")
_DURATION: Final = re.compile(r"^  Duration: (?:(\d+):(\d\d):(\d\d\.\d+)|N/A)(?:, start: (-?[\d.]+))?")
_ROTATION: Final = re.compile(r"rotation of (-?[\d.]+) degrees")
_TITLE: Final = re.compile(r"^(\s+)title\s+: (.*)$")


@dataclass
class BannerStream:
    """A stream in FFmpeg's banner. `details` is the text after the name of the codec."""

    index: int
    language: str
    kind: str
    codec: str
    details: str
    rotation: int = 0


@dataclass
class Banner:
    """A file in FFmpeg's banner. Times are in seconds on the file's own clock."""

    container: str = ""
    duration: Fraction | None = None
    start: Fraction = Fraction(0)
    title: str = ""
    streams: list[BannerStream] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)


def describe(path: Path, ffmpeg: Path | None = None, languages: Sequence[str] = ()) -> Asset:
    """Return the facts of a media file. `ffmpeg` is the path that `find_ffmpeg` tries first. Raises `MediaError`,
    `FFmpegError`."""
    key, size, mtime_ns = identity(path)
    if size == 0:
        raise MediaError("the file is empty", path)
    program = find_ffmpeg(ffmpeg).path
    found = read_banner(_say(program, path))
    refuse_container(found.container, path)
    video, audio = _chosen(found.streams, languages)
    if video is None and audio is None:
        raise MediaError("no video or audio in it", path)
    picked = [each.index for each in (video, audio) if each is not None]
    spans = _spans(program, path, picked)
    if not spans and found.duration is not None:
        spans = dict.fromkeys(picked, (found.start, found.start + found.duration))
    picture = sound = None
    origin = end = Fraction(0)
    if audio is not None and audio.index in spans:
        origin, end = spans[audio.index]
        priming = found.start - origin > _ROUNDING  # packets before the file's start time are not shown
        origin = found.start if priming else origin
        sound = _audio(audio, origin, end)
    if video is not None and video.index in spans:
        origin, end = spans[video.index]
        picture = _video(video, origin)
    if end <= origin:
        raise MediaError("it has no length: no frame with a time was found", path)
    marks = (Chapter(max(Fraction(0), each.start - origin), each.end - origin, each.title) for each in found.chapters)
    chapters = sane(marks, end - origin)
    return with_key(Asset(
        path, key, size, mtime_ns, end - origin, picture, sound, chapters, found.title or path.stem, origin,
        found.container, tags=known_tags({"title": found.title}),
    ))  # fmt: skip


def _order(sound: BannerStream, languages: Sequence[str]) -> int:
    """Return the place of a stream's language among the preferred languages; lower is better."""
    return next((n for n, each in enumerate(languages) if same_language(each, sound.language)), len(languages))


def read_banner(text: str) -> Banner:
    """Parse the description of a file that `ffmpeg -i FILE` prints on stderr."""
    found = Banner()
    section: BannerStream | Chapter | None = None
    for line in text.splitlines()[:_MOST_LINES]:
        if line.startswith("Input #0, "):
            found.container = line.removeprefix("Input #0, ").partition(", from '")[0]
        elif (match := _DURATION.match(line)) is not None:
            if match[1] is not None:
                found.duration = int(match[1]) * 3600 + int(match[2]) * 60 + Fraction(match[3])
            found.start = Fraction(match[4] or 0)
        elif (match := _STREAM.match(line)) is not None:
            section = BannerStream(int(match[1]), match[2] or "", match[3], match[4].rstrip(","), match[5])
            found.streams.append(section)
        elif (match := _CHAPTER.match(line)) is not None:
            section = Chapter(Fraction(match[1]), Fraction(match[2]), "")
            found.chapters.append(section)
        elif (match := _TITLE.match(line)) is not None:
            if isinstance(section, Chapter):
                found.chapters[-1] = section = Chapter(section.start, section.end, match[2])
            elif section is None:
                found.title = match[2].strip()
        elif isinstance(section, BannerStream) and (match := _ROTATION.search(line)) is not None:
            section.rotation = round(float(match[1]))
    return found


def _chosen(
    streams: Sequence[BannerStream], languages: Sequence[str]
) -> tuple[BannerStream | None, BannerStream | None]:
    """Return the streams to play: the moving picture and the sound."""
    video = next((each for each in streams if each.kind == "Video" and "attached pic" not in each.details), None)
    sounds = [each for each in streams if each.kind == "Audio"]
    return video, min(sounds, key=lambda each: _order(each, languages), default=None)


def _say(program: Path, path: Path) -> str:
    command: list[str | Path] = [
        program,
        "-nostdin",
        "-hide_banner",
        "-protocol_whitelist",
        "file",
        "-i",
        f"file:{path}",
    ]
    try:
        done = _run(command, stderr=subprocess.PIPE)
    except subprocess.TimeoutExpired:
        raise MediaError(f"FFmpeg needs longer than {_HEAD_S:.0f} s to open it", path) from None
    if done.returncode < 0:
        raise MediaError(f"crashes FFmpeg ({signal.Signals(-done.returncode).name})", path)
    return done.stderr.decode(errors="replace")


def _spans(program: Path, path: Path, streams: list[int]) -> dict[int, tuple[Fraction, Fraction]]:
    """Read all packets, and return the start and end of each of these streams on the file's clock. A stream without
    packets has no entry. Empty if the reading takes too long."""
    command = [str(program), "-nostdin", "-v", "quiet", "-copyts", "-protocol_whitelist", "file"]
    command += ["-i", f"file:{path}"]
    for index in streams:
        command += ["-map", f"0:{index}"]
    try:
        done = _run([*command, "-c", "copy", "-f", "framecrc", "pipe:1"], stdout=subprocess.PIPE)
    except subprocess.TimeoutExpired:
        return {}
    return {streams[number]: span for number, span in read_packets(done.stdout.decode("ascii", "replace")).items()}


def read_packets(text: str) -> dict[int, tuple[Fraction, Fraction]]:
    """Return the start and end of each stream in the output of FFmpeg's muxer `framecrc`, by the stream's number in
    that output.

    Some containers give a time to only a few packets. A stream's end is then its first time plus the total length of
    its packets.
    """
    bases: dict[int, Fraction] = {}
    spans: dict[int, tuple[int, int]] = {}
    lengths: dict[int, int] = {}
    untimed: set[int] = set()
    for line in text.splitlines():
        if line.startswith("#tb "):
            place, _, unit = line[4:].partition(": ")
            bases[int(place)] = Fraction(unit)
        elif line and not line.startswith("#"):
            number, dts, pts, duration = (int(each) for each in line.split(",")[:4])
            lengths[number] = lengths.get(number, 0) + duration
            if pts == _NO_TIME:
                untimed.add(number)
                pts = dts
            if pts != _NO_TIME:
                low, high = spans.get(number, (pts, pts))
                spans[number] = min(low, pts), max(high, pts + duration)
    for number in untimed & spans.keys():
        low, high = spans[number]
        spans[number] = low, max(high, low + lengths[number])
    return {number: (low * bases[number], high * bases[number]) for number, (low, high) in spans.items()}


def _run(
    command: Sequence[str | Path], stdout: int = subprocess.DEVNULL, stderr: int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[bytes]:
    # A worker that is killed must not leave FFmpeg running. A worker has one thread, so running code before exec is
    # safe.
    return subprocess.run(
        command, timeout=_HEAD_S, check=False, preexec_fn=die_with_parent(),
        stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
    )  # fmt: skip


def _video(stream: BannerStream, start: Fraction) -> VideoFacts:
    size = re.search(r"(?:^|, )(\d+)x(\d+)", stream.details)
    rate = re.search(r"([\d.]+k?) fps", stream.details) or re.search(r"([\d.]+k?) tbr", stream.details)
    pixel = re.match(r"(?:\([^)]*\),? )*([a-z0-9_]+)", stream.details)
    return VideoFacts(
        stream.index, stream.codec, int(size[1]) if size else 0, int(size[2]) if size else 0,
        exact_rate(rate[1]) if rate else Fraction(25), start,
        any(word in stream.details for word in ("top first", "bottom first", "top coded first", "bottom coded first")),
        any(word in stream.details for word in _HDR), stream.rotation, pixel[1] if pixel else "",
    )  # fmt: skip


def _audio(stream: BannerStream, start: Fraction, end: Fraction) -> AudioFacts:
    rate = re.search(r"(\d+) Hz", stream.details)
    layout = re.search(r"\d+ Hz, ([^,]+)", stream.details)
    return AudioFacts(
        stream.index, stream.codec, int(rate[1]) if rate else 48_000, channels(layout[1] if layout else ""), start, end
    )


def channels(layout: str) -> int:
    """Return the number of channels of an FFmpeg channel layout: 8 for `7.1`, 6 for `5.1(side)`, 3 for `3 channels`."""
    name = layout.strip().partition("(")[0]
    if (count := re.match(r"(\d+) channels", name)) is not None:
        return int(count[1])
    if re.fullmatch(r"\d+(\.\d+)+", name):
        return sum(int(part) for part in name.split("."))
    return _LAYOUTS.get(name, 2)


def exact_rate(text: str) -> Fraction:
    """Return the exact frame rate for a rate that FFmpeg has rounded to two decimals: 30000/1001 for `29.97`."""
    rate = Fraction(text.removesuffix("k")) * (1000 if text.endswith("k") else 1)
    for whole in (24, 30, 48, 60, 120):
        if abs(rate - Fraction(whole * 1000, 1001)) < Fraction(1, 100):
            return Fraction(whole * 1000, 1001)
    return rate or Fraction(25)
